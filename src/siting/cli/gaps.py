"""The command gaps: which category is missing where, before any plan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.cli.arguments import InstancePath, Overrides, read_overrides
from siting.language import joined, quoted, tr

if TYPE_CHECKING:
    from siting.coverage import GapTable

SHOWN_ROWS = 20
SUFFIXES = (".xlsx", ".csv")


def gaps(  # noqa: PLR0913 - a parameter is an option of the command
    instance: InstancePath,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write .xlsx or .csv too.")
    ] = None,
    circle: Annotated[
        str | None, typer.Option(help="One circle; a district where there are no circles.")
    ] = None,
    category: Annotated[str | None, typer.Option(help="One category, by its code or name.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what nobody misses, and every row.")
    ] = False,
    overrides: Overrides = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON instead of the table.")
    ] = False,
) -> None:
    """List which category is missing where and how many have it nowhere near; nothing is solved.

    Example: siting gaps instances/monaco -o runs/gaps.xlsx
    """
    from siting.coverage import compute_coverage, find_gaps, measure_walks  # noqa: PLC0415
    from siting.inputs import read_instance  # noqa: PLC0415
    from siting.report.gap_list import gap_facts, write_gaps  # noqa: PLC0415

    _check_suffix(out)
    read = read_instance(instance, overrides=read_overrides(overrides))
    walks = measure_walks(read)
    coverage = compute_coverage(read, walks)
    for warning in (*read.warnings, *coverage.warnings):
        typer.echo(tr("warning: {warning}", warning=warning), err=True)
    table = find_gaps(read, coverage, walks)
    chosen = table.only(_place(table, circle), _category(table, category))
    shown = chosen if everything else chosen.gaps()
    if out is not None:
        write_gaps(shown, read, out)
    if as_json:
        typer.echo(json.dumps(gap_facts(shown, read), ensure_ascii=False))
        return
    _print(shown, read, len(chosen.rows), everything=everything)
    if out is not None:
        typer.echo(tr("wrote {path}", path=out))


def _check_suffix(out: Path | None) -> None:
    if out is not None and out.suffix.lower() not in SUFFIXES:
        raise _wrong("--out", str(out), tr("a file that ends with {names}", names=_or(SUFFIXES)))


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
    for column in ("category", "name_zh", "name_en"):
        found = rows.loc[rows[column] == name, "category"]
        if len(found):
            return str(found.iloc[0])
    raise _unknown("--category", name, sorted(rows["category"]))


def _unknown(option: str, name: str, known: list[str]) -> Exception:
    from siting.inputs.schema_problems import close_match  # noqa: PLC0415
    from siting.units import listed  # noqa: PLC0415

    expected = tr("one of {names}", names=listed(known, 10))
    return _wrong(option, name, expected, close_match(name, known))


def _wrong(option: str, found: str, expected: str, hint: str = "") -> Exception:
    from siting.errors import InputError, Problem  # noqa: PLC0415

    mend = hint + tr("Correct the option.")
    return InputError([Problem("bad-option", option, quoted(found), expected, mend)])


def _or(names: tuple[str, ...]) -> str:
    return joined(names)


def _print(table: GapTable, instance: Any, rows: int, *, everything: bool) -> None:  # noqa: ANN401
    """The table, how much it leaves out, and what it rests on."""
    from siting.inputs import describe_walking  # noqa: PLC0415
    from siting.report.gap_list import PLACE_WORDS  # noqa: PLC0415

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
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

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
    from siting.report.gap_list import category_name  # noqa: PLC0415

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
