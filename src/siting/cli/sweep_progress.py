"""What a person sees while a sweep works: a live table on a terminal, a line a point in a pipe."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from siting.cli.sweep_report import COVERED, goal_words, point_words
from siting.language import Language, in_language, language, phrase, tr
from siting.report.words import goal_value, percent
from siting.solve import relative_gap
from siting.sweep import Outcome, RunningPoint, Sweep, SweepIndex
from siting.sweep.index import Entry
from siting.units import Currency

_HEADS = (
    phrase("running"),
    phrase("objective"),
    phrase("bound"),
    phrase("gap to bound"),
    phrase("seconds"),
)


@dataclass
class SweepProgress:
    """How far a sweep is.

    Attributes:
        sweep: What was asked for.
        index: Where it is written down.
        workers: How many points are solved at the same time.
    """

    sweep: Sweep
    index: SweepIndex
    workers: int
    seconds: list[float] = field(default_factory=list)
    # The table is drawn by a thread of its own, which knows nothing of the language of this one.
    language: Language = field(default_factory=language)
    _console: Console = field(default_factory=lambda: Console(stderr=True))

    @contextmanager
    def live(self) -> Iterator[None]:
        """Shows the table while the body runs, if standard error is a terminal."""
        if not self._console.is_terminal:
            yield
            return
        with Live(get_renderable=self.table, console=self._console, refresh_per_second=2):
            yield

    def note(self, identity: str, outcome: Outcome) -> None:
        """Takes note of a point that is settled; may be called from any thread."""
        if outcome.interrupted:
            return
        self.seconds.append(outcome.seconds)
        if self._console.is_terminal:
            return
        with in_language(self.language):
            typer.echo(f"{self._settled()}  {self._line(identity, outcome)}", err=True)

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        return {p.entry.identity: p.entry for p in self.sweep.points}

    @cached_property
    def _said(self) -> dict[str, str]:
        """Names of the index in words."""
        return {entry.name: _in_words(entry) for entry in self._entries.values()}

    def _line(self, identity: str, outcome: Outcome) -> str:
        entry = self._entries[identity]
        name = self._said[entry.name]
        if outcome.failure is not None:
            return tr("failed: {name}: {why}", name=name, why=outcome.error)
        return tr(
            "{name}: {reached}, gap {gap}, {seconds:.1f} s",
            name=name,
            reached=_reached(outcome, entry.currency),
            gap=_gap(outcome.objective, outcome.bound),
            seconds=outcome.seconds,
        )

    def _counts(self) -> dict[str, int]:
        none = dict.fromkeys(("done", "failed", "running", "waiting"), 0)
        return none | self.index.counts(self.sweep.identity)

    def _settled(self) -> str:
        count = self._counts()
        return f"[{count['done'] + count['failed']}/{sum(count.values())}]"

    def table(self) -> Table:
        """The points that are worked on, under how many are done and how long the rest takes."""
        with in_language(self.language):
            return self._table()

    def _table(self) -> Table:
        count = self._counts()
        form = phrase("done {done:,}, failed {failed:,}, running {running:,}, waiting {waiting:,}")
        left = count["running"] + count["waiting"]
        title = tr("{counts}; {left}", counts=tr(form, **count), left=self._time_left(left))
        table = Table(title=title, title_justify="left", box=None)
        for number, head in enumerate(_HEADS):
            table.add_column(tr(head), justify="right" if number else "left")
        for running in self.index.running():
            table.add_row(self._said.get(running.name, running.name), *_cells(running))
        return table

    def _time_left(self, left: int) -> str:
        """From what the points took so far; unknown before the first."""
        if not self.seconds:
            return tr("time left unknown")
        seconds = sum(self.seconds) / len(self.seconds) * left / self.workers
        if seconds < 90:
            return tr("about {seconds:.0f} s left", seconds=seconds)
        return tr("about {minutes:.0f} min left", minutes=seconds / 60)


def _in_words(entry: Entry) -> str:
    """What a point is called; an instance that cannot be read, by its folder."""
    point = entry.point
    if not point.parameters:
        return entry.name
    return point_words(
        point.parameters, {}, entry.currency, point.draw, staged=point.below is not None
    )


def _reached(outcome: Outcome, currency: Currency) -> str:
    """What a plan brings and takes: people and money, and what else its goal counts."""
    spend = currency.show(outcome.spend or 0.0)
    if outcome.goal in COVERED:
        gained = (outcome.objective or 0.0) - (outcome.baseline or 0.0)
        form = phrase("newly covers {gain:,.0f} people for {spend}")
        return tr(form, gain=gained, spend=spend)
    value = goal_value(outcome.goal, currency, outcome.objective or 0.0)
    said = tr("{what} {value}", what=goal_words(outcome.goal), value=value)
    return said if value == spend else tr("{said} for {spend}", said=said, spend=spend)


def _cells(running: RunningPoint) -> tuple[str, ...]:
    gap = _gap(running.objective, running.bound)
    numbers = (_number(running.objective), _number(running.bound), gap)
    return (*numbers, f"{time.time() - running.started:.0f}")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def _gap(objective: float | None, bound: float | None) -> str:
    if objective is None or bound is None:
        return "-"
    return percent(relative_gap(objective, bound))
