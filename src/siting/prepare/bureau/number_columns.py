"""Columns of numbers as people write them: people or households, money, areas, whole numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from siting.errors import Problem
from siting.inputs.checks import has_points_for_commas, place
from siting.inputs.header_units import Unit, plain, unit_of
from siting.language import quoted, tr
from siting.prepare.bureau.cells import (
    Amount,
    counts_households,
    is_absent,
    kind_of,
    noted_units,
    read_amount,
    read_area,
    read_minutes,
    read_money_cell,
)
from siting.prepare.bureau.findings import Findings
from siting.prepare.bureau.ledgers import Ledger
from siting.prepare.coordinates import Floats

_MEASURES = ("area", "time", "money")
# 2.0001万 is 20,001 people to the precision of floats.
_ROUNDING = 1e-9


@dataclass
class Columns:
    """Reads the number columns of one ledger; problems and findings add up.

    Attributes:
        ledger: The rows.
        findings: Where estimated and converted numbers are noted.
        problems: What cannot be read.
        currency: The money of the instance.
        fractions: Whether people may be fractions.
    """

    ledger: Ledger
    findings: Findings
    problems: list[Problem] = field(default_factory=list)
    currency: str = "CNY"
    fractions: bool = False

    def people(self, name: str, per_household: float | None, of: Floats | None = None) -> Floats:
        """Reads people; households are multiplied, shares are taken of `of`. NaN where empty.

        Args:
            name: Our column.
            per_household: People in a household, where the mapping says it.
            of: All people of each row, shape (rows,), where the column may hold shares.
        """
        header = self.ledger.headers[name]
        unit = _unit(header, self.ledger.titles)
        reading = _People(self, header, unit, per_household, of)
        values = self._read(name, reading.read, tr("people, e.g. 1200, 约1200, 1200人 or 3.5万"))
        self.problems += reading.mixed_shares(name)
        if reading.broken:
            self.problems.append(self._fractions(name, reading.broken))
        if reading.without_figure:
            self.problems.append(self._no_figure(header, reading.without_figure))
        if "户籍" in header:
            what, done = quoted(header), tr("taken for those who live there; see that it is so")
            self.findings.add(self.ledger.finding("registered", None, what, done))
        return values

    def money(self, name: str) -> Floats:
        """Reads amounts in yuan by the unit of the cell, the header or the title; NaN if empty."""
        header, titles = self.ledger.headers[name], self.ledger.titles
        without: list[int] = []

        def read(text: str, row: int) -> Amount | None:
            if self.currency != "CNY":
                return _foreign(text, header, self.currency)
            found = read_money_cell(text, header, titles)
            if found is None:
                return None
            if found.yuan is None:
                without.append(row)
                return Amount(np.nan, "", False, False)  # noqa: FBT003
            return Amount(found.yuan, "", False, found.estimated)  # noqa: FBT003

        values = self._read(name, read, tr("an amount of money, e.g. 40万元"))
        if without:
            self.problems.append(self._no_unit(header, without))
        return values

    def area(self, name: str) -> Floats:
        """Reads square metres; NaN where empty."""
        header = self.ledger.headers[name]
        return self._read(
            name, lambda text, _: read_area(text, header), tr("square metres, e.g. 120")
        )

    def minutes(self, name: str) -> Floats:
        """Reads minutes, also of hours and seconds; NaN where empty."""
        header = self.ledger.headers[name]
        return self._read(name, lambda text, _: read_minutes(text, header), tr("minutes, e.g. 15"))

    def number(self, name: str) -> Floats:
        """Reads plain numbers, and counts of anything; NaN where empty."""
        scale = unit_of(self.ledger.headers[name]).scale

        def read(text: str, _: int) -> Amount | None:
            amount = read_amount(text)
            if amount is None or "%" in amount.unit or kind_of(amount.unit) in _MEASURES:
                return None
            return Amount(amount.value * scale, "", amount.scaled, amount.estimated)

        return self._read(name, read, tr("a number, e.g. 3"))

    def _read(self, name: str, read: Callable[[str, int], Amount | None], expected: str) -> Floats:
        cells = self.ledger.frame[name]
        values = np.full(len(cells), np.nan)
        bad = []
        for at, (row, text) in enumerate(zip(self.ledger.rows, cells, strict=True)):
            if is_absent(text):
                continue
            amount = read(text, row)
            if amount is None or amount.value < 0:
                bad.append(row)
                continue
            values[at] = amount.value
            if amount.estimated:
                done = tr("taken as {value:,.10g}", value=amount.value)
                self.findings.add(self.ledger.finding("estimated", row, text, done))
        if bad:
            self.problems.append(self._unreadable(name, bad, expected))
        if self.ledger.grid.header is None and has_points_for_commas(cells):
            what = tr("three digits behind each point: {cell}", cell=quoted(cells.iloc[0]))
            done = tr("taken for decimals; see that they are no thousands")
            self.findings.add(self.ledger.finding("doubt", None, what, done))
        return values

    def _unreadable(self, name: str, rows: list[int], expected: str) -> Problem:
        return self.ledger.wrong_cells(
            "bad-number",
            name,
            rows,
            tr("{what}; at least 0", what=expected),
            tr("Correct the cells; leave them empty where the number is not known."),
        )

    def _fractions(self, name: str, rows: list[int]) -> Problem:
        return self.ledger.wrong_cells(
            "fractions-of-people",
            name,
            rows,
            tr("whole people"),
            tr("Where ten thousands are meant, write the unit in the header, e.g. 常住人口(万人); "
               "a population grid says 'fractions: true' at this file."),
        )  # fmt: skip

    def _no_unit(self, header: str, rows: list[int]) -> Problem:
        return Problem(
            code="bare-number",
            where=place(self.ledger.table, rows, None),
            found=tr("amounts in {name} without a unit", name=quoted(header)),
            expected=tr("yuan or ten thousands: 元 or 万元 in the header, the title or the cell"),
            mend=tr("Write e.g. '{name}(万元)' as the header.", name=header),
        )

    def _no_figure(self, header: str, rows: list[int]) -> Problem:
        return Problem(
            code="households",
            where=place(self.ledger.table, rows, None),
            found=tr("households in {name}", name=quoted(header)),
            expected=tr("people, or how many people a household has"),
            mend=tr("Write 'persons_per_household: 2.4' with the local figure at this file."),
        )


def _foreign(text: str, header: str, currency: str) -> Amount | None:
    """A plain amount of another currency; one in yuan is none."""
    amount = read_amount(text)
    if amount is None or amount.scaled or amount.unit not in ("", currency.lower()):
        return None
    unit = unit_of(header)
    return None if unit.kind == "money" else replace(amount, value=amount.value * unit.scale)


def _unit(header: str, titles: str) -> Unit:
    """The unit of a column of people, or of a note above; a share where the name says so."""
    unit = unit_of(header)
    if unit == Unit() and re.search("占比|比例", plain(header)):
        return Unit("%")
    noted = [one for one in noted_units(titles) if one.kind in ("people", "households")]
    return noted[0] if unit == Unit() and noted else unit


@dataclass
class _People:
    """Reads the cells of one column of people and notes what it converts."""

    columns: Columns
    header: str
    unit: Unit
    per_household: float | None
    of: Floats | None
    without_figure: list[int] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    shares: dict[int, float] = field(default_factory=dict)
    positions: Mapping[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.positions = {row: at for at, row in enumerate(self.columns.ledger.rows)}

    def read(self, text: str, row: int) -> Amount | None:
        amount = read_amount(text)
        if amount is None:
            return None
        kind = kind_of(amount.unit) if amount.unit else self.unit.kind
        if kind == "%":
            return self._share(amount, text, row)
        if kind not in ("", "people", "households"):
            return None
        # A unit in the cell counts alone; one in the header may carry a 万 for plain numbers.
        bare = not amount.unit and not amount.scaled
        people = amount.value * (self.unit.scale if bare else 1.0)
        if counts_households(self.header, kind):
            return self._households(amount, people, text, row)
        whole = round(people)
        if not self.columns.fractions:
            if abs(people - whole) > _ROUNDING * max(1.0, people):
                self.broken.append(row)
            people = float(whole)
        return Amount(people, "", amount.scaled, amount.estimated)

    def _households(self, amount: Amount, count: float, text: str, row: int) -> Amount:
        if self.per_household is None:
            self.without_figure.append(row)
            return Amount(np.nan, "", amount.scaled, False)  # noqa: FBT003
        people = float(round(count * self.per_household))
        done = tr("{people:,.0f} people, {per:g} a household", people=people,
                  per=self.per_household)  # fmt: skip
        self.columns.findings.add(self.columns.ledger.finding("households", row, text, done))
        return Amount(people, "", amount.scaled, amount.estimated)

    def _share(self, amount: Amount, text: str, row: int) -> Amount | None:
        if self.of is None or amount.value > 100:
            return None
        everyone = float(self.of[self.positions[row]])
        # Excel keeps 20 % as 0.2; a header that says % itself holds plain percent.
        bare = not amount.unit and unit_of(self.header).kind != "%"
        whole = 1 if amount.value <= 1 and bare else 100
        if bare and amount.value:
            self.shares[row] = amount.value
        people = float(round(everyone * amount.value / whole)) if np.isfinite(everyone) else np.nan
        done = tr("{people:,.0f} people", people=people)
        self.columns.findings.add(self.columns.ledger.finding("shares", row, text, done))
        return Amount(people, "", amount.scaled, amount.estimated)

    def mixed_shares(self, name: str) -> list[Problem]:
        """Of a column of 20 and 0.2 without a sign, nobody knows what 1 is."""
        parts = [row for row, value in self.shares.items() if value <= 1]
        if len(parts) in (0, len(self.shares)):
            return []
        problem = self.columns.ledger.wrong_cells(
            "mixed-shares",
            name,
            parts,
            tr("shares of one kind, all as 20 or all as 0.2"),
            tr("Write the percent sign into the cells, or into the header."),
        )
        return [problem]
