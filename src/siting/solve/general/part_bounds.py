"""A bound from parts: what small trees prove of each, while prices stand for what joins them.

A relaxation's multipliers price the rows that join parts, and a tree searches each part under these
prices. What it proves is a row of its own, "the part earns at most so much" (a lemma), and the
lemmas with the prices bound the whole. Further rounds make what joins the parts a little cheaper or
dearer: parts have other best plans then, to be put together, and now and then a better bound.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from siting.program import Program
from siting.solve.backends.covering_lp import CoveringLP
from siting.solve.bounds.duality import reduced_costs, safe_bound
from siting.solve.cuts.odd_cycles import append_rows
from siting.solve.general.parts import Parts
from siting.solve.tree.branch_and_bound import BranchAndBound
from siting.solve.tree.proof import Lemma, SearchTree, only_root

Floats = NDArray[np.float64]
Index = NDArray[np.int64]
OnPlan = Callable[[int, Floats], None]

# Weights of lemmas are multiples of this, so that a certificate holds them as they are.
_UNIT = 2.0**-16


@dataclass(frozen=True)
class BoundParameters:
    """Constants, tuned on complete baskets of Reykjavik at 1,200, 2,000 and 3,000.

    Attributes:
        close: A part's tree goes on until its bound is this share of the objective above the best
            plan of the part.
        steps: Nodes between two looks at the clock and at others.
        most_leaves: Of all trees of a round: a proof with more is too long to check.
    """

    close: float = 1e-4
    steps: int = 10
    most_leaves: int = 3_000


@dataclass(eq=False)
class PartTree:
    """The tree of one part.

    Attributes:
        columns: Of the whole, that the part's columns are.
        rows: Of the whole, that the part's rows are.
        program: The part under prices.
        close: A gap that is little enough.
        seconds_left: Asked for the time that is left.
        submit: Given each plan, shape (part's columns,).
        best: The best plan's value.
    """

    columns: Index
    rows: Index
    program: Program
    close: float
    seconds_left: Callable[[], float]
    submit: Callable[[Floats], None]
    best: float = 0.0

    def __post_init__(self) -> None:
        """Opens the tree."""
        self._tree = BranchAndBound(
            self.program,
            [CoveringLP(self.program)],
            incumbent=lambda: self.best,
            submit=self._take,
            seconds_left=self.seconds_left,
        )
        if not self._keeps_rows(np.zeros(len(self.columns))):
            self.best = -np.inf

    @property
    def bound(self) -> float:
        """What the part earns at most."""
        return self._tree.bound

    @property
    def gap(self) -> float:
        """What is still open; 0 once that is little enough."""
        gap = self._tree.bound - self.best
        return 0.0 if self._tree.is_over or gap <= self.close else float(gap)

    @property
    def leaves(self) -> int:
        """How many the tree has, about."""
        return (len(self._tree) + 1) // 2

    def step(self) -> None:
        """Solves another node."""
        self._tree.step()

    def try_plan(self, values: Floats) -> None:
        """Takes a plan of the whole as one of the part, where it keeps the part's rows."""
        mine = values[self.columns]
        if self._keeps_rows(mine):
            self._take(mine)

    def _keeps_rows(self, values: Floats) -> bool:
        activity, program = self.program.matrix @ values, self.program
        low, high = program.row_lower - 1e-9, program.row_upper + 1e-9
        return bool(np.all((activity >= low) & (activity <= high)))

    def _take(self, values: Floats) -> None:
        self.best = max(self.best, self.program.value(values))
        self.submit(values)

    def lemma(self, rows: int) -> Lemma | None:
        """What the tree proves, as a row of the whole, which has so many rows."""
        found = self._tree.tree()
        if found is None or not np.isfinite(found.bound):
            return None
        every = [found.root, *(leaf.multipliers for leaf in found.leaves)]
        local = csr_array(vstack([csr_array(one[None, :]) for one in every], format="csr"))
        whole = (local.data, self.rows[local.indices], local.indptr)
        some = np.flatnonzero(self.program.objective)
        return Lemma(
            self.columns[some],
            self.program.objective[some],
            found.bound,
            found.parent,
            self.columns[found.column],
            found.value,
            csr_array(whole, shape=(len(every), rows)),
            np.array([leaf.is_ray for leaf in found.leaves], dtype=bool),
        )


@dataclass(eq=False)
class PartBound:
    """One round: a tree for each part, under one set of prices.

    Attributes:
        parts: The parts.
        multipliers: Of the rows of the whole, shape (rows,).
        seconds_left: Asked for the time that is left.
        on_plan: Given each plan of a part: which, and its columns' values.
        parameters: Constants.
    """

    parts: Parts
    multipliers: Floats
    seconds_left: Callable[[], float]
    on_plan: OnPlan
    parameters: BoundParameters = field(default_factory=BoundParameters)

    def __post_init__(self) -> None:
        """Prices all rows outside the parts, and opens the trees."""
        program, parts = self.parts.program, self.parts
        gains = reduced_costs(program, self.multipliers)
        self._outside = self.multipliers.copy()
        for rows in parts.rows:
            self._outside[rows] = 0.0
        self.close = self.parameters.close * max(1.0, abs(safe_bound(program, self.multipliers)))
        self.trees = [self._open(number, gains) for number in range(len(parts))]
        self._base = self._bound_outside()

    def _open(self, number: int, gains: Floats) -> PartTree:
        weights = self.parts.objective(number, self.multipliers, gains)
        return PartTree(
            self.parts.columns[number],
            self.parts.rows[number],
            replace(self.parts.part_program(number), objective=np.round(weights / _UNIT) * _UNIT),
            self.close,
            self.seconds_left,
            lambda values: self.on_plan(number, values),
        )

    @property
    def bound(self) -> float:
        """What the whole earns at most, up to rounding."""
        return self._base + sum(tree.bound for tree in self.trees)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        leaves = sum(tree.leaves for tree in self.trees)
        return leaves > self.parameters.most_leaves or all(tree.gap <= 0 for tree in self.trees)

    def run(self, on_bound: Callable[[float], None], stop: Callable[[], bool]) -> None:
        """Solves node after node where the gap is widest, until nothing is left or to stop.

        Args:
            on_bound: Told the bound now and then.
            stop: Asked then whether to stop.
        """
        while not self.is_over and not stop() and self.seconds_left() > 0:
            for _ in range(self.parameters.steps):
                max(self.trees, key=lambda tree: tree.gap).step()
            on_bound(self.bound)

    def proof(self) -> SearchTree | None:
        """Lemmas and prices as a tree of its root alone; None before each part has a bound."""
        program = self.parts.program
        lemmas = [tree.lemma(program.shape[0]) for tree in self.trees]
        known = tuple(lemma for lemma in lemmas if lemma is not None)
        if len(known) < len(lemmas):
            return None
        multipliers = np.concatenate([self._outside, np.ones(len(known))])
        bound = safe_bound(with_lemmas(program, known), multipliers)
        return replace(only_root(multipliers, bound), lemmas=known)

    def _bound_outside(self) -> float:
        """What the prices outside the parts prove, if the parts earned nothing."""
        program = self.parts.program
        weights = program.objective.copy()
        for tree in self.trees:
            weights[tree.columns] -= tree.program.objective
        return safe_bound(replace(program, objective=weights), self._outside)


def with_lemmas(program: Program, lemmas: tuple[Lemma, ...]) -> Program:
    """A program with a row for each lemma."""
    ends = np.cumsum([0, *(len(lemma.columns) for lemma in lemmas)])
    weights = np.concatenate([lemma.weights for lemma in lemmas])
    columns = np.concatenate([lemma.columns for lemma in lemmas])
    rows = csr_array((weights, columns, ends), shape=(len(lemmas), program.shape[1]))
    return append_rows(program, rows, np.array([lemma.limit for lemma in lemmas]))
