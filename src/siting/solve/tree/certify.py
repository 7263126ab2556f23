"""Closes the gap by a tree of branchings, here or in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.program import Program
from siting.solve.backends.child_process import ChildProcessCall
from siting.solve.backends.contract import Failure, Relaxation
from siting.solve.bounds.duality import safe_bound, usable_multipliers
from siting.solve.cuts.odd_cycles import with_cuts
from siting.solve.presolve.compose_states import ComposedStates
from siting.solve.presolve.cover import CoverProblem
from siting.solve.result import NoteCode, Phase, Why
from siting.solve.search import Search
from siting.solve.settings import Step
from siting.solve.tree.expand import expand
from siting.solve.tree.proof import SearchTree, only_root
from siting.solve.tree.run import Listener, TreeAnswer, TreeCall, run_tree

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CertifyParameters:
    """When a tree is worth its time.

    Attributes:
        most_nonzeros: Of the reduced program; a relaxation of a larger one takes too long.
        share: Of the time that is left, at most, where the gap is met on a solver's word.
        hand_over: Seconds kept to hand a tree over from another process.
        rounds: Share of the time that looks for better plans may take, in turn with the tree.
        least_rounds: Share that they keep when they find nothing for long.
        patience: The share halves with so many fruitless looks in a row.
        round_seconds: Of one such look, about.
        threads: Relaxations at a time, at most; more would wait for each other's nodes.
    """

    most_nonzeros: int = 1_000_000
    share: float = 0.5
    hand_over: float = 1.0
    rounds: float = 0.3
    least_rounds: float = 0.15
    patience: int = 10
    round_seconds: float = 1.0
    threads: int = 2


_PARAMETERS = CertifyParameters()


@dataclass(frozen=True, eq=False)
class Reduced:
    """A program that a tree searches, and the way back to the whole.

    Attributes:
        program: The reduced program, with its cuts.
        to_values: A solution of it as one of the whole.
        to_tree: A tree of it as one of the whole.
        cuts: How many halves of each row go into each cut, shape (cuts, rows); None without any.
        multipliers: Of its relaxation, shape (rows,), if they are known.
    """

    program: Program
    to_values: Callable[[Floats], Floats]
    to_tree: Callable[[SearchTree], SearchTree]
    cuts: csr_array | None = None
    multipliers: Floats | None = None


def reduced_cover(
    search: Search, problem: CoverProblem, relaxation: Relaxation | None = None
) -> Reduced:
    """A covering problem without what is merged, folded and settled, with a relaxation's cuts."""
    cuts = None if relaxation is None else relaxation.cut_multipliers
    return Reduced(
        with_cuts(problem.to_program(), cuts),
        lambda values: problem.to_values(np.round(values), search.program),
        lambda tree: expand(problem, tree, search.program),
        cuts,
        None if relaxation is None else relaxation.multipliers,
    )


def submit_cuts(search: Search, problem: CoverProblem, relaxation: Relaxation) -> None:
    """Certifies the bound of a relaxation with cuts: a tree of nothing but its root."""
    program = with_cuts(problem.to_program(), relaxation.cut_multipliers)
    usable = usable_multipliers(program, relaxation.multipliers)
    root = only_root(usable, safe_bound(program, usable), relaxation.cut_multipliers)
    search.submit_tree(expand(problem, root, search.program))


def reduced_states(merged: ComposedStates, relaxation: Relaxation | None) -> Reduced:
    """A program with equal states merged, and a relaxation of it."""

    def to_tree(tree: SearchTree) -> SearchTree:
        leaves = tuple(
            replace(leaf, multipliers=merged.invert_multipliers(leaf.multipliers))
            for leaf in tree.leaves
        )
        return replace(tree, root=merged.invert_multipliers(tree.root), leaves=leaves)

    multipliers = None if relaxation is None else relaxation.multipliers
    return Reduced(merged.program, merged.invert_values, to_tree, multipliers=multipliers)


def may_branch(search: Search, program: Program) -> bool:
    """Whether a tree is wanted, and its relaxations are small enough; notes where they are not."""
    if program.matrix.nnz > _PARAMETERS.most_nonzeros:
        search.leave_out(Step.TREE, Why.TOO_LARGE)
        return False
    return search.settings.takes(Step.TREE)


def certify(search: Search, reduced: Reduced, rounds: Callable[[], bool] = lambda: False) -> bool:
    """Searches a tree until the certified gap is what was asked for; True if it is infeasible.

    Args:
        search: The search whose bound is to be certified.
        reduced: What to search.
        rounds: Looks for better plans now and then; False once nothing is left to try.
    """
    if not may_branch(search, reduced.program):
        return False
    seconds = search.time_left * (_PARAMETERS.share if search.gap_met else 1.0)
    if seconds <= 0:
        return False
    with search.step(Phase.PROVE):
        listener = Listener(
            lambda: -np.inf if search.objective is None else search.objective,
            lambda values: _submit(search, reduced, values),
            lambda _bound: None,
            lambda: search.stopped,
        )
        answer = run_tree(tree_call(search, reduced, seconds), _between(listener, rounds))
        return _take(search, reduced, answer)


def _between(
    listener: Listener, rounds: Callable[[], bool], clock: Callable[[], float] = time.monotonic
) -> Listener:
    """Has rounds take their share of the time, as long as there is something left to try."""
    turns = _Turns(clock())

    def stop() -> bool:
        now, before = clock(), listener.incumbent()
        if turns.are_due(now):
            turns.are_left = rounds()
            turns.note(clock() - now, gained=listener.incumbent() > before)
        return listener.stop()

    return replace(listener, stop=stop)


@dataclass
class _Turns:
    """When looks for better plans are due beside a tree, whose share falls while they find none."""

    checked: float
    owed: float = 0.0
    fruitless: int = 0
    are_left: bool = True

    def are_due(self, now: float) -> bool:
        self.owed += self._share * (now - self.checked)
        self.checked = now
        return self.are_left and self.owed >= _PARAMETERS.round_seconds

    def note(self, seconds: float, *, gained: bool) -> None:
        self.owed -= seconds
        self.fruitless = 0 if gained else self.fruitless + 1

    @property
    def _share(self) -> float:
        halved: float = _PARAMETERS.rounds * 0.5 ** (self.fruitless / _PARAMETERS.patience)
        return max(_PARAMETERS.least_rounds, halved)


def tree_call(search: Search, reduced: Reduced, seconds: float) -> TreeCall:
    """A search of what is reduced, to the gap that the settings ask for."""
    best = -np.inf if search.objective is None else search.objective
    gap, threads = search.settings.relative_gap, min(_PARAMETERS.threads, search.settings.threads)
    return TreeCall(reduced.program, seconds, best, gap, threads, reduced.multipliers)


def _submit(search: Search, reduced: Reduced, values: Floats) -> None:
    search.submit_solution(reduced.to_values(values))


def _take(search: Search, reduced: Reduced, answer: TreeAnswer) -> bool:
    """Takes over what a tree proves; True if that there is no solution."""
    if answer.tree is not None and search.objective is not None:
        search.submit_tree(reduced.to_tree(replace(answer.tree, cuts=reduced.cuts)))
    return answer.is_infeasible and search.objective is None


@dataclass
class TreeBeside:
    """A tree in a process of its own, while plans are looked for here.

    Attributes:
        search: The search whose bound it certifies.
        reduced: What it searches.
        infeasible: Whether it proved that there is no solution.
    """

    search: Search
    reduced: Reduced
    infeasible: bool = False
    _told: float = field(default=-np.inf)
    _running: ChildProcessCall | None = None

    def __enter__(self) -> Self:
        """Starts it."""
        seconds = max(0.1, self.search.time_left - _PARAMETERS.hand_over)
        call = tree_call(self.search, self.reduced, seconds)
        self._told = call.incumbent
        self._begun = time.monotonic()
        self._running = ChildProcessCall(call, self._on_progress, self.search.deadline).start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Ends it, and takes what it has proven."""
        if self._running is not None and not self._running.done:
            self._running.stop(_PARAMETERS.hand_over + max(0.0, self.search.time_left))
            self._finish()

    def poll(self, timeout: float = 0.0) -> bool:
        """Tells it of better plans and takes in its own; True once it is over."""
        if self._running is None:
            return True
        best = self.search.objective
        if best is not None and best > self._told:
            self._told = best
            self._running.send("incumbent", best)
        over = self._running.poll(timeout)
        while self._running.solutions:
            _submit(self.search, self.reduced, self._running.solutions.pop(0))
        if over:
            self._finish()
        return over

    def _on_progress(self, _incumbent: float | None, bound: float | None) -> None:
        self.search.on_solver_progress(bound)

    def _finish(self) -> None:
        assert self._running is not None  # noqa: S101 - asked before
        answer, self._running = self._running.answer, None
        if isinstance(answer, TreeAnswer):
            self.infeasible = _take(self.search, self.reduced, answer)
        elif isinstance(answer, Failure):
            self.search.note(NoteCode.FAILED, Phase.PROVE, answer.message)
