"""The summary for a leader's desk, as a Word document of two to three pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path

import pandas as pd
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH

from siting import __version__
from siting.coverage.gaps import PlaceKind
from siting.inputs import describe_walking
from siting.language import language, phrase, tr
from siting.report.charts import minutes_chart, money_chart
from siting.report.facts import Facts, required_categories
from siting.report.goal_texts import how_it_ended
from siting.report.maps import coverage_map, lacks_title
from siting.report.official_document import write_official_document
from siting.report.page.basis import basis
from siting.report.page.overview import gap_in_words, is_synthetic, overview
from siting.report.page.recheck import recheck
from siting.report.page.shown_numbers import day_in_words, share
from siting.report.pictures import as_png
from siting.report.summary import group_name
from siting.report.word import (
    add_grid,
    add_note,
    add_picture,
    add_table,
    add_text,
    new_document,
    number_pages,
    save_with_font,
)
from siting.report.words import category_names, mode_name

# Lines of the tables at most: it is a summary, the whole lists are in the other files.
_TASKS, _CHANGES, _LACKS, _DISTRICTS = 10, 7, 6, 12
_DOTS, _WIDE = 200, 6.54
_REST = {
    "circle": phrase(
        "Once the plan is carried out, {rest:,} of {count:,} living circles still lack at least "
        "one of the {required} required categories; now {now:,} do."
    ),
    "district": phrase(
        "Once the plan is carried out, {rest:,} of {count:,} districts still lack at least one of "
        "the {required} required categories; now {now:,} do."
    ),
    "city": phrase(
        "Once the plan is carried out, the city as a whole lacks a required category in {rest:,} "
        "of {count:,} cases; now in {now:,}. It has {required} required categories."
    ),
}


def write_document(
    facts: Facts, path: Path, day: date | None = None, run: Path | None = None
) -> Path:
    """Writes the plan for a leader's desk: in Chinese as an official document, else as a summary.

    Args:
        facts: What it tells.
        path: The `.docx`.
        day: The date that it bears; today if it is not given.
        run: The run folder that its commands name, if it is not that of the file.

    Returns:
        The path.

    Raises:
        SitingError: The package that carries the font is not installed.
    """
    day = day or datetime.now().astimezone().date()
    if language() == "zh":
        return write_official_document(facts, path, day)
    document = new_document(f"{facts.instance.name}{tr(': ')}{_title()}")
    _head(document, facts, day)
    for number, (heading, write) in enumerate(_sections(run or path.parent), start=1):
        document.add_heading(f"{number}  {heading}", 1)
        write(document, facts)
    number_pages(document, facts.instance.name)
    return save_with_font(document, path)


def changes(facts: Facts, most: int = _CHANGES) -> pd.DataFrame:
    """The rows of `by_category` where the largest share of people gains, the largest gain first."""
    frame = facts.by_category
    gain = (frame["after"] - frame["before"]) / frame["residents"].clip(lower=1.0)
    order = gain[gain > 0].sort_values(ascending=False, kind="stable").index
    return frame.loc[order].head(most).reset_index(drop=True)


def lacks(facts: Facts, most: int = _LACKS) -> pd.DataFrame:
    """The required categories that most places lack after the plan, at most so many.

    Columns `category`, `places_before`, `places_after` (places that lack it), `uncovered_before`,
    `uncovered_after` (people without it in reach).
    """
    rows = facts.gaps[facts.gaps["category"].isin(required_categories(facts.instance))]
    sums = rows.groupby("category").agg(
        places_before=("missing", "sum"),
        places_after=("missing_after", "sum"),
        uncovered_before=("uncovered", "sum"),
        uncovered_after=("uncovered_after", "sum"),
    )
    order = ["places_after", "uncovered_after"]
    left = sums[sums["uncovered_after"] > 0].sort_values(order, ascending=False, kind="stable")
    return left.head(most).reset_index()


def districts(facts: Facts, most: int = _DISTRICTS) -> pd.DataFrame:
    """Tasks and money by district, the most money first; beyond so many they are summed.

    Columns `district`, `tasks`, `cost`, `investment` (in the currency's unit).
    """
    tasks = facts.tasks
    nowhere = tasks["district"].eq("")
    unnamed = facts.instance.name if nowhere.all() else tr("without a district")
    sums = tasks.assign(district=tasks["district"].mask(nowhere, unnamed)).groupby("district")
    frame = sums.agg(
        tasks=("offer_id", "size"), cost=("cost", "sum"), investment=("investment", "sum")
    )
    frame = frame.sort_values("cost", ascending=False, kind="stable").reset_index()
    if len(frame) <= most:
        return frame
    rest = frame.iloc[most:].drop(columns="district").sum()
    others = pd.DataFrame([{"district": tr("others"), **rest}])
    return pd.concat([frame.head(most), others], ignore_index=True).astype({"tasks": int})


# --- the parts ----------------------------------------------------------------------------------


def _sections(folder: Path) -> list[tuple[str, Callable[[WordDocument, Facts], None]]]:
    """The headings in their order, each with what writes the part below it."""
    return [
        (tr("What the plan brings"), _brings),
        (tr("Which services change most"), _changes),
        (tr("The first tasks"), _tasks),
        (tr("Public money by district"), _money),
        (tr("What is missing afterwards"), _rest),
        (tr("How good the plan is"), _proof),
        (tr("What the figures rest on"), _basis),
        (tr("Check it yourself"), partial(_recheck, folder=folder)),
    ]


def _title() -> str:
    return tr("Annual plan of 15-minute living circles: summary")


def _head(document: WordDocument, facts: Facts, day: date) -> None:
    """Title, what it is of, and what must be known of the data before anything else."""
    shown = (
        document.add_paragraph(_title(), style="Title"),
        document.add_paragraph(
            tr(
                "{name}, {day}, siting {version}",
                name=facts.instance.name,
                day=day_in_words(day),
                version=__version__,
            )
        ),
    )
    for paragraph in shown:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    note = facts.instance.note or tr("none")
    add_note(document, tr("Synthetic data") if is_synthetic(facts) else tr("About the data"), note)


def _brings(document: WordDocument, facts: Facts) -> None:
    shown = overview(facts)
    add_text(document, shown["lead"])
    # What the gap means has a part of its own.
    boxes = [
        (one.label, f"{one.value} {one.unit}", "" if one.key == "gap" else one.note)
        for one in shown["figures"]
    ]
    add_grid(document, boxes, 3)
    picture = as_png(coverage_map(facts, (_WIDE, 2.75)), _DOTS)
    (before, after), everyone = facts.plan.complete, float(facts.instance.people("all").sum())
    seen = tr(
        "Two maps of the demand points. People with every required category: {before} before, "
        "{after} after.",
        before=share(before, everyone),
        after=share(after, everyone),
    )
    add_picture(document, picture, lacks_title(facts), seen)


def _changes(document: WordDocument, facts: Facts) -> None:
    names = category_names(facts.instance)
    rows = [
        [
            str(names[row["category"]]),
            group_name(str(row["group"])),
            f"{row['residents']:,.0f}",
            share(row["before"], row["residents"]),
            share(row["after"], row["residents"]),
            f"{row['after'] - row['before']:+,.0f}",
            f"{row['added']:,.0f}",
        ]
        for row in changes(facts).to_dict(orient="records")
    ]
    heads = [
        tr("Category"),
        tr("Whom"),
        tr("People"),
        tr("Covered before"),
        tr("Covered after"),
        tr("Gain"),
        tr("Additions"),
    ]
    add_table(document, heads, rows, (3.4, 1.2, 1.3, 1.4, 1.4, 1.3, 1.2), texts=2)
    curve = facts.minutes_curve().set_index("minutes").loc[15.0]
    seen = tr(
        "Curves of the share of residents by walking minutes. Every required category within 15 "
        "minutes: {before:.1%} before, {after:.1%} after.",
        before=curve["before"],
        after=curve["after"],
    )
    picture = as_png(minutes_chart(facts, (_WIDE, 2.3)), _DOTS)
    add_picture(document, picture, tr("Walking minutes before and after"), seen)


def _tasks(document: WordDocument, facts: Facts) -> None:
    show = facts.instance.currency.show
    rows = [
        [
            f"{task['number']}",
            task["site"] or task["site_id"],
            task["district"],
            task[f"categories_{language()}"],
            mode_name(task["mode"]),
            show(task["cost"]),
            f"{task['newly_covered']:,.0f}",
        ]
        for task in facts.tasks.head(_TASKS).to_dict(orient="records")
    ]
    heads = [
        tr("No."),
        tr("Site"),
        tr("District"),
        tr("What is added"),
        tr("Way of building"),
        tr("Public money"),
        tr("Residents newly covered"),
    ]
    fields = {"shown": len(rows), "all": len(facts.tasks)}
    text = tr(
        "The {shown:,} of {all:,} tasks that reach most people whom no other reaches.", **fields
    )
    add_text(document, text)
    add_table(document, heads, rows, (0.6, 3.3, 1.7, 2.5, 1.2, 1.4, 1.4), texts=5)


def _money(document: WordDocument, facts: Facts) -> None:
    show, frame = facts.instance.currency.show, districts(facts)
    spend = float(frame["cost"].sum())
    whole = {"district": tr("Sum"), **frame[["tasks", "cost", "investment"]].sum()}
    rows = [
        [
            str(row["district"]),
            f"{row['tasks']:,.0f}",
            show(row["cost"]),
            share(row["cost"], spend),
            show(row["investment"]),
        ]
        for row in [*frame.to_dict(orient="records"), whole]
    ]
    heads = [
        tr("District"),
        tr("Tasks"),
        tr("Public money"),
        tr("Share of it"),
        tr("Total investment"),
    ]
    add_table(document, heads, rows, (3, 1.2, 2, 1.5, 2))
    picture = as_png(money_chart(facts, (_WIDE, 0.2 * len(frame) + 1.15)), _DOTS)
    first = frame.iloc[0]["district"] if len(frame) else tr("none")
    seen = tr("Stacked bars of public money; most goes to {district}.", district=first)
    add_picture(document, picture, tr("Public money by district and category"), seen)


def _rest(document: WordDocument, facts: Facts) -> None:
    before, after, count = facts.whole_places
    kind: PlaceKind = facts.gaps_before.place_kind
    fields = {"rest": count - after, "now": count - before, "count": count}
    add_text(document, tr(_REST[kind], required=len(required_categories(facts.instance)), **fields))
    names = category_names(facts.instance)
    rows = [
        [
            str(names[row["category"]]),
            f"{row['places_before']:,}",
            f"{row['places_after']:,}",
            f"{row['uncovered_before']:,.0f}",
            f"{row['uncovered_after']:,.0f}",
        ]
        for row in lacks(facts).to_dict(orient="records")
    ]
    heads = [
        tr("Required category"),
        tr("Places without it, before"),
        tr("after"),
        tr("People not covered, before"),
        tr("after"),
    ]
    add_table(document, heads, rows, (3.0, 2.2, 1.2, 2.4, 1.2))


def _proof(document: WordDocument, facts: Facts) -> None:
    ended = tr("(Ended: {why}.)", why=how_it_ended(facts.plan))
    add_text(document, _sentences(gap_in_words(facts), ended))


def _basis(document: WordDocument, facts: Facts) -> None:
    add_text(
        document, f"**{tr('Walking and coverage')}**{tr(': ')}{describe_walking(facts.instance)}"
    )
    add_text(document, f"**{tr('Costs and money')}**{tr(': ')}{basis(facts)['costs']}")


def _recheck(document: WordDocument, facts: Facts, folder: Path) -> None:
    verify, _, solve, *_ = (command for command, _ in recheck(facts, folder)["commands"])
    shown = (
        tr(
            "**{command}** recomputes every figure from the input files, without a solver.",
            command=verify,
        ),
        tr("**{command}** makes the plan again.", command=solve),
    )
    add_text(document, _sentences(*shown))


def _sentences(*parts: str) -> str:
    """Sentences one behind the other, with a space where the language has one."""
    return ("" if language() == "zh" else " ").join(parts)
