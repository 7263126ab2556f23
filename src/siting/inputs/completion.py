"""Fills what a table may leave out: categories from the default catalogue, offers from both."""

from __future__ import annotations

import numpy as np
import pandas as pd

from siting.errors import Problem
from siting.inputs.catalogue import CATALOGUE_MONEY, load_catalogue
from siting.inputs.checks import Wording, place, row_problem, shorten
from siting.inputs.layouts import CATEGORIES, OFFERS
from siting.inputs.schema_problems import close_match
from siting.inputs.tables import Table
from siting.language import joined, phrase, quoted, tr

MODES = ("new", "retrofit", "introduce", "add-on")
TIERS = ("basic", "quality")
_TIER = phrase("'basic' (基本保障类) or 'quality' (品质提升类)")
_MONEY_COLUMNS = ("cost", "investment")
# Of no use to a plan; only the gap list reads it.
_SPARE = "residents_per_outlet"
_OF_OFFERS = tuple(column.name for column in OFFERS.columns)
_TEXTS = ("name_zh", "name_en", "tier", "group")


def complete_categories(
    frame: pd.DataFrame, table: Table, money_unit: str, *, cost_needed: bool
) -> tuple[pd.DataFrame, list[Problem]]:
    """Fills blank cells from the default catalogue, where it knows the category.

    Args:
        frame: Typed categories, indexed by the file's rows.
        table: The table as read, for messages.
        money_unit: Of the instance; the catalogue's costs are used for CNY only.
        cost_needed: Whether there is no table of offers that has the costs.

    Returns:
        The columns of the layout, and what is still missing, wrong or assumed.
    """
    columns = [column.name for column in CATEGORIES.columns]
    filled = frame.reindex(columns=[n for n in columns if n in frame or n != _SPARE])
    filled[list(_TEXTS)] = filled[list(_TEXTS)].astype(object).fillna("").astype(str)
    known = load_catalogue().set_index("category").reindex(filled["category"])
    known.index = filled.index
    if money_unit != CATALOGUE_MONEY:
        known[list(_MONEY_COLUMNS)] = np.nan
    seen = _with_cells(table, filled)
    assumed = seen.frame["cost"].str.strip().eq("") & known["cost"].notna() & cost_needed
    filled = _fill_money(_fill(filled, known))
    return filled, [
        *_category_problems(seen, filled, cost_needed=cost_needed),
        *_assumed(table, assumed),
    ]


def _fill(filled: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Takes blank cells from the catalogue, then from plain defaults."""
    plain = filled.columns.drop(["category", *_MONEY_COLUMNS])
    for name in plain.intersection(known.columns, sort=False):
        blank = filled[name].eq("") if name in _TEXTS else filled[name].isna()
        filled[name] = filled[name].mask(blank & known[name].notna(), known[name])
    defaults = {"name_zh": filled["category"], "name_en": filled["category"], "group": "all"}
    for name, default in defaults.items():
        filled[name] = filled[name].mask(filled[name].eq(""), default)
    own_cost = filled["cost"].notna()
    filled["priority"] = filled["priority"].fillna(1.0)
    filled["investment"] = filled["investment"].where(
        filled["investment"].notna() | own_cost, known["investment"]
    )
    filled["cost"] = filled["cost"].fillna(known["cost"])
    return filled


def _fill_money(frame: pd.DataFrame) -> pd.DataFrame:
    """The whole investment is public money unless the file says otherwise."""
    frame["investment"] = frame["investment"].fillna(frame["cost"])
    return frame


def _with_cells(table: Table, filled: pd.DataFrame) -> Table:
    """The table with a cell for every column, so that a missing one can be shown as empty."""
    cells = table.frame.reindex(columns=filled.columns, fill_value="")
    return Table(table.label, cells, table.crs, table.file_columns, table.counted)


def _category_problems(table: Table, filled: pd.DataFrame, *, cost_needed: bool) -> list[Problem]:
    needed = {"tier": tr(_TIER), "standard_minutes": tr("walking minutes above 0")}
    if cost_needed:
        needed["cost"] = tr("the public money of adding it once")
    problems: list[Problem] = []
    for name, expected in needed.items():
        blank = filled[name].eq("") if name in _TEXTS else filled[name].isna()
        blank &= table.frame[name].str.strip().eq("")
        hints = "".join(_hints(filled.loc[blank, "category"]))
        mend = hints + tr("Fill the cell, or use a category of the default catalogue.")
        wording = Wording("missing-value", expected, mend)
        names = joined(map(quoted, filled.loc[blank, "category"].head(5)))
        found = tr(
            "no {column} of {names}, which the default catalogue cannot supply",
            column=name,
            names=names,
        )
        problems += row_problem(table, name, blank, wording, found)
    wrong = ~filled["tier"].isin(TIERS) & filled["tier"].ne("")
    wording = Wording("unknown-tier", tr(_TIER), tr("Write one of the two English words."))
    return problems + row_problem(table, "tier", wrong, wording)


def _hints(categories: pd.Series[str]) -> list[str]:
    known = load_catalogue()["category"]
    return list(dict.fromkeys(close_match(category, known) for category in categories))[:1]


def _assumed(table: Table, assumed: pd.Series[bool]) -> list[Problem]:
    if not assumed.any():
        return []
    names = shorten([quoted(n) for n in table.frame.loc[assumed, "category"]], "category")
    return [
        Problem(
            code="assumed-cost",
            where=place(table, list(assumed.index[assumed]), None),
            found=tr("no cost of {names}", names=names),
            expected=tr("local costs"),
            mend=tr("The default catalogue's costs are used; they are assumptions."),
            severity="warning",
        )
    ]


def complete_offers(frame: pd.DataFrame, table: Table) -> tuple[pd.DataFrame, list[Problem]]:
    """Fills investment and mode, and refuses unknown modes.

    Args:
        frame: Typed offers, indexed by the file's rows.
        table: The table as read, for messages.

    Returns:
        All columns of the layout, and what is wrong or odd.
    """
    known = [name for name in _OF_OFFERS if name in frame or name != "earliest"]
    further = [name for name in frame if name not in known]
    filled = _fill_money(frame.reindex(columns=[*known, *further]))
    modes = filled["mode"].astype(object).fillna("").astype(str)
    filled["mode"] = modes.mask(modes.eq(""), MODES[0])
    cells = _with_cells(table, filled)
    bad = ~filled["mode"].isin(MODES)
    wording = Wording(
        "unknown-mode", tr("one of {names}", names=joined(MODES)), tr("Write one of these.")
    )
    less = filled["investment"].lt(filled["cost"])
    odd = Wording(
        "investment-below-cost",
        tr("a total investment that contains the public money in 'cost'"),
        tr("Check which of the two is right."),
        "warning",
    )
    return filled, [
        *row_problem(cells, "mode", bad, wording),
        *row_problem(cells, "investment", less, odd),
    ]


def offers_from_catalogue(sites: pd.DataFrame, categories: pd.DataFrame) -> pd.DataFrame:
    """Every category at every site, at the category's cost.

    Returns:
        Columns of the offers; `offer_id` is `site:category`.
    """
    wanted = ["category", "cost", "investment", "floor_area_m2"]
    pairs = sites[["site_id"]].merge(categories[wanted], how="cross")
    pairs["offer_id"] = pairs["site_id"] + ":" + pairs["category"]
    pairs["mode"] = MODES[0]
    pairs = pairs.rename(columns={"category": "categories"})
    return pairs[[name for name in _OF_OFFERS if name != "earliest"]]
