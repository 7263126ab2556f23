"""The points of a sweep: every combination that was asked for, in the order they are solved."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeVar

from siting import __version__
from siting.inputs.chance import shares
from siting.language import tr
from siting.model import ModelSpec
from siting.solve import SolveSettings
from siting.sweep.values import FACTORS, Axis, Value, is_change, shown_parameters
from siting.units import Currency

T = TypeVar("T")
Design = Literal["grid", "tornado"]
# What changes amounts, and so most likely no row or column. A mere guess at which points are worth
# starting from: what two of them do share is read from their programs (`read_starts`).
_AMOUNTS = ("budget", "seed", "cost", "residents")
_ODD_IN_A_NAME = re.compile(r"[^\w.=+-]+")


@dataclass(frozen=True)
class Point:
    """One solve: an instance, a model, and what is different.

    Attributes:
        instance: The instance folder.
        model: Name or path of the model, as it was asked for.
        parameters: What is varied, by key.
        overrides: Values of instance.yaml that are the same for all points, as `solve --set`.
        draw: Number of the draw, from 0, or None.
        below: Budgets whose plans, in this order, must be kept: the smaller ones of a staged
            sweep. None where nothing must be.
    """

    instance: Path
    model: str
    parameters: Mapping[str, Value] = field(default_factory=dict)
    overrides: Mapping[str, str] = field(default_factory=dict)
    draw: int | None = None
    below: tuple[float, ...] | None = None

    @property
    def budget(self) -> float | None:
        """Public money, or None for the instance's own."""
        value = self.parameters.get("budget")
        return None if value is None else float(value)

    @property
    def changes(self) -> dict[str, Value]:
        """What is changed in the tables."""
        return {k: v for k, v in self.parameters.items() if is_change(k, v)}

    @property
    def settings_of_instance(self) -> dict[str, str]:
        """Values of instance.yaml that are replaced, as `read_instance` takes them."""
        own = {
            key: str(value)
            for key, value in self.parameters.items()
            if key not in ("budget", "model", "seed") and not is_change(key, value)
        }
        return {**self.overrides, **own}

    @cached_property
    def family(self) -> str:
        """What it shares with the points that differ in the budget alone, as JSON."""
        return self._without(("budget",))

    @cached_property
    def structure_key(self) -> str:
        """What it shares with the points whose program is built alike but for amounts, as JSON."""
        return self._without(_AMOUNTS)

    @cached_property
    def asked(self) -> str:
        """All of it as JSON, the instance and the model first."""
        parts = (dict(self.parameters), dict(self.overrides), self.draw, self.below)
        said = [str(self.instance), self.model, *parts]
        return json.dumps(said, sort_keys=True, ensure_ascii=False)

    def _without(self, keys: Iterable[str]) -> str:
        left = {k: v for k, v in self.parameters.items() if k.partition(".")[0] not in keys}
        parts = [str(self.instance), self.model, dict(self.overrides), left]
        return json.dumps(parts, sort_keys=True, ensure_ascii=False)

    def named(self, currency: Currency) -> str:
        """What people call it among its like, e.g. `budget=300 万元 cost=x1.2`."""
        # What every row draws by itself says nothing that the number of the draw does not.
        shown = {k: v for k, v in self.parameters.items() if not str(v).startswith("each ")}
        said = shown_parameters(shown, currency) or tr("base")
        said = said if self.draw is None else f"draw={self.draw} {said}"
        return f"{said} {tr('staged')}" if self.below else said


@dataclass(frozen=True)
class Question:
    """What a sweep asks of one instance.

    Attributes:
        model: The model where it is not varied.
        axes: What is varied.
        draws: How often the axes with a distribution are drawn.
        seed: Of the draws.
        design: Every combination, or one axis at a time with the others as they are.
        staged: Whether every budget is asked a second time, keeping what the smaller ones chose.
        overrides: Values of instance.yaml that are the same for all points.
    """

    model: str = "annual-plan"
    axes: tuple[Axis, ...] = ()
    draws: int = 0
    seed: int = 0
    design: Design = "grid"
    staged: bool = False
    overrides: Mapping[str, str] = field(default_factory=dict)


def design_points(question: Question, instance: Path) -> tuple[Point, ...]:
    """All points of a question for one instance, each once.

    Families stay together, budgets in them come ends first and then between, so that each has
    neighbours to start from; staged points are last, from the smallest budget up.
    """
    combinations = _tornado(question) if question.design == "tornado" else _grid(question)
    families = [
        Point(instance, question.model, values, question.overrides, number)
        for values in combinations
        for number in (range(question.draws) if question.draws else (None,))
    ]
    drawn = [_drawn(family, question) for family in families]
    amounts = _budgets(question)
    free = [_at(point, amount) for point in drawn for amount in ends_first(amounts or [None])]
    if question.staged:
        free += [
            replace(_at(point, amount), below=tuple(amounts[:place]) or None)
            for point in drawn
            for place, amount in enumerate(amounts)
        ]
    return tuple({point.asked: point for point in free}.values())


def count_points(question: Question) -> int:
    """How many points a question has for one instance, worked out without making them."""
    if question.design == "tornado":
        families = sum(1 for _ in _tornado(question))
    else:
        families = math.prod(len(axis.values) for axis in _axes_of_grid(question))
    amounts = len(_budgets(question))
    # The smallest budget of a family has no stage before it: it is one point.
    each = 2 * amounts - 1 if question.staged and amounts else max(1, amounts)
    return families * max(1, question.draws) * each


def _axes_of_grid(question: Question) -> list[Axis]:
    return [axis for axis in question.axes if axis.chance is None and axis.key != "budget"]


def _grid(question: Question) -> Iterator[dict[str, Value]]:
    """Every combination of the axes with values, but for the budget."""
    axes = _axes_of_grid(question)
    for values in itertools.product(*(axis.values for axis in axes)):
        yield dict(zip((axis.key for axis in axes), values, strict=True))


def _tornado(question: Question) -> Iterator[dict[str, Value]]:
    """The base, then one axis at a time; a distribution by its 10 % and 90 % quantiles."""
    yield {}
    for axis in question.axes:
        if axis.key == "budget" and len(axis.values) == 1:
            continue
        values = axis.values if axis.chance is None else tuple(map(axis.drawn, (0.1, 0.9)))
        for value in values:
            if not (value == 1.0 and axis.key.partition(".")[0] in FACTORS):
                yield {axis.key: value}


def _drawn(point: Point, question: Question) -> Point:
    """A point with the drawn values of its number; the same for the same seed, key and number."""
    if point.draw is None:
        return point
    values = dict(point.parameters)
    for axis in question.axes:
        if axis.each:
            drawn = int(shares(question.seed, point.draw, axis.key)[0] * 2**31)
            values[axis.key] = f"each {axis.chance} seed {drawn}"
        elif axis.chance is not None:
            values[axis.key] = axis.drawn(shares(question.seed, point.draw, axis.key)[0])
    return replace(point, parameters=values)


def _budgets(question: Question) -> list[float]:
    """The budgets of every family, rising; in a tornado several are an axis like the others."""
    found = [axis.values for axis in question.axes if axis.key == "budget"]
    if not found or (question.design == "tornado" and len(found[0]) > 1):
        return []
    return sorted(float(value) for value in found[0])


def _at(point: Point, amount: float | None) -> Point:
    if amount is None:
        return point
    return replace(point, parameters={"budget": amount, **point.parameters})


def ends_first(values: Sequence[T]) -> list[T]:
    """The first, the last, the middle, and then always the middles between those before."""
    order, spans = [0, len(values) - 1], [(0, len(values) - 1)]
    for low, high in spans:
        if high - low > 1:
            middle = (low + high) // 2
            order.append(middle)
            spans += [(low, middle), (middle, high)]
    return [values[place] for place in dict.fromkeys(order) if 0 <= place < len(values)]


def point_id(
    point: Point, digests: Mapping[str, str], spec: ModelSpec, settings: SolveSettings
) -> str:
    """Names a question by what decides its answer: 64 hexadecimal digits.

    The folder of the instance, the threads and the workers do not; the time limit does.
    """
    content = {
        "instance": dict(digests),
        "model": spec.digest,
        "point": json.loads(point.asked)[2:],
        "settings": [settings.time_limit, settings.relative_gap, settings.seed, settings.backend],
        "siting": __version__,
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def folder_name(point: Point, identity: str) -> str:
    """The name of a point's run folder: what a person looks for, then what makes it unique."""
    said = [f"{key.rpartition('.')[2]}={_short(v)}" for key, v in point.parameters.items()]
    said = said if point.draw is None else [f"draw={point.draw}"]
    said += ["staged"] if point.below else []
    slug = _ODD_IN_A_NAME.sub("_", "+".join([point.instance.name, *said]))[:60].strip("_.")
    return f"{slug}-{identity[:10]}"


def _short(value: Value) -> str:
    return value if isinstance(value, str) else f"{value:.10g}"
