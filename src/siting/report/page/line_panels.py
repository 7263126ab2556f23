"""Line charts of a page: one small SVG a panel, which the page lays beside or below each other.

Widths are those of the page's own type, near enough for margins; everything scales with its place.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from siting.language import cells

Points = Sequence[tuple[float, float]]
# Width and height of a panel, the size of its type, and the room for two lines below the axis.
_WIDE, _HIGH, _TYPE, _BELOW, _ABOVE, _RIGHT = 400.0, 250.0, 12.0, 38.0, 10.0, 14.0
_CELL = 0.6 * _TYPE
_MOST_STEPS = 5


@dataclass(frozen=True)
class Axis:
    """One axis.

    Attributes:
        low: Where it begins.
        high: Where it ends.
        ticks: What is marked, each with its text.
        label: What it counts; may be empty.
    """

    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    label: str = ""


@dataclass(frozen=True)
class Line:
    """One line.

    Attributes:
        colour: The page's variable, e.g. `new`.
        points: From left to right.
        steps: Whether each value holds until the next.
    """

    colour: str
    points: Points
    steps: bool = False


@dataclass(frozen=True)
class Panel:
    """Lines over the same axes.

    Attributes:
        title: What stands above it.
        x: The axis below.
        y: The axis at the left.
        lines: The last one is drawn on top.
        band: Whether what lies between the first two lines is shaded.
        stated: Where both lines are marked, the text at the mark, and whether it stands above.
    """

    title: str
    x: Axis
    y: Axis
    lines: Sequence[Line]
    band: bool = False
    stated: tuple[float, str, bool] | None = None


def even_ticks(low: float, high: float) -> list[float]:
    """Round numbers in even steps, five steps at most."""
    rough = max(high - low, 1e-12) / _MOST_STEPS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * size for size in (1, 2, 2.5, 5, 10) if power * size >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def panel_svg(panel: Panel) -> str:
    """The panel as an `<svg>` element in the colours and the font of the page."""
    left = 10 + _CELL * max((cells(text) for _, text in panel.y.ticks), default=1)
    frame = _Frame(panel, left)
    parts = [*frame.grid(), *frame.band(), *frame.lines(), *frame.stated()]
    title = escape(panel.title)
    return (
        f'<svg viewBox="0 0 {_WIDE:g} {_HIGH:g}" width="100%" role="img" aria-label="{title}" '
        f'font-size="{_TYPE:g}">{"".join(parts)}</svg>'
    )


@dataclass(frozen=True)
class _Frame:
    """Where values stand in a panel whose vertical axis is so far from its left edge."""

    panel: Panel
    left: float

    def across(self, value: float) -> float:
        axis = self.panel.x
        share = (value - axis.low) / (axis.high - axis.low)
        return self.left + share * (_WIDE - _RIGHT - self.left)

    def down(self, value: float) -> float:
        axis = self.panel.y
        share = (value - axis.low) / (axis.high - axis.low)
        return _HIGH - _BELOW - share * (_HIGH - _BELOW - _ABOVE)

    def grid(self) -> list[str]:
        """Lines across, the line at the bottom, and what is written at the axes."""
        right, bottom, x, y = _WIDE - _RIGHT, _HIGH - _BELOW, self.panel.x, self.panel.y
        middle = (self.left + right) / 2
        return [
            *(_rule(self.left, self.down(at), right, self.down(at)) for at, _ in y.ticks),
            *(_text(self.left - 6, self.down(at) + 4, text, "end") for at, text in y.ticks),
            _rule(self.left, bottom, right, bottom),
            *(_text(self.across(at), bottom + 15, text, "middle") for at, text in x.ticks),
            _text(middle, bottom + 32, x.label, "middle"),
        ]

    def band(self) -> list[str]:
        if not self.panel.band:
            return []
        one, two = (self._places(line) for line in self.panel.lines[:2])
        return [f'<path d="{_path([*one, *reversed(two)])}Z" fill="var(--new)" opacity=".16"/>']

    def lines(self) -> list[str]:
        return [
            f'<path d="{_path(self._places(line))}" fill="none" stroke="var(--{line.colour})" '
            'stroke-width="2.4"/>'
            for line in self.panel.lines
        ]

    def stated(self) -> list[str]:
        """A broken line, a mark on each line, and the text beside one of them."""
        if self.panel.stated is None:
            return []
        at, text, above = self.panel.stated
        x, top, bottom = self.across(at), self.down(self.panel.y.high), _HIGH - _BELOW
        heights = [self.down(dict(line.points)[at]) for line in self.panel.lines]
        marks = [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="var(--{line.colour})"/>'
            for line, y in zip(self.panel.lines, heights, strict=True)
        ]
        side, ends = (-7, "end") if above else (7, "start")
        beside = min(heights) - 6 if above else max(heights) + 16
        rule = _rule(x, top, x, bottom, ' stroke-dasharray="4 3"')
        return [rule, *marks, _text(x + side, beside, text, ends, "ink")]

    def _places(self, line: Line) -> Points:
        points: list[tuple[float, float]] = []
        for x, y in line.points:
            if line.steps and points:
                points.append((self.across(x), points[-1][1]))
            points.append((self.across(x), self.down(y)))
        return points


def _path(points: Points) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _rule(x1: float, y1: float, x2: float, y2: float, more: str = "") -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="var(--line)"{more}/>'


def _text(x: float, y: float, text: str, anchor: str, colour: str = "muted") -> str:
    where = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {where} fill="var(--{colour})">{escape(text)}</text>' if text else ""
