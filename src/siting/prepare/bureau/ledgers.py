"""A table of a bureau without what is no data: titles, totals, notes, blank and repeated rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from siting.errors import InputError, Problem
from siting.inputs.checks import place
from siting.inputs.header_units import plain
from siting.inputs.tables import Table
from siting.language import joined, quoted, tr
from siting.prepare.bureau.cell_grids import CellGrid
from siting.prepare.bureau.cells import read_amount
from siting.prepare.bureau.findings import Finding, Findings
from siting.prepare.bureau.headers import LedgerHeader, Wanted, choose_columns, find_header
from siting.prepare.coordinates import Floats

# What stands before the file's own name of a column that is carried along, or filtered by.
KEEP, FILTER = "keep:", "filter:"
_LONGEST = 120
_SHOWN = 5
_TOTAL = re.compile(r".{0,12}?(合计|小计|总计|共计|累计|总和|汇总)(数|人数|户数)?[::]?")
_TOTAL_ALONE = re.compile(r"(合计|小计|总计|共计|累计|总和|汇总)(数|人数|户数)?[::]?")
_NOTE = re.compile(
    r"(备?注|说明|填表|填报|制表|审核|复核|审批|单位负责人|负责人|经办人|联系人|联系电话|统计日期|"
    r"填写日期|日期|数据来源|来源|单位\(?盖章|盖章|以上|本表|\*)(人|单位|日期|时间|说明|意见)?.{0,200}"
)
_NOTE_MARK = re.compile(r"(备?注|说明|填表|填报|制表|审核|复核|数据来源|盖章|本表|以上|\*).*")


@dataclass(frozen=True)
class Ledger:
    """The data rows of one table under our column names.

    Attributes:
        grid: Where they come from.
        frame: Text cells; the index is the row of the sheet, or the number of the feature.
        headers: What the file calls our columns.
        titles: What stands above the header.
        xy: Coordinates of a layer, shape (rows, 2); None where they are in columns.
        named: What the file calls all its columns.
    """

    grid: CellGrid
    frame: pd.DataFrame
    headers: Mapping[str, str]
    titles: str
    xy: Floats | None
    named: Sequence[str] = ()

    @cached_property
    def rows(self) -> list[int]:
        """The row of the sheet, or number of the feature, of each row."""
        return [int(str(row)) for row in self.frame.index]

    @cached_property
    def texts(self) -> list[str]:
        """All cells of each row in a line, for findings."""
        cells = self.frame.to_numpy(object)
        return [" ".join(cell for cell in row if cell)[:_LONGEST] for row in cells]

    @property
    def columns(self) -> list[str]:
        """Our names of the columns."""
        return [str(name) for name in self.frame.columns]

    @property
    def table(self) -> Table:
        """As the checks of tables take it."""
        counted = "row" if self.grid.header is None else "feature"
        return Table(self.grid.label, self.frame, None, self.headers, counted)

    def wrong_cells(
        self, code: str, column: str, rows: Sequence[int], expected: str, mend: str
    ) -> Problem:
        """What is said of cells of a column, the first of which are shown."""
        cells = dict.fromkeys(quoted(self.frame.loc[row, column]) for row in rows[:_SHOWN])
        return Problem(code, place(self.table, rows, column), joined(cells), expected, mend)

    def finding(self, kind: str, row: int | None, what: str, done: str) -> Finding:
        """A finding in this table."""
        return Finding(kind, self.grid.file, self.grid.sheet, row, what, done)

    def left_out(self, kind: str, row: int, what: str, done: str) -> Finding:
        """A finding of a row that does not get into the instance."""
        return Finding(kind, self.grid.file, self.grid.sheet, row, what, done, left_out=True)


@dataclass(frozen=True)
class Filter:
    """Rows that are meant by what a column says.

    Attributes:
        name: The file's column.
        words: What it says.
        keep: Whether rows that say one of these stay, or go.
    """

    name: str
    words: tuple[str, ...]
    keep: bool


@dataclass(frozen=True)
class Reading:
    """How one table is to be read.

    Attributes:
        wanted: The names that each of our columns may have.
        header_row: First row of the header, where the mapping says it.
        header_rows: How many rows it has, where the mapping says it.
        fill_down: Our columns whose empty cells mean the one above.
        place: What names the columns, for messages.
        filters: Which rows are meant.
    """

    wanted: Wanted
    header_row: int | None
    header_rows: int | None
    fill_down: Sequence[str]
    place: str
    filters: Sequence[Filter] = ()


def read_ledger(grid: CellGrid, reading: Reading, findings: Findings) -> Ledger:
    """Takes the data rows of a table and notes every other row.

    Raises:
        InputError: Columns are missing or ambiguous, or there are no rows.
    """
    header = find_header(grid, reading.wanted, reading.header_row, reading.header_rows)
    columns, problems = choose_columns(grid, header, reading.wanted, reading.place)
    problems += _unknown_fills(reading)
    if problems:
        raise InputError(problems)
    first = 1 if grid.header is not None else header.end + 1
    data = _Rows(grid, header, columns, findings)
    kept = [row for row in range(header.end, len(grid.cells)) if data.keep(row)]
    data.close()
    _note_hidden(grid, kept, findings)
    _note_unseen(grid, kept, findings)
    too_long = [row for row in kept if _reaches_beyond(grid, header, row)]
    if too_long:
        raise InputError([_too_long(grid, too_long, header)])
    frame = pd.DataFrame(
        {ours: [grid.cells[row][at] for row in kept] for ours, at in columns.items()},
        index=pd.Index([row - header.end + first for row in kept]),
        dtype=object,
    )
    if not kept:
        raise InputError([_no_rows(grid)])
    titles = " ".join(cell for row in grid.cells[: header.top] for cell in row if cell)
    names = {ours: header.names[at] for ours, at in columns.items()}
    xy = None if grid.xy is None else grid.xy[kept]
    ledger = Ledger(grid, frame, names, titles, xy, header.names)
    _fill_merged(ledger, columns, findings)
    _fill_named(ledger, reading.fill_down, columns, findings)
    return _filtered(ledger, reading.filters, findings)


def _filtered(ledger: Ledger, filters: Sequence[Filter], findings: Findings) -> Ledger:
    """Leaves out the rows that the mapping does not mean, each with a finding."""
    stays = np.ones(len(ledger.frame), dtype=bool)
    for one in filters:
        words = {_word(word) for word in one.words}
        for at, cell in enumerate(ledger.frame[FILTER + one.name]):
            if stays[at] and (_word(cell) in words) != one.keep:
                stays[at] = False
                what = tr("{name} is {cell}: {text}", name=one.name, cell=quoted(cell),
                          text=ledger.texts[at])  # fmt: skip
                row = ledger.rows[at]
                findings.add(ledger.left_out("filtered", row, what, tr("left out")))
    if stays.all():
        return ledger
    if not stays.any():
        raise InputError([_all_filtered(ledger, filters)])
    xy = None if ledger.xy is None else ledger.xy[stays]
    return replace(ledger, frame=ledger.frame[stays], xy=xy)


def _word(text: str) -> str:
    """As filters compare it; a whole number is one with and without a point."""
    return re.sub(r"^(-?\d+)\.0+$", r"\1", plain(text))


def _all_filtered(ledger: Ledger, filters: Sequence[Filter]) -> Problem:
    name = filters[0].name
    cells = joined(quoted(cell) for cell in ledger.frame[FILTER + name].unique()[:_SHOWN])
    return Problem(
        code="empty-table",
        where=ledger.grid.label,
        found=tr("no row that 'where' lets through; {name} has {cells}", name=name, cells=cells),
        expected=tr("at least one row"),
        mend=tr("Correct the words in the mapping."),
    )


def _note_hidden(grid: CellGrid, kept: Sequence[int], findings: Findings) -> None:
    """Says which rows are read though nobody who opens the file sees them."""
    rows = [row + 1 for row in kept if row in grid.hidden]
    if rows:
        what = tr("hidden, or left out by a filter of the sheet: {rows}",
                  rows=place(Table(grid.label, pd.DataFrame()), rows, None))  # fmt: skip
        done = tr("read as all others; delete them if they are not meant")
        findings.add(Finding("hidden", grid.file, grid.sheet, rows[0], what, done))


def _note_unseen(grid: CellGrid, kept: Sequence[int], findings: Findings) -> None:
    """Says which rows had control characters or marks of direction in their texts."""
    for row in (one for one in kept if one in grid.unseen):
        what = " ".join(cell for cell in grid.cells[row] if cell)[:_LONGEST]
        done = tr("left out of the texts; type these cells anew")
        findings.add(Finding("unseen", grid.file, grid.sheet, row + 1, what, done))


def _reaches_beyond(grid: CellGrid, header: LedgerHeader, row: int) -> bool:
    """Whether a row of a text has more cells than its header, and something in them."""
    if not grid.widths:
        return False
    width = max(grid.widths[header.top : header.end])
    return grid.widths[row] > width and any(grid.cells[row][width:])


def _too_long(grid: CellGrid, rows: Sequence[int], header: LedgerHeader) -> Problem:
    table = Table(grid.label, pd.DataFrame())
    return Problem(
        code="ragged-file",
        where=place(table, [row + 1 for row in rows], None),
        found=tr("{count} cells, and {header} in the header", count=grid.widths[rows[0]],
                 header=max(grid.widths[header.top : header.end])),
        expected=tr("as many cells in each row as the header has"),
        mend=tr('Look for a comma or a quote (") too much there; put texts with commas in quotes.'),
    )  # fmt: skip


def _no_rows(grid: CellGrid) -> Problem:
    return Problem(
        code="empty-table",
        where=grid.label,
        found=tr("a header and no rows"),
        expected=tr("at least one row"),
        mend=tr("Fill the table or name another file."),
    )


def _unknown_fills(reading: Reading) -> list[Problem]:
    return [
        Problem(
            code="unknown-name",
            where=reading.place,
            found=tr("'{name}' in fill_down, which is no column of texts in 'columns'", name=name),
            expected=tr("our names of columns of texts that are read"),
            mend=tr("Correct the name or add the column."),
        )
        for name in reading.fill_down
        if not {name, KEEP + name, FILTER + name} & set(reading.wanted) or _counts(name)
    ]


# --- rows that are no data ----------------------------------------------------------------------


class _Rows:
    """One pass over the rows of a grid; those that are no data become findings."""

    def __init__(
        self, grid: CellGrid, header: LedgerHeader, columns: Mapping[str, int], findings: Findings
    ) -> None:
        self.grid, self.columns, self.findings = grid, columns, findings
        self.blank: list[int] = []
        self.header_cells = [
            [plain(cell) for cell in grid.cells[row]] for row in range(header.top, header.end)
        ]
        for row in range(header.end):
            what = tr("title") if row < header.top else tr("header")
            text = " ".join(cell for cell in grid.cells[row] if cell)
            self._note("title", row, f"{what}: {text}"[:_LONGEST])

    def keep(self, row: int) -> bool:
        """Whether a row is data."""
        cells = [plain(cell) for cell in self.grid.cells[row]]
        if not any(cells) and (self.grid.xy is None):
            self.blank.append(row)
            return False
        self.close()
        kind = self._kind(row, cells)
        if kind:
            text = " ".join(cell for cell in self.grid.cells[row] if cell)
            self._note(kind, row, text[:_LONGEST] or tr("nothing"))
        return not kind

    def close(self) -> None:
        """Notes the blank rows since the last other one."""
        if self.blank:
            first, last = self.blank[0], self.blank[-1]
            self._note("blank", first, tr("nothing"), last)
            self.blank.clear()

    def _kind(self, row: int, cells: list[str]) -> str:
        if self.grid.header is not None:
            return "deleted" if row in self.grid.gone else ""
        if self._repeats(cells):
            return "repeated-header"
        words = [cell for cell in cells if cell]
        places = [cells[self.columns[one]] for one in _PLACES if one in self.columns]
        placed = any(places)
        if self._is_total(cells, words):
            if not placed or any(_TOTAL_ALONE.fullmatch(one) for one in words[:2]):
                return "total"
            what = " ".join(cell for cell in self.grid.cells[row] if cell)[:_LONGEST]
            done = tr("read as a place; delete it if it is a sum of others")
            self.findings.add(
                Finding("doubt", self.grid.file, self.grid.sheet, row + 1, what, done)
            )
        if placed or self._says_much(cells):
            return ""
        return "note" if self._is_note(words, has_places=bool(places)) else ""

    def _is_note(self, words: list[str], *, has_places: bool) -> bool:
        alone = len(words) == 1
        marked = alone and bool(_NOTE_MARK.fullmatch(words[0]))
        return bool(_NOTE.fullmatch(words[0])) or (alone and has_places) or marked

    def _says_much(self, cells: list[str]) -> bool:
        """Whether a row has a number where one is due, and two more of our columns."""
        numbers = [cells[self.columns[one]] for one in _AMOUNTS if one in self.columns]
        ours = [cells[at] for name, at in self.columns.items() if ":" not in name]
        return any(map(read_amount, numbers)) and sum(map(bool, ours)) > 2

    def _is_total(self, cells: list[str], words: list[str]) -> bool:
        named = [cells[self.columns[one]] for one in _NAMES if one in self.columns]
        return any(_TOTAL.fullmatch(one) for one in (*words[:2], *named))

    def _repeats(self, cells: list[str]) -> bool:
        """The header again, as on a second printed page, or the numbers of the columns."""
        at = list(self.columns.values())
        if any([cells[n] for n in at] == [head[n] for n in at] for head in self.header_cells):
            return True
        words = [cell for cell in cells if cell]
        return len(words) > 2 and words == [str(n + 1) for n in range(len(words))]

    def _note(self, kind: str, row: int, what: str, last: int | None = None) -> None:
        grid = self.grid
        done = tr("left out")
        upto = None if last is None else last + 1
        self.findings.add(Finding(kind, grid.file, grid.sheet, row + 1, what, done, True, upto))  # noqa: FBT003


_PLACES = ("x", "y", "coordinates")
_NUMBERS = ("residents", "cost", "investment", "floor_area", "slots")
_AMOUNTS = (*_NUMBERS, "standard_minutes", "priority")
_NAMES = ("name", "district", "circle", "site", "category")


# --- merged cells -------------------------------------------------------------------------------


def _fill_merged(ledger: Ledger, columns: Mapping[str, int], findings: Findings) -> None:
    """Writes the text of a cell that is merged downwards into all its rows.

    A number stays in the first of them: in each, it would be counted several times.
    """
    for top, left, bottom, _ in ledger.grid.merged:
        here = [row for row in ledger.frame.index if top < row - 1 <= bottom]
        names = [ours for ours, column in columns.items() if column == left]
        if not here or not names:
            continue
        text, done = ledger.grid.cells[top][left], tr("written into each row")
        if any(map(_counts, names)):
            done = tr("a number; kept in the first row alone")
        else:
            ledger.frame.loc[here, names] = text
        what = tr("'{text}' in a cell merged down to row {row}", text=text, row=bottom + 1)
        findings.add(ledger.finding("filled-down", top + 1, what, done))


def _counts(name: str) -> bool:
    """Whether one of our columns counts something."""
    return name in _NUMBERS or name.startswith("group:")


def _fill_named(
    ledger: Ledger, named: Sequence[str], columns: Mapping[str, int], findings: Findings
) -> None:
    """Fills the columns that the mapping says mean the cell above where they are empty.

    One column of the file may be several of ours: carried along, say, and filtered by.
    """
    for one in named:
        name = next(ours for ours in (one, KEEP + one, FILTER + one) if ours in columns)
        filled, rows = list(_downward(ledger.frame[name])), ledger.frame[name].eq("")
        for same in (ours for ours, at in columns.items() if at == columns[name]):
            ledger.frame[same] = filled
        count = int((rows & ledger.frame[name].ne("")).sum())
        if count:
            what = tr("{count} empty cells of {name}", count=count, name=ledger.headers[name])
            findings.add(ledger.finding("filled-down", None, what, tr("taken from the row above")))


def _downward(cells: pd.Series[str]) -> Iterator[str]:
    above = ""
    for cell in cells:
        above = cell or above
        yield above
