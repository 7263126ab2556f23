"""What the server asks of the process beside it, by name; calls take and give plain values.

Those about the city alone are here, and load no solver: the map need not wait for one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siting.serve.city import City
from siting.serve.city_data import city_data, money_data, today_data
from siting.serve.records import PlanRequest, Preview, Progress

OnNews = Callable[[Progress | Preview], None]
Stop = Callable[[], bool]


def _never() -> bool:
    return False


def _nowhere(_news: Progress | Preview) -> None:
    pass


@dataclass(frozen=True)
class SolveControl:
    """How a solve is followed and ended from outside.

    Attributes:
        news: Told of the first plan, and of each better plan and bound.
        stop: Asked often; True ends it with the best so far.
        cancelled: Whether nobody wants the best so far either.
    """

    news: OnNews = _nowhere
    stop: Stop = _never
    cancelled: Stop = _never


@dataclass(frozen=True)
class CallContext:
    """One call: its arguments, and how it is followed and ended."""

    args: Mapping[str, Any]
    control: SolveControl

    def folder(self, key: str = "folder") -> Path:
        """A run folder among the arguments; the server names it, never a page."""
        return Path(self.args[key])

    @property
    def request(self) -> PlanRequest:
        """The request among the arguments."""
        return PlanRequest.model_validate(self.args["request"])


CityCall = Callable[[City], object]
CITY_CALLS: Mapping[str, CityCall] = {
    "money": lambda city: money_data(city.instance),
    "city": lambda city: city_data(city.instance),
    "today": lambda city: today_data(city.instance, city.coverage),
}
