"""Changes of an instance's tables for one run, as `plan.json` keeps them under `instance.changes`.

    category.NAME.FIELD   a cell of the table of categories: a number or a text of `FIELDS`
    cost, cost.NAME       a factor on the money of all offers, or of those that add one category
    residents, residents.GROUP   a factor on the people of all groups, or of one

A factor is a number, or `each normal(1, 0.1) seed 7`: drawn for every row by itself. An offer of
several categories costs the same for each of them, so a factor on one of two counts by half.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.errors import InputError, Problem
from siting.inputs.chance import parse_distribution, shares
from siting.inputs.completion import TIERS, offers_from_catalogue
from siting.inputs.instance import Instance, split_categories
from siting.inputs.schema_problems import close_match
from siting.language import quoted, tr
from siting.units import listed

Change = float | str
Changes = Mapping[str, Change]
Floats = NDArray[np.float64]

NUMBERS = ("standard_minutes", "priority", "cost", "investment")
TEXTS = ("tier", "group")
FIELDS = (*NUMBERS, *TEXTS)
# What an offer takes over from its category where no table of offers names it.
_OF_OFFERS = ("cost", "investment")
_POSITIVE = ("standard_minutes", "priority")
_EACH = re.compile(r"each (.+) seed (\d+)")
_MONEY = ["cost", "investment"]


def apply_changes(instance: Instance, changes: Changes) -> Instance:
    """The instance with its tables changed; the order of the changes does not matter.

    Raises:
        InputError: With every change that cannot be made.
    """
    if not changes:
        return instance
    problems = change_problems(instance, changes)
    if problems:
        raise InputError(problems)
    changed = _with_cells(instance, changes)
    changed = _with_costs(changed, changes)
    return _with_people(changed, changes)


def change_problems(instance: Instance, changes: Changes) -> list[Problem]:
    """Everything that is wrong with the changes, for this instance."""
    found = (_problem(instance, key, value) for key, value in changes.items())
    return [problem for problem in found if problem is not None]


def split_key(key: str) -> tuple[str, str, str]:
    """The parts of a key: `category`, `cost` or `residents`, what it is of, and the field."""
    root, _, rest = key.partition(".")
    if root != "category":
        return root, rest, ""
    name, _, field = rest.rpartition(".")
    return root, name, field


# --- checks -------------------------------------------------------------------------------------


def _problem(instance: Instance, key: str, value: Change) -> Problem | None:
    root, name, field = split_key(key)
    if root == "category":
        return (
            _unknown(key, name, instance.category_names)
            or _unknown(key, field, FIELDS)
            or _settled_by_offers(instance, key, field)
            or _wrong_cell(instance, key, value)
        )
    known = instance.category_names if root == "cost" else _groups(instance)
    return (_unknown(key, name, known) if name else None) or _wrong_factor(key, value)


def _unknown(key: str, name: str, known: Collection[str]) -> Problem | None:
    if name in known:
        return None
    return Problem(
        code="unknown-change",
        where=key,
        found=quoted(name) if name else tr("nothing"),
        expected=tr("one of {names}", names=listed(list(known), 30)),
        mend=close_match(name, known) + tr("Correct the name."),
    )


def _settled_by_offers(instance: Instance, key: str, field: str) -> Problem | None:
    """Where a table of offers names the money, the table of categories has no say."""
    if field not in _OF_OFFERS or _offers_follow(instance):
        return None
    return Problem(
        code="change-without-effect",
        where=key,
        found=tr("an instance whose table of offers has the costs"),
        expected=tr("a factor on the costs of the offers"),
        mend=tr("Write cost.{name}=x1.2 instead.", name=split_key(key)[1]),
    )


def _offers_follow(instance: Instance) -> bool:
    """Whether the offers are every category at every site at the category's cost."""
    made = offers_from_catalogue(instance.sites, instance.categories)
    return made.equals(instance.offers[list(made.columns)]) if len(instance.offers) else False


def _wrong_cell(instance: Instance, key: str, value: Change) -> Problem | None:
    field = split_key(key)[2]
    if field in TEXTS:
        known = TIERS if field == "tier" else tuple(_groups(instance))
        return _unknown(key, str(value), known)
    number = value if isinstance(value, (int, float)) else np.nan
    if np.isfinite(number) and (number > 0 or (number == 0 and field not in _POSITIVE)):
        return None
    expected = tr("a number above 0") if field in _POSITIVE else tr("a number of at least 0")
    return _wrong_value(key, value, expected)


def _groups(instance: Instance) -> list[str]:
    """Columns of people: `all`, and what is a number beside coordinates."""
    others = {"x", "y", "residents", "resident_id"}
    frame = instance.residents
    return ["all", *(c for c in frame.select_dtypes("number").columns if c not in others)]


def _wrong_factor(key: str, value: Change) -> Problem | None:
    if isinstance(value, str):
        match = _EACH.fullmatch(value)
        if match and parse_distribution(match.group(1)) is not None:
            return None
    elif np.isfinite(value) and value > 0:
        return None
    return _wrong_value(key, value, tr("a factor above 0"))


def _wrong_value(key: str, value: Change, expected: str) -> Problem:
    return Problem(
        code="bad-change",
        where=key,
        found=quoted(value),
        expected=expected,
        mend=tr("Correct the value."),
    )


# --- tables -------------------------------------------------------------------------------------


def _with_cells(instance: Instance, changes: Changes) -> Instance:
    cells = {k: v for k, v in changes.items() if split_key(k)[0] == "category"}
    if not cells:
        return instance
    follow = any(split_key(key)[2] in _OF_OFFERS for key in cells)
    categories = instance.categories.copy()
    for key, value in cells.items():
        _, name, field = split_key(key)
        cell = value if field in TEXTS else float(value)
        categories.loc[categories["category"] == name, field] = cell
    changed = replace(instance, categories=categories)
    if not follow:
        return changed
    return replace(changed, offers=offers_from_catalogue(instance.sites, categories))


def _with_costs(instance: Instance, changes: Changes) -> Instance:
    wanted = {k: v for k, v in changes.items() if split_key(k)[0] == "cost"}
    if not wanted:
        return instance
    offers, factor = instance.offers, np.ones(len(instance.offers))
    lines = split_categories(offers["categories"]).drop_duplicates()
    for key, value in wanted.items():
        name = split_key(key)[1]
        named = lines.assign(named=lines["category"].eq(name) if name else True)
        share = named.groupby("row")["named"].mean().reindex(range(len(offers)), fill_value=0)
        factor *= 1 + share.to_numpy(float) * (_factors(value, key, len(offers)) - 1)
    return replace(instance, offers=offers.assign(**_scaled(offers, _MONEY, factor)))


def _with_people(instance: Instance, changes: Changes) -> Instance:
    residents = instance.residents
    for key, value in changes.items():
        root, group, _ = split_key(key)
        if root == "residents":
            groups = [group] if group else _groups(instance)
            columns = ["residents" if name == "all" else name for name in groups]
            factor = _factors(value, key, len(residents))
            residents = residents.assign(**_scaled(residents, columns, factor))
    return replace(instance, residents=residents)


def _scaled(frame: pd.DataFrame, columns: list[str], factor: Floats) -> dict[str, Floats]:
    return {name: frame[name].to_numpy(float) * factor for name in columns}


def _factors(value: Change, key: str, rows: int) -> Floats:
    """The factor of every row, shape (rows,)."""
    if not isinstance(value, str):
        return np.full(rows, float(value))
    match = _EACH.fullmatch(value)
    assert match is not None  # noqa: S101 - checked before anything is changed
    distribution = parse_distribution(match.group(1))
    assert distribution is not None  # noqa: S101 - likewise
    return distribution.quantile(shares(int(match.group(2)), key, size=rows))
