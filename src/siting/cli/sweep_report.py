"""What the files of a sweep are made of, gathered from its index."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from siting.blocks.registry import OBJECTIVES
from siting.inputs import read_instance
from siting.language import tr
from siting.report.sweep_results import SweepResults
from siting.report.words import category_names
from siting.sweep import Frames, frontier, robust_core, shown_value, spread, tornado
from siting.sweep.values import shown_parameters
from siting.units import Currency

# Goals that count covered people.
_COVERED = ("covered_residents", "scenarios")
_OF_THE_GOAL = ("objective", "baseline", "gain", "bound", "certified_bound", "price")


def sweep_results(rows: pd.DataFrame, frames: Frames) -> SweepResults:
    """The results of one sweep, for `write_sweep_files`.

    Args:
        rows: Its points, in the order in which they were asked for.
        frames: The index.
    """
    done = rows[rows["status"].eq("done")]
    first = (done if len(done) else rows).iloc[0]
    currency = Currency(first["unit"], first["shown_in"])
    instance = read_instance(Path(first["instance"]))
    counts, shown_scale = _goal(str(first["goal"] or ""), currency)
    rows = rows.assign(**{key: rows[key].astype(float) * shown_scale for key in _OF_THE_GOAL})
    return SweepResults(
        name=instance.name,
        note=instance.note,
        currency=currency,
        points=rows,
        choices=frames.choices,
        frontier=frontier(rows, frames.choices),
        core=robust_core(rows, frames.choices),
        spread=spread(rows),
        # Where nothing is solved nothing swings.
        tornado=_swings(rows if len(done) else rows.head(0), currency),
        counts=counts,
        families=_families(rows, currency),
        categories={str(key): name for key, name in category_names(instance).items()},
    )


def _goal(name: str, currency: Currency) -> tuple[str, float]:
    """What a goal counts, in words with its unit, and how many of that unit one of it is.

    Nothing for the people that a plan newly covers, which need no other words.
    """
    kind = name.rstrip("0123456789").rstrip("_")
    block = OBJECTIVES.get(kind)
    if block is None or kind in _COVERED:
        return "", 1.0
    if block.unit == "money":
        return tr(
            "{name} ({unit})", name=tr(block.counts), unit=currency.shown_in
        ), 1.0 / currency.shown_scale
    if block.unit == "share":
        return f"{tr(block.counts)} (%)", 100.0
    return tr(block.counts), 1.0


def _swings(rows: pd.DataFrame, currency: Currency) -> pd.DataFrame:
    """The tornado, its values in words."""
    swings = tornado(rows)
    for end in ("low_value", "high_value"):
        pairs = zip(swings["parameter"], swings[end], strict=True)
        swings[end] = [
            shown_value(key, json.loads(text), currency) if text else "" for key, text in pairs
        ]
    return swings


def _families(rows: pd.DataFrame, currency: Currency) -> dict[str, str]:
    """What the points of each frontier share, in words."""
    return {
        family: shown_parameters(
            {key: value for key, value in parameters.items() if key != "budget"}, currency
        )
        for family, parameters in zip(rows["family"], rows["parameters"], strict=True)
    }
