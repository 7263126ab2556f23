"""What multipliers of any rows prove, in whole numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.blocks.exact import exact_product
from siting.blocks.plain_model import PlainGoal, PlainModel, PlainRows
from siting.language import phrase, tr
from siting.plan.certificate import MOST_EXPONENT, Multipliers
from siting.plan.column_bounds import ColumnBounds

Numbers = dict[str, NDArray[np.object_]]


def refuse_unfit_sections(
    rows: Mapping[str, PlainRows], sections: Mapping[str, Multipliers]
) -> None:
    """Refuses multipliers of rows that there are not, or with a sign that proves nothing.

    Args:
        rows: By section.
        sections: Multipliers by section.

    Raises:
        ValueError: There are such.
    """
    for name, multipliers in sections.items():
        _refuse_unfit(name, rows.get(name), multipliers)


def _refuse_unfit(name: str, rows: PlainRows | None, multipliers: Multipliers) -> None:
    """Refuses multipliers of rows that there are not, or with a sign that proves nothing."""
    if rows is None:
        raise ValueError(tr("certificate: the model has no rows {name}", name=name))
    numbers = multipliers.numerators
    if numbers.shape != (len(rows),) or numbers.dtype != np.int64:
        raise ValueError(
            tr(
                "certificate: {name} has {found} multipliers, the model {expected} rows",
                name=name,
                found=numbers.shape,
                expected=len(rows),
            )
        )
    if not 0 <= multipliers.exponent <= MOST_EXPONENT:
        raise ValueError(tr("certificate: {name} has an odd exponent", name=name))
    for number in np.flatnonzero(numbers).tolist():
        pays(rows, number, int(numbers[number]))


@dataclass(frozen=True, eq=False)
class Lagrangian:
    """The Lagrangian bound for multipliers, in whole multiples of one unit.

    Attributes:
        model: The merged model.
        goal: What is bounded.
        rows: Rows by section.
        sections: Multipliers by section.
    """

    model: PlainModel
    goal: PlainGoal
    rows: Mapping[str, PlainRows]
    sections: Mapping[str, Multipliers]

    @property
    def denominator(self) -> int:
        """Of the goal's weights, all together and with the constant."""
        vectors = self.goal.terms.values()
        return math.lcm(self.goal.constant.denominator, *(v.denominator for v in vectors))

    @property
    def exponent(self) -> int:
        """The largest of any section."""
        return max((one.exponent for one in self.sections.values()), default=0)

    def factor(self, name: str) -> int:
        """Units in one unit of a section's multipliers."""
        return self.denominator << (self.exponent - self.sections[name].exponent)

    def weights(self) -> Numbers:
        """Of the goal, in units, by family."""
        unit = 1 << self.exponent
        return {
            name: self.goal.terms[name].at(self.denominator).astype(object) * unit
            if name in self.goal.terms
            else np.array([0] * len(family), dtype=object)
            for name, family in self.model.families.items()
        }

    def net(self) -> Numbers:
        """What each column earns beyond what it uses, in units."""
        net = self.weights()
        for name, one in self.sections.items():
            for family, matrix in self.rows[name].terms.items():
                used = exact_product(csr_array(matrix.T), one.numerators)
                net[family] = net[family] - used.astype(object) * self.factor(name)
        return net

    def paid(self) -> int:
        """Sum of multiplier x limit, in units."""
        return sum(
            self.factor(name) * _paid(self.rows[name], one.numerators)
            for name, one in self.sections.items()
        )

    def bound(self, bounds: ColumnBounds) -> Fraction:
        """The bound for choices within bounds."""
        return self.value(self.paid() + earned(self.net(), bounds))

    def value(self, units: int) -> Fraction:
        """A number of units beside the goal's constant, as a value of the goal."""
        return self.goal.constant + Fraction(units, self.denominator << self.exponent)


def _paid(rows: PlainRows, numerators: NDArray[np.int64]) -> int:
    return sum(
        pays(rows, number, int(numerators[number]))
        for number in np.flatnonzero(numerators).tolist()
    )


def pays(rows: PlainRows, number: int, multiplier: int) -> int:
    """Multiplier x limit of one row.

    Raises:
        ValueError: The row has no limit on the side of the multiplier.
    """
    if multiplier == 0:
        return 0
    limit = rows.upper[number] if multiplier > 0 else rows.lower[number]
    if limit is None:
        form = phrase("certificate: the multiplier of {row} has the wrong sign")
        raise ValueError(tr(form, row=rows.label(number)))
    return multiplier * limit


def earned(net: Numbers, bounds: ColumnBounds) -> int:
    """The most that columns can earn within their bounds."""
    total = 0
    for name, gains in net.items():
        if name == "choose":
            best = np.maximum(gains * bounds.lower, gains * bounds.upper)
            total += sum(best.tolist())
        else:
            total += sum(gain for gain in gains.tolist() if gain > 0)
    return total


def fixed_by_reduced_costs(root: Lagrangian, bounds: ColumnBounds, claim: Fraction) -> ColumnBounds:
    """Choices that no plan better than the claim can make otherwise, by the root's multipliers."""
    net = root.net()["choose"]
    unit = root.denominator << root.exponent
    room = (root.bound(bounds) - claim) * unit
    lower, upper = bounds.lower.copy(), bounds.upper.copy()
    for number, gain in enumerate(net.tolist()):
        if lower[number] < upper[number] and abs(gain) >= room:
            (lower if gain > 0 else upper)[number] = 1 if gain > 0 else 0
    return ColumnBounds(lower, upper)
