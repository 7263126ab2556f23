"""Which category is missing where, before any plan."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from siting.cli.arguments import bad_option, read_overrides, refuse_other_ending
from siting.coverage import GapTable, compute_coverage, find_gaps, measure_walks
from siting.errors import InputError
from siting.inputs import Instance, describe_walking, read_instance
from siting.inputs.schema_problems import close_match
from siting.language import quoted, tr
from siting.report.gap_list import PLACE_WORDS, category_name, gap_facts, write_gaps
from siting.units import listed

SHOWN_ROWS = 20
SUFFIXES = (".xlsx", ".csv")


@dataclass(frozen=True)
class GapOptions:
    """What `siting gaps` was given; see its help."""

    instance: Path
    out: Path | None
    circle: str | None
    category: str | None
    everything: bool
    overrides: tuple[str, ...]
    as_json: bool


def list_gaps(options: GapOptions) -> None:
    """Lists the gaps of an instance, and writes them if a file is named.

    Raises:
        InputError: The inputs are wrong, or there is no such place or category.
    """
    out = options.out
    refuse_other_ending(out, SUFFIXES)
    read = read_instance(options.instance, overrides=read_overrides(options.overrides))
    walks = measure_walks(read)
    coverage = compute_coverage(read, walks)
    for warning in (*read.warnings, *coverage.warnings):
        typer.echo(tr("warning: {warning}", warning=warning), err=True)
    table = find_gaps(read, coverage, walks)
    chosen = table.only(_place(table, options.circle), _category(table, options.category))
    shown = chosen if options.everything else chosen.gaps()
    if out is not None:
        write_gaps(shown, read, out)
    if options.as_json:
        typer.echo(json.dumps(gap_facts(shown, read), ensure_ascii=False))
        return
    _print(shown, read, len(chosen.rows), everything=options.everything)
    if out is not None:
        typer.echo(tr("wrote {path}", path=out))


def _place(table: GapTable, name: str | None) -> str | None:
    """The place that is meant, or none."""
    known = list(dict.fromkeys(table.rows["place"]))
    if name is None or name in known:
        return name
    raise _unknown("--circle", name, [place for place in known if place])


def _category(table: GapTable, name: str | None) -> str | None:
    """The code of the category that is meant, or none."""
    if name is None:
        return None
    rows = table.rows.drop_duplicates("category")
    wanted = _bare(name)
    for column in ("category", "name_zh", "name_en"):
        for form in (str, _bare, _other_names):
            found = rows.loc[[wanted in form(one).split("|") or form(one) == name
                              for one in rows[column]], "category"]  # fmt: skip
            if len(found) == 1:
                return str(found.iloc[0])
    known = [str(one) for column in ("category", "name_zh", "name_en") for one in rows[column]]
    raise _unknown("--category", name, list(dict.fromkeys(known)))


def _bare(name: str) -> str:
    """A name as people type it: without what stands in brackets, in small letters."""
    return re.sub(r"[(（].*?[)）]", "", name).strip().lower()


def _other_names(name: str) -> str:
    """What a name is called beside: in brackets or behind a stroke, joined by `|`."""
    inside = re.findall(r"[(（](.*?)[)）]", name)
    parts = [part for text in (_bare(name), *inside) for part in re.split("[/、]", text)]
    return "|".join(part.strip().lower() for part in parts)


def _unknown(option: str, name: str, known: list[str]) -> InputError:
    expected = tr("one of {names}", names=listed(known, 10))
    mend = close_match(name, known) + tr("Correct the option.")
    return bad_option(option, quoted(name), expected, mend)


def _print(table: GapTable, instance: Instance, rows: int, *, everything: bool) -> None:
    """The table, how much it leaves out, and what it rests on."""
    count = len(table.rows)
    shown = count if everything else min(count, SHOWN_ROWS)
    for line in _table(table, shown):
        typer.echo(line)
    if count > shown:
        typer.echo(tr("and {count:,} more; --all shows them, -o writes them", count=count - shown))
    missing, people = int(table.rows["missing"].sum()), float(table.rows["uncovered"].sum())
    fields = {"missing": missing, "rows": rows, "people": people}
    typer.echo(
        tr(
            "{missing:,} of {rows:,} pairs of place and category lack an outlet; "
            "{people:,.0f} residents not covered, counted once a category",
            **fields,
        )
    )
    typer.echo(tr("gaps: {places}", places=tr(PLACE_WORDS[table.place_kind])))
    typer.echo(tr("walking: {reading}", reading=describe_walking(instance)))
    if instance.note:
        typer.echo(tr("note: {note}", note=instance.note))


def _table(table: GapTable, shown: int) -> list[str]:
    """The first rows as lines of text, as wide as their texts need."""
    made = Table(box=None, pad_edge=False, header_style="")
    for heading in (tr("place"), tr("category"), tr("group")):
        made.add_column(heading, no_wrap=True)
    for heading in _numbers():
        made.add_column(heading, justify="right", no_wrap=True)
    for row in table.rows.head(shown).to_dict(orient="records"):
        made.add_row(*_cells({str(key): value for key, value in row.items()}))
    console = Console(width=400, color_system=None, force_terminal=False, emoji=False, markup=False)
    with console.capture() as caught:
        console.print(made)
    return [line.rstrip() for line in caught.get().rstrip("\n").split("\n")]


def _numbers() -> tuple[str, ...]:
    return (
        tr("have"),
        tr("needed"),
        tr("missing"),
        tr("residents"),
        tr("not covered"),
        tr("share"),
        tr("median min"),
        tr("worst min"),
    )


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    share = "-" if row["share"] != row["share"] else f"{row['share']:.1%}"
    return (
        row["place"] or "-",
        category_name(row)[:31],
        tr(str(row["group"])),
        f"{row['have']:,}",
        f"{row['needed']:,}",
        tr("yes") if row["missing"] else "",
        f"{row['residents']:,.0f}",
        f"{row['uncovered']:,.0f}",
        share,
        *(_minutes(row[name]) for name in ("median_minutes", "worst_minutes")),
    )


def _minutes(walk: float) -> str:
    return f"{walk:.1f}" if abs(walk) < float("inf") else "-"
