"""What is wanted of a cell, and of the cells of a line together; and whether it was reached."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from records import Record

# Of sums in floating point.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Check:
    """One kind of goal.

    Attributes:
        wanted: In words, with the limit as `{}`.
        met: Whether a record keeps the limit.
    """

    wanted: str
    met: Callable[[Record, float], bool]


@dataclass(frozen=True)
class Overall:
    """One kind of goal for several records.

    Attributes:
        wanted: In words, with the limit as `{}`.
        value: What is compared with the limit.
    """

    wanted: str
    value: Callable[[list[Record]], float]


def certified_gap(record: Record) -> float:
    """The certified gap; infinite without a plan or a bound."""
    gap = record["certified_gap"]
    return float("inf") if gap is None else float(gap)


def below_known(record: Record) -> float | None:
    """By how large a share the plan is below the best known one; None where none is known."""
    if record["known"] is None:
        return None
    return float((record["known"] - (record["objective"] or 0.0)) / record["known"])


def memory(record: Record) -> float:
    """Most memory in MB of the process and of those it started."""
    return float(record["memory_mb"]["self"] + record["memory_mb"]["children"])


def elapsed(record: Record) -> float:
    """Seconds from coordinates to plan."""
    return float(record["seconds"]["build"] + record["seconds"]["solve"])


def _near_known(record: Record, limit: float) -> bool:
    below = below_known(record)
    return below is not None and below <= limit + _ROUNDING


def _proven(record: Record, _limit: float) -> bool:
    same = record["known"] in (None, record["objective"])
    return same and certified_gap(record) <= _ROUNDING


CHECKS: Mapping[str, Check] = {
    "certified_gap": Check(
        "certified gap at most {:.3%}", lambda r, most: certified_gap(r) <= most + _ROUNDING
    ),
    "below_known": Check("plan at most {:.3%} below the best known", _near_known),
    "objective": Check(
        "objective at least {:,.0f}", lambda r, least: (r["objective"] or 0.0) >= least
    ),
    "proven": Check("proven by the certificate, equal to what is known", _proven),
    "solve_seconds": Check("in {:g} s", lambda r, most: r["seconds"]["solve"] <= most),
    "elapsed_seconds": Check("drawn and solved in {:g} s", lambda r, most: elapsed(r) <= most),
    "memory_mb": Check("{:,.0f} MB", lambda r, most: memory(r) <= most),
}


def _of_gaps(records: list[Record]) -> float:
    return statistics.median(map(certified_gap, records))


def _of_seconds(records: list[Record]) -> float:
    return statistics.median(float(record["seconds"]["solve"]) for record in records)


def _nine_tenths(records: list[Record]) -> float:
    seconds = sorted(float(record["seconds"]["solve"]) for record in records)
    return seconds[max(0, -(-9 * len(seconds) // 10) - 1)]


OVERALL: Mapping[str, Overall] = {
    "median_gap": Overall("median gap {:.3%}", _of_gaps),
    "median_seconds": Overall("median {:g} s", _of_seconds),
    "nine_tenths_seconds": Overall("{:g} s in nine of ten", _nine_tenths),
}


def met(record: Record, goal: Mapping[str, float]) -> bool:
    """Whether a record meets every part of its goal."""
    return all(CHECKS[name].met(record, limit) for name, limit in goal.items())


def missed_overall(records: list[Record], overall: Mapping[str, float]) -> list[str]:
    """What the records miss together, in words."""
    return [
        OVERALL[name].wanted.format(limit)
        for name, limit in overall.items()
        if OVERALL[name].value(records) > limit + _ROUNDING
    ]


def in_words(goal: Mapping[str, float], overall: Mapping[str, float]) -> str:
    """Both goals in words."""
    parts = [CHECKS[name].wanted.format(limit) for name, limit in goal.items()]
    parts += [OVERALL[name].wanted.format(limit) for name, limit in overall.items()]
    return ", ".join(parts)
