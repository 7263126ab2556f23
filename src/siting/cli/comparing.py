"""Two plans side by side."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from siting.cli.arguments import refuse_other_ending
from siting.cli.progress import StageProgress
from siting.cli.runs import read_run
from siting.cli.text_columns import aligned, paired
from siting.cli.wish_answers import wish_table
from siting.language import tr
from siting.model.wishes import Wishes
from siting.report.comparison import (
    Sides,
    by_places,
    compare_runs,
    comparison_facts,
    differences,
    headline,
    in_words,
    verdict,
    warnings,
)
from siting.report.comparison_files import write_comparison
from siting.units import listed

SHOWN_ROWS = 15
_SHOWN_NAMES = 3
SUFFIXES = (".xlsx", ".html")


def show_comparison(a: Path, b: Path, out: Path | None, wishes: Wishes, *, as_json: bool) -> None:
    """Compares the plans of two run folders, and writes a file of it if one is wanted.

    Raises:
        InputError: A plan cannot be read, the two cannot be compared, or the file is of no kind.
        VerificationError: A plan says something else than its inputs give.
    """
    refuse_other_ending(out, SUFFIXES)
    progress = StageProgress()
    with progress.live(), progress.stage("read"):
        runs = read_run(a, None), read_run(b, None)
        sides = compare_runs(*runs)
        table = wish_table(runs, wishes) if wishes else []
    for text in warnings(sides):
        typer.echo(tr("warning: {warning}", warning=text), err=True)
    if out is not None:
        write_comparison(sides, (_name(a), _name(b)), out)
    if as_json:
        kept = {"wishes": [dict(zip(("wish", "a", "b"), row, strict=True)) for row in table]}
        facts = comparison_facts(sides) | (kept if table else {})
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    for line in _lines(sides, (_name(a), _name(b))):
        typer.echo(line)
    if table:
        typer.echo("\n".join(["", *aligned([tr("wish"), "A", "B"], table, ())]))
    if out is not None:
        typer.echo(tr("wrote {path}", path=out))


def _name(run: Path) -> str:
    """What a plan is called: its run folder."""
    return (run if run.is_dir() else run.parent).resolve().name


def _lines(sides: Sides, names: tuple[str, str]) -> list[str]:
    heads = [tr("measure"), "A", "B", tr("change")]
    rows = [[line.name, line.a, line.b, line.change] for line in headline(sides)]
    lines = [tr("A: {name}", name=names[0]), tr("B: {name}", name=names[1]), ""]
    lines += [*aligned(heads, rows, range(1, 4)), "", verdict(sides.comparison)]
    changed = differences(sides)
    if changed:
        lines += ["", tr("Made under different conditions"), *paired(changed)]
    return [*lines, *_categories(sides), *_places(sides), *_offers(sides)]


def _categories(sides: Sides) -> list[str]:
    """What came and went by category, those first of which most people gain or lose."""
    frame = in_words(sides.by_category, sides)
    show = sides.b.instance.currency.show
    rows = [
        [
            row["name"],
            f"{row['added_a']:,.0f}",
            f"{row['added_b']:,.0f}",
            f"{row['gained']:+,.0f}",
            f"{-row['lost']:+,.0f}" if row["lost"] else "0",
            show(row["cost_b"] - row["cost_a"]),
        ]
        for row in frame.to_dict(orient="records")
    ]
    heads = [
        tr("category"),
        tr("added in A"),
        tr("added in B"),
        tr("people gaining"),
        tr("people losing"),
        tr("money"),
    ]
    return _cut(heads, rows, range(1, 6))


def _places(sides: Sides) -> list[str]:
    """What came and went by place, those first where most did."""
    rows = [
        [str(one["place"]), *(listed(one[key], _SHOWN_NAMES) or "-" for key in ("gained", "lost"))]
        for one in by_places(sides)
    ]
    return _cut([tr("place"), tr("in B alone"), tr("in A alone")], rows, ())


def _offers(sides: Sides) -> list[str]:
    """How many offers and sites both have, and one alone."""
    lines = [""]
    for name, frame in (
        (tr("offers"), sides.comparison.offers),
        (tr("sites"), sides.comparison.sites),
    ):
        count = frame["state"].value_counts()
        lines.append(
            tr(
                "{name}: {kept:,} in both, {gained:,} in B alone, {lost:,} in A alone",
                name=name,
                kept=int(count.get("kept", 0)) + int(count.get("changed", 0)),
                gained=int(count.get("gained", 0)),
                lost=int(count.get("lost", 0)),
            )
        )
    return lines


def _cut(heads: list[str], rows: list[list[str]], right: range | tuple[()]) -> list[str]:
    if not rows:
        return []
    lines = ["", *aligned(heads, rows[:SHOWN_ROWS], right)]
    more = len(rows) - SHOWN_ROWS
    return [*lines, tr("and {count:,} more; -o writes them", count=more)] if more > 0 else lines
