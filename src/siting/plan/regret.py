"""What a plan of several years gives up in each year, against the best for that year alone.

The best for a year is a plan of the same years, money and rules that counts only what stands at the
end of that year: the regret of Kouvelis and Yu 1997, doi 10.1007/978-1-4757-2620-6, by year.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from siting.blocks import ObjectiveBlock
from siting.errors import InputError, Problem
from siting.language import tr
from siting.model import ModelSpec, WeightedSum, formulate
from siting.plan.judgement import judge
from siting.plan.loaded_run import LoadedRun
from siting.plan.plan import Plan, PlanGoal, make_plan
from siting.solve import SolveSettings, solve
from siting.solve.warm_start import WarmStart


@dataclass(frozen=True)
class YearRegret:
    """One year of a plan.

    Attributes:
        year: The year.
        value: What the plan reaches of its first goal at the end of the year.
        best: The plan that is best for that year alone, as far as it was found; its only goal
            counts that year.
    """

    year: int
    value: float
    best: Plan

    @property
    def goal(self) -> PlanGoal:
        """The goal of that year."""
        return self.best.goals[0]

    @property
    def least(self) -> float:
        """What the plan gives up at least: some plan reaches more by so much."""
        return max(0.0, self.goal.objective - self.value)

    @property
    def most(self) -> float:
        """What the plan gives up at most: no plan reaches more by more."""
        return max(self.least, self.goal.bound - self.value)


def find_regret(
    loaded: LoadedRun, settings: SolveSettings, stop: Callable[[], bool] = lambda: False
) -> tuple[YearRegret, ...]:
    """Finds the best plan for each year alone.

    Args:
        loaded: A plan of several years.
        settings: Of each solve.
        stop: Asked now and then; fewer years come back.

    Raises:
        InputError: The plan is of one year, or its first goal cannot be counted by year.
    """
    years = tuple(sorted(loaded.plan.instance.years))
    if len(years) < 2:
        raise _refused(tr("a plan of one year"), tr("a plan of several years"))
    found = []
    for year in years:
        one = _of_year(loaded, year, settings, stop)
        if one is None or stop():
            break
        found.append(one)
    return tuple(found)


def _of_year(
    loaded: LoadedRun, year: int, settings: SolveSettings, stop: Callable[[], bool]
) -> YearRegret | None:
    plan, coverage = loaded.plan, loaded.coverage
    spec = _counting(plan.spec, year)
    program = formulate(plan.instance, coverage, spec)
    values, choose = np.zeros(program.shape[1]), program.section("choose")
    values[choose.slice] = [plan.when.get(str(o)) == t for o, t in zip(*choose.ids, strict=True)]
    result = solve(program, settings, stop=stop, start=(WarmStart(values=values),))
    if result.values is None:
        return None
    best = make_plan(plan.instance, coverage, spec, program, result, loaded.walks)
    (goal,) = judge(best.model, plan.when, loaded.walks).goals
    return YearRegret(year, float(goal.value), best)


def _counting(spec: ModelSpec, year: int) -> ModelSpec:
    """The model with its first goal alone, counted at the end of one year.

    Raises:
        InputError: The goal has no years.
    """
    goal = spec.maximise[0]
    if isinstance(goal, WeightedSum):
        parts = tuple((_block_counting(block, year), weight) for block, weight in goal.parts)
        return replace(spec, maximise=(replace(goal, parts=parts),))
    return replace(spec, maximise=(_block_counting(goal, year),))


def _block_counting(block: ObjectiveBlock, year: int) -> ObjectiveBlock:
    if "year" not in type(block).model_fields:
        raise _refused(
            tr("the goal {goal}", goal=block.block),
            tr("a goal that can be counted at the end of one year, e.g. covered_residents"),
        )
    return block.model_copy(update={"year": (year,)})


def _refused(found: str, expected: str) -> InputError:
    mend = tr("Ask it of another plan; --years plans several years.")
    return InputError([Problem("no-years", "plan.json", found, expected, mend)])
