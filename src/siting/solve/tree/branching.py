"""Which column a node is branched on: by trials at first, by what earlier ones brought later.

Strong branching and pseudo-costs: Achterberg, Koch and Martin 2005, doi 10.1016/j.orl.2004.04.002.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from siting.solve.tree.relaxing import Solved

Floats = NDArray[np.float64]
Index = NDArray[np.int64]

# Losses and distances below this count as this.
_LEAST = 1e-6


@dataclass(frozen=True)
class BranchingParameters:
    """Constants, tuned on drawn BDS of 800 and 1,000, four of them, one seed each.

    Attributes:
        tried: Columns that are tried at a node.
        reliable: Trials of a column after which its pseudo-costs stand for another.
    """

    tried: int = 2
    reliable: int = 1


@dataclass(frozen=True)
class Trial:
    """What a branch that was solved brought.

    Attributes:
        column: The column.
        side: The value that it was fixed to, 0 or 1.
        loss: What that lowers the bound by.
        distance: From the column's value in the node's relaxation.
    """

    column: int
    side: int
    loss: float
    distance: float


@dataclass
class PseudoCosts:
    """What branchings brought: loss of bound for a unit of fraction, by side and column.

    Attributes:
        total: Sum of all trials, shape (2, columns).
        count: How many trials, shape (2, columns).
    """

    total: Floats
    count: Index

    @classmethod
    def unknown(cls, columns: int) -> PseudoCosts:
        """Before any trial."""
        return cls(np.zeros((2, columns)), np.zeros((2, columns), dtype=np.int64))

    def note(self, trial: Trial) -> None:
        """Takes over what a trial brought."""
        self.total[trial.side, trial.column] += trial.loss / max(trial.distance, _LEAST)
        self.count[trial.side, trial.column] += 1

    def of(self, columns: Index, side: int) -> Floats:
        """Estimates, those of columns never tried being the mean of all."""
        total, count = self.total[side], self.count[side]
        tried = count > 0
        mean = float((total[tried] / count[tried]).mean()) if tried.any() else 1.0
        known = total[columns] / np.maximum(1, count[columns])
        return np.where(count[columns] > 0, known, mean)


@dataclass
class Branching:
    """A column, with the relaxations of its branches where they were tried.

    Attributes:
        column: The column.
        solved: By the value that it is fixed to.
        trials: Of any column, for the pseudo-costs.
    """

    column: int
    solved: dict[int, Solved] = field(default_factory=dict)
    trials: list[Trial] = field(default_factory=list)


@dataclass(frozen=True)
class Brancher:
    """Chooses the column whose branching promises to lower the bound most on both sides.

    Attributes:
        costs: What is known so far.
        solve: The relaxation of the node with a column fixed as well, None where that failed.
        lost: What a branch lowers the bound by.
        parameters: Constants.
    """

    costs: PseudoCosts
    solve: Callable[[int, int], Solved | None]
    lost: Callable[[Solved], float]
    parameters: BranchingParameters

    def choose(self, values: Floats, fractional: Index) -> Branching:
        """Tries some columns of most promise, and takes the best.

        Args:
            values: The node's relaxation, shape (columns,).
            fractional: The columns that it leaves fractional, one at least.
        """
        score = self._promises(values, fractional)
        chosen, best = Branching(int(fractional[np.argmax(score)])), -1.0
        trials: list[Trial] = []
        tried = 0
        for number in np.argsort(-score, kind="stable").tolist():
            branching, gain = Branching(int(fractional[number])), float(score[number])
            if self._is_new(branching.column) and tried < self.parameters.tried:
                tried += 1
                gain = self._try(branching, float(values[branching.column]))
                trials += branching.trials
            if gain > best:
                chosen, best = branching, gain
            if tried >= self.parameters.tried:
                break
        chosen.trials = trials
        return chosen

    def _promises(self, values: Floats, columns: Index) -> Floats:
        up = self.costs.of(columns, 1) * (1 - values[columns])
        down = self.costs.of(columns, 0) * values[columns]
        return np.maximum(up, _LEAST) * np.maximum(down, _LEAST)

    def _is_new(self, column: int) -> bool:
        return bool(self.costs.count[:, column].min() < self.parameters.reliable)

    def _try(self, branching: Branching, value: float) -> float:
        """Solves both branches of a column; the product of what they lower the bound by."""
        product = 1.0
        for side, distance in ((1, 1 - value), (0, value)):
            solution = self.solve(branching.column, side)
            if solution is None:
                branching.solved.clear()
                return 0.0
            loss = self.lost(solution)
            branching.solved[side] = solution
            branching.trials.append(Trial(branching.column, side, loss, distance))
            product *= max(loss, _LEAST)
        return product
