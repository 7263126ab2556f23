"""The tables of a sweep, the same for its page and its workbook."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pandas as pd

from siting.language import phrase, tr
from siting.report.sheets import SheetColumn
from siting.report.sweep_results import SweepResults
from siting.report.sweep_words import parameter_words

_STATES = {
    "done": phrase("has a plan"),
    "failed": phrase("no plan"),
    "running": phrase("being solved"),
    "waiting": phrase("not solved yet"),
}
_MEASURES = {
    "objective": phrase("Objective"),
    "gain": phrase("Newly covered people"),
    "spend": phrase("Money spent"),
    "complete_after": phrase("Residents with every required category"),
}


REPORT = "report.html"


@dataclass(frozen=True)
class SweepTable:
    """A table under its title.

    Attributes:
        title: What it shows.
        columns: What each column holds.
        frame: The lines.
        links: By the key of a column, the column that says where its cells lead.
        lists: By the key of a column, the column that has what its cells count.
    """

    title: str
    columns: Sequence[SheetColumn]
    frame: pd.DataFrame
    links: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)


def sweep_tables(results: SweepResults) -> dict[str, SweepTable]:
    """The tables that have something to show, by what they are about."""
    made = {
        "frontier": _frontier(results),
        "moves": _moves(results),
        "staged": _staged(results) if results.is_staged else None,
        "draws": _spread(results) if len(results.draws) else None,
        "core": _core(results),
        "tornado": _tornado(results),
        "points": _points(results),
    }
    return {key: table for key, table in made.items() if table is not None and len(table.frame)}


def address(folder: object, results: SweepResults) -> str:
    """Where a point's link leads, from the sweep folder: its report, or else its run folder."""
    return f"points/{quote(str(folder))}/{REPORT if folder in results.pages else ''}"


def _frontier(results: SweepResults) -> SweepTable:
    unit, money = results.currency.shown_in, results.money(results.unit_money)
    frame = _in_units(results.curve, results, ("budget", "spend"))
    frame = frame.assign(
        **{key: frame[key] * results.unit_money for key in ("price", "price_low", "price_high")},
        gap=(100 * frame["relative_gap"].astype(float)).round(4),
        most=frame["turn"] * (frame["bound"] - frame["baseline"]),
        complete_after=frame["point"].map(results.done.set_index("point")["complete_after"]),
        mark=frame["knee"].astype(bool).map({True: tr("knee"), False: ""}),
        entered_count=frame["entered"].map(len),
        left_count=frame["left"].map(len),
        link=frame["point"].map(_links(results)),
        entered=_in_words(frame["entered"], results),
        left=_in_words(frame["left"], results),
    )
    columns = [
        *_family_column(results),
        SheetColumn("budget", tr("Budget ({unit})", unit=unit), "money"),
        *([SheetColumn("mark", tr("Mark"))] if frame["mark"].any() else []),
        SheetColumn("spend", tr("Money spent ({unit})", unit=unit), "money"),
        SheetColumn("gain", _gained(results), "count"),
        SheetColumn("most", tr("At most by any plan"), "count"),
        SheetColumn("complete_after", tr("Residents with every required category"), "count"),
        SheetColumn("price_low", tr("Each further {money}: at least", money=money), "minutes"),
        SheetColumn("price_high", tr("Each further {money}: at most", money=money), "minutes"),
        SheetColumn("price", tr("The next {money}, about", money=money), "minutes"),
        SheetColumn("entered_count", tr("Offers in"), "count"),
        SheetColumn("left_count", tr("Offers out"), "count"),
        *_proof(),
    ]
    lists = {"entered_count": "entered", "left_count": "left"}
    title = tr("One row a budget")
    return SweepTable(title, columns, frame, {"budget": "link"}, lists)


def _moves(results: SweepResults) -> SweepTable:
    """Every offer that comes or goes from one budget to the next."""
    offers = _offers(results)
    lines = [
        {**row, "move": tr(word), "offer_id": offer, **offers.get(offer, {})}
        for row in results.curve.to_dict(orient="records")
        for key, word in (("entered", phrase("comes in")), ("left", phrase("goes out")))
        for offer in row[key]
    ]
    columns = [
        *_family_column(results),
        SheetColumn("budget", tr("Budget ({unit})", unit=results.currency.shown_in), "money"),
        SheetColumn("move", tr("What happens")),
        SheetColumn("offer_id", tr("Offer code")),
        SheetColumn("site_id", tr("Site code")),
        SheetColumn("adds", tr("Category")),
        SheetColumn("cost", tr("Public money ({unit})", unit=results.currency.shown_in), "money"),
    ]
    frame = pd.DataFrame(lines, columns=[column.key for column in columns])
    title = tr("Offers that come and go")
    return SweepTable(title, columns, _in_units(frame, results, ("budget", "cost")))


def _staged(results: SweepResults) -> SweepTable:
    frame = results.curve[results.curve["staged_objective"].notna()]
    columns = [
        *_family_column(results),
        SheetColumn("budget", tr("Budget ({unit})", unit=results.currency.shown_in), "money"),
        SheetColumn("objective", tr("Objective, all at once"), "count"),
        SheetColumn("staged_objective", tr("Objective, in stages"), "count"),
        SheetColumn("regret", tr("Lost by stages"), "count"),
        SheetColumn("regret_low", tr("Lost at least"), "count"),
        SheetColumn("regret_high", tr("Lost at most"), "count"),
    ]
    frame = _in_units(frame, results, ("budget",))
    return SweepTable(tr("Built in stages, or all at once"), columns, frame)


def _spread(results: SweepResults) -> SweepTable:
    spread = results.spread
    if results.counts_money:
        # The money spent says it all; what it is less than none at all says nothing.
        spread = spread[~spread["measure"].isin(["objective", "gain"])]
    quantiles = {"q05": "5 %", "q25": "25 %", "q50": tr("Median"), "q75": "75 %", "q95": "95 %"}
    ends = {"least": tr("Least"), **quantiles, "most": tr("Most"), "mean": tr("Mean")}
    scale = spread["measure"].map({"spend": results.currency.shown_scale}).fillna(1.0)
    names = {key: tr(text) for key, text in _MEASURES.items()}
    names["gain"] = _gained(results)
    names["spend"] = tr("Money spent ({unit})", unit=results.currency.shown_in)
    frame = spread.assign(
        group=_groups(spread, results),
        measure=spread["measure"].map(names),
        **{key: spread[key] / scale for key in ends},
    )
    columns = [
        *([SheetColumn("group", tr("Budget"))] if frame["group"].any() else []),
        SheetColumn("measure", tr("Measure")),
        SheetColumn("points", tr("Draws"), "count"),
        *(SheetColumn(key, heading, "count") for key, heading in ends.items()),
    ]
    return SweepTable(tr("How the draws lie"), columns, frame)


def _core(results: SweepResults) -> SweepTable:
    core = results.repeated_core
    frame = core.assign(group=_groups(core, results), adds=core["categories"].map(results.adds))
    columns = [
        *([SheetColumn("group", tr("Budget"))] if frame["group"].any() else []),
        SheetColumn("offer_id", tr("Offer code")),
        SheetColumn("site_id", tr("Site code")),
        SheetColumn("adds", tr("Category")),
        SheetColumn("times", tr("Chosen"), "count"),
        SheetColumn("of", tr("Of plans"), "count"),
        SheetColumn("share", tr("Share"), "share"),
    ]
    return SweepTable(tr("How often an offer is chosen"), columns, frame)


def _tornado(results: SweepResults) -> SweepTable:
    rows = results.swings
    at_base = {key: rows[key].replace("", tr("as it is")) for key in ("low_value", "high_value")}
    named = rows["parameter"].map(lambda key: parameter_heading(key, results))
    frame = rows.assign(place=rows["instance"].map(results.place), parameter=named, **at_base)
    columns = [
        *([SheetColumn("place", tr("Instance"))] if frame["place"].any() else []),
        SheetColumn("parameter", tr("Parameter")),
        SheetColumn("low", tr("Lowest objective"), "count"),
        SheetColumn("low_value", tr("reached at")),
        SheetColumn("base", tr("Objective as it is"), "count"),
        SheetColumn("high", tr("Highest objective"), "count"),
        SheetColumn("high_value", tr("reached at")),
        SheetColumn("swing", tr("Swing"), "count"),
    ]
    return SweepTable(tr("What the result depends on"), columns, frame)


def _points(results: SweepResults) -> SweepTable:
    order = ["instance", "family", "draw", "staged", "budget"]
    points = results.points.sort_values(order, kind="stable", ignore_index=True)
    unit = results.currency.shown_in
    parameters = _parameters(points["parameters"])
    frame = _in_units(points, results, ("budget", "spend")).assign(
        place=points["instance"].map(results.place),
        state=points["status"].map(lambda status: tr(_STATES[status])),
        gap=(100 * points["relative_gap"].astype(float)).round(4),
        link=points["folder"]
        .map(lambda folder: address(folder, results))
        .where(points["status"].eq("done"), ""),
        **{f"parameter:{key}": values for key, values in parameters.items()},
    )
    columns = [
        *([SheetColumn("place", tr("Instance"))] if frame["place"].any() else []),
        SheetColumn("name", tr("Point")),
        *(SheetColumn(f"parameter:{key}", parameter_heading(key, results)) for key in parameters),
        SheetColumn("state", tr("State")),
        SheetColumn("budget", tr("Budget ({unit})", unit=unit), "money"),
        SheetColumn("spend", tr("Money spent ({unit})", unit=unit), "money"),
        *([] if results.counts_money else [SheetColumn("gain", _gained(results), "count")]),
        SheetColumn("complete_after", tr("Residents with every required category"), "count"),
        *_proof(),
        SheetColumn("seconds", tr("Seconds"), "minutes"),
        SheetColumn("error", tr("Why there is no plan"), widest=60),
    ]
    kept = [c for c in columns if c.key != "error" or frame["error"].fillna("").ne("").any()]
    if points["status"].eq("done").all():
        kept = [c for c in kept if c.key != "state"]
    return SweepTable(tr("All points"), kept, frame, {"name": "link"})


# --- shared -------------------------------------------------------------------------------------


def _gained(results: SweepResults) -> str:
    gained = results.gained
    return gained[:1].upper() + gained[1:]


def parameter_heading(key: str, results: SweepResults) -> str:
    """What a parameter of a sweep is called, as the head of a column or line."""
    said = parameter_words(key, results.categories)
    return said[:1].upper() + said[1:]


def _proof() -> list[SheetColumn]:
    """What the figures rest on, behind the words of money and people."""
    return [
        SheetColumn("objective", tr("Objective"), "count"),
        SheetColumn("bound", tr("Bound"), "count"),
        SheetColumn("gap", tr("Gap (%)"), "percent"),
    ]


def _parameters(given: pd.Series[Any]) -> dict[str, list[str]]:
    """The parameters that differ between points, but the budget, which has its own column."""
    keys = dict.fromkeys(key for one in given for key in one if key != "budget")
    values = {key: [_plain(one.get(key, "")) for one in given] for key in keys}
    return {key: texts for key, texts in values.items() if len(set(texts)) > 1}


def _plain(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _family_column(results: SweepResults) -> list[SheetColumn]:
    return [SheetColumn("label", tr("Varied"))] if results.curve["label"].any() else []


def _in_units(frame: pd.DataFrame, results: SweepResults, keys: Iterable[str]) -> pd.DataFrame:
    scale = results.currency.shown_scale
    return frame.assign(**{key: frame[key].astype(float) / scale for key in keys})


def _groups(frame: pd.DataFrame, results: SweepResults) -> list[str]:
    places = zip(frame["instance"], frame["asked_budget"].astype(float), strict=True)
    return [results.group(str(instance), budget) for instance, budget in places]


def _links(results: SweepResults) -> dict[str, str]:
    folders = results.done.set_index("point")["folder"]
    return {str(point): address(folder, results) for point, folder in folders.items()}


def _offers(results: SweepResults) -> dict[str, dict[str, Any]]:
    """What each offer is: the same in every point but for a varied cost."""
    known = results.choices.drop_duplicates("offer_id")
    known = known.assign(adds=known["categories"].map(results.adds)).set_index("offer_id")
    return known[["site_id", "adds", "cost"]].to_dict(orient="index")  # type: ignore[return-value]


def _in_words(offers: pd.Series[Any], results: SweepResults) -> pd.Series[Any]:
    known = _offers(results)
    return offers.map(lambda row: [_named(offer, known, results) for offer in row])


def _named(offer: str, known: dict[str, dict[str, Any]], results: SweepResults) -> str:
    row = known.get(offer)
    if row is None or offer in results.offers:
        return results.offers.get(offer, offer)
    return f"{row['adds']} · {row['site_id']}"


def shown(value: object, kind: str) -> str:
    """A cell as the page writes it; nothing known is a dash."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    if isinstance(value, str):
        return value
    forms = {"count": "{:,.0f}", "minutes": "{:,.1f}", "share": "{:.0%}", "percent": "{:.3f}"}
    if kind == "money":
        return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"  # type: ignore[arg-type]
    return forms.get(kind, "{}").format(value)
