"""The plan as an official document in Chinese: state, aims, tasks, money, what is left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path

import pandas as pd
from docx.document import Document as WordDocument
from docx.shared import Cm

from siting.inputs import describe_walking
from siting.language import joined, tr
from siting.report.facts import Facts, required_categories
from siting.report.indicators.texts import full_coverage, short_value, shown_value
from siting.report.maps import coverage_map, lacks_title
from siting.report.official_word import (
    OFFICIAL_WIDTH,
    add_body,
    add_caption,
    add_date,
    add_heading,
    add_official_table,
    new_official_document,
    number_official_pages,
)
from siting.report.page.basis import basis
from siting.report.page.overview import gap_in_words
from siting.report.page.shown_numbers import chinese_number, day_in_words
from siting.report.pictures import as_png
from siting.report.project_pool import reserve_projects
from siting.report.words import category_names, place_heading
from siting.report.workbook import sheet_names
from siting.report.workbook_years import breakdown_rows, funding_rows
from siting.report.years import year_rows

# Lines of the tables at most; the whole lists are in the workbook.
_CATEGORIES, _RESERVES, _LACKS = 15, 10, 5
_DOTS = 200
_CIRCLES = "一刻钟便民生活圈"


def write_official_document(facts: Facts, path: Path, day: date) -> Path:
    """Writes the document.

    Args:
        facts: What it tells.
        path: The `.docx`.
        day: The date that it bears.
    """
    title = official_title(facts)
    document = new_official_document(title)
    document.add_paragraph(title, style="Title")
    for number, (heading, write) in enumerate(_sections(), start=1):
        add_heading(document, f"{chinese_number(number)}、{heading}")
        write(document, facts)
    _annexes(document, facts)
    add_date(document, day_in_words(day))
    number_official_pages(document)
    document.save(str(path))
    return path


def official_title(facts: Facts) -> str:
    """What the document is called."""
    years = sorted(facts.instance.years)
    # A city that is called by its circles does not say so twice.
    name = facts.instance.name.removesuffix(_CIRCLES)
    if not years:
        return tr("{name}: annual plan of 15-minute living circles", name=name)
    period = f"{years[0]}—{years[-1]}" if len(years) > 1 else str(years[0])
    return tr("{name}: plan of 15-minute living circles, {period}", name=name, period=period)


def _sections() -> list[tuple[str, Callable[[WordDocument, Facts], None]]]:
    return [
        (tr("State of things"), _state),
        (tr("Aims"), _aims),
        (tr("Tasks"), _tasks),
        (tr("Division of work"), _division),
        (tr("Arrangement of money"), _money),
        (tr("What is left and what is in reserve"), _left),
        (tr("Notes"), _notes),
    ]


def _state(document: WordDocument, facts: Facts) -> None:
    instance, figures = facts.instance, facts.indicators
    required, known = len(required_categories(instance)), len(instance.categories)
    add_body(
        document,
        tr(
            "The plan covers {places:,} ({kind}) with {people:,.0f} residents and {outlets:,} "
            "outlets. Of {known} categories {required} are basic. Category completeness is "
            "{rate}; in {whole} nothing is lacking.",
            places=facts.whole_places[2],
            kind=place_heading(facts.gaps_before.place_kind),
            people=float(instance.people("all").sum()),
            outlets=len(instance.outlets),
            known=known,
            required=required,
            rate=shown_value(figures.overall[0], 0),
            whole=shown_value(figures.overall[1], 0),
        ),
    )
    lacks = _most_lacking(facts)
    if lacks:
        add_body(document, tr("What is lacking most: {lacks}.", lacks=joined(lacks)))
    add_caption(document, lacks_title(facts))
    picture = document.add_paragraph()
    picture.paragraph_format.line_spacing = 1.0
    image = BytesIO(as_png(coverage_map(facts, (6.14, 2.7)), _DOTS))
    inline = picture.add_run().add_picture(image, width=Cm(OFFICIAL_WIDTH))
    # Read aloud to those who cannot see it.
    inline._inline.docPr.set("descr", lacks_title(facts))  # noqa: SLF001


def _most_lacking(facts: Facts) -> list[str]:
    """The basic categories that most places lack now, each with how many."""
    rows = facts.gaps[facts.gaps["category"].isin(required_categories(facts.instance))]
    rows = rows[rows["missing"] & (rows["place"] != "")]
    counts = rows["category"].value_counts().head(_LACKS)
    names, kind = category_names(facts.instance), place_heading(facts.gaps_before.place_kind)
    return [
        tr("{name} ({count:,} {kind})", name=names[str(category)], count=count, kind=kind)
        for category, count in counts.items()
    ]


def _aims(document: WordDocument, facts: Facts) -> None:
    figures = facts.indicators
    told = [one for one in figures.overall if one.known and one.unit in ("share", "mean", "area")]
    rows = [[one.name, *(short_value(one, n) for n in range(len(one.parts)))] for one in told]
    first, last = shown_value(told[0], 0), shown_value(told[0], len(told[0].parts) - 1)
    add_body(
        document,
        tr(
            "With the plan category completeness rises from {first} to {last}, and "
            "{people:,.0f} residents get at least one category more within a walk.",
            first=first,
            last=last,
            people=facts.newly_covered,
        ),
    )
    add_caption(document, tr("Indicators"))
    widths = (2.6, *(1.9 for _ in figures.labels))
    add_official_table(document, [tr("Indicator"), *figures.labels], rows, widths)


def _tasks(document: WordDocument, facts: Facts) -> None:
    show, frame = facts.instance.currency.show, facts.by_category
    frame = frame[frame["added"] > 0].sort_values("cost", ascending=False, kind="stable")
    names = category_names(facts.instance)
    add_body(
        document,
        tr(
            "{tasks:,} tasks at {sites:,} sites add {outlets:,} outlets of {kinds} categories.",
            tasks=len(facts.tasks),
            sites=facts.tasks["site_id"].nunique(),
            outlets=len(facts.money),
            kinds=len(frame),
        ),
    )
    rows = [
        [str(names[one["category"]]), f"{one['added']:,.0f}", show(one["cost"]),
         show(one["investment"])]
        for one in frame.head(_CATEGORIES).to_dict(orient="records")
    ]  # fmt: skip
    if len(frame) > _CATEGORIES:
        rest = frame.iloc[_CATEGORIES:][["added", "cost", "investment"]].sum()
        rows.append([tr("others"), f"{rest['added']:,.0f}", show(rest["cost"]),
                     show(rest["investment"])])  # fmt: skip
    heads = [tr("Category"), tr("Outlets added"), tr("Public money"), tr("Total investment")]
    add_caption(document, tr("Tasks by category"))
    add_official_table(document, heads, rows, (3, 1.2, 1.5, 1.5))
    if facts.instance.years:
        _years(document, facts)


def _years(document: WordDocument, facts: Facts) -> None:
    unit = facts.instance.currency.shown_in
    rows = [
        [one["label"], f"{one['tasks']:,}", f"{one['outlets']:,}", f"{one['limit']:,.2f}",
         f"{one['cost']:,.2f}", f"{one['completeness']:.1%}", one["complete"]]
        for one in year_rows(facts).to_dict(orient="records")
    ]  # fmt: skip
    heads = [
        tr("Year"),
        tr("Tasks"),
        tr("Outlets added"),
        tr("Money of the year ({unit})", unit=unit),
        tr("Public money ({unit})", unit=unit),
        tr("Category completeness at its end"),
        tr("Complete circles at its end"),
    ]
    add_caption(document, tr("Tasks by year"))
    add_official_table(document, heads, rows, (1, 0.8, 1, 1.4, 1.4, 1.2, 1.3))


def _division(document: WordDocument, facts: Facts) -> None:
    frame, unit = breakdown_rows(facts), facts.instance.currency.shown_in
    add_body(document, tr("Each unit carries out the tasks of its district in time."))
    if frame.empty:
        return
    units = frame["lead_unit"].str.cat(frame["unit"], sep="\n")
    frame = frame.assign(who=units)
    sums = frame.groupby("district").agg(
        tasks=("tasks", "sum"), cost=("cost", "sum"), investment=("investment", "sum"),
        who=("who", _units),
    )  # fmt: skip
    named = bool(sums["who"].any())
    rows = [
        [str(place) or tr("without a district"), *([one["who"]] if named else []),
         f"{one['tasks']:,}", f"{one['cost']:,.2f}", f"{one['investment']:,.2f}"]
        for place, one in sums.iterrows()
    ]  # fmt: skip
    heads = [
        tr("District"),
        *([tr("Units")] if named else []),
        tr("Tasks"),
        tr("Public money ({unit})", unit=unit),
        tr("Total investment ({unit})", unit=unit),
    ]
    add_caption(document, tr("Tasks by district"))
    widths = (1.6, 2.4, 0.8, 1.3, 1.3) if named else (1.6, 0.8, 1.3, 1.3)
    add_official_table(document, heads, rows, widths, texts=1 + named)


def _units(who: pd.Series[str]) -> str:
    """The units that the bureau's tables name, each once."""
    names = dict.fromkeys(name for text in who for name in text.split("\n") if name)
    return joined(names)


def _money(document: WordDocument, facts: Facts) -> None:
    frame, unit = funding_rows(facts), facts.instance.currency.shown_in
    add_body(
        document,
        tr(
            "The plan takes {spend} of public money; with that of others {all} are invested.",
            spend=facts.instance.currency.show(facts.plan.spend),
            all=facts.instance.currency.show(float(facts.tasks["investment"].sum())),
        ),
    )
    years = sorted(facts.instance.years)
    rows = [
        [one["source"], *(f"{one[f'in{year}']:,.2f}" for year in years), f"{one['all']:,.2f}"]
        for one in frame.to_dict(orient="records")
    ]
    heads = [
        tr("Source of the money"),
        *(tr("{year} ({unit})", year=year, unit=unit) for year in years),
        tr("In all ({unit})", unit=unit),
    ]
    add_caption(document, tr("Money by source"))
    add_official_table(document, heads, rows, (2, *(1.4 for _ in years), 1.4))


def _left(document: WordDocument, facts: Facts) -> None:
    add_body(document, full_coverage(facts.indicators))
    reserves, show = reserve_projects(facts), facts.instance.currency.show
    if reserves.empty:
        return
    shown = reserves.head(_RESERVES).to_dict(orient="records")
    rows = [
        [one["site"] or one["site_id"], one["categories_zh"], one["why"], show(one["cost"]),
         f"{one['more']:,.0f}"]
        for one in shown
    ]  # fmt: skip
    heads = [
        tr("Site"),
        tr("Category"),
        tr("Why it is in reserve"),
        tr("Public money"),
        tr("Residents newly covered"),
    ]
    add_caption(document, tr("Projects in reserve"))
    add_official_table(document, heads, rows, (2.4, 1.8, 2.2, 1.2, 1.2), texts=3)


def _notes(document: WordDocument, facts: Facts) -> None:
    add_body(document, tr("Walks: {walking}.", walking=describe_walking(facts.instance)))
    add_body(document, tr("Costs: {costs}", costs=basis(facts)["costs"]))
    add_body(document, tr("Quality of the plan: {proof}", proof=gap_in_words(facts)))
    if facts.instance.note:
        add_body(document, tr("Data: {note}", note=facts.instance.note))


def _annexes(document: WordDocument, facts: Facts) -> None:
    """The sheets of the workbook, which are handed in beside it."""
    names = list(sheet_names(facts).values())
    said = [tr("{number}. {name}", number=n, name=name) for n, name in enumerate(names, start=1)]
    add_body(document, tr("Annexes: {names}", names=joined(said)))
