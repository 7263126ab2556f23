"""What a block is: settings, rows as arrays for solvers, and the same rows said plainly.

A block is a folder of `siting/blocks` with three files:

- `spec.py` has one subclass of `ObjectiveBlock` or `ConstraintBlock`: settings, words, maths.
- `build.py` has `build(block, model)`, which writes the block into a `ModelWriter`.
- `check.py` has `rows(block, inputs)` (a constraint) or `value(block, inputs)` (an objective): the
  same, from the inputs alone, in exact numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from siting.blocks.exact import ExactVector
from siting.language import phrase
from siting.units import parse_share

if TYPE_CHECKING:
    from siting.inputs.instance import Instance

Severity = Literal["error", "warning"]
Sense = Literal["maximise", "minimise"]


@dataclass(frozen=True)
class Incompatibility:
    """One thing a block asks for that the instance does not have.

    Attributes:
        path: Where in the block's settings.
        code: What kind of thing, for programs.
        found: What the block says.
        expected: What would do.
        remedy: What to do about it.
        severity: `error`, or `warning` where the block can be used all the same.
    """

    path: tuple[str, ...]
    code: str
    found: str
    expected: str
    remedy: str
    severity: Severity = "error"


def one_or_more(value: object) -> object:
    """A single name as a list of one."""
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], Field(strict=False), BeforeValidator(one_or_more)]


class Block(BaseModel):
    """Base of all blocks: frozen, no unknown settings.

    Attributes:
        block: Name in a model spec; the folder's name.
        formula: Its lines of maths, in LaTeX.
        reads: The same in words.
        source: Where the formulation comes from (DOI), or empty.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    block: ClassVar[str] = ""
    formula: ClassVar[str] = ""
    reads: ClassVar[str] = ""
    source: ClassVar[str] = ""

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:  # noqa: ARG002
        """Yields what this block asks for that the instance does not have."""
        yield from ()

    def settings(self) -> dict[str, object]:
        """The settings that were given, as plain values."""
        return self.model_dump(mode="json", exclude_defaults=True)


def share_of(value: object) -> object:
    """`60%` as a share; a number from 0 to 1 is one already."""
    return parse_share(value) if isinstance(value, str) else value


Share = Annotated[float, Field(ge=0, le=1, strict=False), BeforeValidator(share_of)]
WITHIN = 1e-4


class ObjectiveBlock(Block):
    """What is made as large (or as small) as possible.

    Attributes:
        sense: Whether more or less of it is better.
        unit: What its value is: residents, a `number` of other things, `money` or a `share`.
        counts: What it counts, as a person reads it in a report; else its name.
    """

    sense: ClassVar[Sense] = "maximise"
    unit: ClassVar[str] = phrase("residents")
    counts: ClassVar[str] = ""
    within: Share = Field(
        WITHIN, ge=0, lt=1, description="a share below 100% that later goals may give up, e.g. 0.1%"
    )


class ConstraintBlock(Block):
    """What every plan must keep.

    Attributes:
        breach: What is said of a broken row: fields `where`, `activity`, `limit` (with its word).
        unit: What its rows count: `money`, or empty.
    """

    unit: ClassVar[str] = ""

    breach: ClassVar[str] = phrase("{where}: {activity}, {limit}")


@dataclass(frozen=True, slots=True)
class Column:
    """One variable: its family and its id, e.g. `choose` and (offer, year)."""

    family: str
    id: tuple[object, ...]

    def __str__(self) -> str:
        return f"{self.family}[{','.join(map(str, self.id))}]"


@dataclass(frozen=True)
class Sum:
    """`constant + sum of terms`, in exact numbers.

    Attributes:
        terms: Coefficients by column.
        every: Coefficients of every column of a family at once, in the order of its ids: for sums
            over as many columns as there are residents.
        constant: What is added.
    """

    terms: dict[Column, Fraction] = field(default_factory=dict)
    every: dict[str, ExactVector] = field(default_factory=dict)
    constant: Fraction = Fraction(0)


@dataclass(frozen=True)
class Row:
    """`lower <= sum <= upper`, in exact numbers.

    Attributes:
        id: What the row stands for; with the section's name it is unique.
        sum: What is limited; its constant counts.
        lower: Least activity, or None.
        upper: Most activity, or None.
    """

    id: tuple[object, ...]
    sum: Sum
    lower: Fraction | None = None
    upper: Fraction | None = None
