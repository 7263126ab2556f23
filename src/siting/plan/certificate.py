"""A certificate of bounds: multipliers from which anyone derives them by whole-number arithmetic.

For any multipliers of the rows, at most 0 where a row has no upper limit and at least 0 where it
has no lower one, no plan is better than

    constant + sum of multiplier x limit + sum over columns of max(0, weight - what the column uses)

by Lagrangian duality over the columns, each from 0 to 1 (Geoffrion 1974, doi 10.1007/BFb0120690).
Rows and weights are those that every block says plainly, in exact numbers; multipliers are whole
multiples of a power of two. Nothing here uses a solver or the program that it was given.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.blocks.exact import ExactVector, Wholes, exact, exact_product, rounded_up
from siting.blocks.plain_model import PlainGoal, PlainModel, PlainRows
from siting.language import tr

MOST_EXPONENT = 200


@dataclass(frozen=True, eq=False)
class Multipliers:
    """Multipliers of the rows of one section, of each row as it stands when it is made whole.

    Attributes:
        numerators: Shape (rows,).
        exponent: They are `numerators / 2**exponent`.
    """

    numerators: NDArray[np.int64]
    exponent: int


@dataclass(frozen=True, eq=False)
class GoalCertificate:
    """What proves the bound of one goal.

    Attributes:
        goal: Its name.
        sections: Multipliers by section; rows without any have the multiplier 0.
        floors: What each earlier goal must reach, in the planner's sense, by the goal's name.
    """

    goal: str
    sections: Mapping[str, Multipliers]
    floors: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Certificate:
    """The certificates of a plan's goals, in their order."""

    goals: tuple[GoalCertificate, ...]


def derive_bound(model: PlainModel, certificate: GoalCertificate) -> float:
    """The bound that a certificate proves, in the planner's sense, rounded to the safe side.

    It is infinite (minus infinite where less is better) where it proves that no plan exists.

    Raises:
        ValueError: The certificate does not fit the model, or a sign proves nothing.
    """
    goal = _goal(model, certificate.goal)
    sections = {**model.sections, "goal": floor_rows(model, certificate.floors)}
    for name, multipliers in certificate.sections.items():
        _refuse_unfit(name, sections.get(name), multipliers)
    bounds = column_bounds(model)
    if bounds is None:
        return -math.inf if goal.sense == "maximise" else math.inf
    best = _lagrangian(model, goal, sections, certificate.sections, bounds)
    best = _to_lattice(goal, best, model)
    return rounded_up(best) if goal.sense == "maximise" else -rounded_up(best)


def _goal(model: PlainModel, name: str) -> PlainGoal:
    for goal in model.goals:
        if goal.name == name:
            return goal
    raise ValueError(tr("certificate: the model has no goal {name}", name=name))


def floor_rows(model: PlainModel, floors: Mapping[str, float]) -> PlainRows:
    """The rows that keep earlier goals at their floors, as one section.

    Raises:
        ValueError: There is no such goal, or a floor is no number.
    """
    rows = []
    for name, floor in floors.items():
        goal = _goal(model, name)
        if not math.isfinite(floor):
            raise ValueError(tr("certificate: the floor of {name} is no number", name=name))
        rows.append(goal.as_row(goal.in_sense(exact(floor))))
    return _stacked("goal", rows, model)


def _stacked(name: str, rows: Sequence[PlainRows], model: PlainModel) -> PlainRows:
    """Sections of single rows as one section."""
    families = dict.fromkeys(family for row in rows for family in row.terms)
    terms = {
        family: csr_array(
            np.concatenate(
                [
                    row.terms[family].toarray()
                    if family in row.terms
                    else np.zeros((1, len(model.families[family])), dtype=np.int64)
                    for row in rows
                ]
            )
        )
        for family in families
    }
    return PlainRows(
        name,
        tuple(key for row in rows for key in row.ids),
        terms,
        tuple(scale for row in rows for scale in row.scale),
        tuple(lower for row in rows for lower in row.lower),
        tuple(upper for row in rows for upper in row.upper),
    )


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
        limit = rows.upper[number] if numbers[number] > 0 else rows.lower[number]
        if limit is None:
            form = tr(
                "certificate: the multiplier of {row} has the wrong sign", row=rows.label(number)
            )
            raise ValueError(form)


@dataclass(frozen=True, eq=False)
class ColumnBounds:
    """Least and largest value of each choice that no row forbids alone, shape (choices,)."""

    lower: NDArray[np.int64]
    upper: NDArray[np.int64]


def column_bounds(model: PlainModel) -> ColumnBounds | None:
    """What single rows of the blocks say of the offers' columns; None if they contradict.

    A row rules out an offer that alone overfills it beside what is decided, and decides one without
    which it cannot be filled.
    """
    count = len(model.families["choose"])
    lower, upper = np.zeros(count, dtype=np.int64), np.ones(count, dtype=np.int64)
    for _ in range(2):
        for rows in model.rows:
            if set(rows.terms) == {"choose"}:
                for number in range(len(rows)):
                    _tighten(rows, number, lower, upper)
    return None if np.any(lower > upper) else ColumnBounds(lower, upper)


def _tighten(rows: PlainRows, number: int, lower: Wholes, upper: Wholes) -> None:
    matrix = rows.terms["choose"]
    part = slice(matrix.indptr[number], matrix.indptr[number + 1])
    columns, amounts = matrix.indices[part], matrix.data[part].astype(object)
    low, high = lower[columns], upper[columns]
    least = int(np.minimum(amounts * low, amounts * high).sum()) if len(columns) else 0
    most = int(np.maximum(amounts * low, amounts * high).sum()) if len(columns) else 0
    wide = low < high
    size = np.abs(amounts) if len(columns) else amounts
    limit, floor = rows.upper[number], rows.lower[number]
    if limit is not None:
        over = wide & np.array(least + size > limit, dtype=bool)
        upper[columns[over & (amounts > 0)]] = 0
        lower[columns[over & (amounts < 0)]] = 1
    if floor is not None:
        short = wide & np.array(most - size < floor, dtype=bool)
        lower[columns[short & (amounts > 0)]] = 1
        upper[columns[short & (amounts < 0)]] = 0
    if (limit is not None and least > limit) or (floor is not None and most < floor):
        # The row contradicts the others by itself; crossed bounds say so, in a choice of one row.
        lower[:1], upper[:1] = 1, 0


def _lagrangian(
    model: PlainModel,
    goal: PlainGoal,
    sections: Mapping[str, PlainRows],
    multipliers: Mapping[str, Multipliers],
    bounds: ColumnBounds,
) -> Fraction:
    """The bound before it is rounded, exactly."""
    exponent = max((one.exponent for one in multipliers.values()), default=0)
    denominator = math.lcm(*(vector.denominator for vector in goal.terms.values()))
    unit = denominator << exponent
    net = {
        name: _scaled(goal.terms.get(name), len(family), denominator, exponent)
        for name, family in model.families.items()
    }
    total = goal.constant * unit
    for name, one in multipliers.items():
        rows = sections[name]
        factor = denominator << (exponent - one.exponent)
        total += factor * _paid(rows, one.numerators)
        for family, matrix in rows.terms.items():
            used = exact_product(csr_array(matrix.T), one.numerators)
            net[family] = net[family] - used.astype(object) * factor
    for name, gains in net.items():
        if name == "choose":
            gains = np.maximum(gains * bounds.lower, gains * bounds.upper)  # noqa: PLW2901
        total += sum(gain for gain in gains.tolist() if name == "choose" or gain > 0)
    return Fraction(total) / unit


def _scaled(
    vector: ExactVector | None, count: int, denominator: int, exponent: int
) -> NDArray[np.object_]:
    if vector is None:
        return np.array([0] * count, dtype=object)
    return vector.at(denominator).astype(object) * (1 << exponent)


def _paid(rows: PlainRows, numerators: NDArray[np.int64]) -> int:
    """Sum of multiplier x limit."""
    total = 0
    for number in np.flatnonzero(numerators).tolist():
        multiplier = int(numerators[number])
        limit = rows.upper[number] if multiplier > 0 else rows.lower[number]
        assert limit is not None  # noqa: S101 - signs were checked
        total += multiplier * limit
    return total


def _to_lattice(goal: PlainGoal, bound: Fraction, model: PlainModel) -> Fraction:
    """Down to the largest value that the goal can have at all: every column is 0 or 1."""
    steps = [
        Fraction(math.gcd(*vector.numerators.tolist()), vector.denominator)
        for vector in goal.terms.values()
    ]
    if not all(model.families[name].is_whole for name in goal.terms):
        return bound
    step = Fraction(0)
    for one in steps:
        step = _common_step(step, one)
    if step == 0:
        return min(bound, goal.constant)
    return goal.constant + math.floor((bound - goal.constant) / step) * step


def _common_step(a: Fraction, b: Fraction) -> Fraction:
    """The largest step of which both are multiples."""
    common = math.lcm(a.denominator, b.denominator)
    return Fraction(math.gcd(int(a * common), int(b * common)), common)
