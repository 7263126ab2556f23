"""The indicators of an instance, or of a plan, in the terminal and as files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from siting.cli.arguments import read_overrides, refuse_other_ending
from siting.cli.runs import read_run
from siting.coverage import compute_coverage, measure_walks
from siting.inputs import describe_walking, read_instance
from siting.language import tr
from siting.plan.plan_file import PLAN_FILE
from siting.report.facts import collect_facts
from siting.report.indicators import Indicators, stage_now, stages_of
from siting.report.indicators.texts import (
    full_coverage,
    in_words,
    indicator_facts,
    shown_value,
    write_indicators,
)

SUFFIXES = (".xlsx", ".csv")


@dataclass(frozen=True)
class IndicatorOptions:
    """What `siting indicators` was given; see its help."""

    folder: Path
    out: Path | None
    overrides: tuple[str, ...]
    as_json: bool


def list_indicators(options: IndicatorOptions) -> None:
    """Lists the indicators of an instance or of a run folder, and writes them if a file is named.

    Raises:
        InputError: The inputs are wrong.
        VerificationError: The plan says something else than its inputs give.
    """
    refuse_other_ending(options.out, SUFFIXES)
    all_of = _read(options)
    if options.out is not None:
        write_indicators(all_of, options.out)
    if options.as_json:
        typer.echo(json.dumps(indicator_facts(all_of), ensure_ascii=False))
        return
    _print(all_of)
    if options.out is not None:
        typer.echo(tr("wrote {path}", path=options.out))


def _read(options: IndicatorOptions) -> Indicators:
    """Of a plan with all its years, of an instance as it is."""
    folder = options.folder
    if folder.name == PLAN_FILE or (folder / PLAN_FILE).is_file():
        again = read_run(folder, None)
        return Indicators(stages_of(collect_facts(again.plan, again.coverage, again.walks)))
    instance = read_instance(folder, overrides=read_overrides(options.overrides))
    walks = measure_walks(instance)
    return Indicators((stage_now(instance, compute_coverage(instance, walks), walks),))


def _print(all_of: Indicators) -> None:
    for line in _table(all_of):
        typer.echo(line)
    typer.echo()
    typer.echo(full_coverage(all_of))
    typer.echo()
    for one in all_of.overall:
        typer.echo(in_words(one))
    instance = all_of.stages[0].instance
    typer.echo(tr("walking: {reading}", reading=describe_walking(instance)))
    if instance.note:
        typer.echo(tr("note: {note}", note=instance.note))


def _table(all_of: Indicators) -> list[str]:
    """One line an indicator, its value at each stage."""
    made = Table(box=None, pad_edge=False, header_style="")
    made.add_column(tr("indicator"), no_wrap=True)
    for label in all_of.labels:
        made.add_column(label, justify="right", no_wrap=True)
    for one in all_of.overall:
        made.add_row(one.name, *(shown_value(one, stage) for stage in range(len(one.parts))))
    console = Console(width=400, color_system=None, force_terminal=False, emoji=False, markup=False)
    with console.capture() as caught:
        console.print(made)
    return [line.rstrip() for line in caught.get().rstrip("\n").split("\n")]
