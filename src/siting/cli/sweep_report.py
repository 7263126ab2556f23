"""What the files of a sweep are made of, gathered from its index."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from siting.blocks.registry import OBJECTIVES
from siting.inputs import read_instance
from siting.language import tr
from siting.model.rule_words import offer_name
from siting.report.sweep_results import SweepResults
from siting.report.sweep_words import value_words, values_in_words
from siting.report.words import category_names
from siting.sweep import Frames, frontier, robust_core, shown_value, spread, tornado
from siting.sweep.values import Value
from siting.units import Currency

# Goals that count covered people.
COVERED = ("covered_residents", "scenarios")
_OF_THE_GOAL = ("objective", "baseline", "gain", "bound", "certified_bound", "price")


def sweep_results(rows: pd.DataFrame, frames: Frames) -> SweepResults:
    """The results of one sweep, for its tables and `write_sweep_files`.

    Args:
        rows: Its points, in the order in which they were asked for.
        frames: The index.

    Raises:
        InputError: The instance cannot be read.
    """
    done = rows[rows["status"].eq("done")]
    first = (done if len(done) else rows).iloc[0]
    currency = Currency(first["unit"], first["shown_in"])
    instance = read_instance(Path(first["instance"]))
    counts, shown_scale = _goal(str(first["goal"] or ""), currency)
    counts_money = _is_money(str(first["goal"] or ""))
    categories = {str(key): name for key, name in category_names(instance).items()}
    rows = rows.assign(
        **{key: rows[key].astype(float) * shown_scale for key in _OF_THE_GOAL},
        name=_names(rows, categories, currency),
    )
    # What more money buys is no question where money itself is the goal.
    curve = frontier(rows.head(0) if counts_money else rows, frames.choices)
    return SweepResults(
        name=instance.name,
        note=instance.note,
        currency=currency,
        points=rows,
        choices=frames.choices,
        frontier=curve,
        core=robust_core(rows, frames.choices),
        spread=spread(rows),
        # Where nothing is solved nothing swings.
        tornado=_swings(rows if len(done) else rows.head(0), currency),
        counts=counts,
        counts_money=counts_money,
        families=_families(rows, categories, currency),
        categories=categories,
        offers={o: offer_name(instance, o) for o in frames.choices["offer_id"].unique()},
    )


def point_words(
    parameters: Mapping[str, Value],
    categories: Mapping[str, str],
    currency: Currency,
    draw: int | None = None,
    *,
    staged: bool = False,
) -> str:
    """What a point is called, in words; what every row draws by itself says nothing."""
    shown = {
        key: shown_value(key, value, currency)
        for key, value in parameters.items()
        if not str(value).startswith("each ")
    }
    return values_in_words(shown, categories, draw, staged=staged)


def _names(rows: pd.DataFrame, categories: Mapping[str, str], currency: Currency) -> list[str]:
    given = zip(rows["parameters"], rows["draw"], rows["staged"], strict=True)
    return [
        point_words(
            one, categories, currency, None if pd.isna(draw) else int(draw), staged=bool(staged)
        )
        for one, draw, staged in given
    ]


def _is_money(name: str) -> bool:
    block = OBJECTIVES.get(_kind(name))
    return block is not None and block.unit == "money"


def _kind(name: str) -> str:
    """A goal without its number: the second of a kind has one."""
    return name.rstrip("0123456789").rstrip("_")


def goal_words(name: str) -> str:
    """What a goal counts."""
    block = OBJECTIVES.get(_kind(name))
    return tr(block.counts) if block is not None else name


def _goal(name: str, currency: Currency) -> tuple[str, float]:
    """What a goal counts, in words with its unit, and how many of that unit one of it is.

    Nothing for the people that a plan newly covers, which need no other words.
    """
    block = OBJECTIVES.get(_kind(name))
    if block is None or _kind(name) in COVERED:
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
            value_words(key, shown_value(key, json.loads(text), currency)) if text else ""
            for key, text in pairs
        ]
    return swings


def _families(
    rows: pd.DataFrame, categories: Mapping[str, str], currency: Currency
) -> dict[str, str]:
    """What the points of each frontier share, in words; nothing where that is the base."""
    shared = {
        family: {key: value for key, value in parameters.items() if key != "budget"}
        for family, parameters in zip(rows["family"], rows["parameters"], strict=True)
    }
    return {
        family: point_words(own, categories, currency) if own else ""
        for family, own in shared.items()
    }
