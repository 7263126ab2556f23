"""Rounds of trees of parts, wherever that is: in this process or in one of its own."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from siting.solve.general.part_bounds import PartBound
from siting.solve.general.part_call import PartCall
from siting.solve.general.part_plans import PartPlans
from siting.solve.general.parts import find_parts
from siting.solve.general.states import open_states
from siting.solve.tree.proof import SearchTree
from siting.solve.tree.run import Listener, TreeAnswer

Floats = NDArray[np.float64]


def search_parts(call: PartCall, listener: Listener) -> TreeAnswer:
    """Runs round after round until the gap is what was asked for, or to stop.

    Args:
        call: What to search.
        listener: Who is asked and told.
    """
    end = time.monotonic() + call.time_limit
    states = open_states(call.program)
    parts = find_parts(states, call.values)
    if parts is None:
        return TreeAnswer(None, is_infeasible=False, is_closed=False)
    plans, best = PartPlans(parts, parts.joining), _Best(call, listener)
    best.plans += [] if call.plan is None else [call.plan]
    for factor in call.factors:
        multipliers = call.multipliers.copy()
        multipliers[parts.joining] *= factor
        bound = PartBound(parts, multipliers, lambda: end - time.monotonic(), plans.add)
        for plan in best.plans:
            for tree in bound.trees:
                tree.try_plan(plan)
        bound.run(best.report, listener.stop)
        best.take(bound.proof())
        best.submit(plans.combine())
        # More than money allows, perhaps: what plans of parts take is worth an exact search.
        listener.submit(plans.union())
        if listener.stop() or time.monotonic() >= end or best.is_enough:
            break
    return TreeAnswer(best.proof, is_infeasible=False, is_closed=False)


@dataclass(eq=False)
class _Best:
    """The best proof and plan of all rounds."""

    call: PartCall
    listener: Listener
    proof: SearchTree | None = None
    plans: list[Floats] = field(default_factory=list)
    _said: float = np.inf

    def report(self, bound: float) -> None:
        if bound < self._said:
            self._said = bound
            self.listener.report(bound)

    def take(self, proof: SearchTree | None) -> None:
        if proof is not None and (self.proof is None or proof.bound < self.proof.bound):
            self.proof = proof

    def submit(self, plan: Floats | None) -> None:
        if plan is not None:
            self.plans = [plan, *self.plans[-1:]]
            self.listener.submit(plan)

    @property
    def is_enough(self) -> bool:
        if self.proof is None:
            return False
        best = self.listener.incumbent()
        return self.proof.bound - best <= self.call.relative_gap * max(1.0, abs(best))
