"""What a person sees while a command works, and what the log keeps of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.status import Status

from siting.language import Language, in_language, language, phrase, tr
from siting.report.words import percent
from siting.solve import TracePoint, relative_gap

# Names of the stages and of the engine's steps; they are keys of plan.json, so they stay English
# there.
STAGES = (
    phrase("read"),
    phrase("coverage"),
    phrase("formulate"),
    phrase("solve"),
    phrase("plan"),
    phrase("report"),
)
STEPS = (
    phrase("start"),
    phrase("reduce"),
    phrase("greedy"),
    phrase("relax"),
    phrase("round"),
    phrase("cuts"),
    phrase("dive"),
    phrase("union"),
    phrase("exchange"),
    phrase("improve"),
    phrase("search"),
    phrase("prove"),
)


@dataclass
class StageProgress:
    """Stages and the state of the solve: a live line on a terminal, silence in a pipe, a log."""

    seconds: dict[str, float] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)
    # Solvers call from threads of their own, which know nothing of the language of this one.
    language: Language = field(default_factory=language)
    _console: Console = field(default_factory=lambda: Console(stderr=True))
    _status: Status | None = None
    _last: tuple[float | None, float | None, str] = (None, None, "")

    @contextmanager
    def live(self) -> Iterator[None]:
        """Shows the live line while the body runs, if standard error is a terminal."""
        if not self._console.is_terminal:
            yield
            return
        with self._console.status(tr("starting")) as status:
            self._status = status
            try:
                yield
            finally:
                self._status = None

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Names and times one stage of the pipeline."""
        begun = time.monotonic()
        self.say(tr(name))
        try:
            yield
        finally:
            self.seconds[name] = time.monotonic() - begun
            took = tr("{stage} took {seconds:.2f} s", stage=tr(name), seconds=self.seconds[name])
            self._log(took)

    def say(self, text: str) -> None:
        """Replaces the live line."""
        if self._status:
            self._status.update(text)

    def trace(self, point: TracePoint) -> None:
        """Shows and logs a new incumbent or bound; may be called from any thread."""
        with in_language(self.language):
            self._trace(point)

    def _trace(self, point: TracePoint) -> None:
        best = "-" if point.incumbent is None else f"{point.incumbent:,.0f}"
        bound = "-" if point.bound is None else f"{point.bound:,.0f}"
        gap = relative_gap(point.incumbent, float("inf") if point.bound is None else point.bound)
        form = phrase("{phase}: best {best}, bound {bound}, gap {gap}")
        line = tr(form, phase=tr(point.phase), best=best, bound=bound, gap=percent(gap))
        self.say(tr("{line}, {seconds:.0f} s", line=line, seconds=point.seconds))
        state = (point.incumbent, point.bound, point.phase)
        if state != self._last:
            self._last = state
            self._log(line)

    def _log(self, text: str) -> None:
        self.lines.append(tr("{at:9.2f} s  {text}", at=time.monotonic() - self.started, text=text))
