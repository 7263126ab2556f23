"""Whether a plan keeps wishes that it was not made for, and what they would cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from siting.blocks import ConstraintBlock
from siting.model import ModelSpec, formulate, say_plainly
from siting.plan.judgement import judge
from siting.plan.loaded_run import LoadedRun
from siting.plan.why import Solving
from siting.solve import Reason, WarmStart, solve


@dataclass(frozen=True)
class WishCost:
    """What wishes cost the most important goal of a plan.

    Attributes:
        found: The best value with the wishes that was found, in the planner's sense; None without
            a plan.
        bound: No plan with them is better; infinite where nothing is proven.
        infeasible: Whether no plan keeps them beside the rules.
    """

    found: float | None
    bound: float
    infeasible: bool = False


def broken_wishes(run: LoadedRun, wishes: Sequence[ConstraintBlock]) -> list[tuple[str, ...]]:
    """For each wish, what a plan breaks of it, in words; nothing where it keeps it.

    Args:
        run: The plan.
        wishes: Blocks of its instance.
    """
    plan = run.plan
    found = []
    for wish in wishes:
        spec = ModelSpec("wish", plan.spec.maximise[:1], (wish,))
        model = say_plainly(plan.instance, run.coverage, spec)
        found.append(judge(model, plan.when, run.walks).violations)
    return found


def cost_of_wishes(run: LoadedRun, wishes: Sequence[ConstraintBlock], solving: Solving) -> WishCost:
    """Solves the most important goal again with wishes beside the rules.

    Args:
        run: The plan.
        wishes: Blocks of its instance.
        solving: How long, and what is told and asked meanwhile.
    """
    plan, goal = run.plan, run.plan.goals[0]
    spec = replace(plan.spec, subject_to=(*plan.spec.subject_to, *wishes))
    program = replace(formulate(plan.instance, run.coverage, spec), further=())
    choose = program.section("choose")
    start = np.zeros(program.shape[1])
    start[choose.slice] = [
        plan.when.get(offer) == year for offer, year in zip(*choose.ids, strict=True)
    ]
    settings = replace(plan.settings, time_limit=solving.seconds, cold=False)
    result = solve(
        program,
        settings,
        on_progress=solving.on_progress,
        stop=solving.stop,
        start=(WarmStart(values=start),),
    )
    turn = 1.0 if goal.sense == "maximise" else -1.0
    found = None if result.objective is None else turn * result.objective
    infeasible = result.termination.reason is Reason.INFEASIBLE
    return WishCost(found, turn * result.bound, infeasible)
