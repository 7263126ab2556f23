"""The engine's steps for a program of any structure.

Equal states are merged; first plans and a first bound come from the covering core under prices of
the other rows (`core_moves`), a better bound from the relaxation, better plans from exchanges in
the core, from rounding the relaxation, from an exact search among what it takes (relaxation-
enforced search, Berthold 2014, doi 10.1007/s12532-013-0060-9) and from exact searches of small
parts around states that the relaxation and the plan see differently (large-neighbourhood search,
Shaw 1998, doi 10.1007/3-540-49481-2_30). An exact search of what reduced costs leave goes on
beside them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from siting.program import Domain
from siting.solve.backends.calls import RelaxCall, run_call
from siting.solve.backends.child_process import ChildProcessCall
from siting.solve.backends.contract import BackendResult, MipTask, Relaxation, Relaxer
from siting.solve.backends.run import relax_call, run, search_task, take_relaxation
from siting.solve.bounds.duality import reduced_costs, safe_bound, usable_multipliers
from siting.solve.general.core_moves import CoreMoves
from siting.solve.general.greedy import Greedy
from siting.solve.general.neighbourhoods import Neighbourhoods
from siting.solve.general.parameters import GeneralParameters
from siting.solve.general.parts import find_parts, needs_several
from siting.solve.general.parts_beside import PartsBeside
from siting.solve.general.states import Part, States, open_states, restrict
from siting.solve.heuristics.turns import Turns
from siting.solve.presolve.asked import only_asked
from siting.solve.presolve.compose_states import ComposedStates, compose_states
from siting.solve.presolve.merge_states import MergeStates
from siting.solve.result import Limit, Phase, Reason, Why
from siting.solve.search import Search
from siting.solve.settings import Backend, Step
from siting.solve.tree.certify import certify, reduced_states

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


# Steps that know the covering structure alone.
_COVERING_ALONE = (
    Step.SETTLE,
    Step.FOLD,
    Step.MERGE_ROWS,
    Step.NESTED,
    Step.CUTS,
)
# Kinds of moves: local search in the covering core, and searches of parts by a solver.
_LOCAL, _EXACT = "local", "exact"


def solve_general(search: Search) -> bool:
    """Takes the steps one by one; True if the program is infeasible."""
    with search.step(Phase.REDUCE):
        merged = compose_states(MergeStates().apply(search.program))
    for step in _COVERING_ALONE:
        search.leave_out(step, Why.NOT_COVERING)
    track = _Track(search, merged, open_states(merged.program))
    track.begin()
    if search.over:
        return False
    track.relax()
    track.round_relaxation()
    track.begin_parts()
    if merged.program.matrix.nnz <= track.parameters.small:
        infeasible = track.search_exactly()
    else:
        track.keep_rules()
        track.search_union()
        infeasible = track.improve()
    if infeasible or search.stopped or search.time_left <= 0:
        return infeasible
    return not search.is_close and certify(search, reduced_states(merged, track.relaxation))


@dataclass(eq=False)
class _Track:
    """The steps and what they share.

    Attributes:
        search: The search whose incumbent and bound they improve.
        merged: Its program with equal states merged.
        states: What the states follow from.
        parameters: Constants.
        relaxation: Of the merged program, once there is one.
    """

    search: Search
    merged: ComposedStates
    states: States
    parameters: GeneralParameters = field(default_factory=GeneralParameters)
    relaxation: Relaxation | None = None
    _size: float = 0.0
    _fruitless: int = 0
    _parts: PartsBeside | None = None

    def __post_init__(self) -> None:
        """Prepares the moves."""
        rng = np.random.default_rng(self.search.settings.seed)
        self._greedy = Greedy(self.states)
        self._core = CoreMoves(self.search, self.merged, self.states, self._greedy)
        self._near = Neighbourhoods(self.states, rng, self.parameters.narrow)
        self._turns = Turns((_LOCAL, _EXACT))
        self._size = self.parameters.first_size
        self._of_parts = np.zeros(len(self.states.whole), dtype=bool)

    # --- plans ----------------------------------------------------------------------------------

    def begin(self) -> None:
        """First plans by greed, and a first bound."""
        search = self.search
        search.submit_multipliers(np.zeros(search.program.shape[0]))
        if not self._takes(Step.GREEDY):
            return
        # Of the whole it is slow where there is much: then it is for where the core gives no plan.
        at_once = self.merged.program.matrix.nnz <= self.parameters.greedy_nonzeros
        if at_once:
            self._begin_by_greed()
        self._core.begin(rounds_mixtures=at_once)
        if self._plan() is None and not at_once:
            self._begin_by_greed()

    def _begin_by_greed(self) -> None:
        """Fills up the plan at hand, and nothing."""
        with self.search.step(Phase.GREEDY):
            plan = self._plan()
            if plan is not None:
                self._submit_filled(self._greedy.fill(plan))
            nothing = self.merged.program.lower[self.states.whole]
            self._submit_filled(self._greedy.fill(nothing))

    def relax(self) -> None:
        """Solves the linear relaxation and proves the bound of its multipliers.

        Where it takes long, better plans are looked for until it is solved.
        """
        search, program = self.search, self.merged.program
        if not self._takes(Step.RELAX) or search.over:
            return
        with search.step(Phase.RELAX):
            call = relax_call(
                search, program, self.parameters.relax_share * search.time_left, tolerance=1e-4
            )
            if call.relaxer is Relaxer.BARRIER and needs_several(self.states):
                # Half as long on complete baskets of Reykjavik, and never without multipliers.
                call = replace(call, relaxer=Relaxer.SIMPLEX)
            found = self._run_meanwhile(call)
            if isinstance(found, Relaxation):
                usable = usable_multipliers(program, found.multipliers)
                search.submit_multipliers(self.merged.invert_multipliers(usable))
                self._core.price_by(usable)
                self.relaxation = found if found.is_solved else None

    def _run_meanwhile(self, call: RelaxCall) -> BackendResult | Relaxation | None:
        search = self.search
        if not search.has_company or call.program.matrix.nnz <= self.parameters.small:
            return run(search, call, _ignore)
        running = ChildProcessCall(call, _ignore, time.monotonic() + call.time_limit).start()
        while not running.poll(0.0 if self._can_exchange else 0.05):
            if search.over:
                running.end(Limit.INTERRUPTED)
            elif self._can_exchange:
                self._core.move()
                self._core.prove()
        return take_relaxation(search, running.answer)

    @property
    def _can_exchange(self) -> bool:
        return self._core.is_ready and self._plan() is not None and self._takes(Step.EXCHANGE)

    def round_relaxation(self) -> None:
        """Plans that the relaxation's values lead to."""
        if self.relaxation is None:
            self.search.leave_out(Step.DIVE, Why.NO_RELAXATION)
            return
        if self.search.over or not self._takes(Step.DIVE):
            return
        with self.search.step(Phase.ROUND):
            values = self.relaxation.values[self.states.whole]
            for least in (1 - 1e-6, 0.5):
                start = np.where(values >= least, 1.0, self.merged.program.lower[self.states.whole])
                self._submit_filled(self._greedy.fill(start, worth=100 * values))

    def keep_rules(self) -> None:
        """Any plan that keeps the rules, where neither greed nor the relaxation has led to one."""
        if self._plan() is not None or self.search.over or not self._takes(Step.UNION):
            return
        with self.search.step(Phase.UNION):
            program = self.merged.program
            goalless = replace(program, objective=np.zeros(program.shape[1]), offset=0.0)
            asked, columns = only_asked(goalless)
            seconds = self.parameters.union_share * self.search.time_left
            task = MipTask(asked, Backend.HIGHS, seconds, 0.5, seed=self.search.settings.seed)
            answer = run(self.search, replace(task, threads=1), _ignore)
            self._take(Part(asked, columns, np.zeros(program.shape[1])), answer)

    def search_union(self) -> None:
        """Searches exactly among what the relaxation and the plan take."""
        values = self._core.mixture
        if self.relaxation is not None:
            values = self.relaxation.values[self.states.whole]
        if values is None:
            self.search.leave_out(Step.UNION, Why.NO_RELAXATION)
            return
        if self.search.over or not self._takes(Step.UNION):
            return
        with self.search.step(Phase.UNION):
            taken = values > 1e-6
            plan = self._plan()
            if plan is not None:
                taken |= plan > 0.5
            parameters = self.parameters
            share = parameters.union_share if self._parts is None else parameters.union_beside_parts
            self._search_among(taken, share)

    def _search_among(self, taken: Flags, share: float) -> None:
        """Searches exactly among some choices, for a share of the time that is left."""
        part = self._part(np.zeros(len(taken), dtype=bool), taken)
        seconds = share * self.search.time_left
        task = search_task(self.search, part.program, self._hint(part, self._plan()), seconds)
        self._take(part, run(self.search, replace(task, threads=1), _ignore))

    def begin_parts(self) -> None:
        """Has the parts that the relaxation falls into searched beside what follows."""
        relaxed, search = self.relaxation, self.search
        large = self.merged.program.matrix.nnz > self.parameters.small
        if relaxed is None or not large or search.over or not self._takes(Step.TREE):
            return
        if not search.has_company or not needs_several(self.states):
            return
        parts = find_parts(self.states, relaxed.values)
        if parts is None or len(parts.joining) == 0:
            return
        self._parts = PartsBeside(search, self.merged, relaxed, self._take_plan)
        plan = self._plan()
        self._parts.start(None if plan is None else self.states.filled(plan))

    def _take_plan(self, values: Floats) -> None:
        choices = np.round(values[self.states.whole])
        self._submit_filled(choices)
        self._submit_filled(self._greedy.fill(choices))
        self._of_parts |= choices > 0.5

    def improve(self) -> bool:
        """Searches neighbourhoods, and parts or all beside them; True if it is infeasible."""
        try:
            self._improve_beside_parts()
            return not self.search.over and self._improve()
        finally:
            if self._parts is not None:
                self._parts.end()

    def _improve_beside_parts(self) -> None:
        """Searches neighbourhoods as long as parts are searched beside."""
        with self.search.step(Phase.IMPROVE):
            while self._parts is not None and not self.search.over:
                known = self._of_parts.sum()
                if self._parts.poll():
                    self._parts = None
                if self._of_parts.sum() > known:
                    self._search_plans_of_parts()
                elif self._parts is not None and not self._move():
                    break

    def _search_plans_of_parts(self) -> None:
        """Searches among what plans of parts take, and the best plan."""
        plan = self._plan()
        if not self.search.over and self._takes(Step.UNION):
            with self.search.step(Phase.UNION):
                taken = self._of_parts if plan is None else self._of_parts | (plan > 0.5)
                self._search_among(taken, self.parameters.parts_share)

    def _improve(self) -> bool:
        """Searches neighbourhoods, and all beside them; True if the program is infeasible."""
        beside = self._start_beside()
        try:
            with self.search.step(Phase.IMPROVE):
                while not self.search.over:
                    if beside is not None and beside.poll(0.0):
                        ended, beside = beside, None
                        if self._finish(ended):
                            return True
                    if not self._move() and beside is None:
                        return self.search_exactly()
        finally:
            if beside is not None:
                beside.end(Limit.INTERRUPTED)
                self._finish(beside)
        return False

    def search_exactly(self) -> bool:
        """Searches what reduced costs leave, to the end; True if the program is infeasible."""
        if self.search.over:
            return False
        with self.search.step(Phase.SEARCH):
            part, floor = self._open_part()
            plan = self._plan()
            task = search_task(
                self.search, part.program, self._hint(part, plan), self.search.time_left
            )
            answer = run(self.search, task, lambda _best, bound: self._on_progress(bound, floor))
            return self._conclude(part, answer, floor)

    # --- the exact search beside ----------------------------------------------------------------

    def _start_beside(self) -> ChildProcessCall | None:
        settings = self.search.settings
        if not (settings.isolate and settings.threads > 1):
            self.search.leave_out(Step.BESIDE, Why.ONE_THREAD)
            return None
        if not settings.takes(Step.BESIDE):
            return None
        self._beside = self._open_part()
        part, floor = self._beside
        task = search_task(
            self.search, part.program, self._hint(part, self._plan()), self.search.time_left
        )
        call = ChildProcessCall(
            replace(task, threads=1),
            lambda _best, bound: self._on_progress(bound, floor),
            self.search.deadline,
        )
        return call.start()

    def _finish(self, beside: ChildProcessCall) -> bool:
        part, floor = self._beside
        return self._conclude(part, beside.answer, floor)

    def _conclude(self, part: Part, answer: object, floor: float) -> bool:
        """Takes what an exact search ended with; True if there is no solution at all."""
        self._take(part, answer)
        if not isinstance(answer, BackendResult):
            return False
        reason = answer.termination.reason
        if reason is Reason.INFEASIBLE:
            self.search.accept_solver_bound(floor)
            return self.search.objective is None and floor == -np.inf
        self.search.accept_final_bound(max(answer.bound, floor), reason)
        return False

    def _on_progress(self, bound: float | None, floor: float) -> None:
        self.search.on_solver_progress(None if bound is None else max(bound, floor))

    def _open_part(self) -> tuple[Part, float]:
        """What reduced costs leave open, and the objective that nothing outside it exceeds."""
        count = len(self.states.whole)
        best, program = self.search.objective, self.merged.program
        if self.relaxation is None or best is None or not self._takes(Step.FIX):
            return self._part(np.zeros(count, dtype=bool), np.ones(count, dtype=bool)), -np.inf
        usable = usable_multipliers(program, self.relaxation.multipliers)
        gains = reduced_costs(program, usable)[self.states.whole]
        room = safe_bound(program, usable) - best + 1e-7 * max(1.0, abs(best))
        return self._part(gains >= room, gains > -room), best

    # --- neighbourhoods -------------------------------------------------------------------------

    def _move(self) -> bool:
        """Exchanges or searches a neighbourhood; False where there is nothing to try."""
        kind = self._turns.next() if self._can_exchange else _EXACT
        before, begun = self.search.objective or 0.0, time.monotonic()
        left = True
        if kind == _LOCAL:
            self._core.move()
        else:
            left = self._try_neighbourhood()
        gain = max(0.0, (self.search.objective or 0.0) - before)
        self._turns.record(kind, time.monotonic() - begun, gain)
        return left

    def _try_neighbourhood(self) -> bool:
        """Frees some choices and searches them; False where there is nothing to try."""
        plan = self._plan()
        if plan is None or not self._takes(Step.NEIGHBOURHOODS) or len(plan) < 2:
            return False
        free = self._neighbourhood(plan)
        before = self.search.objective
        part = self._part((plan > 0.5) & ~free, (plan > 0.5) | free)
        seconds = max(0.05, min(self.parameters.seconds, self.search.time_left))
        task = MipTask(
            part.program,
            Backend.HIGHS,
            seconds,
            relative_gap=1e-5,
            seed=self.search.settings.seed,
            hint=self._hint(part, plan),
        )
        answer = run_call(task, _ignore)
        self._take(part, answer)
        ended = isinstance(answer, BackendResult) and answer.termination.reason is Reason.OPTIMAL
        self._size *= self.parameters.growth if ended else 1 / self.parameters.growth
        self._size = float(np.clip(self._size, self.parameters.least_size, len(plan)))
        better = self.search.objective != before
        self._fruitless = 0 if better else self._fruitless + 1
        return not (ended and free.all() and not better)

    def _neighbourhood(self, plan: Floats) -> Flags:
        """Choices around a state, or where relaxation and plan differ, shape (choices,)."""
        relaxed = None if self.relaxation is None else self.relaxation.values
        turn = self._fruitless % self.parameters.patience
        if relaxed is not None and turn == self.parameters.patience - 1:
            apart = np.abs(relaxed[self.states.whole] - plan) > 1e-6
            return self._near.limited(apart, int(self._size))
        return self._near.around(plan, relaxed, self._core.worth, int(self._size))

    # --- to and fro -----------------------------------------------------------------------------

    def _takes(self, step: Step) -> bool:
        return self.search.settings.takes(step)

    def _plan(self) -> Floats | None:
        """The incumbent's choices, shape (choices,)."""
        values = self.search.values
        if values is None:
            return None
        return np.asarray(np.round(values[self.search.program.domain == Domain.INTEGER]))

    def _part(self, decided: Flags, among: Flags) -> Part:
        """The program with some choices made and all but some others ruled out."""
        lower, upper = self.merged.program.lower.copy(), self.merged.program.upper.copy()
        whole = self.states.whole
        lower[whole] = np.maximum(lower[whole], np.minimum(decided, upper[whole]))
        upper[whole] = np.maximum(lower[whole], np.where(among, upper[whole], 0.0))
        return restrict(self.states, lower, upper)

    def _hint(self, part: Part, plan: Floats | None) -> Floats | None:
        return None if plan is None else self.states.filled(plan)[part.columns]

    def _take(self, part: Part, answer: object) -> None:
        """Submits what a search found."""
        if isinstance(answer, BackendResult) and answer.values is not None:
            whole = part.to_whole(answer.values)
            self.search.submit_solution(self.merged.invert_values(whole))
            choices = np.round(whole[self.states.whole])
            filled = self._greedy.fill(choices) if self._takes(Step.GREEDY) else None
            self._submit_filled(choices)
            self._submit_filled(filled)

    def _submit_filled(self, choices: Floats | None) -> None:
        if choices is not None:
            self.search.submit_solution(self.merged.invert_values(self.states.filled(choices)))


def _ignore(_incumbent: float | None, _bound: float | None) -> None:
    return None
