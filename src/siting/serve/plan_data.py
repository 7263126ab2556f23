"""What one plan makes of a city, and two plans side by side, as the page shows them."""

from __future__ import annotations

from dataclasses import asdict

from siting.language import language
from siting.plan import LoadedRun
from siting.report.comparison import compare_runs, headline, verdict
from siting.report.goal_texts import goal_texts
from siting.report.page.packing import pack_bits
from siting.report.words import category_names
from siting.serve.plan_solver import choices_of


def view_data(run: LoadedRun) -> dict[str, object]:
    """What a plan makes of the city: its offers, who has what, and its figures in words."""
    plan = run.plan
    currency, judged = plan.instance.currency, plan.judgement
    offers = [str(offer) for offer in plan.chosen["offer_id"]]
    names = category_names(plan.instance)
    return {
        "chosen": [one.model_dump() for one in choices_of(plan.instance, offers)],
        "covered": pack_bits(judged.after),
        "goals": [asdict(goal) for goal in goal_texts(plan)],
        "spend": currency.show(plan.spend),
        "complete": [f"{number:,.0f}" for number in plan.complete],
        "coverage": [
            {"category": str(names[row["category"]]), "residents": float(row["residents"])}
            | {key: float(row[key]) for key in ("before", "after")}
            for row in plan.coverage.to_dict(orient="records")
        ],
    }


def comparison_data(a: LoadedRun, b: LoadedRun) -> dict[str, object]:
    """Two plans side by side: figures, sites of one alone, and what is proven.

    Raises:
        InputError: They cannot be compared.
    """
    sides = compare_runs(a, b)
    found = sides.comparison
    return {
        "verdict": verdict(found),
        "rows": [[row.name, row.a, row.b, row.change] for row in headline(sides)],
        "sites": found.sites[["site_id", "state"]].to_dict(orient="records"),
        "language": language(),
    }
