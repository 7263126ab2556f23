"""Finds the header of a table under its titles, and in it the columns that a mapping names.

A header may have several rows: a group over its columns, in a merged cell or with empty cells
beside it. A column is then called `人口/60岁以上`; its last part alone will do where no other
column has it, and so will a name without the unit in brackets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from siting.errors import Problem
from siting.inputs.header_units import plain
from siting.inputs.schema_problems import close_match
from siting.language import joined, quoted, tr
from siting.prepare.bureau.cell_grids import CellGrid
from siting.prepare.bureau.cells import read_amount, read_coordinate

_LOOK_WITHIN = 30
_MOST_ROWS = 3
_SHOWN = 6
_BRACKETS = re.compile(r"[(\[][^()\[\]]*[)\]]")


@dataclass(frozen=True)
class LedgerHeader:
    """A header among the rows of a grid.

    Attributes:
        top: Its first row, from 0.
        depth: How many rows it has.
        names: The name of each column, groups in front: `人口/60岁以上`.
    """

    top: int
    depth: int
    names: tuple[str, ...]

    @property
    def end(self) -> int:
        """The first row under it."""
        return self.top + self.depth


Wanted = Mapping[str, Sequence[str]]


def find_header(grid: CellGrid, wanted: Wanted, row: int | None, rows: int | None) -> LedgerHeader:
    """Finds the rows of the header: those in which most of the wanted columns are.

    Args:
        grid: The table.
        wanted: The names that each of our columns may have.
        row: The first row of the header as a person counts, where the mapping says it.
        rows: How many rows it has, where the mapping says it.
    """
    if grid.header is not None:
        return LedgerHeader(0, 0, grid.header)
    tops = [row - 1] if row else range(min(_LOOK_WITHIN, len(grid.cells)))
    depths = [rows] if rows else range(1, _MOST_ROWS + 1)
    found = [
        LedgerHeader(top, depth, _names(grid, top, depth))
        for top in tops
        for depth in depths
        if top + depth <= len(grid.cells)
    ]
    best = max(found, key=lambda one: (count_found(one, wanted), -one.depth, -one.top))
    return best if rows else _with_merged(grid, best)


def count_columns(grid: CellGrid, wanted: Wanted, row: int | None, rows: int | None) -> int:
    """How many of the wanted columns a table has."""
    if not grid.cells and grid.header is None:
        return 0
    return count_found(find_header(grid, wanted, row, rows), wanted)


def count_found(header: LedgerHeader, wanted: Wanted) -> int:
    """How many of the wanted columns a header has, once or more often."""
    return sum(bool(find_column(header.names, names)) for names in wanted.values())


def _names(grid: CellGrid, top: int, depth: int) -> tuple[str, ...]:
    """One name a column: its parts from top to bottom, each once."""
    parts = [_filled(grid, top + level, last=level == depth - 1) for level in range(depth)]
    return tuple("/".join(dict.fromkeys(part for part in column if part)) for column in zip(*parts))  # noqa: B905


def _filled(grid: CellGrid, row: int, *, last: bool) -> list[str]:
    """A row of the header, with each group's name over all its columns."""
    cells = [re.sub(r"\s+", "", cell) for cell in grid.cells[row]]
    blocks = [b for b in grid.merged if b[0] == row and b[3] > b[1]]
    for _, left, _, right in blocks:
        cells[left : right + 1] = [cells[left]] * (right + 1 - left)
    if last or blocks or row + 1 >= len(grid.cells):
        return cells
    for at in range(1, len(cells)):
        # A group that was not merged: its name stands over its first column alone.
        if not cells[at] and grid.cells[row + 1][at] and grid.cells[row + 1][at - 1]:
            cells[at] = cells[at - 1]
    return cells


def _with_merged(grid: CellGrid, header: LedgerHeader) -> LedgerHeader:
    """The header down to the end of what is merged in it, and to the columns under its groups."""
    end = header.end
    for top, left, bottom, right in grid.merged:
        if header.top <= top < header.end and bottom - top < _MOST_ROWS:
            under = right > left and bottom + 1 < len(grid.cells) and top == header.end - 1
            groups = under and _is_words(grid.cells[bottom + 1][left : right + 1])
            end = max(end, bottom + 1 + groups)
    if end == header.end:
        return header
    depth = end - header.top
    return LedgerHeader(header.top, depth, _names(grid, header.top, depth))


def _is_words(cells: Sequence[str]) -> bool:
    """Whether cells are names of columns: at least two, and none of them a number."""
    words = [cell for cell in cells if cell]
    return len(words) > 1 and not any(read_amount(one) or read_coordinate(one) for one in words)


# --- columns ------------------------------------------------------------------------------------


def find_column(
    names: Sequence[str], wanted: Sequence[str], cut: tuple[int, str] | None = None
) -> list[int]:
    """Positions of the columns that the first name found stands for; several are ambiguous.

    Args:
        names: What the header calls its columns.
        wanted: What the mapping calls one of them, the best name first.
        cut: How many bytes of a name the format keeps, and in which encoding.
    """
    plain_names = [plain(name) for name in names]
    for name in (plain(one) for one in wanted):
        for form in _FORMS:
            at = [n for n, theirs in enumerate(plain_names) if theirs and form(theirs) == name]
            if at:
                return at
        if cut:
            short = name.encode(cut[1])[: cut[0]].decode(cut[1], "ignore")
            at = [n for n, theirs in enumerate(plain_names) if theirs == short != ""]
            if at:
                return at
    return []


def _bare(name: str) -> str:
    return _BRACKETS.sub("", name)


def _last(name: str) -> str:
    # A slash in brackets is a unit such as (元/年), no border between parts.
    return re.split(r"/(?![^(]*\))", name)[-1]


_FORMS: tuple[Callable[[str], str], ...] = (
    str,
    _bare,
    _last,
    lambda name: _bare(_last(name)),
)


def choose_columns(
    grid: CellGrid, header: LedgerHeader, wanted: Wanted, place: str
) -> tuple[dict[str, int], list[Problem]]:
    """Finds every wanted column.

    Returns:
        Position of each of our columns that the header has, and a problem for each that it has
        not or has twice; one for all of them where it has none of several.
    """
    chosen, problems = {}, []
    for ours, names in wanted.items():
        at = find_column(header.names, names, grid.cut)
        if len(at) == 1:
            chosen[ours] = at[0]
        else:
            problems.append(_not_one(grid, header, names, at, place))
    if len(problems) > 1 and not count_found(header, wanted):
        return {}, [_none(grid, header, wanted)]
    return chosen, problems


def _none(grid: CellGrid, header: LedgerHeader, wanted: Wanted) -> Problem:
    """One problem for a table that is another one, or whose header is elsewhere."""
    present = [name for name in header.names if name]
    return Problem(
        code="missing-header",
        where=grid.label,
        found=tr("none of the columns that the mapping names; the file has {names}",
                 names=joined(present[:_SHOWN])),
        expected=tr("a header with {names}", names=joined(map(quoted, _first(wanted)))),
        mend=tr("Correct the name in the mapping, or the header; 'header_row' says where it is."),
    )  # fmt: skip


def _first(wanted: Wanted) -> list[str]:
    """The best name of each of the first columns that are wanted."""
    return list(dict.fromkeys(names[0] for names in wanted.values()))[:_SHOWN]


def _not_one(
    grid: CellGrid, header: LedgerHeader, names: Sequence[str], at: Sequence[int], place: str
) -> Problem:
    present = [name for name in header.names if name]
    where = grid.label
    if header.depth:
        where = tr("{file} row {row}", file=grid.label, row=header.end)
    if at:
        return Problem(
            code="ambiguous-column",
            where=where,
            found=tr(
                "{count} columns that may be meant by '{name}': {names}",
                count=len(at),
                name=names[0],
                names=joined(header.names[one] for one in at),
            ),
            expected=tr("one column"),
            mend=tr("Write the whole name with its group, e.g. 人口/60岁以上, or rename one."),
        )
    return Problem(
        code="missing-column",
        where=where,
        found=tr("no column '{name}'; the file has {names}", name=names[0], names=joined(present)),
        expected=tr("a column {names}, named at {place}", names=_or(names), place=place),
        mend=close_match(names[0], [*present, *map(_last, present)])
        + tr("Correct the name in the mapping, or the header; 'header_row' says where it is."),
    )


def _or(names: Sequence[str]) -> str:
    return tr(" or ").join(quoted(name) for name in names)
