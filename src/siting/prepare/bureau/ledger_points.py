"""The coordinates of a ledger: read from its cells, and those rows that have none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from siting.errors import Problem
from siting.inputs.checks import place
from siting.inputs.header_units import plain
from siting.language import joined, quoted, tr
from siting.prepare.bureau.cells import is_absent, read_coordinate, read_pair
from siting.prepare.bureau.findings import Findings
from siting.prepare.bureau.ledgers import Ledger
from siting.prepare.bureau.systems import System
from siting.prepare.coordinates import Floats

_SHOWN = 5


@dataclass(frozen=True)
class LedgerPoints:
    """The rows of a ledger that have coordinates.

    Attributes:
        role: `residents`, `outlets` or `sites`.
        ledger: Its rows, in the order of `xy`.
        xy: As they stand in the file, x before y, shape (rows, 2).
        system: What they mean.
    """

    role: str
    ledger: Ledger
    xy: Floats
    system: System

    @property
    def label(self) -> str:
        """The file with its system, for messages."""
        return f"{self.ledger.grid.label} ({self.system.name})"

    @property
    def where(self) -> str:
        """The file with the columns of its coordinates, for messages."""
        headers = self.ledger.headers
        named = [quoted(headers[name]) for name in ("x", "y", "coordinates") if name in headers]
        if not named:
            return self.ledger.grid.label
        return tr("{file}, columns {names}", file=self.ledger.grid.label, names=joined(named))

    @property
    def names(self) -> Sequence[str]:
        """Names of the rows; empty texts where the file has none."""
        frame = self.ledger.frame
        return list(frame["name"]) if "name" in frame else [""] * len(frame)


def read_points(
    role: str, ledger: Ledger, system: System, findings: Findings
) -> tuple[LedgerPoints | None, list[Problem]]:
    """Reads the coordinates of a ledger.

    Rows without coordinates (empty, a dash, 0) are left out with a finding each, unless half of all
    rows are such.

    Returns:
        The points, and what cannot be read.
    """
    columns = set(ledger.headers)
    if ledger.xy is not None:
        xy, bad = ledger.xy, np.zeros(len(ledger.xy), dtype=bool)
        absent = ~np.isfinite(xy).all(axis=1)
    elif {"x", "y"} <= columns:
        xy, bad, absent = _two_columns(ledger)
    elif "coordinates" in columns:
        xy, bad, absent = _one_column(ledger)
    else:
        return None, [_no_columns(ledger)]
    problems = _unreadable(ledger, bad)
    if absent.sum() > len(xy) / 2:
        problems.append(_mostly_absent(ledger, int(absent.sum())))
    if problems:
        return None, problems
    for at in np.flatnonzero(absent).tolist():
        row, what = ledger.rows[at], ledger.texts[at]
        findings.add(ledger.left_out("no-coordinates", row, what, tr("left out")))
    kept = replace(ledger, frame=ledger.frame.iloc[np.flatnonzero(~absent)], xy=None)
    return LedgerPoints(role, kept, xy[~absent], system), []


_Cells = tuple[Floats, np.ndarray, np.ndarray]


def _two_columns(ledger: Ledger) -> _Cells:
    both = [_parsed(list(ledger.frame[name]), _single) for name in ("x", "y")]
    xy = np.column_stack([values[:, 0] for values, _, _ in both])
    bad, absent = both[0][1] | both[1][1], both[0][2] | both[1][2]
    for at in np.flatnonzero(absent):
        pair = _pair_in_one(*(str(ledger.frame[name].iloc[at]) for name in ("x", "y")))
        if pair is not None:
            xy[at], bad[at], absent[at] = pair, False, False
        # One number of the two is no sign that the place is not known.
        absent[at] &= np.isnan(xy[at]).all()
    return xy, (bad & ~absent) | (np.isnan(xy).any(axis=1) & ~absent), absent


def _pair_in_one(first: str, second: str) -> tuple[float, float] | None:
    """Both coordinates in one of the two cells, the other one empty."""
    filled = [cell for cell in (first, second) if not is_absent(cell)]
    return read_pair(filled[0]) if len(filled) == 1 else None


def _one_column(ledger: Ledger) -> _Cells:
    xy, bad, absent = _parsed(list(ledger.frame["coordinates"]), read_pair)
    return xy, bad, absent


def _single(text: str) -> tuple[float, float] | None:
    value = read_coordinate(text)
    return None if value is None else (value, value)


def _parsed(cells: Sequence[str], reader: Callable[[str], tuple[float, float] | None]) -> _Cells:
    absent = np.array([is_absent(cell) or _is_zero(cell) for cell in cells], dtype=bool)
    found = [None if none else reader(cell) for cell, none in zip(cells, absent, strict=True)]
    bad = np.array([one is None for one in found], dtype=bool) & ~absent
    xy = np.array([one or (np.nan, np.nan) for one in found], dtype=float).reshape(-1, 2)
    return xy, bad, absent


def _is_zero(cell: str) -> bool:
    signs = set(plain(cell))
    return bool(signs) and signs <= set("0.,; ") and "0" in signs


def _no_columns(ledger: Ledger) -> Problem:
    return Problem(
        code="missing-column",
        where=ledger.grid.label,
        found=tr("no columns of coordinates in the mapping"),
        expected=tr("'x' and 'y', or 'coordinates' for both in one cell"),
        mend=tr("Add e.g. 'x: 经度' and 'y: 纬度' to 'columns'."),
    )


def _unreadable(ledger: Ledger, bad: np.ndarray) -> list[Problem]:
    rows = list(ledger.frame.index[bad])
    if not rows:
        return []
    names = [name for name in ("x", "y", "coordinates") if name in ledger.frame]
    cells = [" ".join(ledger.frame.loc[row, names]) for row in rows[:_SHOWN]]
    problem = Problem(
        code="bad-coordinate",
        where=place(ledger.table, rows, None),
        found=joined(quoted(cell) for cell in cells),
        expected=tr("numbers such as 109.84012, or degrees such as 109°50′24″"),
        mend=tr("Correct the cells; leave them empty where the place is not known."),
    )
    return [problem]


def _mostly_absent(ledger: Ledger, count: int) -> Problem:
    return Problem(
        code="no-coordinates",
        where=ledger.grid.label,
        found=tr("no coordinates in {count} of {all} rows", count=count, all=len(ledger.frame)),
        expected=tr("coordinates in more than half of the rows"),
        mend=tr("Name the right columns in the mapping, or have the addresses located first."),
    )
