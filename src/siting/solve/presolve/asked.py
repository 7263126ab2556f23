"""What the rules of a program ask about, apart from what its goals count."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.program import Kind, Program, Section

Index = NDArray[np.int64]


def only_asked(program: Program) -> tuple[Program, Index]:
    """The same without states that no rule asks about, and the rows that link them alone.

    Rows that link a state hold where it is 0. What sections say of themselves is believed.

    Returns:
        The smaller program, and the column of the whole for each of its columns.
    """
    linking = np.zeros(program.shape[0], dtype=bool)
    for part in program.rows:
        linking[part.slice] = part.kind in (Kind.COVER, Kind.LINK)
    choice = np.zeros(program.shape[1], dtype=bool)
    choice[program.section("choose").slice] = True
    limited = np.isfinite(program.row_lower) | np.isfinite(program.row_upper)
    touches = abs(program.matrix) > 0
    columns, rows = choice, limited & ~linking
    while True:
        wider = columns | np.asarray(touches[np.flatnonzero(rows)].sum(axis=0) > 0).ravel()
        states = (wider & ~choice).astype(float)
        more = rows | (limited & linking & (touches @ states > 0))
        if np.array_equal(wider, columns) and np.array_equal(more, rows):
            kept = np.flatnonzero(columns)
            return _part(program, np.flatnonzero(rows), kept), kept
        columns, rows = wider, more


def _part(program: Program, rows: Index, columns: Index) -> Program:
    """Some rows and columns of a program, in their sections."""
    return replace(
        program,
        columns=_sections(program.columns, columns),
        rows=_sections(program.rows, rows),
        objective=program.objective[columns],
        matrix=csr_array(program.matrix[rows][:, columns]),
        row_lower=program.row_lower[rows],
        row_upper=program.row_upper[rows],
        lower=program.lower[columns],
        upper=program.upper[columns],
        domain=program.domain[columns],
    )


def _sections(sections: tuple[Section, ...], kept: Index) -> tuple[Section, ...]:
    """The sections of what is kept, the positions in order."""
    found = []
    for one in sections:
        start, stop = np.searchsorted(kept, [one.start, one.stop]).tolist()
        inside = kept[start:stop] - one.start
        ids = tuple(part[inside] for part in one.ids)
        found.append(replace(one, start=start, stop=stop, ids=ids))
    return tuple(found)
