"""Sweeps of the template town that take a second, for tests of what happens around them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from siting.inputs import write_template
from siting.solve import SolveSettings
from siting.sweep import (
    Frames,
    LocalEngine,
    Outcome,
    Sweep,
    SweepRequest,
    ask,
    read_index,
    run_sweep,
)

EXACT = SolveSettings(relative_gap=0.0, threads=1, isolate=False)


def town(folder: Path) -> Path:
    """The template instance; its budget is 100万 and its offers follow from the categories."""
    return folder / "town" if (folder / "town").exists() else write_template(folder / "town")


def asked(folder: Path, **options: Any) -> SweepRequest:
    return SweepRequest((town(folder),), **{"settings": EXACT, **options})


def swept(folder: Path, out: str = "sweep", **options: Any) -> tuple[Sweep, Frames]:
    """A sweep of the town, worked through by this process."""
    sweep = ask(asked(folder, **options))
    run_sweep(sweep, folder / out, LocalEngine())
    return sweep, read_index(folder / out)


def results(sweep: Sweep, frames: Frames) -> pd.DataFrame:
    """What must be the same however a sweep went."""
    rows = frames.of_sweep(sweep.identity)
    return rows[["point", "name", "parameters", "status", "objective", "budget", "reason"]]


def outcome(objective: float = 10.0, **parts: Any) -> Outcome:
    values = {"objective": objective, "baseline": 0.0, "bound": objective, "reason": "optimal"}
    return Outcome(**{**values, **parts})
