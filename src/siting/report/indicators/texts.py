"""Indicators as people read them, and as files hold them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from siting.inputs import Instance, describe_walking
from siting.language import phrase, tr
from siting.report.csv_files import save_csv
from siting.report.indicators.campaigns import CAMPAIGNS
from siting.report.indicators.indicators import Indicator, Indicators
from siting.report.sheets import Book, SheetColumn, new_book, write_sheet_table
from siting.report.words import place_heading, place_name
from siting.report.workbook_about import write_pairs

_UNITS = {
    "share": phrase("%"),
    "mean": phrase("%"),
    "ratio": phrase("(0 to 1)"),
    "area": phrase("m²"),
    "minutes": phrase("min"),
}


def shown_value(one: Indicator, stage: int) -> str:
    """A value with its unit: `52.0 % (1,352/2,600)`; a dash where it is not known."""
    value, (above, below) = one.values[stage], one.parts[stage]
    if math.isnan(value):
        return "-"
    if one.unit == "mean":
        return f"{value:.1%}"
    if one.unit == "ratio":
        return f"{value:.3f}"
    if one.unit != "share":
        return f"{value:,.1f} {tr(_UNITS[one.unit])}"
    return tr(
        "{share:.1f}% ({above:,.0f}/{below:,.0f})", share=100 * value, above=above, below=below
    )


def short_value(one: Indicator, stage: int) -> str:
    """A value without what it is a share of."""
    value = one.values[stage]
    return (
        f"{value:.1%}" if one.unit == "share" and not math.isnan(value) else shown_value(one, stage)
    )


def full_coverage(all_of: Indicators) -> str:
    """What it would take until no place lacks a required category, in a sentence."""
    closing = all_of.closing
    money = all_of.stages[0].instance.currency.show(closing.cost)
    if not closing.gaps:
        return tr("No place lacks a required category.")
    said = tr(
        "To complete every place, {gaps:,} more outlets are needed: {offers:,} further offers, "
        "about {money} of public money, would give {closed:,} of them.",
        gaps=closing.gaps,
        offers=len(closing.offers),
        money=money,
        closed=closing.closed,
    )
    left = closing.gaps - closing.closed
    if not left:
        return said
    more = tr("For {left:,} there is no offer within reach; sites have to be found.", left=left)
    return tr("{one} {two}", one=said, two=more)


def indicator_rows(all_of: Indicators) -> pd.DataFrame:
    """One row an indicator: `key`, `name`, `at0`, ... (values), `said0`, ..., `formula`, ..."""
    rows: list[dict[str, object]] = []
    for one in all_of.overall:
        numbers = {f"at{n}": value for n, value in enumerate(one.values)}
        said = {f"said{n}": shown_value(one, n) for n in range(len(one.parts))}
        unit = tr(_UNITS[one.unit])
        rows.append({"key": one.key, "name": one.name, "unit": unit, **numbers, **said,
                     "formula": one.formula, "source": one.source})  # fmt: skip
    return pd.DataFrame(rows)


def page_indicators(all_of: Indicators) -> dict[str, Any]:
    """What a page shows of them: `labels` of the stages, `rows`, and `full`, a sentence."""
    rows = [
        {
            "key": one.key,
            "name": one.name,
            "values": [shown_value(one, stage) for stage in range(len(one.parts))],
            "said": in_words(one),
        }
        for one in all_of.overall
    ]
    return {"labels": all_of.labels, "rows": rows, "full": full_coverage(all_of)}


def in_words(one: Indicator) -> str:
    """How an indicator is worked out, and from what."""
    formula = tr("{name}: {formula}.", name=one.name, formula=one.formula)
    return tr("{one} {two}", one=formula, two=tr("Source: {source}.", source=one.source))


def place_rows(all_of: Indicators) -> pd.DataFrame:
    """One row a place: figures now, and of those that tasks change also at the end.

    Columns of `place_indicators` with `_after` behind the names of the last stage's; yes and no in
    words, blank where it is not known; `have_of` and `have_of_after` say 10/26.
    """
    first, last = all_of.places[0], all_of.places[-1]
    frame = first.assign(
        place=first["place"].map(place_name),
        have_of=_of(first),
        have_of_after=_of(last),
        completeness_after=last["completeness"],
        complete_word=first["complete"].map(_yes),
        complete_word_after=last["complete"].map(_yes),
        grade=first["grade"].where(first["grade"] != "", _below(all_of)),
        grade_after=last["grade"].where(last["grade"] != "", _below(all_of)),
        chain_rate=first["chains"] / first["chain_known"].where(first["chain_known"] > 0),
        area_rate=100 * first["area"] / first["households"].where(first["households"] > 0),
        area_rate_after=100 * last["area"] / last["households"].where(last["households"] > 0),
    )
    for campaign in CAMPAIGNS:
        frame[campaign.key] = first[campaign.key].map(_yes)
        frame[f"{campaign.key}_after"] = last[campaign.key].map(_yes)
    return frame


def _of(frame: pd.DataFrame) -> list[str]:
    pairs = zip(frame["have"], frame["required"], strict=True)
    return [f"{int(have)}/{int(required)}" for have, required in pairs]


def _below(all_of: Indicators) -> str:
    return tr("below all grades") if all_of.stages[0].instance.grades else ""


def _yes(said: object) -> str:
    if isinstance(said, float) and math.isnan(said):
        return ""
    return tr("yes") if said else tr("no")


def indicator_facts(all_of: Indicators) -> dict[str, Any]:
    """The indicators as plain values, for `--json`."""
    closing = all_of.closing
    return {
        "siting_indicators": 1,
        "instance": all_of.stages[0].instance.name,
        "stages": [stage.year for stage in all_of.stages],
        "indicators": [
            {
                "key": one.key,
                "name": one.name,
                "unit": one.unit,
                "values": [_finite(value) for value in one.values],
                "parts": [[_finite(number) for number in part] for part in one.parts],
                "formula": one.formula,
                "source": one.source,
            }
            for one in all_of.overall
        ],
        "places": [_place_lines(frame) for frame in all_of.places],
        "full_coverage": {
            "gaps": closing.gaps,
            "closed": closing.closed,
            "offers": closing.offers["offer_id"].tolist(),
            "cost": closing.cost,
        },
    }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _place_lines(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    columns = [str(column) for column in plain.columns]
    return [dict(zip(columns, line, strict=True)) for line in plain.to_numpy(object).tolist()]


def write_indicators(all_of: Indicators, path: Path) -> Path:
    """Writes the indicators as Excel, or those of the whole city as CSV, by the file's suffix.

    Raises:
        OSError: The file cannot be written.
    """
    instance = all_of.stages[0].instance
    if path.suffix.lower() != ".xlsx":
        save_csv(indicator_rows(all_of), path)
        return path
    with new_book(path, instance) as book:
        write_overall(book, book.page(tr("Indicators")), all_of)
        write_by_place(book, book.page(tr("Indicators by place")), all_of)
        write_pairs(book, book.page(tr("About")), tr("About"), about(all_of, instance))
    return path


def about(all_of: Indicators, instance: Instance) -> list[tuple[str, str]]:
    """What the figures rest on, as names and texts."""
    return [
        (tr("instance"), instance.name),
        (tr("full coverage"), full_coverage(all_of)),
        (tr("walking"), describe_walking(instance)),
        (tr("note"), instance.note or tr("none")),
    ]


def write_overall(book: Book, sheet: Worksheet, all_of: Indicators) -> None:
    """A sheet with a row an indicator, its values at each stage, its formula and its source."""
    said = [SheetColumn(f"said{n}", label, widest=22) for n, label in enumerate(all_of.labels)]
    columns = [
        SheetColumn("name", tr("Indicator"), widest=30),
        *said,
        SheetColumn("formula", tr("Formula"), widest=60),
        SheetColumn("source", tr("Source"), widest=40),
    ]
    title = tr("Indicators: {instance}", instance=all_of.stages[0].instance.name)
    write_sheet_table(book, sheet, title, indicator_rows(all_of), columns, frozen=1)


def write_by_place(book: Book, sheet: Worksheet, all_of: Indicators) -> None:
    """A sheet with a row a place."""
    heading = place_heading(all_of.stages[0].gaps.place_kind)
    with_plan = len(all_of.stages) > 1
    frame = place_rows(all_of)
    columns = [
        SheetColumn("place", heading, widest=24),
        SheetColumn("residents", tr("Residents"), "count"),
    ]
    for key, label, kind in _place_columns(all_of):
        columns.append(SheetColumn(key, label, kind, widest=14))
        if with_plan and f"{key}_after" in frame:
            columns.append(
                SheetColumn(
                    f"{key}_after", tr("{name}, with the plan", name=label), kind, widest=14
                )
            )
    columns = [one for one in columns if one.key == "place" or not _blank(frame[one.key])]
    title = tr("Indicators by place")
    write_sheet_table(book, sheet, title, frame, columns, frozen=1)


def _place_columns(all_of: Indicators) -> list[tuple[str, str, str]]:
    return [
        ("have_of", tr("Required categories had"), "text"),
        ("completeness", tr("Category completeness"), "share"),
        ("complete_word", tr("All required categories"), "text"),
        *([("grade", tr("Grade"), "text")] if all_of.stages[0].instance.grades else []),
        *((one.key, tr(one.name), "text") for one in CAMPAIGNS),
        ("chain_rate", tr("Chain rate"), "share"),
        ("area_rate", tr("Commercial floor area per 100 households (m²)"), "minutes"),
        ("satisfaction", tr("Satisfaction"), "share"),
    ]


def _blank(values: pd.Series[Any]) -> bool:
    """Whether no row has anything to say."""
    return bool((values.isna() | (values == "")).all())
