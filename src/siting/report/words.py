"""What identifiers of the data are called in the language in use."""

from __future__ import annotations

import pandas as pd

from siting.blocks.registry import OBJECTIVES
from siting.coverage.gaps import PlaceKind
from siting.inputs import Instance
from siting.language import language, phrase, tr
from siting.report.tasks import MODES
from siting.units import Currency

_TIERS = {"basic": phrase("basic services"), "quality": phrase("quality upgrades")}
_PLACES: dict[PlaceKind, str] = {
    "circle": phrase("Living circle"),
    "district": phrase("District"),
    "city": phrase("City"),
}


_MODELS = {
    "annual-plan": phrase("annual plan"),
    "complete-basket": phrase("complete baskets"),
    "complete-circles": phrase("complete circles"),
    "elderly-and-children": phrase("elderly and children"),
    "fair-districts": phrase("fair districts"),
    "least-money": phrase("least money"),
    "market-hubs": phrase("market hubs"),
    "three-years": phrase("several years"),
    "winter-proof": phrase("winter-proof"),
}


def model_name(name: str) -> str:
    """A model in words, if it is one of the library."""
    return tr(_MODELS[name]) if name in _MODELS else name


def category_names(instance: Instance) -> pd.Series[str]:
    """The name of each category, by identifier; no two are the same."""
    frame = instance.categories.set_index("category")
    codes = frame.index.to_series()
    names = frame[f"name_{language()}"].fillna("").astype(str)
    names = names.where(names != "", codes)
    return names.where(~names.duplicated(keep=False), names + " (" + codes + ")")


def tier_name(tier: str) -> str:
    """A tier in words, if it is one that the words are known of."""
    return tr(_TIERS[tier]) if tier in _TIERS else tier


def mode_name(mode: str) -> str:
    """A way of building in words, if it is one that the words are known of."""
    return MODES.get(mode, mode) if language() == "zh" else mode


def place_name(place: str) -> str:
    """A place, or that residents name none."""
    return place or tr("(not named)")


def place_heading(kind: PlaceKind) -> str:
    """What the places of a gap list are."""
    return tr(_PLACES[kind])


def percent(share: float) -> str:
    """A share as a person reads it, with more digits where it is small."""
    if share == float("inf"):
        return tr("unknown")
    digits = 1 if share >= 0.1 else 2 if share >= 0.001 else 3 if share > 0 else 0
    return f"{100 * share:.{digits}f} %"


def goal_value(name: str, currency: Currency, value: float) -> str:
    """A value of a goal by the goal's name: money and shares as such, else a number of people."""
    kind, _, number = name.rpartition("_")
    block = OBJECTIVES.get(kind if number.isdigit() else name)
    if block is not None and block.unit == "money":
        return currency.show(value)
    return percent(value) if block is not None and block.unit == "share" else f"{value:,.0f}"
