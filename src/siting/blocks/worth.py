"""What being reached is worth by minutes of walking, and whose reaching counts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

from siting.blocks.contract import Incompatibility, Names
from siting.blocks.exact import exact
from siting.blocks.names import category_ids, unknown
from siting.errors import UnitError
from siting.inputs.instance import Instance
from siting.language import phrase, tr
from siting.units import parse_duration

Thresholds = tuple[tuple[float, float], ...]


def read_minutes(value: object) -> object:
    """`10 min` as 10; a number is one already."""
    return parse_duration(value) / 60 if isinstance(value, str) else value


Minutes = Annotated[
    float,
    BeforeValidator(read_minutes),
    PlainSerializer(lambda minutes: f"{minutes:g} min"),
]


def _read_worth(value: object) -> object:
    """Minutes and worth, the nearest first, of a mapping from minutes to worth.

    Raises:
        UnitError: Something else, or what is further is worth more.
    """
    if not isinstance(value, Mapping):
        return value
    try:
        found = sorted((parse_duration(key) / 60, float(part)) for key, part in value.items())
    except (TypeError, ValueError):
        raise _not_worth(value) from None
    parts = [part for _, part in found]
    falls = all(one > other for one, other in itertools.pairwise(parts))
    if not found or not falls or not parts[-1] > 0 or parts[0] > 1:
        raise _not_worth(value)
    return tuple(found)


def _not_worth(value: object) -> UnitError:
    return UnitError(
        value,
        tr("minutes, each with what it is worth, from 1 down, e.g. {5 min: 1, 10 min: 0.7}"),
        tr("The further, the less; above 0 and at most 1."),
    )


def _shown(worth: Thresholds) -> dict[str, float]:
    return {f"{minutes:g} min": part for minutes, part in worth}


Worth = Annotated[Thresholds, BeforeValidator(_read_worth), PlainSerializer(_shown)]


def steps_of(worth: Thresholds) -> list[tuple[str, Fraction]]:
    """Readings of the standard, and what each adds to those further away."""
    further = [*(exact(part) for _, part in worth), Fraction(0)][1:]
    return [
        (repr(minutes), exact(part) - rest)
        for (minutes, part), rest in zip(worth, further, strict=True)
    ]


def meant_categories(instance: Instance, names: Names) -> tuple[str, ...]:
    """Ids of some categories, or of all, in the order of the catalogue."""
    known = category_ids(instance)
    wanted = {known[name] for name in names}
    return tuple(name for name in instance.category_names if not wanted or name in wanted)


def unknown_people(
    names: Names, group: str | None, instance: Instance
) -> Iterator[Incompatibility]:
    """Categories and a group that the instance does not have."""
    yield from unknown("category", phrase("category"), names, category_ids(instance))
    yield from unknown("group", phrase("group"), [group] if group else [], instance.groups)
