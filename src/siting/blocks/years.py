"""The years that are planned; an instance that names none has one."""

from __future__ import annotations

from siting.inputs.instance import Instance

ONLY_YEAR = 1


def horizon(instance: Instance) -> tuple[int, ...]:
    """The years in order; `(1,)` where the instance plans a single year without a name."""
    return tuple(sorted(instance.years)) or (ONLY_YEAR,)


def counts(meant: tuple[int, ...], year: int) -> bool:
    """Whether a year is one of those that are meant; all are where none is named."""
    return not meant or year in meant
