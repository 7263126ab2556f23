"""What is varied in a sweep, in the words of a planner rather than as keys of files."""

from __future__ import annotations

from collections.abc import Mapping

from siting.language import phrase, tr

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
