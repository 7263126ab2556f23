"""The tables at the end of a sweep, for the terminal and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from siting.cli.text_columns import aligned
from siting.language import phrase, tr
from siting.report.words import percent
from siting.sweep import Frames, frontier, robust_core, shown_value, spread, tornado
from siting.sweep.values import shown_parameters
from siting.units import Currency

_SHOWN_ROWS = 15
_FRONTIER = (phrase("budget"), phrase("objective"), phrase("bound"), phrase("gap to bound"))
_STAGED = (phrase("in stages"), phrase("regret"))
_MEASURES = {
    "objective": phrase("objective"),
    "gain": phrase("gain"),
    "spend": phrase("public money"),
    "complete_after": phrase("people with every required category"),
}


def sweep_lines(rows: pd.DataFrame, frames: Frames) -> Iterator[str]:
    """What came of a sweep, as lines: the frontier, or the draws, or the points one by one."""
    done = rows[rows["status"].eq("done")]
    if done.empty:
        return
    currency = _currency(rows)
    if done["draw"].notna().any():
        yield from _draws(rows, frames, currency)
        return
    curve = frontier(rows, frames.choices)
    several = len(set(rows["instance"])) > 1
    for _, part in curve.groupby("family", sort=False):
        first = rows[rows["point"].eq(part["point"].iloc[0])].iloc[0]
        yield from _family(first, part, currency, named=several)
    if curve.empty:
        yield from _points(done, currency, several=several)
    swings = tornado(rows)
    if len(swings) > 1 and curve.empty:
        yield from _swings(swings, currency)


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


def _currency(rows: pd.DataFrame) -> Currency:
    first = rows[rows["status"].eq("done")].iloc[0]
    return Currency(first["unit"], first["shown_in"])


# --- budgets ------------------------------------------------------------------------------------


def _family(first: Any, part: pd.DataFrame, currency: Currency, *, named: bool) -> Iterator[str]:  # noqa: ANN401
    title = _title(first, currency, named=named)
    if title:
        yield title
    staged = bool(part["staged_objective"].notna().any())
    heads = [*map(tr, _FRONTIER), tr("gain per {unit}", unit=currency.shown_in)]
    heads += [*(map(tr, _STAGED) if staged else ()), tr("offers in and out"), ""]
    lines = [_line(row, currency, staged=staged) for row in _records(part)]
    yield from aligned(heads, lines, right=range(len(heads) - 1))
    yield ""


def _title(first: Any, currency: Currency, *, named: bool) -> str:  # noqa: ANN401
    """What a family has in common, where there may be others."""
    own = {k: v for k, v in first["parameters"].items() if k != "budget"}
    said = [shown_parameters(own, currency)] if own else []
    return " ".join([*([_place(first["instance"])] if named else []), *said])


def _place(instance: str) -> str:
    return instance.rstrip("/").rpartition("/")[2]


def _line(row: dict[str, Any], currency: Currency, *, staged: bool) -> list[str]:
    scale = currency.shown_scale
    low, high = row["price_low"] * scale, row["price_high"] * scale
    price = "" if math.isnan(low) else f"{low:,.1f} - {high:,.1f}"
    moves = f"+{len(row['entered'])} -{len(row['left'])}"
    stages = [_number(row["staged_objective"]), _number(row["regret"])] if staged else []
    return [
        currency.show(row["budget"]),
        _number(row["objective"]),
        _number(row["bound"]),
        percent(row["relative_gap"]),
        price,
        *stages,
        "" if math.isnan(low) else moves,
        tr("<- knee") if row["knee"] else "",
    ]


def _number(value: float | None) -> str:
    return "-" if value is None or not math.isfinite(value) else f"{value:,.0f}"


# --- points, one at a time ----------------------------------------------------------------------


def _points(done: pd.DataFrame, currency: Currency, *, several: bool) -> Iterator[str]:
    heads = [tr(head) for head in _POINT_HEADS]
    lines = [
        [
            f"{_place(row['instance'])} {row['name']}" if several else str(row["name"]),
            _number(row["objective"]),
            _number(row["bound"]),
            percent(row["relative_gap"]),
            currency.show(row["spend"]),
        ]
        for row in _records(done)
    ]
    yield from aligned(heads, lines, right=range(1, len(heads)))
    yield ""


_POINT_HEADS = (
    phrase("point"),
    phrase("objective"),
    phrase("bound"),
    phrase("gap to bound"),
    phrase("public money"),
)


def _swings(swings: pd.DataFrame, currency: Currency) -> Iterator[str]:
    heads = [tr("parameter"), tr("lowest"), tr("at"), tr("highest"), tr("at"), tr("swing")]
    lines = [
        [
            str(row["parameter"]),
            _number(row["low"]),
            _value(row["parameter"], row["low_value"], currency),
            _number(row["high"]),
            _value(row["parameter"], row["high_value"], currency),
            _number(row["swing"]),
        ]
        for row in _records(swings)
    ]
    base = tr("what each parameter alone does; base {base}", base=_number(swings["base"].iloc[0]))
    yield from (base, *aligned(heads, lines, right=(1, 3, 5)), "")


def _value(key: str, text: str, currency: Currency) -> str:
    return shown_value(key, json.loads(text), currency) if text else tr("base")


# --- draws --------------------------------------------------------------------------------------


def _draws(rows: pd.DataFrame, frames: Frames, currency: Currency) -> Iterator[str]:
    """Of each budget the spread and the surest offers."""
    core, lie = robust_core(rows, frames.choices), spread(rows)
    for place in _records(lie[["instance", "asked_budget"]].drop_duplicates()):
        here = lie[_at(lie, place)]
        money = "" if math.isnan(place["asked_budget"]) else currency.show(place["asked_budget"])
        title = " ".join(filter(None, (_place(place["instance"]), money)))
        yield tr("{title}: {draws:,} draws", title=title, draws=int(here["points"].iloc[0]))
        yield from _spread_lines(here, currency)
        yield from _core_lines(core[_at(core, place)])


def _at(frame: pd.DataFrame, place: dict[str, Any]) -> pd.Series[bool]:
    """Rows of one instance and budget; a budget that was not asked for is NaN."""
    budget = place["asked_budget"]
    same = frame["asked_budget"].isna() if math.isnan(budget) else frame["asked_budget"].eq(budget)
    return same & frame["instance"].eq(place["instance"])


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False)]


def _spread_lines(part: pd.DataFrame, currency: Currency) -> Iterator[str]:
    columns = ["least", "q05", "q50", "q95", "most"]
    heads = ["", tr("least"), "5 %", tr("median"), "95 %", tr("most")]
    lines = [
        [
            tr(_MEASURES[row["measure"]]),
            *(
                currency.show(row[c]) if row["measure"] == "spend" else _number(row[c])
                for c in columns
            ),
        ]
        for row in _records(part)
    ]
    yield from (*aligned(heads, lines, right=range(1, 6)), "")


def _core_lines(core: pd.DataFrame) -> Iterator[str]:
    sure, often = int(core["share"].eq(1).sum()), int(core["share"].ge(0.5).sum())
    form = phrase("{sure:,} offers in every draw, {often:,} in half of them, {all:,} in any")
    yield tr(form, sure=sure, often=often, all=len(core))
    heads = [tr("offer"), tr("site"), tr("categories"), tr("share of draws")]
    lines = [
        [str(r["offer_id"]), str(r["site_id"]), str(r["categories"]), percent(r["share"])]
        for r in _records(core[core["share"].ge(0.5)].head(_SHOWN_ROWS))
    ]
    yield from (*aligned(heads, lines, right=(3,)), "")
