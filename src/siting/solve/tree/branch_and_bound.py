"""Branch and bound on whole columns with a warm-started dual simplex.

From the open node of the best bound, which lowers the bound, on to its children as long as they are
not far below it: the simplex method has little to mend there, and what is chosen leads to
solutions. Each relaxation works at a node of its own, and takes the next once that is done. It
stops once its node is closed, and a branch that was tried is not solved again. What no better plan
can choose by the reduced costs of the root is fixed as better plans are found. Every leaf keeps
what closes it.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from siting.program import Domain, Program
from siting.solve.bounds.duality import (
    objective_step,
    reduced_costs,
    safe_bound,
    usable_multipliers,
)
from siting.solve.tree.branching import Brancher, Branching, BranchingParameters, PseudoCosts
from siting.solve.tree.proof import Leaf, SearchTree, best_ray
from siting.solve.tree.relaxing import Relaxing, Solved

Floats = NDArray[np.float64]

_WHOLE = 1e-6
# Reduced costs that are this share of the objective beyond the room there is are beyond rounding.
_BEYOND = 1e-6
# What a relaxation's objective may differ by from the bound that its multipliers prove, a share.
_ROUNDING = 1e-8


@dataclass(frozen=True)
class TreeParameters:
    """Constants of the search, tuned on drawn BDS of 800 and 1,000, four of them, one seed each.

    Attributes:
        plunge: A child is next if it lies in the upper such share between the incumbent and the
            best bound.
        spare: Share of the objective's step that a leaf keeps below the next better plan, so that
            rounding its multipliers does not open it again.
        most_leaves: A search with more is stopped: its proof would be too large.
        branching: Of the choice of columns.
    """

    plunge: float = 0.5
    spare: float = 1 / 256
    most_leaves: int = 50_000
    branching: BranchingParameters = field(default_factory=BranchingParameters)


@dataclass
class _Node:
    """An open node: its own solution where it was tried, and the best multipliers so far."""

    number: int
    fixed: dict[int, float]
    bound: float
    multipliers: Floats
    solution: Solved | None = None
    needs_values: bool = False


@dataclass
class _Visit:
    """What came of a node: its solution, and how to branch where that seems to be needed."""

    solution: Solved | None
    branching: Branching | None = None
    solves: int = 1


@dataclass
class BranchAndBound:
    """A search of a program, a node at a step.

    Attributes:
        program: What is searched; columns of `INTEGER` are branched on.
        relaxing: Its relaxation, once for each node that is solved at a time.
        incumbent: Asked for the best objective known.
        submit: Given each whole solution, shape (columns,).
        seconds_left: Asked for the time that is left.
        relative_gap: Nodes whose bound is within this share of the incumbent are closed.
        parameters: Constants.
        solved: Relaxations solved so far.
    """

    program: Program
    relaxing: Sequence[Relaxing]
    incumbent: Callable[[], float]
    submit: Callable[[Floats], None]
    seconds_left: Callable[[], float]
    relative_gap: float = 0.0
    parameters: TreeParameters = field(default_factory=TreeParameters)
    solved: int = 0
    _open: dict[int, _Node] = field(default_factory=dict)
    _queue: list[tuple[float, int, _Node]] = field(default_factory=list)
    _children: list[int] = field(default_factory=list)
    _busy: dict[Future[_Visit], tuple[Relaxing, _Node]] = field(default_factory=dict)
    _parents: list[int] = field(default_factory=list)
    _choices: list[tuple[int, int]] = field(default_factory=list)
    _leaves: dict[int, Leaf] = field(default_factory=dict)
    _closed: float = -np.inf
    _root: Floats | None = None
    _failed: bool = False
    _fixed_for: float = -np.inf

    def __post_init__(self) -> None:
        """Opens the root."""
        self._whole = np.flatnonzero(self.program.domain == Domain.INTEGER)
        self._costs = PseudoCosts.unknown(self.program.shape[1])
        self._step = objective_step(self.program)
        self._narrowed = self.program
        self._idle = list(self.relaxing)
        self._push(_Node(0, {}, np.inf, np.zeros(self.program.shape[0])))
        self._pool = ThreadPoolExecutor(len(self.relaxing))

    def __len__(self) -> int:
        """Nodes so far."""
        return len(self._parents) + 1

    @property
    def bound(self) -> float:
        """No solution is better than this; the incumbent's value once all is closed."""
        top = self._top().bound if self._open else -np.inf
        return max([self._closed, top, *(node.bound for _, node in self._busy.values())])

    @property
    def is_closed(self) -> bool:
        """Whether no node is left."""
        return not self._open and not self._busy and not self._failed

    @property
    def has_proof(self) -> bool:
        """Whether every leaf shows that it has no solution."""
        return self.is_closed and all(leaf.is_ray for leaf in self._leaves.values())

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to do, or it failed or grew too large."""
        return self._failed or self.is_closed or len(self._leaves) > self.parameters.most_leaves

    def step(self) -> None:
        """Gives each idle relaxation a node, and takes over what is done first."""
        self._fix_by_reduced_costs()
        while self._idle and (self._root is not None or not self._busy):
            node = self._next_node()
            if node is None:
                break
            relaxing = self._idle.pop()
            self._busy[self._pool.submit(self._visit, relaxing, node)] = relaxing, node
        done, _ = wait(self._busy, return_when=FIRST_COMPLETED)
        for visit in done:
            relaxing, node = self._busy.pop(visit)
            self._idle.append(relaxing)
            self._take(node, visit.result())

    def close(self) -> None:
        """Waits for what is still being solved; the nodes stay open."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _visit(self, relaxing: Relaxing, node: _Node) -> _Visit:
        """Solves a node and chooses how to branch; runs beside others, and changes nothing."""
        here, limit, seconds = self._narrowed, self._limit(), self.seconds_left()
        relaxing.narrow(here.lower, here.upper)
        solution, solves = node.solution, 0
        if solution is None:
            own = -np.inf if node.needs_values else limit
            solution, solves = relaxing.solve(node.fixed, seconds, own), 1
        if solution is None or solution.is_infeasible or solution.is_cut_off:
            return _Visit(solution, None, solves)
        fractional = self._fractional(solution.values)
        bound = self.program.value(solution.values)
        if len(fractional) == 0 or (bound <= limit and not node.needs_values):
            return _Visit(solution, None, solves)

        def solve(column: int, side: int) -> Solved | None:
            return relaxing.solve({**node.fixed, column: float(side)}, self.seconds_left(), limit)

        def lost(solved: Solved) -> float:
            return self._lost(bound, solved)

        brancher = Brancher(self._costs, solve, lost, self.parameters.branching)
        branching = brancher.choose(solution.values, fractional)
        return _Visit(solution, branching, solves + len(branching.trials))

    def _lost(self, bound: float, solution: Solved) -> float:
        """What a branch lowers a bound by, as far as it was solved."""
        if solution.is_infeasible:
            return max(0.0, bound)
        cut_off = solution.is_cut_off
        worth = self._closing() if cut_off else self.program.value(solution.values)
        return max(0.0, bound - worth)

    def _take(self, node: _Node, visit: _Visit) -> None:
        """Closes a node by what its relaxation says, or branches."""
        solution, node.solution = visit.solution, None
        self.solved += visit.solves
        if solution is None:
            self._failed = self._failed or self.seconds_left() > 0
            self._push(node)
        elif self._is_settled(node, solution):
            return
        elif solution.is_cut_off:
            node.needs_values = True
            self._push(node)
        elif visit.branching is not None:
            self._branch(node, visit.branching)
        else:
            self._take_whole(node, solution.values)

    def _take_whole(self, node: _Node, values: Floats) -> None:
        """Submits a whole solution; a node that seemed to be closed and is not goes on."""
        if len(self._fractional(values)):
            node.needs_values = True
            self._push(node)
            return
        self.submit(values)
        # Where its bound stays above it, that is rounding; nothing is left to branch on.
        self._close(node)

    def _is_settled(self, node: _Node, solution: Solved) -> bool:
        """Takes over a node's bound; whether that closes it."""
        if solution.is_infeasible:
            self._close_infeasible(node, solution.multipliers)
            return True
        self._take_bound(node, solution.multipliers)
        if node.number and self._closes(node.bound):
            self._close(node)
            return True
        return False

    def _fractional(self, values: Floats) -> NDArray[np.int64]:
        own = values[self._whole]
        return self._whole[np.abs(own - np.round(own)) > _WHOLE]

    def _limit(self) -> float:
        """A relaxation below this closes its node, rounding included; the root is solved whole."""
        if self._root is None:
            return -np.inf
        closing = self._closing()
        return closing - _ROUNDING * max(1.0, abs(closing))

    def _next_node(self) -> _Node | None:
        """The newest child, or the best node; closes what needs no solving."""
        while self._open:
            node = self._newest() or self._best()
            if not self._closes(node.bound):
                return node
            self._close(node)
        return None

    def _best(self) -> _Node:
        """Takes the open node of the best bound, of equal ones the newest."""
        node = self._top()
        heapq.heappop(self._queue)
        return self._open.pop(node.number)

    def _top(self) -> _Node:
        """The open node of the best bound, of equal ones the newest."""
        while self._queue[0][2].number not in self._open:
            heapq.heappop(self._queue)
        return self._queue[0][2]

    def _newest(self) -> _Node | None:
        """Takes the newest child whose bound is not far below the best one; None without one."""
        least, share = self._closing(), self.parameters.plunge
        if np.isfinite(least):
            least += (1 - share) * (self._top().bound - least)
        while self._children:
            node = self._open.get(self._children.pop())
            if node is not None and node.bound >= least:
                return self._open.pop(node.number)
        return None

    def _push(self, node: _Node) -> None:
        self._open[node.number] = node
        heapq.heappush(self._queue, (-node.bound, -node.number, node))

    def _fix_by_reduced_costs(self) -> None:
        """Fixes what the root's reduced costs rule out for every plan better than the incumbent.

        Whoever checks the tree does the same with the bound that it claims, which is no lower.
        """
        best = self.incumbent()
        if self._root is None or best <= self._fixed_for:
            return
        self._fixed_for = best
        room = safe_bound(self.program, self._root) - best + _BEYOND * max(1.0, abs(best))
        gains = reduced_costs(self.program, self._root)[self._whole]
        lower, upper = self.program.lower.copy(), self.program.upper.copy()
        free = lower[self._whole] < upper[self._whole]
        upper[self._whole[free & (gains < -room)]] = 0.0
        lower[self._whole[free & (gains > room)]] = 1.0
        self._narrowed = replace(self.program, lower=lower, upper=upper)

    def _closes(self, bound: float) -> bool:
        """Whether a bound leaves no room for a plan better than the incumbent."""
        return bound <= self._closing()

    def _closing(self) -> float:
        """The largest bound that leaves no room for a plan better than the incumbent."""
        best = self.incumbent()
        if not np.isfinite(best):
            return -np.inf
        size = max(1.0, abs(best))
        spare = self._step * (1 - self.parameters.spare) if self._step else 1e-9 * size
        return best + max(spare, self.relative_gap * size)

    def _take_bound(self, node: _Node, multipliers: Floats) -> None:
        here = self._within(node.fixed)
        usable = usable_multipliers(here, multipliers)
        bound = safe_bound(here, usable)
        if bound < node.bound or node.number == 0:
            node.bound, node.multipliers = min(bound, node.bound), usable
        if node.number == 0:
            self._root = node.multipliers

    def _within(self, fixed: Mapping[int, float]) -> Program:
        lower, upper = self._narrowed.lower.copy(), self._narrowed.upper.copy()
        columns = list(fixed)
        lower[columns] = upper[columns] = list(fixed.values())
        return replace(self.program, lower=lower, upper=upper)

    def _close(self, node: _Node) -> None:
        self._closed = max(self._closed, node.bound)
        self._leaves[node.number] = Leaf(node.fixed, node.multipliers, node.bound, is_ray=False)

    def _close_infeasible(self, node: _Node, ray: Floats) -> None:
        if node.number == 0:
            self._root = node.multipliers
        here = self._within(node.fixed)
        found = best_ray(here, ray)
        if found is None:
            elastic = self.relaxing[0].ray(node.fixed, self.seconds_left())
            found = None if elastic is None else best_ray(here, elastic)
        if found is None:
            # No proof that it has none: the multipliers above it are what can be said.
            self._close(node)
        else:
            self._leaves[node.number] = Leaf(node.fixed, found, -np.inf, is_ray=True)

    def _branch(self, node: _Node, branching: Branching) -> None:
        for trial in branching.trials:
            self._costs.note(trial)
        for value in (0, 1):
            self._parents.append(node.number)
            self._choices.append((branching.column, value))
            fixed = {**node.fixed, branching.column: float(value)}
            child = _Node(len(self._parents), fixed, node.bound, node.multipliers)
            child.solution = branching.solved.get(value)
            if child.solution is None or not self._is_settled(child, child.solution):
                self._push(child)
                self._children.append(child.number)

    def tree(self) -> SearchTree | None:
        """What was proven so far: open nodes count as leaves; None before the root is solved."""
        if self._root is None:
            return None
        leaves = dict(self._leaves)
        waiting = [*self._open.values(), *(node for _, node in self._busy.values())]
        for node in waiting:
            leaves[node.number] = Leaf(node.fixed, node.multipliers, node.bound, is_ray=False)
        ordered = tuple(leaves[number] for number in sorted(leaves))
        choices = np.array(self._choices, dtype=np.int64).reshape(-1, 2)
        return SearchTree(
            np.array(self._parents, dtype=np.int64),
            choices[:, 0],
            choices[:, 1],
            self._root,
            ordered,
        )
