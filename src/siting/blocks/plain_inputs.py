"""The inputs said plainly for the `check` of a block: records and exact numbers, no arrays.

Slow and simple on purpose: what `check` says must not share its mistakes with what `build` writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.blocks.contract import Column, Row, Sum
from siting.blocks.exact import ExactVector, exact, exact_vector
from siting.blocks.pairs import Pairs, coverable_pairs
from siting.blocks.years import horizon
from siting.coverage import Coverage
from siting.coverage.readings import (
    as_read,
    changes_over_years,
    coverage_as_read,
    coverage_in_year,
    in_year,
)
from siting.inputs.instance import CATEGORY_SEPARATOR, Instance

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class PlainOffer:
    """One offer.

    Attributes:
        id: Its identifier.
        site: The site's identifier.
        categories: What it adds, each once.
        cost: Public money.
        investment: All money, or None where it is not known.
        mode: `new`, `retrofit`, ..., or empty.
        district: Of its site, or empty.
        circle: Of its site, or empty.
    """

    id: str
    site: str
    categories: tuple[str, ...]
    cost: Fraction
    investment: Fraction | None
    mode: str
    district: str
    circle: str


@dataclass(frozen=True)
class PlainSite:
    """One site: `slots` is None where the file has no number, `allowed` empty where all are."""

    id: str
    slots: Fraction | None
    allowed: frozenset[str]
    district: str
    circle: str


@dataclass(frozen=True)
class PlainCategory:
    """One category of the catalogue."""

    id: str
    tier: str
    group: str
    priority: Fraction


@dataclass(frozen=True, eq=False)
class PlainInputs:
    """An instance and who is within reach of what.

    Attributes:
        instance: The inputs.
        coverage: Who is within the standard of which outlet and site.
    """

    instance: Instance
    coverage: Coverage

    @cached_property
    def years(self) -> tuple[int, ...]:
        """The years that are planned, in order."""
        return horizon(self.instance)

    @cached_property
    def sites(self) -> dict[str, PlainSite]:
        """The sites by id, in the order of the file."""
        frame = self.instance.sites
        columns = zip(
            frame["site_id"],
            _column(frame, "slots", None),
            _column(frame, "allowed_categories", ""),
            _column(frame, "district", ""),
            _column(frame, "circle", ""),
            strict=True,
        )
        return {
            site: PlainSite(
                site, _number(slots), frozenset(parts_of(_text(allowed))), _text(where), _text(ring)
            )
            for site, slots, allowed, where, ring in columns
        }

    @cached_property
    def offers(self) -> tuple[PlainOffer, ...]:
        """The offers in the order of the file."""
        frame = self.instance.offers
        columns = zip(
            frame["offer_id"],
            frame["site_id"],
            frame["categories"],
            frame["cost"],
            _column(frame, "investment", None),
            _column(frame, "mode", ""),
            strict=True,
        )
        return tuple(
            PlainOffer(
                id=offer,
                site=site,
                categories=parts_of(joined),
                cost=exact(cost),
                investment=_number(investment),
                mode=_text(mode),
                district=self.sites[site].district,
                circle=self.sites[site].circle,
            )
            for offer, site, joined, cost, investment, mode in columns
        )

    @cached_property
    def categories(self) -> dict[str, PlainCategory]:
        """The categories by id, in the order of the catalogue."""
        frame = self.instance.categories
        return {
            name: PlainCategory(name, str(tier), group, exact(priority))
            for name, tier, group, priority in zip(
                frame["category"], frame["tier"], frame["group"], frame["priority"], strict=True
            )
        }

    @cached_property
    def residents(self) -> tuple[str, ...]:
        """Ids of the demand points in the order of the file."""
        return tuple(self.instance.residents["resident_id"])

    def people(self, group: str) -> ExactVector:
        """Members of a demand group at each demand point, shape (residents,)."""
        if group not in self._people:
            self._people[group] = exact_vector(
                np.asarray(self.instance.people(group), dtype=np.float64)
            )
        return self._people[group]

    def place(self, kind: str) -> list[str]:
        """District or circle of each demand point, empty where there is none."""
        return [_text(value) for value in _column(self.instance.residents, kind, "")]

    def served(self, category: str) -> list[bool]:
        """Whether each demand point has an outlet of a category within the standard now."""
        return [bool(flag) for flag in self.coverage[category].served]

    def in_year(self, year: int) -> PlainInputs:
        """The same at the end of a planned year: see `coverage.readings.in_year`."""
        if not changes_over_years(self.instance):
            return self
        key = ("year", year)
        if key not in self.memory:
            coverage = coverage_in_year(self.instance, self.coverage, year)
            self.memory[key] = PlainInputs(in_year(self.instance, year), coverage)
        found = self.memory[key]
        assert isinstance(found, PlainInputs)  # noqa: S101 - what was kept under this key
        return found

    def has(self, category: str) -> Flags:
        """The same as `served`, as an array of shape (residents,)."""
        return np.array(self.served(category), dtype=bool)

    def read_as(self, reading: str) -> PlainInputs:
        """The same under another reading of the standard: see `coverage.readings`."""
        key = ("reading", reading)
        if key not in self.memory:
            coverage = coverage_as_read(self.instance, self.coverage, reading)
            self.memory[key] = PlainInputs(as_read(self.instance, reading), coverage)
        found = self.memory[key]
        assert isinstance(found, PlainInputs)  # noqa: S101 - what was kept under this key
        return found

    @cached_property
    def pairs(self) -> Pairs:
        """The pairs without an outlet at the end of the last year that some offer could cover."""
        last = self.in_year(self.years[-1])
        return coverable_pairs(last.instance, last.coverage)

    @cached_property
    def could(self) -> Flags:
        """Whether each pair is one of `pairs`, shape (residents, categories)."""
        return self.pairs.number(len(self.residents), len(self.categories)) >= 0

    def settled(self, category: str, year: int) -> Flags:
        """Who has a category in a year and no variable for it, shape (residents,)."""
        column = list(self.categories).index(category)
        return np.asarray(self.in_year(year).has(category) & ~self.could[:, column])

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The categories of the basic tier, or all where no category is basic."""
        basic = tuple(name for name, kind in self.categories.items() if kind.tier == "basic")
        return basic or tuple(self.categories)

    @cached_property
    def memory(self) -> dict[object, object]:
        """What is worked out once and used by several blocks, by a key of its own."""
        return {}

    @cached_property
    def _people(self) -> dict[str, ExactVector]:
        return {}


def ruled_out(inputs: PlainInputs, offer: str) -> Row:
    """The row that keeps an offer out of every year."""
    years = {Column("choose", (offer, year)): Fraction(1) for year in inputs.years}
    return Row((offer,), Sum(years), upper=Fraction(0))


def parts_of(categories: str) -> tuple[str, ...]:
    """The categories of an `a;b` cell, each once."""
    parts = (part.strip() for part in categories.split(CATEGORY_SEPARATOR))
    return tuple(dict.fromkeys(part for part in parts if part))


def _column(frame: pd.DataFrame, name: str, otherwise: object) -> list[object]:
    return frame[name].tolist() if name in frame else [otherwise] * len(frame)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> Fraction | None:
    if not isinstance(value, (int, float, np.number)) or np.isnan(value):
        return None
    return exact(float(value))
