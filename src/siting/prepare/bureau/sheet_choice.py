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
from siting.prepare.bureau.findings import Finding, Findings
from siting.prepare.bureau.headers import count_columns

Wanted = Mapping[str, Sequence[str]]


_NEARLY = 3


def find_grid(
    folder: Path, entry: BureauFile, wanted: Wanted, where: str, findings: Findings
) -> CellGrid:
    """Reads the sheet or layer that an entry names, else the sheet with the most of its columns.

    Args:
        folder: That the file's name is relative to.
        entry: The file.
        wanted: The names that each of our columns may have.
        where: What names the file, for messages.
        findings: Where a sheet is noted that is not read and may be meant, too.

    Raises:
        InputError: It cannot be read, has none of the columns, or several sheets have them.
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
    best = max(scores)
    chosen, *others = [one for one, score in zip(grids, scores, strict=True) if score == best]
    if others:
        raise InputError([_several(entry, where, [chosen, *others])])
    for one, score in zip(grids, scores, strict=True):
        if _NEARLY <= score == best - 1:
            what = tr("all columns but one, as in sheet '{name}'", name=chosen.sheet)
            done = tr("not read; where it is meant, name it by 'sheet' as a file of its own")
            findings.add(Finding("doubt", one.file, one.sheet, None, what, done))
    return chosen


def _several(entry: BureauFile, where: str, grids: Sequence[CellGrid]) -> Problem:
    names = [one.sheet for one in grids]
    return Problem(
        code="several-sheets",
        where=where,
        found=tr("the columns in several sheets of {file}: {names}", file=entry.file,
                 names=joined(map(quoted, names))),
        expected=tr("one sheet, or each by its name"),
        mend=tr("Write 'sheet: {first}'; to read several, list the file once for each sheet.",
                first=names[0]),
    )  # fmt: skip


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
