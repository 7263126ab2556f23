"""What a plan of several years gives up in each year, in a table."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import typer

from siting.cli import exits
from siting.cli.arguments import read_gap, read_time_limit
from siting.cli.interrupts import stoppable
from siting.cli.progress import StageProgress
from siting.cli.runs import read_run
from siting.cli.text_columns import aligned
from siting.language import joined, tr
from siting.plan import LoadedRun, Plan
from siting.plan.regret import YearRegret, find_regret
from siting.report.goal_texts import goal_name, goal_number
from siting.report.words import percent
from siting.solve import SolveSettings


@dataclass(frozen=True)
class RegretOptions:
    """What `siting regret` was given; see its help."""

    run: Path
    gap: str
    time_limit: str
    instance: Path | None
    as_json: bool


def show_regret(options: RegretOptions) -> None:
    """Finds the best plan for each year alone, and says how far the plan is from it.

    Raises:
        InputError: An option, the plan or its instance cannot be read, or it has one year.
    """
    gap, seconds = read_gap(options.gap), read_time_limit(options.time_limit)
    progress = StageProgress()
    with progress.live(), stoppable() as stop:
        with progress.stage("read"):
            loaded = read_run(options.run, options.instance)
        with progress.stage("solve"):
            each = seconds / max(1, len(loaded.plan.instance.years))
            settings = SolveSettings(time_limit=each, relative_gap=gap)
            found = find_regret(loaded, settings, stop.is_set)
    if options.as_json:
        typer.echo(json.dumps(_facts(found), ensure_ascii=False))
    else:
        for line in _lines(found, loaded):
            typer.echo(line)
    raise typer.Exit(exits.INTERRUPTED if stop.is_set() else exits.DONE)


def _lines(found: tuple[YearRegret, ...], loaded: LoadedRun) -> list[str]:
    plan = loaded.plan
    name = goal_name(plan.goals[0])
    heads = [
        tr("year"),
        tr("this plan"),
        tr("best for the year alone"),
        tr("gives up at least"),
        tr("at most"),
    ]
    rows = [
        [
            str(one.year),
            goal_number(plan, one.goal, one.value),
            goal_number(plan, one.goal, one.goal.objective),
            _share(plan, one, one.least),
            _share(plan, one, one.most),
        ]
        for one in found
    ]
    first = tr(
        "{goal}, at the end of each year; in brackets the share of what could be added:", goal=name
    )
    late = [year for year in sorted(plan.instance.years) if year not in {one.year for one in found}]
    more = [
        tr("no time was left for {years}; --time-limit gives more", years=joined(map(str, late)))
    ]
    return [first, *aligned(heads, rows, range(1, 5)), *(more if late else [])]


def _share(plan: Plan, one: YearRegret, given_up: float) -> str:
    """An amount, and its share of the most that could be added by the end of the year."""
    could = one.goal.bound - one.goal.baseline
    share = percent(given_up / could if could > 0 else 0.0)
    return f"{goal_number(plan, one.goal, given_up)} ({share})"


def _facts(found: tuple[YearRegret, ...]) -> dict[str, object]:
    return {
        "siting_regret": 1,
        "years": [
            {
                "year": one.year,
                "value": one.value,
                "best": one.goal.objective,
                "bound": one.goal.bound,
                "regret_at_least": one.least,
                "regret_at_most": one.most,
                "best_chosen": dict(one.best.when),
            }
            for one in found
        ],
    }
