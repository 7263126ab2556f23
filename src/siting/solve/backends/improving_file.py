"""Reads what a solver leaves on disk, without loading the solver."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def read_improving(scratch: Path, columns: int) -> NDArray[np.float64] | None:
    """The last complete solution in a HiGHS file of improving solutions, shape (columns,), or None.

    The file may end in the middle of a solution if the solver was ended while it wrote.
    """
    if not scratch.exists():
        return None
    best = None
    lines = scratch.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
    for number, line in enumerate(lines):
        if line.startswith("# Columns"):
            values = _read_block(lines[number + 1 : number + 1 + columns])
            best = best if values is None or len(values) != columns else values
    return best


def _read_block(lines: list[str]) -> NDArray[np.float64] | None:
    """One value a line, behind the name of its column and a blank; None where one is cut short."""
    try:
        return np.array([float(line.rsplit(" ", 1)[1]) for line in lines if line.endswith("\n")])
    except (IndexError, ValueError):
        return None
