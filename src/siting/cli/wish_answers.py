"""What plans have of wishes that they were not made for, and what these would cost."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import typer

from siting.blocks import ConstraintBlock
from siting.cli import exits
from siting.cli.arguments import bad_option, read_time_limit
from siting.cli.interrupts import stoppable
from siting.cli.progress import StageProgress
from siting.cli.reasons import WhyOptions
from siting.cli.runs import read_run
from siting.language import joined, tr
from siting.model.wishes import Wishes, wishes_in_words, with_wishes
from siting.plan import LoadedRun
from siting.plan.why import Solving
from siting.plan.wished import WishCost, broken_wishes, cost_of_wishes
from siting.report.goal_texts import goal_name, goal_number


def show_wish_costs(options: WhyOptions, wishes: Wishes) -> None:
    """Says whether a plan keeps wishes, and solves again to find what they would cost.

    Raises:
        InputError: A wish names what there is not, or offers are asked for, too.
        VerificationError: The plan says something else than its inputs give.
    """
    if options.offer is not None or options.site is not None:
        names = "--offer, --site, --require, --forbid, --without, --floor"
        raise bad_option(names, tr("an offer or a site, and wishes"), tr("one of the two"))
    seconds, progress, cost = read_time_limit(options.time_limit), StageProgress(), None
    with progress.live(), stoppable() as stop:
        with progress.stage("read"):
            run = read_run(options.run, options.instance)
        blocks = wished_blocks(run, wishes)
        broken = broken_wishes(run, blocks)
        if any(broken) and not options.quick:
            with progress.stage("solve"):
                solving = Solving(seconds, progress.trace, stop.is_set)
                cost = cost_of_wishes(run, blocks, solving)
    if options.as_json:
        typer.echo(json.dumps(_facts(run, wishes, broken, cost), ensure_ascii=False))
    else:
        for line in (*_kept_lines(run, wishes, broken), *_cost_lines(run, cost)):
            typer.echo(line)
    raise typer.Exit(exits.INTERRUPTED if stop.is_set() else exits.DONE)


def wished_blocks(run: LoadedRun, wishes: Wishes) -> tuple[ConstraintBlock, ...]:
    """The blocks that wishes are on the instance of a plan.

    Raises:
        InputError: A wish names what the instance does not have.
    """
    spec = run.plan.spec
    return with_wishes(spec, run.plan.instance, wishes).subject_to[len(spec.subject_to) :]


def wish_table(runs: Sequence[LoadedRun], wishes: Wishes) -> list[list[str]]:
    """Each wish in words, and whether each of some plans keeps it."""
    kept = [broken_wishes(run, wished_blocks(run, wishes)) for run in runs]
    words = wishes_in_words(
        with_wishes(runs[0].plan.spec, runs[0].plan.instance, wishes), runs[0].plan.instance, wishes
    )
    return [
        [text, *(tr("no") if broken else tr("yes") for broken in plans)]
        for text, plans in zip(words, zip(*kept, strict=True), strict=True)
    ]


def _kept_lines(run: LoadedRun, wishes: Wishes, broken: Sequence[tuple[str, ...]]) -> list[str]:
    plan = run.plan
    words = wishes_in_words(with_wishes(plan.spec, plan.instance, wishes), plan.instance, wishes)
    return [
        tr("{wish}: the plan does not keep it ({why})", wish=wish, why=joined(why))
        if why
        else tr("{wish}: the plan keeps it", wish=wish)
        for wish, why in zip(words, broken, strict=True)
    ]


def _cost_lines(run: LoadedRun, cost: WishCost | None) -> list[str]:
    if cost is None:
        return []
    if cost.infeasible:
        return [tr("no plan keeps this beside the rules; siting solve says what it would take")]
    plan, goal = run.plan, run.plan.goals[0]
    value = goal_number(plan, goal, goal.objective)
    lines = [tr("the plan: {goal} {value}", goal=goal_name(goal), value=value)]
    if cost.found is not None:
        value = goal_number(plan, goal, cost.found)
        less = goal_number(plan, goal, abs(cost.found - goal.objective))
        lines.append(tr("with it: {value}, {less} from the plan", value=value, less=less))
    if math.isfinite(cost.bound):
        lines.append(
            tr("no plan with it is better than {bound}", bound=goal_number(plan, goal, cost.bound))
        )
    return lines


def _facts(
    run: LoadedRun, wishes: Wishes, broken: Sequence[tuple[str, ...]], cost: WishCost | None
) -> dict[str, Any]:
    content: dict[str, Any] = {
        "siting_why": 1,
        "instance": run.plan.instance.name,
        "objective": run.plan.objective,
        "wishes": wishes.plain(),
        "broken": [list(one) for one in broken],
    }
    if cost is not None:
        bound = cost.bound if math.isfinite(cost.bound) else None
        content |= {"with": cost.found, "bound": bound, "infeasible": cost.infeasible}
    return content
