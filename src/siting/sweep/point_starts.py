"""What a point leaves for others to start from, and what of it fits another program.

Rows and columns of two programs are the same where their sections stand for the same ids. So a
point whose capacity differs, say, still has the multipliers of the rows that cover residents.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.errors import InputError
from siting.inputs.files import read_file, unpack_arrays
from siting.program.program import Program, Section
from siting.solve import SolveResult, WarmStart

START_FILE = "start.npz"

Floats = NDArray[np.float64]
Spans = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class ProgramLayout:
    """Where a program has which rows and columns.

    Attributes:
        rows: First position and the one behind the last of each section, by what it stands for.
        columns: The same of the columns, the choices first.
    """

    rows: Spans
    columns: Spans

    @classmethod
    def of(cls, program: Program) -> ProgramLayout:
        """The layout of a program."""
        return cls(_places(program.rows), _places(program.columns))

    @classmethod
    def from_text(cls, text: str) -> ProgramLayout:
        """Reads what `str` gives."""
        parts = json.loads(text)
        return cls(*({k: (a, b) for k, (a, b) in parts[name].items()} for name in _PARTS))

    def __str__(self) -> str:
        return json.dumps({name: getattr(self, name) for name in _PARTS})


_PARTS = ("rows", "columns")


def _places(sections: Sequence[Section]) -> Spans:
    """Sections by name and digest of their ids; those that have both in common by their order."""
    seen: Counter[str] = Counter()
    places: Spans = {}
    for section in sections:
        text = json.dumps([section.name, *("\n".join(map(str, ids)) for ids in section.ids)])
        digest = hashlib.sha256(text.encode()).hexdigest()
        places[f"{digest}-{seen[digest]}"] = (section.start, section.stop)
        seen[digest] += 1
    return places


def write_start(result: SolveResult | WarmStart, program: Program, folder: Path) -> None:
    """Leaves a solution and its multipliers for the points that come after."""
    arrays = {"values": result.values, "multipliers": result.multipliers}
    given: dict[str, Any] = {name: array for name, array in arrays.items() if array is not None}
    given["layout"] = np.array(str(ProgramLayout.of(program)))
    np.savez_compressed(folder / START_FILE, allow_pickle=False, **given)


def read_starts(folders: Sequence[Path], program: Program) -> list[WarmStart]:
    """What run folders hold that fits a program; the others are left out."""
    layout = ProgramLayout.of(program)
    found = (_read_start(folder, layout) for folder in folders)
    return [start for start in found if start is not None]


def _read_start(folder: Path, layout: ProgramLayout) -> WarmStart | None:
    """Whatever is wrong with the file, there is only no start; it may be written just now."""
    try:
        packed = read_file(folder, START_FILE)
        found = unpack_arrays(packed, START_FILE)
        return _fitting(found, ProgramLayout.from_text(str(found["layout"])), layout)
    except (InputError, ValueError, KeyError, TypeError):
        return None


def _fitting(
    found: Mapping[str, NDArray[Any]], there: ProgramLayout, here: ProgramLayout
) -> WarmStart | None:
    """What of a start fits: plans of the same offers, multipliers of the same rows.

    A row that only one of the programs has is given the multiplier 0, which proves what the others
    do; what follows from the choices follows again.
    """
    same_choices = next(iter(there.columns), "") == next(iter(here.columns), "")
    values = _carried(found.get("values"), there.columns, here.columns) if same_choices else None
    multipliers = _carried(found.get("multipliers"), there.rows, here.rows)
    if values is None and multipliers is None:
        return None
    return WarmStart(values, multipliers)


def _carried(array: Floats | None, there: Spans, here: Spans) -> Floats | None:
    """The numbers of the sections that both have; None where they have none in common.

    Raises:
        ValueError: The array is not as long as its sections say, or has no finite number.
    """
    shared = here.keys() & there.keys()
    if array is None or not shared:
        return None
    if len(array) != _length(there) or not np.isfinite(array).all():
        raise ValueError("not what its layout says")
    carried = np.zeros(_length(here))
    for key in shared:
        carried[slice(*here[key])] = array[slice(*there[key])]
    return carried


def _length(places: Spans) -> int:
    return max((stop for _, stop in places.values()), default=0)
