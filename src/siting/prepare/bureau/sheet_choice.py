"""Which sheet of a workbook is meant: the one that has the columns of the mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from siting.errors import InputError, Problem
from siting.inputs.schemas import FileEntry
from siting.inputs.sheets import visible_sheets
from siting.inputs.tables import open_source
from siting.language import joined, quoted, tr
from siting.prepare.bureau.bureau_mapping import BureauFile
from siting.prepare.bureau.cell_grids import EXCEL, CellGrid, read_grid
from siting.prepare.bureau.headers import count_columns

Wanted = Mapping[str, Sequence[str]]


def find_grid(folder: Path, entry: BureauFile, wanted: Wanted, where: str) -> CellGrid:
    """Reads the sheet or layer that an entry names, else the sheet with the most of its columns.

    Args:
        folder: That the file's name is relative to.
        entry: The file.
        wanted: The names that each of our columns may have.
        where: What names the file, for messages.

    Raises:
        InputError: It cannot be read, or has none of the columns.
    """
    named = entry.sheet or entry.layer
    if Path(entry.file).suffix.lower() not in EXCEL:
        return read_grid(folder, entry.file, named, where)
    content = open_source(folder, FileEntry(file=entry.file), where).content
    names = visible_sheets(content, entry.file)
    if named is not None:
        grid = read_grid(folder, entry.file, named, where)
        if not count_columns(grid, wanted, entry.header_row, entry.header_rows):
            raise InputError([_no_columns(folder, entry, wanted, grid)])
        return grid
    if len(names) == 1:
        return read_grid(folder, entry.file, None, where)
    grids = _grids(folder, entry, names, where)
    scores = [count_columns(one, wanted, entry.header_row, entry.header_rows) for one in grids]
    if not any(scores):
        raise InputError([_no_columns(folder, entry, wanted, grids[0])])
    return grids[scores.index(max(scores))]


def _grids(folder: Path, entry: BureauFile, names: Sequence[str], where: str) -> list[CellGrid]:
    """Every sheet that has content; the last problem where none has."""
    grids, problem = list[CellGrid](), InputError([])
    for name in names:
        try:
            grids.append(read_grid(folder, entry.file, name, where))
        except InputError as error:
            problem = error
    if not grids:
        raise problem
    return grids


def _no_columns(folder: Path, entry: BureauFile, wanted: Wanted, grid: CellGrid) -> Problem:
    """One problem for a sheet without any of the columns, and the sheet that has them."""
    content = open_source(folder, FileEntry(file=entry.file)).content
    others = [one for one in visible_sheets(content, entry.file) if one != grid.sheet]
    having = [
        one.sheet
        for one in (_grids(folder, entry, others, "") if others else [])
        if count_columns(one, wanted, entry.header_row, entry.header_rows)
    ]
    names = joined(quoted(one[0]) for one in list(wanted.values())[:6])
    mend = tr("Correct the names in the mapping, or the header.")
    if having:
        mend = tr("The sheet {sheets} has them: write 'sheet: {first}'.",
                  sheets=joined(map(quoted, having)), first=having[0])  # fmt: skip
    return Problem(
        code="missing-header",
        where=grid.label,
        found=tr("none of the columns that the mapping names"),
        expected=tr("a header with {names}", names=names),
        mend=mend,
    )
