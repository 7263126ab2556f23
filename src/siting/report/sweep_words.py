"""What is varied in a sweep, in the words of a planner rather than as keys of files."""

from __future__ import annotations

from collections.abc import Mapping

from siting.language import joined, phrase, tr
from siting.report.words import model_name

_WHOLE = {
    "budget": phrase("budget"),
    "cost": phrase("costs of all offers"),
    "residents": phrase("number of residents"),
    "model": phrase("model"),
    "seed": phrase("seed of chance"),
    "walking.speed": phrase("walking speed"),
    "walking.detour": phrase("detour factor"),
}
_OF_A_CATEGORY = {
    "cost": phrase("cost of {name}"),
    "standard_minutes": phrase("standard of {name} in minutes"),
    "priority": phrase("priority of {name}"),
}


def parameter_words(key: str, categories: Mapping[str, str]) -> str:
    """What a parameter is called; one that only its file has a word for keeps its key.

    Args:
        key: As in `siting sweep --vary`, e.g. `cost.canteen` or `category.canteen.priority`.
        categories: What categories are called.
    """
    if key in _WHOLE:
        return tr(_WHOLE[key])
    root, _, rest = key.partition(".")
    category, _, field = rest.rpartition(".") if root == "category" else (rest, "", root)
    if category not in categories or field not in _OF_A_CATEGORY:
        return key
    return tr(_OF_A_CATEGORY[field], name=categories[category])


def value_words(key: str, value: str) -> str:
    """A value as people say it: models by their names, speeds with their unit in words.

    Args:
        key: As in `siting sweep --vary`.
        value: As `siting.sweep.shown_value` writes it.
    """
    if key == "model":
        return model_name(value)
    number, _, unit = value.rpartition(" ")
    return tr("{speed} m/min", speed=number) if unit == "m/min" else value


def values_in_words(
    values: Mapping[str, str],
    categories: Mapping[str, str],
    draw: int | None = None,
    *,
    staged: bool = False,
) -> str:
    """What sets a point apart from the others, in one line, e.g. `budget 300 万元, model x`.

    Args:
        values: By key, as `siting.sweep.shown_value` writes them.
        categories: What categories are called.
        draw: Number of its draw, from 0, if anything was drawn.
        staged: Whether it keeps what smaller budgets chose.
    """
    said = [
        tr("{what} {value}", what=parameter_words(key, categories), value=value_words(key, value))
        for key, value in values.items()
    ]
    said += [tr("draw {number:,}", number=draw + 1)] if draw is not None else []
    said += [tr("in stages")] if staged else []
    return joined(said) if said else tr("base")
