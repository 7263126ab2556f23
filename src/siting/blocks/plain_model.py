"""A model said plainly: its rows and goals in exact numbers, derived from every block's `check`.

From it follow the judge, the certificate, the PuLP model and its exports, and brute force; nothing
in it comes from what solvers see.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, vstack

from siting.blocks.contract import Block, Column, ConstraintBlock, Row, Sense, Sum
from siting.blocks.exact import (
    LARGEST,
    ExactVector,
    Wholes,
    exact,
    exact_product,
    from_fractions,
    narrow,
)
from siting.blocks.plain_families import PlainFamilies
from siting.blocks.plain_family import Effects, LinkRows, PlainFamily
from siting.blocks.plain_inputs import PlainInputs
from siting.blocks.registry import checker
from siting.errors import InputError, Problem
from siting.language import tr

if TYPE_CHECKING:
    from siting.blocks.merged_model import MergedModel


@dataclass(frozen=True, eq=False)
class PlainRows:
    """Rows of one name, `lower <= terms <= upper`, each multiplied until it is whole.

    Attributes:
        name: Name of the rows.
        ids: What each row stands for, shape (rows,).
        terms: Whole coefficients by family, each of shape (rows, columns of the family).
        scale: What each row was multiplied by, above 0, shape (rows,).
        lower: Least whole activity, None where there is none, shape (rows,).
        upper: Most whole activity, likewise.
        block: The block that says them, or None where they link families.
    """

    name: str
    ids: tuple[tuple[object, ...], ...]
    terms: dict[str, csr_array]
    scale: tuple[int, ...]
    lower: tuple[int | None, ...]
    upper: tuple[int | None, ...]
    block: ConstraintBlock | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def label(self, row: int) -> str:
        """Name of one row, e.g. `slots[S1]`."""
        key = ",".join(map(str, self.ids[row]))
        return f"{self.name}[{key}]" if key else self.name

    def activity(self, values: Mapping[str, Wholes]) -> Wholes:
        """Whole activity of each row at values by family, shape (rows,)."""
        total: Wholes = np.zeros(len(self), dtype=np.int64)
        for family, matrix in self.terms.items():
            total = narrow(total.astype(object) + exact_product(matrix, values[family]))
        return total


@dataclass(frozen=True, eq=False)
class PlainGoal:
    """One goal, said plainly: `constant + sum of terms`, more of it is better.

    Attributes:
        name: What messages call it.
        sense: `minimise` where the planner means less; `constant` and `terms` are turned round.
        constant: Its value where every column is 0.
        terms: Coefficients by family.
        within: Share that it may give up for the goals after it.
    """

    name: str
    sense: Sense
    constant: Fraction
    terms: dict[str, ExactVector]
    within: float

    def value(self, values: Mapping[str, Wholes]) -> Fraction:
        """Its value at whole values by family."""
        return self.constant + sum(
            Fraction(_dot(vector, values[name])) / vector.denominator
            for name, vector in self.terms.items()
        )

    def as_row(self, floor: Fraction) -> PlainRows:
        """The row that keeps the goal at or above a floor.

        What 64 bits cannot hold exactly is rounded so that no plan is lost: coefficients up, as no
        column is below 0, and the floor down.

        Raises:
            InputError: Coefficients too large for any such row.
        """
        least, vectors = floor - self.constant, self.terms.values()
        scale = math.lcm(least.denominator, *(v.denominator for v in vectors))
        largest = max((Fraction(v.largest, v.denominator) for v in vectors), default=Fraction(0))
        if largest * scale >= LARGEST:
            scale = int(Fraction(LARGEST - 1) / largest)
        if scale == 0:
            raise InputError([_too_unlike(self.name)])
        terms = {
            name: csr_array(
                (-(-vector.numerators.astype(object) * scale // vector.denominator))
                .astype(np.int64)
                .reshape(1, -1)
            )
            for name, vector in self.terms.items()
        }
        lower = math.floor(least * scale)
        return PlainRows("goal", ((self.name,),), terms, (scale,), (lower,), (None,))

    def in_sense(self, value: Fraction) -> Fraction:
        """A value of `constant + terms` as the planner means it, or the other way."""
        return value if self.sense == "maximise" else -value


@dataclass(frozen=True, eq=False)
class PlainModel:
    """A model of an instance, said plainly.

    Attributes:
        inputs: What the blocks read.
        families: Families of variables that the rows and goals name.
        rows: Rows of the blocks, in the order of the model.
        links: Rows that link the families.
        goals: Goals, the most important first.
    """

    inputs: PlainInputs
    families: dict[str, PlainFamily]
    rows: tuple[PlainRows, ...]
    links: tuple[PlainRows, ...]
    goals: tuple[PlainGoal, ...]

    @cached_property
    def sections(self) -> dict[str, PlainRows]:
        """All rows by name."""
        return {part.name: part for part in (*self.rows, *self.links)}

    @cached_property
    def merged(self) -> MergedModel:
        """The same with one column for all that are equal in every plan: what proofs speak of."""
        from siting.blocks.merged_model import merge_equal_columns  # noqa: PLC0415 - it reads this

        return merge_equal_columns(self)

    def values(self, effects: Effects) -> dict[str, Wholes]:
        """What every column is, given what a choice brings about."""
        found: dict[str, Wholes] = {}
        for name, family in self.families.items():
            values = family.values(effects)
            found[name] = values.astype(np.int64 if family.is_whole else object)
        return found

    def columns(self) -> Iterator[Column]:
        """Every column, family by family."""
        for name, family in self.families.items():
            for key in zip(*family.ids, strict=True):
                yield Column(name, key)


def plain_model(
    inputs: PlainInputs,
    goals: Sequence[tuple[str, Sense, float, Sequence[tuple[Block, Fraction]]]],
    constraints: Sequence[tuple[str, ConstraintBlock]],
) -> PlainModel:
    """Says a model plainly.

    Args:
        inputs: What the blocks read.
        goals: Name, sense, `within`, and the objective blocks with their weights, of each goal.
        constraints: Name of its rows, and the block.

    Raises:
        InputError: Numbers that cannot be added exactly.
    """
    families = PlainFamilies(inputs)
    families["choose"]
    said = tuple(_goal(families, *goal) for goal in goals)
    rows = tuple(
        _packed(families, name, block, list(checker(block.block).rows(block, inputs)))
        for name, block in constraints
    )
    links = tuple(_link(link) for family in families.made.values() for link in family.links)
    return PlainModel(inputs, families.made, rows, links, said)


def _goal(
    families: PlainFamilies,
    name: str,
    sense: Sense,
    within: float,
    parts: Sequence[tuple[Block, Fraction]],
) -> PlainGoal:
    sums = [(checker(block.block).value(block, families.inputs), weight) for block, weight in parts]
    turn = 1 if sense == "maximise" else -1
    names = dict.fromkeys(name for total, _ in sums for name in _families_of(total))
    terms = {
        family: _added(
            [_vector(families[family], total).times(turn * weight) for total, weight in sums]
        )
        for family in names
    }
    constant = sum((turn * weight * total.constant for total, weight in sums), Fraction(0))
    return PlainGoal(name, sense, constant, terms, within)


def _families_of(total: Sum) -> list[str]:
    return [*total.every, *dict.fromkeys(column.family for column in total.terms)]


def _vector(family: PlainFamily, total: Sum) -> ExactVector:
    """The coefficients that a sum gives the columns of a family, shape (columns,)."""
    every = total.every.get(family.name)
    single = {c.id: a for c, a in total.terms.items() if c.family == family.name}
    if every is not None and not single:
        return every
    numbers = [Fraction(0)] * len(family) if every is None else every.fractions()
    for key, amount in single.items():
        numbers[family.position[key]] += amount
    return from_fractions(numbers)


def _added(vectors: list[ExactVector]) -> ExactVector:
    if len(vectors) == 1:
        return vectors[0]
    denominator = math.lcm(*(vector.denominator for vector in vectors))
    total = sum(vector.at(denominator).astype(object) for vector in vectors)
    return ExactVector(narrow(np.asarray(total, dtype=object)), denominator)


def _dot(vector: ExactVector, values: Wholes) -> Fraction | int:
    if values.dtype != np.int64:
        pairs = zip(values.tolist(), vector.numerators.tolist(), strict=True)
        return sum((Fraction(value) * weight for value, weight in pairs), Fraction(0))
    row = csr_array(values.reshape(1, -1).astype(np.int64))
    return int(exact_product(row, vector.numerators)[0])


def _packed(
    families: PlainFamilies, name: str, block: ConstraintBlock, rows: list[Row]
) -> PlainRows:
    """Rows of one block as whole numbers."""
    wholes = [_whole(families, row) for row in rows]
    names = dict.fromkeys(family for terms, *_ in wholes for family in terms)
    terms = {family: _matrix(families[family], family, wholes) for family in names}
    return PlainRows(
        name,
        tuple(row.id for row in rows),
        terms,
        tuple(scale for _, scale, _, _ in wholes),
        tuple(lower for *_, lower, _ in wholes),
        tuple(upper for *_, upper in wholes),
        block,
    )


_WholeRow = tuple[dict[str, dict[int, int]], int, int | None, int | None]


def _whole(families: PlainFamilies, row: Row) -> _WholeRow:
    """A row's coefficients by family and position, its scale and its limits, all whole."""
    single = [(column, amount) for column, amount in row.sum.terms.items() if amount]
    limits = [x - row.sum.constant for x in (row.lower, row.upper) if x is not None]
    scale = math.lcm(
        *(amount.denominator for _, amount in single),
        *(vector.denominator for vector in row.sum.every.values()),
        *(limit.denominator for limit in limits),
    )
    terms: dict[str, dict[int, int]] = {}
    for name, vector in row.sum.every.items():
        families[name]
        wide = vector.at(scale)
        at = np.flatnonzero(wide)
        terms[name] = dict(zip(at.tolist(), wide[at].tolist(), strict=True))
    for column, amount in single:
        here = terms.setdefault(column.family, {})
        position = families[column.family].position[column.id]
        here[position] = here.get(position, 0) + int(amount * scale)
    lower, upper = (
        None if x is None else int((x - row.sum.constant) * scale) for x in (row.lower, row.upper)
    )
    return terms, scale, lower, upper


def _matrix(family: PlainFamily, name: str, rows: list[_WholeRow]) -> csr_array:
    sizes = (sum(map(abs, terms.get(name, {}).values())) for terms, *_ in rows)
    if any(size >= LARGEST for size in sizes):
        raise InputError([_too_unlike(name)])
    counts = [len(terms.get(name, ())) for terms, *_ in rows]
    columns = [position for terms, *_ in rows for position in terms.get(name, ())]
    data = [amount for terms, *_ in rows for amount in terms.get(name, {}).values()]
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return csr_array(
        (np.array(data, dtype=np.int64), np.array(columns, dtype=np.int64), indptr),
        shape=(len(rows), len(family)),
    )


def _too_unlike(name: str) -> Problem:
    return Problem(
        code="not-exact",
        where=name,
        found=tr("amounts so large, or with so many decimals, that they cannot be added exactly"),
        expected=tr("amounts of at most 18 digits from the largest to the last decimal"),
        mend=tr("Round them."),
    )


def _link(link: LinkRows) -> PlainRows:
    ids = tuple(zip(*link.ids, strict=True))
    count = len(ids)
    return PlainRows(
        link.name,
        ids,
        link.terms,
        link.scale or (1,) * count,
        (None,) * count,
        tuple(link.upper.tolist()),
    )


def floors_as_rows(model: PlainModel, floors: Mapping[str, float]) -> PlainRows:
    """The rows that keep goals at their floors, given in the planner's sense, as one section."""
    rows = [
        goal.as_row(goal.in_sense(exact(floors[goal.name])))
        for goal in model.goals
        if goal.name in floors
    ]
    families = dict.fromkeys(family for row in rows for family in row.terms)
    empty = {
        family: csr_array((1, len(model.families[family])), dtype=np.int64) for family in families
    }
    terms = {
        family: csr_array(vstack([row.terms.get(family, empty[family]) for row in rows]))
        for family in families
    }
    return PlainRows(
        "goal",
        tuple(key for row in rows for key in row.ids),
        terms,
        tuple(scale for row in rows for scale in row.scale),
        tuple(lower for row in rows for lower in row.lower),
        tuple(upper for row in rows for upper in row.upper),
    )
