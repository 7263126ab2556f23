"""How fast people walk: named speeds, and the reading of the standard that an output rests on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from siting.inputs.instance import (
    WINTER_MINUTES,
    Instance,
    NetworkTravel,
    StraightLineTravel,
    TableTravel,
    Travel,
    Walking,
)
from siting.inputs.schema_problems import close_match
from siting.language import in_language, joined, tr

# Metres a minute. 1000 m in 15 minutes is the upper end of a 15-minute circle in GB 50180-2018,
# read as a path; the others are what Chinese planning tools take.
PRESETS: Mapping[str, float] = {
    "adult": 80.0,
    "planning": 1000 / 15,
    "elderly": 50.0,
    "child": 60.0,
    "wheelchair": 40.0,
}
# Of groups under a preset, unless they are faster than the preset itself.
GROUP_SPEEDS: Mapping[str, float] = {"elderly": PRESETS["elderly"], "children": PRESETS["child"]}
STATED_MINUTES = 15.0


def with_group_speeds(walking: Walking, groups: Collection[str]) -> Walking:
    """Adds a preset's speeds of the elderly and of children, where the instance has such groups.

    Args:
        walking: Speeds as written; a group's own speed stays.
        groups: The groups of the instance.
    """
    if not walking.preset:
        return walking
    usual = {
        name: min(speed, walking.speed) for name, speed in GROUP_SPEEDS.items() if name in groups
    }
    return replace(walking, groups=usual | dict(walking.groups))


def describe_walking(instance: Instance) -> str:
    """How walks were measured, in one line that every output carries.

    For example `80 m/min, elderly 50 m/min, straight line x 1.25, ice +2 min/km; 15 min = 1,034 m
    of path, elderly 682 m`. Groups are those that some category serves.
    """
    walking = instance.walking
    own = [group for group in instance.groups if group in walking.groups]
    pace = tr("{speed:g} m/min", speed=round(walking.speed, 1))
    speeds = [f"{pace} ({walking.preset})" if walking.preset else pace]
    speeds += [
        tr("{group} {speed:g} m/min", group=tr(group), speed=round(walking.groups[group], 1))
        for group in own
    ]
    reach = [
        tr(
            "{minutes:g} min = {metres:,.0f} m of path",
            minutes=STATED_MINUTES,
            metres=STATED_MINUTES * walking.speed_of("all"),
        )
    ]
    reach += [
        tr(
            "{group} {metres:,.0f} m",
            group=tr(group),
            metres=STATED_MINUTES * walking.speed_of(group),
        )
        for group in own
    ]
    parts = joined([*speeds, _way(instance.travel), *_winter(walking)])
    return tr("{how}; {reach}", how=parts, reach=joined(reach))


def walking_facts(instance: Instance) -> dict[str, Any]:
    """The same for files that programs read: plain values, and the line in English."""
    walking = instance.walking
    with in_language("en"):
        reading = describe_walking(instance)
    return {
        "preset": walking.preset or None,
        "speed": walking.speed,
        "groups": dict(walking.groups),
        "winter": walking.winter,
        "reading": reading,
    }


def _way(travel: Travel) -> str:
    if isinstance(travel, NetworkTravel):
        return tr("street network")
    if isinstance(travel, TableTravel):
        measured = {"minutes": tr("measured minutes"), "metres": tr("measured metres")}
        return measured[travel.measure]
    return _straight_line(travel)


def _straight_line(travel: StraightLineTravel) -> str:
    if travel.barriers is None:
        return tr("straight line x {detour:g}", detour=travel.detour)
    return tr(
        "straight line x {detour:g} round barriers ({barriers:,} lines, {crossings:,} crossings)",
        detour=travel.detour,
        barriers=travel.barriers["barrier"].nunique(),
        crossings=0 if travel.crossings is None else len(travel.crossings),
    )


def _winter(walking: Walking) -> list[str]:
    more = WINTER_MINUTES[walking.winter]
    named = {"winter": tr("winter +{more:g} min/km", more=more)}
    named["ice"] = tr("ice +{more:g} min/km", more=more)
    return [named[walking.winter]] if walking.winter in named else []


def unknown_preset(name: str) -> dict[str, str]:
    """What was found, what is expected and what to do about a preset that there is not."""
    return {
        "found": tr("the unknown preset '{name}'", name=name),
        "expected": tr("one of {names}", names=joined(list(PRESETS))),
        "mend": close_match(name, PRESETS) + tr("Correct the name, or write a speed instead."),
    }


def two_speeds() -> dict[str, str]:
    """The same about a preset and a speed side by side."""
    return {
        "found": tr("both a preset and a speed"),
        "expected": tr("one of the two"),
        "mend": tr("Delete the line that does not hold; 'groups' may go with either."),
    }
