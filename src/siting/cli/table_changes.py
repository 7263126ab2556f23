"""Changes of the tables for one run, as `--change` takes them."""

from __future__ import annotations

from collections.abc import Iterable

from siting.cli.arguments import bad_option
from siting.errors import InputError, Problem
from siting.inputs.changes import Change
from siting.language import phrase, quoted, tr
from siting.sweep.values import is_change, read_axis
from siting.units import Currency

_EXPECTED = phrase("a table's KEY=VALUE, e.g. category.pharmacy.priority=2, cost=x1.2")


def read_changes(texts: Iterable[str], currency: Currency) -> dict[str, Change]:
    """Reads `KEY=VALUE` texts whose keys are of the tables.

    Raises:
        InputError: One is none.
    """
    changes: dict[str, Change] = {}
    problems: list[Problem] = []
    for text in texts:
        axis = read_axis(text, currency, "--change")
        if isinstance(axis, Problem):
            problems.append(axis)
        elif len(axis.values) != 1 or not is_change(axis.key, axis.values[0]):
            problems += bad_option("--change", quoted(text), tr(_EXPECTED)).problems
        else:
            changes[axis.key] = axis.values[0]
    if problems:
        raise InputError(problems)
    return changes
