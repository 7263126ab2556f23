"""Plans nearly as good as a plan, that differ from it and from each other as much as possible.

Each is asked for the least overlap with those before it, among all that give up at most a share of
what the plan adds to each goal: hop, skip, jump (Brill, Chang and Hopkins 1982, doi
10.1287/mnsc.28.3.221).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from siting.errors import VerificationError
from siting.model import formulate
from siting.plan.judgement import judge
from siting.plan.loaded_run import LoadedRun
from siting.plan.plan import chosen_in
from siting.program import Kind, Program, Section
from siting.solve import SolveSettings, solve
from siting.solve.warm_start import WarmStart

# The engine's sums are those of the judge in another order.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Alternative:
    """One plan.

    Attributes:
        when: The year of each chosen offer.
        values: What it reaches of each goal, in the planner's sense.
        spend: Public money.
        shared: How many of its offers the plan has that was asked about.
    """

    when: Mapping[str, int]
    values: tuple[float, ...]
    spend: float
    shared: int


@dataclass(frozen=True)
class Alternatives:
    """A plan and others nearly as good.

    Attributes:
        plans: The plan that was asked about, then the others.
        within: Share of what the plan adds to each goal that they may give up.
        offers: One row an offer that any of them has: `offer_id`, `site_id`, `categories`, `plans`
            (how many have it), and `plan_1` (the one asked about), `plan_2`, ... with 0 or 1.
    """

    plans: tuple[Alternative, ...]
    within: float
    offers: pd.DataFrame

    @property
    def in_all(self) -> pd.DataFrame:
        """The offers that all of the plans have."""
        return self.offers[self.offers["plans"] == len(self.plans)]


def find_alternatives(
    loaded: LoadedRun,
    count: int,
    within: float,
    settings: SolveSettings,
    stop: Callable[[], bool] = lambda: False,
) -> Alternatives:
    """Finds plans nearly as good as one, as unlike as can be found in the time.

    Args:
        loaded: The plan.
        count: How many more; fewer come back where no other plan is left, or after a stop.
        within: Share of what the plan adds to each goal that they may give up.
        settings: Of each solve.
        stop: Asked now and then.

    Raises:
        VerificationError: A plan that was found breaks a rule by the inputs: a fault.
    """
    plan = loaded.plan
    program = _near_best(loaded, within)
    found = [_judged(loaded, plan.when)]
    choose = program.section("choose")
    keys = list(zip(*choose.ids, strict=True))
    used = np.array([plan.when.get(str(o)) == t for o, t in keys], dtype=float)
    start = _columns(program, choose, used)
    for _ in range(count):
        asked = replace(program, objective=_columns(program, choose, -used), offset=0.0)
        result = solve(asked, settings, stop=stop, start=(WarmStart(values=start),))
        if result.values is None or stop():
            break
        when = chosen_in(program, result.values)
        if any(when == one.when for one in found):
            break
        found.append(_judged(loaded, when))
        used += np.array([when.get(str(o)) == t for o, t in keys], dtype=float)
    return Alternatives(tuple(found), within, _offers(loaded, found))


def _columns(program: Program, choose: Section, values: NDArray[np.float64]) -> NDArray[np.float64]:
    full = np.zeros(program.shape[1])
    full[choose.slice] = values
    return full


def _near_best(loaded: LoadedRun, within: float) -> Program:
    """The program with rows that keep every goal near what the plan reaches."""
    plan = loaded.plan
    program = formulate(plan.instance, loaded.coverage, plan.spec)
    goals = [
        (program.objective, program.offset),
        *((g.objective, g.offset) for g in program.further),
    ]
    rows, least = [], []
    for goal, (weights, offset) in zip(plan.goals, goals, strict=True):
        turn = 1.0 if goal.sense == "maximise" else -1.0
        spare = within * abs(goal.gain) + _ROUNDING * max(1.0, abs(goal.objective))
        rows.append(csr_array(weights[None, :]))
        least.append(turn * goal.objective - spare - offset)
    names = np.array([goal.name for goal in plan.goals], dtype=object)
    start, more = program.shape[0], len(rows)
    return replace(
        program,
        rows=(*program.rows, Section("near_best", start, start + more, (names,), Kind.GOAL)),
        matrix=csr_array(vstack([program.matrix, *rows], format="csr")),
        row_lower=np.append(program.row_lower, least),
        row_upper=np.append(program.row_upper, np.full(more, np.inf)),
        further=(),
    )


def _judged(loaded: LoadedRun, when: Mapping[str, int]) -> Alternative:
    judgement = judge(loaded.plan.model, when, loaded.walks)
    if judgement.violations:
        raise VerificationError(list(judgement.violations))
    values = tuple(float(goal.value) for goal in judgement.goals)
    return Alternative(dict(when), values, judgement.spend, len(set(when) & set(loaded.plan.when)))


def _offers(loaded: LoadedRun, plans: Sequence[Alternative]) -> pd.DataFrame:
    every = {offer for plan in plans for offer in plan.when}
    frame = loaded.plan.instance.offers
    columns = ["offer_id", "site_id", "categories", "cost"]
    found = frame.loc[frame["offer_id"].isin(every), columns].reset_index(drop=True)
    has = {
        f"plan_{number}": found["offer_id"].isin(plan.when).astype(int)
        for number, plan in enumerate(plans, start=1)
    }
    found = found.assign(plans=sum(has.values()), **has)
    return found.sort_values("plans", ascending=False, kind="stable", ignore_index=True)
