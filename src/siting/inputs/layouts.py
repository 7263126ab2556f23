"""The columns of each table of an instance: names, kinds and ranges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from siting.units import LARGEST

Kind = Literal["id", "text", "number", "list"]


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: Our name for it.
        meaning: A noun phrase that messages show as what was expected.
        kind: `id` and `text` stay text, `number` is a finite float, `list` is `a;b`.
        required: Whether the file must have it.
        blank: Whether a cell may be empty.
        least: Smallest number allowed.
        least_step: Smallest number above 0 allowed.
        most: Largest number allowed; beyond it sums lose their exactness.
        above: Whether `least` itself is refused.
        whole: Whether only whole numbers are allowed.
    """

    name: str
    meaning: str
    kind: Kind = "number"
    required: bool = True
    blank: bool = False
    least: float = 0.0
    least_step: float = 0.0
    most: float = LARGEST
    above: bool = False
    whole: bool = False

    @property
    def optional(self) -> Column:
        """The same column where the file need not have it and a cell may be empty."""
        return replace(self, required=False, blank=True)


@dataclass(frozen=True)
class Layout:
    """One table.

    Attributes:
        role: Its key in instance.yaml, e.g. `residents`.
        columns: Its columns; others of the file are kept as text.
        key: The column that names a row; unique. None for edges and pairs.
        may_be_empty: Whether a header without rows is fine.
    """

    role: str
    columns: tuple[Column, ...]
    key: str | None = None
    may_be_empty: bool = False


def _id(name: str, of_what: str) -> Column:
    return Column(name, f"an id of {of_what}, a text that is not empty", "id")


def _text(name: str, meaning: str) -> Column:
    return Column(name, meaning, "text", required=False, blank=True)


_FREE, _MOST_PEOPLE = float("-inf"), 1e11
_X = Column("x", "an easting, a plain number such as 401707.5", least=_FREE)
_Y = Column("y", "a northing, a plain number such as 4501234.0", least=_FREE)
_MONEY = "an amount of money of at least 0, a plain number without unit or separators"
_WEIGHT = "a weight above 0, a plain number"
_PEOPLE = "people, a plain number of at least 0"
_CATEGORIES = Column("categories", "categories separated by ';', e.g. pharmacy;canteen", "list")
_DISTRICT, _CIRCLE = _text("district", "a district"), _text("circle", "a living circle")
_AREA = Column("floor_area_m2", "square metres of at least 0, a plain number")
_COST = Column("cost", _MONEY, least_step=1e-9)
_INVESTMENT = replace(_COST, name="investment").optional

RESIDENTS = Layout(
    "residents",
    (
        _id("resident_id", "a demand point"),
        _X,
        _Y,
        Column("residents", _PEOPLE, most=_MOST_PEOPLE),
        _DISTRICT,
        _CIRCLE,
    ),
    "resident_id",
)
OUTLETS = Layout(
    "outlets",
    (
        _id("outlet_id", "an outlet"),
        _X,
        _Y,
        _CATEGORIES,
        _text("name", "a name"),
        Column("until", "the last year in which it is open, e.g. 2026", whole=True).optional,
    ),
    "outlet_id",
    may_be_empty=True,
)
SITES = Layout(
    "sites",
    (
        _id("site_id", "a site"),
        _X,
        _Y,
        _text("name", "a name"),
        _DISTRICT,
        _CIRCLE,
        _AREA.optional,
        Column(
            "slots", "a whole number of at least 0: how many categories fit", whole=True
        ).optional,
        replace(_CATEGORIES, name="allowed_categories").optional,
    ),
    "site_id",
)
CATEGORIES = Layout(
    "categories",
    (
        _id("category", "a category"),
        _text("name_zh", "a Chinese name"),
        _text("name_en", "an English name"),
        _text("tier", "'basic' or 'quality'"),
        Column("standard_minutes", "walking minutes above 0, a plain number", above=True).optional,
        _text("group", "'all' or a column of the residents, e.g. elderly"),
        Column(
            "residents_per_outlet",
            "how many residents one outlet is enough for, a plain number above 0",
            above=True,
        ).optional,
        Column(
            "priority", "a weight above 0, a plain number", above=True, least_step=1e-9
        ).optional,
        _COST.optional,
        _INVESTMENT,
        _AREA.optional,
    ),
    "category",
)
OFFERS = Layout(
    "offers",
    (
        _id("offer_id", "an offer"),
        replace(_id("site_id", "a site"), meaning="the id of a site in the sites table"),
        _CATEGORIES,
        _COST,
        _INVESTMENT,
        _text("mode", "one of new, retrofit, introduce, add-on"),
        _AREA.optional,
        Column(
            "earliest", "the first year in which it can be built, e.g. 2027", whole=True
        ).optional,
    ),
    "offer_id",
    may_be_empty=True,
)
NODES = Layout("nodes", (_id("node_id", "a node"), _X, _Y), "node_id")
EDGES = Layout(
    "edges",
    (
        _id("from_node", "a node"),
        _id("to_node", "a node"),
        Column("metres", "a length in metres of at least 0, a plain number"),
    ),
)
BARRIERS = Layout("barriers", (_X, _Y))
CROSSINGS = Layout(
    "crossings",
    (
        _X,
        _Y,
        _text("name", "a name"),
        Column("open_within", "metres above 0, a plain number", above=True).optional,
    ),
    may_be_empty=True,
)
_PAIR_END = "the id of a row in its table"
PAIRS = Layout(
    "travel",
    (
        Column("resident_id", _PAIR_END, "id"),
        Column("site_id", _PAIR_END, "id").optional,
        Column("outlet_id", _PAIR_END, "id").optional,
        Column("minutes", "walking minutes of at least 0, a plain number", required=False),
        Column("metres", "metres of at least 0, a plain number", required=False),
    ),
    may_be_empty=True,
)


def residents_layout(groups: Iterable[str]) -> Layout:
    """The residents table with a column of people for each demand group it may have."""
    extra = tuple(Column(group, _PEOPLE, required=False, most=_MOST_PEOPLE) for group in groups)
    return replace(RESIDENTS, columns=RESIDENTS.columns + extra)
