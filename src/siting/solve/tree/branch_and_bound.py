"""Branch and bound on whole columns with a warm-started dual simplex.

From the open node of the best bound, which lowers the bound, on to its children as long as they are
not far below it: the simplex method has little to mend there, and what is chosen leads to
solutions. There may be several at a time, each with a relaxation of its own. A relaxation stops
once its node is closed, and a branch that was tried is not solved again. What no better plan can
choose by the reduced costs of the root is fixed as better plans are found. At the top, branchings
are tried before one is made (strong branching); below, what earlier ones brought stands for that
(pseudo-costs: Achterberg, Koch and Martin 2005, doi 10.1016/j.orl.2004.04.002). Every leaf keeps
what closes it.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from siting.program import Domain, Program
from siting.solve.bounds.duality import (
    objective_step,
    reduced_costs,
    safe_bound,
    usable_multipliers,
)
from siting.solve.tree.proof import Leaf, SearchTree, best_ray

Floats = NDArray[np.float64]

_WHOLE = 1e-6
# Reduced costs that are this share of the objective beyond the room there is are beyond rounding.
_BEYOND = 1e-6
# What a relaxation's objective may differ by from the bound that its multipliers prove, a share.
_ROUNDING = 1e-8


@dataclass(frozen=True)
class TreeParameters:
    """Constants of the search, tuned on drawn BDS of 800 and 1,000, one seed each.

    Attributes:
        tried: Candidates that strong branching tries at a node.
        reliable: Branchings of a column after which its pseudo-costs stand for a trial.
        plunge: A child is next if it lies in the upper such share between the incumbent and the
            best bound.
        spare: Share of the objective's step that a leaf keeps below the next better plan, so that
            rounding its multipliers does not open it again.
        most_leaves: A search with more is stopped: its proof would be too large.
    """

    tried: int = 2
    reliable: int = 1
    plunge: float = 0.5
    spare: float = 1 / 256
    most_leaves: int = 50_000


class Relaxing(Protocol):
    """A relaxation with columns fixed."""

    def solve(self, fixed: Mapping[int, float], seconds: float, limit: float) -> Solved | None:
        """Solves it, or returns None; it may stop once no solution can be as good as the limit."""

    def ray(self, fixed: Mapping[int, float], seconds: float) -> Floats | None:
        """Multipliers that show that it has no solution, or None."""

    def narrow(self, lower: Floats, upper: Floats) -> None:
        """Takes narrower column bounds for good, each of shape (columns,)."""


class Solved(Protocol):
    """What a relaxation says."""

    @property
    def is_infeasible(self) -> bool:
        """Whether there is no solution."""

    @property
    def values(self) -> Floats:
        """Shape (columns,); empty where no solution is as good as the limit."""

    @property
    def multipliers(self) -> Floats:
        """Shape (rows,)."""


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
class _PseudoCosts:
    """What branchings brought: loss of bound for a unit of fraction, by column and side."""

    total: Floats
    count: NDArray[np.int64]

    def note(self, column: int, side: int, loss: float, distance: float) -> None:
        self.total[side, column] += max(0.0, loss) / max(distance, _WHOLE)
        self.count[side, column] += 1

    def of(self, columns: NDArray[np.int64], side: int) -> Floats:
        """Estimates, those of columns never tried being the mean of all."""
        tried = self.count[side] > 0
        mean = (
            float((self.total[side][tried] / self.count[side][tried]).mean())
            if tried.any()
            else 1.0
        )
        known = self.total[side, columns] / np.maximum(1, self.count[side, columns])
        return np.where(self.count[side, columns] > 0, known, mean)


@dataclass
class BranchAndBound:
    """A search of a program, some nodes at a step.

    Attributes:
        program: What is searched; columns of `INTEGER` are branched on.
        relaxing: Its relaxation, once for each node that is solved at a time.
        incumbent: Asked for the best objective known.
        submit: Given each whole solution, shape (columns,).
        seconds_left: Asked for the time that is left.
        relative_gap: Nodes whose bound is within this share of the incumbent are closed.
        parameters: Constants.
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
    _parents: list[int] = field(default_factory=list)
    _choices: list[tuple[int, int]] = field(default_factory=list)
    _leaves: dict[int, Leaf] = field(default_factory=dict)
    _root: Floats | None = None
    _failed: bool = False
    _fixed_for: float = -np.inf

    def __post_init__(self) -> None:
        """Opens the root."""
        columns = self.program.shape[1]
        self._whole = np.flatnonzero(self.program.domain == Domain.INTEGER)
        self._costs = _PseudoCosts(np.zeros((2, columns)), np.zeros((2, columns), dtype=np.int64))
        self._step = objective_step(self.program)
        self._narrowed = self.program
        nothing = np.zeros(self.program.shape[0])
        self._push(_Node(0, {}, np.inf, nothing))
        self._pool = ThreadPoolExecutor(len(self.relaxing))

    def __len__(self) -> int:
        """Nodes so far."""
        return len(self._parents) + 1

    @property
    def bound(self) -> float:
        """No solution is better than this; the incumbent's value once all is closed."""
        waiting = [node.bound for node in self._open.values()]
        closed = [leaf.bound for leaf in self._leaves.values()]
        return max([*waiting, *closed], default=-np.inf)

    @property
    def is_closed(self) -> bool:
        """Whether no node is left."""
        return not self._open and not self._failed

    @property
    def has_proof(self) -> bool:
        """Whether every leaf shows that it has no solution."""
        return self.is_closed and all(leaf.is_ray for leaf in self._leaves.values())

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to do, or it failed or grew too large."""
        return self._failed or self.is_closed or len(self._leaves) > self.parameters.most_leaves

    def step(self) -> None:
        """Solves as many nodes as there are relaxations."""
        self._fix_by_reduced_costs()
        nodes = self._next_nodes(len(self.relaxing) if self._root is not None else 1)
        unsolved = [node for node in nodes if node.solution is None]
        limit = self._limit()
        found = self._solve_all(
            [(node.fixed, -np.inf if node.needs_values else limit) for node in unsolved]
        )
        for node, solution in zip(unsolved, found, strict=True):
            node.solution = solution
        for node in nodes:
            self._take(node)

    def _take(self, node: _Node) -> None:
        """Closes a node by what its relaxation says, or branches."""
        solution, node.solution = node.solution, None
        if solution is None:
            self._failed = self._failed or self.seconds_left() > 0
            self._push(node)
        elif self._is_settled(node, solution):
            return
        elif len(solution.values):
            self._branch_or_close(node, solution.values)
        else:
            node.needs_values = True
            self._push(node)

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

    def _solve_all(
        self, wanted: Sequence[tuple[Mapping[int, float], float]]
    ) -> list[Solved | None]:
        """Relaxations with what is fixed and their limits, each of `relaxing` one at a time."""
        self.solved += len(wanted)
        seconds = self.seconds_left()
        jobs = list(zip(self.relaxing, wanted, strict=False))
        if len(jobs) <= 1:
            return [relaxing.solve(fixed, seconds, limit) for relaxing, (fixed, limit) in jobs]
        return list(self._pool.map(lambda job: job[0].solve(job[1][0], seconds, job[1][1]), jobs))

    def _limit(self) -> float:
        """A relaxation below this closes its node, rounding included; the root is solved whole."""
        if self._root is None:
            return -np.inf
        closing = self._closing()
        return closing - _ROUNDING * max(1.0, abs(closing))

    def _next_nodes(self, most: int) -> list[_Node]:
        """Nodes to solve: the newest child, or the best node; closes what needs no solving."""
        nodes: list[_Node] = []
        while len(nodes) < most and self._open:
            node = self._newest() or self._best()
            if self._closes(node.bound):
                self._close(node)
            else:
                nodes.append(node)
        return nodes

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
        for relaxing in self.relaxing:
            relaxing.narrow(lower, upper)

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

    def _branch_or_close(self, node: _Node, values: Floats) -> None:
        fractional = self._whole[
            np.abs(values[self._whole] - np.round(values[self._whole])) > _WHOLE
        ]
        if len(fractional) == 0:
            self.submit(values)
        if self._closes(node.bound):
            self._close(node)
        elif len(fractional) == 0:
            # A whole solution whose bound stays above it: rounding; nothing is left to branch on.
            self._close(node)
        else:
            self._branch(node, values, fractional)

    def _close(self, node: _Node) -> None:
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

    def _branch(self, node: _Node, values: Floats, fractional: NDArray[np.int64]) -> None:
        column, tried = self._pick(node, values, fractional)
        for value in (0, 1):
            self._parents.append(node.number)
            self._choices.append((column, value))
            fixed = {**node.fixed, column: float(value)}
            child = _Node(len(self._parents), fixed, node.bound, node.multipliers)
            child.solution = tried.get(value)
            if child.solution is None or not self._is_settled(child, child.solution):
                self._push(child)
                self._children.append(child.number)

    def _pick(
        self, node: _Node, values: Floats, fractional: NDArray[np.int64]
    ) -> tuple[int, dict[int, Solved]]:
        """The column whose branching promises to lower the bound most on both sides.

        Returns:
            The column, and the relaxations of its branches where they were tried.
        """
        up = self._costs.of(fractional, 1) * (1 - values[fractional])
        down = self._costs.of(fractional, 0) * values[fractional]
        score = np.maximum(up, _WHOLE) * np.maximum(down, _WHOLE)
        best, best_score = int(fractional[np.argmax(score)]), -1.0
        solved: dict[int, Solved] = {}
        tried = 0
        for number in np.argsort(-score, kind="stable").tolist():
            column = int(fractional[number])
            found: dict[int, Solved] = {}
            trials = self._costs.count[:, column].min()
            gain = float(score[number])
            if trials < self.parameters.reliable and tried < self.parameters.tried:
                tried += 1
                gain, found = self._try(node, column, float(values[column]))
            if gain > best_score:
                best, best_score, solved = column, gain, found
            if tried >= self.parameters.tried:
                break
        return best, solved

    def _try(self, node: _Node, column: int, value: float) -> tuple[float, dict[int, Solved]]:
        """Solves both branches of a column; the product of what they lower the bound by."""
        product = 1.0
        sides = ((1, 1 - value), (0, value))
        limit, size = self._limit(), len(self.relaxing)
        wanted = [({**node.fixed, column: float(side)}, limit) for side, _ in sides]
        found = [x for k in range(0, 2, size) for x in self._solve_all(wanted[k : k + size])]
        solved: dict[int, Solved] = {}
        for (side, distance), solution in zip(sides, found, strict=True):
            if solution is None:
                return 0.0, {}
            solved[side] = solution
            loss = self._loss(node, solution)
            self._costs.note(column, side, loss, distance)
            product *= max(loss, _WHOLE)
        return product, solved

    def _loss(self, node: _Node, solution: Solved) -> float:
        """What a branch lowers the bound by, as far as it was solved."""
        if solution.is_infeasible:
            return node.bound
        if len(solution.values) == 0:
            return max(0.0, node.bound - self._closing())
        return max(0.0, node.bound - self.program.value(solution.values))

    def tree(self) -> SearchTree | None:
        """What was proven so far: open nodes count as leaves; None before the root is solved."""
        if self._root is None:
            return None
        leaves = dict(self._leaves)
        waiting = list(self._open.values())
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
