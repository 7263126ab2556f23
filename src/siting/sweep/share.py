"""What points share: inputs read once a process, and plans and multipliers to start from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from siting.coverage import Coverage, Walks, compute_coverage, measure_walks
from siting.inputs import Instance, read_instance
from siting.inputs.changes import Changes, apply_changes, split_key
from siting.program.program import Program
from siting.solve import SolveResult
from siting.solve import WarmStart as Start
from siting.solve.result import Basis

START_FILE = "start.npz"
# Of a city of 100,000 pairs these take some hundred megabytes each.
_KEPT = 2

Pairs = tuple[tuple[str, str], ...]
Cells = tuple[tuple[str, float | str], ...]


@dataclass(frozen=True)
class Inputs:
    """An instance as one point has it, with its coverage and walks."""

    instance: Instance
    coverage: Coverage
    walks: Walks


def inputs_of_point(folder: Path, state: str, overrides: Pairs, changes: Changes) -> Inputs:
    """Reads the inputs of a point, or takes them from the point before.

    Args:
        folder: The instance folder.
        state: What its files are now; other files under the same name are read again.
        overrides: Values of instance.yaml that are replaced.
        changes: Changes of the tables.

    Raises:
        InputError: With every problem of them.
    """
    instance = apply_changes(_read(folder, state, overrides), changes)
    # Money and people do not change who reaches what.
    cells = tuple((k, v) for k, v in changes.items() if split_key(k)[0] == "category")
    coverage = _cover(folder, state, overrides, cells)
    return Inputs(instance, coverage, _walk(folder, state, overrides))


@lru_cache(_KEPT)
def _read(folder: Path, _state: str, overrides: Pairs) -> Instance:
    return read_instance(folder, overrides=dict(overrides))


@lru_cache(_KEPT)
def _walk(folder: Path, state: str, overrides: Pairs) -> Walks:
    return measure_walks(_read(folder, state, overrides))


@lru_cache(_KEPT)
def _cover(folder: Path, state: str, overrides: Pairs, cells: Cells) -> Coverage:
    instance = apply_changes(_read(folder, state, overrides), dict(cells))
    return compute_coverage(instance, _walk(folder, state, overrides))


def write_start(result: SolveResult, folder: Path) -> None:
    """Leaves a solution, its multipliers and its basis for the points that come after."""
    basis = result.basis
    arrays = {
        "values": result.values,
        "multipliers": result.multipliers,
        "basis_columns": None if basis is None else basis.columns,
        "basis_rows": None if basis is None else basis.rows,
    }
    given = {name: array for name, array in arrays.items() if array is not None}
    np.savez_compressed(folder / START_FILE, allow_pickle=False, **given)


def read_starts(folders: Sequence[Path], program: Program) -> list[Start]:
    """What run folders hold that has the shape of a program; the others are left out."""
    found = (_read_start(folder, program) for folder in folders)
    return [start for start in found if start is not None]


def _read_start(folder: Path, program: Program) -> Start | None:
    """Whatever is wrong with the file, there is only no start; it may be written just now."""
    try:
        with np.load(folder / START_FILE, allow_pickle=False) as arrays:
            found = dict(arrays)
        start = Start(found.get("values"), found.get("multipliers"), _basis(found))
        start.check(program)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None
    return start


def _basis(found: Mapping[str, NDArray[np.int8]]) -> Basis | None:
    if "basis_columns" not in found or "basis_rows" not in found:
        return None
    return Basis(found["basis_columns"], found["basis_rows"])


def nearest(
    kin: Sequence[tuple[str, float, str]], budget: float | None, most: int = 3
) -> list[str]:
    """Run folders to start from: of the next smaller, the next larger, then any other budget.

    A plan of a smaller budget keeps a larger one; multipliers prove a bound of every budget.
    """
    if budget is None:
        return [folder for _, _, folder in kin[:most]]
    by_distance = sorted(kin, key=lambda row: abs(row[1] - budget))
    below = [row for row in by_distance if row[1] <= budget]
    above = [row for row in by_distance if row[1] > budget]
    order = [*below[:1], *above[:1], *below[1:], *above[1:]]
    return [folder for _, _, folder in order[:most]]
