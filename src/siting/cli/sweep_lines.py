"""The tables at the end of a sweep, for the terminal and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from siting.cli.text_columns import aligned
from siting.language import phrase, tr
from siting.report.sweep_results import SweepResults, between, sweep_headline
from siting.report.sweep_tables import parameter_heading
from siting.report.words import percent
from siting.sweep import Frames, frontier, robust_core, spread, tornado

_SHOWN_ROWS = 15
_COMPLETE = phrase("all within reach")


def sweep_lines(results: SweepResults) -> Iterator[str]:
    """What came of a sweep, as lines: by budget, or by draw, or point by point; then in a sentence.

    Everything is said as money and people, or as what else the goal counts.
    """
    if results.done.empty:
        return
    if results.done["draw"].notna().any():
        yield from _draws(results)
    elif len(results.curve):
        for part in results.curves:
            yield from _family(part, results)
    else:
        yield from _points(results)
        if len(results.swings) > 1:
            yield from _swings(results)
    yield sweep_headline(results).replace("**", "")
    yield ""


def as_plain(rows: pd.DataFrame, frames: Frames) -> dict[str, Any]:
    """The same as plain values: points, frontier, and for draws spread and core."""
    drawn = rows["draw"].notna().any()
    parts = {
        "points": rows.drop(columns=["owner", "heartbeat", "structure_key"]),
        "frontier": frontier(rows, frames.choices),
        "tornado": tornado(rows),
        "spread": spread(rows) if drawn else None,
        "core": robust_core(rows, frames.choices) if drawn else None,
    }
    return {
        name: json.loads(part.to_json(orient="records", double_precision=15))
        for name, part in parts.items()
        if part is not None
    }


# --- budgets ------------------------------------------------------------------------------------


def _family(part: pd.DataFrame, results: SweepResults) -> Iterator[str]:
    """One row a budget: what it reaches, what any plan could, and what more money brings."""
    title = str(part["label"].iloc[0])
    if title:
        yield title
    complete = results.done.set_index("point")["complete_after"]
    money, staged = results.money(results.step), results.is_staged
    heads = [tr("budget"), results.gained, tr("at most"), *([tr("in stages")] if staged else [])]
    heads += [tr(_COMPLETE), tr("each further {money}", money=money), tr("in and out")]
    heads += [""] if part["knee"].any() else []
    lines = []
    for row in _records(part):
        line = [results.currency.show(row["budget"]), _number(row["gain"]), _most(row)]
        line += [_number(_gain(row, row["staged_objective"]))] if staged else []
        line += [_number(complete[row["point"]]), _price(row, results), _moves(row)]
        lines.append([*line, *([tr("<- knee") if row["knee"] else ""] if heads[-1] == "" else [])])
    yield from (*aligned(heads, lines, right=range(len(heads) - (heads[-1] == ""))), "")


def _most(row: dict[str, Any]) -> str:
    """What no plan exceeds, counted like what the plan gains."""
    return _number(_gain(row, row["bound"]))


def _gain(row: dict[str, Any], value: float | None) -> float:
    """How much better a value of the goal is than with nothing added."""
    turn = -1.0 if row["sense"] == "minimise" else 1.0
    return math.nan if value is None else turn * (value - row["baseline"])


def _price(row: dict[str, Any], results: SweepResults) -> str:
    low, high = (results.step * row[name] for name in ("price_low", "price_high"))
    return "" if math.isnan(low) else between(low, high)


def _moves(row: dict[str, Any]) -> str:
    first = math.isnan(row["price_low"])
    return "" if first else f"+{len(row['entered'])} -{len(row['left'])}"


def _number(value: float | None) -> str:
    return "-" if value is None or not math.isfinite(value) else f"{value:,.0f}"


# --- points, one at a time ----------------------------------------------------------------------


def _points(results: SweepResults) -> Iterator[str]:
    """One row a point, with what it gains; of money, what it spends and must be spent at least."""
    heads = [tr("point"), tr("public money"), *([] if results.counts_money else [results.gained])]
    heads += [tr("at least") if results.counts_money else tr("at most")]
    heads += [tr(_COMPLETE), tr("gap to bound")]
    lines = []
    for row in _records(results.done):
        known = results.counts_money and math.isfinite(row["bound"])
        least = results.currency.show(row["bound"] * results.currency.shown_scale) if known else "-"
        goal = [least] if results.counts_money else [_number(row["gain"]), _most(row)]
        place = results.place(row["instance"])
        line = [" ".join(filter(None, (place, row["name"]))), results.currency.show(row["spend"])]
        lines.append([*line, *goal, _number(row["complete_after"]), percent(row["relative_gap"])])
    yield from (*aligned(heads, lines, right=range(1, len(heads))), "")


def _swings(results: SweepResults) -> Iterator[str]:
    heads = [tr("parameter"), tr("lowest"), tr("at"), tr("highest"), tr("at"), tr("swing")]
    rows = _records(results.swings)
    lines = [
        [
            parameter_heading(row["parameter"], results),
            _number(row["low"]),
            row["low_value"] or tr("base"),
            _number(row["high"]),
            row["high_value"] or tr("base"),
            _number(row["swing"]),
        ]
        for row in rows
    ]
    what = results.counts or tr("covered (resident, category) pairs")
    form = phrase("what each parameter alone does to {what}; base {base}")
    yield tr(form, what=what, base=_number(rows[0]["base"]))
    yield from (*aligned(heads, lines, right=(1, 3, 5)), "")


# --- draws --------------------------------------------------------------------------------------


def _draws(results: SweepResults) -> Iterator[str]:
    """Of each budget the spread and the surest offers."""
    core, lie = results.core, results.spread
    for place in _records(lie[["instance", "asked_budget"]].drop_duplicates()):
        here = lie[_at(lie, place)]
        title = results.group(place["instance"], place["asked_budget"]) or results.name
        yield tr("{title}: {draws:,} draws", title=title, draws=int(here["points"].iloc[0]))
        yield from _spread_lines(here, results)
        yield from _core_lines(core[_at(core, place)], results)


def _at(frame: pd.DataFrame, place: dict[str, Any]) -> pd.Series[bool]:
    """Rows of one instance and budget; a budget that was not asked for is NaN."""
    budget = place["asked_budget"]
    same = frame["asked_budget"].isna() if math.isnan(budget) else frame["asked_budget"].eq(budget)
    return same & frame["instance"].eq(place["instance"])


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False)]


def _spread_lines(part: pd.DataFrame, results: SweepResults) -> Iterator[str]:
    names = {"spend": tr("public money"), "complete_after": tr(_COMPLETE)}
    if not results.counts_money:
        names = {"gain": results.gained, **names}
    columns = ["least", "q05", "q50", "q95", "most"]
    heads = ["", tr("least"), "5 %", tr("median"), "95 %", tr("most")]
    rows = {row["measure"]: row for row in _records(part)}
    lines = [
        [
            name,
            *(
                results.currency.show(rows[key][c]) if key == "spend" else _number(rows[key][c])
                for c in columns
            ),
        ]
        for key, name in names.items()
    ]
    yield from (*aligned(heads, lines, right=range(1, 6)), "")


def _core_lines(core: pd.DataFrame, results: SweepResults) -> Iterator[str]:
    sure, often = int(core["share"].eq(1).sum()), int(core["share"].ge(0.5).sum())
    form = phrase("{sure:,} projects in every draw, {often:,} in half of them, {all:,} in any")
    yield tr(form, sure=sure, often=often, all=len(core))
    heads = [tr("project"), tr("share of draws")]
    lines = [
        [results.offers.get(r["offer_id"], str(r["offer_id"])), percent(r["share"])]
        for r in _records(core[core["share"].ge(0.5)].head(_SHOWN_ROWS))
    ]
    yield from (*aligned(heads, lines, right=(1,)), "")
