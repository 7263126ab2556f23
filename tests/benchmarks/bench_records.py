"""A record of the registry, of made-up numbers."""

from __future__ import annotations

from typing import Any

from registry import Cell

CELL = Cell(
    "city",
    0,
    "city",
    {"residents": 60, "sites": 6, "categories": 2},
    1,
    10.0,
    goal={"certified_gap": 0.2, "memory_mb": 600.0},
    overall={"median_gap": 0.15},
    who=("highs", "cbc"),
)


def record(**changes: Any) -> dict[str, Any]:
    """What is noted of the cell; `changes` replace that."""
    values: dict[str, Any] = {
        "key": "0123",
        "cell": CELL.name,
        "problem": CELL.problem,
        "family": "city",
        "line": 0,
        "seed": 1,
        "who": "engine",
        "version": "abc1234",
        "commit": "fff0000",
        "machine": "a machine",
        "packages": "ortools 9",
        "date": "2026-01-02",
        "note": "",
        "time_limit": 10.0,
        "wall": 3.0,
        "points": 10.0,
        "offers": 4,
        "nonzeros": 1_234_567,
        "known": None,
        "objective": 90.0,
        "bound": 100.0,
        "certified_bound": 101.0,
        "gap": 1 / 9,
        "certified_gap": 11 / 90,
        "reason": "feasible (time limit)",
        "seconds": {"build": 0.5, "solve": 2.0, "first": 0.25, "gap_5pct": 12.0},
        "steps": {"greedy": [0.0, 0.0], "dive": [0.5, 0.0]},
        "memory_mb": {"build": 100.0, "self": 200.0, "children": 300.0},
    }
    return {**values, **changes}
