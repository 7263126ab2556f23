"""Plans nearly as good as one, in a table, and as a file of who has what."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import typer

from siting.cli import exits
from siting.cli.arguments import read_share, read_time_limit
from siting.cli.interrupts import stoppable
from siting.cli.progress import StageProgress
from siting.cli.runs import read_run
from siting.cli.text_columns import aligned
from siting.language import phrase, tr
from siting.model.rule_words import offer_name
from siting.plan import LoadedRun
from siting.plan.alternatives import Alternatives, find_alternatives
from siting.report.csv_files import save_csv
from siting.report.goal_texts import goal_name, goal_number
from siting.solve import SolveSettings

SHOWN_OFFERS = 20


@dataclass(frozen=True)
class AlternativeOptions:
    """What `siting alternatives` was given; see its help."""

    run: Path
    count: int
    within: str
    time_limit: str
    out: Path | None
    instance: Path | None
    as_json: bool


def show_alternatives(options: AlternativeOptions) -> None:
    """Finds plans nearly as good as one, and says what all of them have.

    Raises:
        InputError: An option, the plan or its instance cannot be read.
    """
    within = read_share("--within", options.within)
    seconds = read_time_limit(options.time_limit)
    progress = StageProgress()
    with progress.live(), stoppable() as stop:
        with progress.stage("read"):
            loaded = read_run(options.run, options.instance)
        with progress.stage("solve"):
            settings = SolveSettings(time_limit=seconds / options.count, relative_gap=0.02)
            found = find_alternatives(loaded, options.count, within, settings, stop.is_set)
    if options.out is not None:
        save_csv(found.offers, options.out)
    _show(found, loaded, options)
    raise typer.Exit(exits.INTERRUPTED if stop.is_set() else exits.DONE)


def _show(found: Alternatives, loaded: LoadedRun, options: AlternativeOptions) -> None:
    if options.as_json:
        typer.echo(json.dumps(_facts(found, loaded), ensure_ascii=False))
        return
    goals, money = loaded.plan.goals, loaded.plan.instance.currency.show
    heads = [tr("which"), *(goal_name(goal) for goal in goals), tr("money spent"), tr("projects")]
    rows = [
        [
            str(number),
            *(goal_number(loaded.plan, g, v) for g, v in zip(goals, plan.values, strict=True)),
            money(plan.spend),
            tr("{count:,}, {shared:,} of them in plan 1", count=len(plan.when), shared=plan.shared),
        ]
        for number, plan in enumerate(found.plans, start=1)
    ]
    lines = aligned(heads, rows, range(1, len(goals) + 2))
    if len(found.plans) <= options.count:
        form = phrase("{count:,} other plans within {share}; a larger --within leaves more")
        lines += ["", tr(form, count=len(found.plans) - 1, share=options.within)]
    same = [offer_name(loaded.plan.instance, o) for o in found.in_all["offer_id"]]
    lines += ["", tr("{count:,} projects are in all of these plans:", count=len(same))]
    lines += [f"  {name}" for name in same[:SHOWN_OFFERS]]
    if len(same) > SHOWN_OFFERS:
        lines.append(tr("and {count:,} more; -o writes them", count=len(same) - SHOWN_OFFERS))
    if options.out is not None:
        lines.append(tr("wrote {path}", path=options.out))
    for line in lines:
        typer.echo(line)


def _facts(found: Alternatives, loaded: LoadedRun) -> dict[str, object]:
    names = [goal.name for goal in loaded.plan.goals]
    return {
        "siting_alternatives": 1,
        "within": found.within,
        "plans": [
            {
                "goals": dict(zip(names, plan.values, strict=True)),
                "spend": plan.spend,
                "shared": plan.shared,
                "chosen": dict(plan.when),
            }
            for plan in found.plans
        ],
        "in_all": list(found.in_all["offer_id"]),
    }
