"""What a person sees while a sweep works: a live table on a terminal, a line a point in a pipe."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from siting.language import phrase, tr
from siting.report.summary import percent
from siting.solve import relative_gap

if TYPE_CHECKING:
    from siting.sweep import Index, Outcome, Running, Sweep

_HEADS = (
    phrase("running"),
    phrase("best"),
    phrase("bound"),
    phrase("proven gap"),
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
    index: Index
    workers: int
    seconds: list[float] = field(default_factory=list)
    _console: Console = field(default_factory=lambda: Console(stderr=True))

    @contextmanager
    def live(self) -> Iterator[None]:
        """Shows the table while the body runs, if standard error is a terminal."""
        if not self._console.is_terminal:
            yield
            return
        with Live(get_renderable=self.table, console=self._console, refresh_per_second=2):
            yield

    def hear(self, identity: str, outcome: Outcome) -> None:
        """Takes note of a point that is settled."""
        if outcome.interrupted:
            return
        self.seconds.append(outcome.seconds)
        if not self._console.is_terminal:
            typer.echo(f"{self._counts()}  {self._line(identity, outcome)}", err=True)

    def _line(self, identity: str, outcome: Outcome) -> str:
        name = next(p.entry.name for p in self.sweep.points if p.entry.identity == identity)
        if outcome.failure is not None:
            return tr("failed: {name}: {why}", name=name, why=outcome.error)
        return tr(
            "{name}: objective {objective:,.0f}, bound {bound}, gap {gap}, {seconds:.1f} s",
            name=name,
            objective=outcome.objective,
            bound=_number(outcome.bound),
            gap=_gap(outcome.objective, outcome.bound),
            seconds=outcome.seconds,
        )

    def _states(self) -> list[str]:
        return list(self.index.statuses(p.entry.identity for p in self.sweep.points).values())

    def _counts(self) -> str:
        states = self._states()
        settled = states.count("done") + states.count("failed")
        return f"[{settled}/{len(states)}]"

    def table(self) -> Table:
        """The points that are worked on, under how many are done and how long the rest takes."""
        states = self._states()
        count = {state: states.count(state) for state in ("done", "failed", "running", "waiting")}
        form = phrase("done {done:,}, failed {failed:,}, running {running:,}, waiting {waiting:,}")
        left = count["running"] + count["waiting"]
        title = tr("{counts}; {left}", counts=tr(form, **count), left=self._time_left(left))
        table = Table(title=title, title_justify="left", box=None)
        for number, head in enumerate(_HEADS):
            table.add_column(tr(head), justify="right" if number else "left")
        for running in self.index.running():
            table.add_row(*_cells(running))
        return table

    def _time_left(self, left: int) -> str:
        """From what the points took so far; unknown before the first."""
        if not self.seconds:
            return tr("time left unknown")
        seconds = sum(self.seconds) / len(self.seconds) * left / self.workers
        if seconds < 90:
            return tr("about {seconds:.0f} s left", seconds=seconds)
        return tr("about {minutes:.0f} min left", minutes=seconds / 60)


def _cells(running: Running) -> tuple[str, ...]:
    gap = _gap(running.objective, running.bound)
    numbers = (_number(running.objective), _number(running.bound), gap)
    return (running.name, *numbers, f"{time.time() - running.started:.0f}")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def _gap(objective: float | None, bound: float | None) -> str:
    if objective is None or bound is None:
        return "-"
    return percent(relative_gap(objective, bound))
