"""The categories of the plan, and the offers that a bureau lists itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.errors import Problem
from siting.inputs.catalogue import load_catalogue
from siting.inputs.checks import place
from siting.inputs.header_units import plain
from siting.inputs.instance import CATEGORY_SEPARATOR
from siting.inputs.yaml_marks import MarkedYaml
from siting.language import joined, quoted, tr
from siting.prepare.bureau.bureau_mapping import BureauMapping
from siting.prepare.bureau.cells import is_absent
from siting.prepare.bureau.findings import Findings
from siting.prepare.bureau.ledgers import Ledger
from siting.prepare.bureau.number_columns import Columns
from siting.prepare.bureau.outlet_types import (
    TypeRules,
    known_names,
    read_types,
    unknown_categories,
)
from siting.prepare.bureau.places import kept_columns, unknown_words
from siting.prepare.bureau.shifts import name_key
from siting.prepare.coordinates import Floats

_MODES = {
    "new": r"新建|新增|新设|new",
    "retrofit": r"改造|提升|改建|升级|扩建|retrofit",
    "introduce": r"引进|引入|招商|introduce",
    "add-on": r"叠加|增设|嵌入|一店多能|加载|add-?on",
}
_COLUMNS: tuple[str, ...] = (
    "category",
    "name_zh",
    "name_en",
    "tier",
    "standard_minutes",
    "group",
    "priority",
)
_COLUMNS += ("cost", "investment", "floor_area_m2")


def planned_by_name(
    mapping: BureauMapping, marked: MarkedYaml
) -> tuple[pd.DataFrame, list[Problem]]:
    """The rows of the catalogue that the mapping names; all of the basic tier if it names none."""
    catalogue = load_catalogue()
    if not mapping.categories:
        basic = catalogue[catalogue["tier"] == "basic"]
        return basic[list(_COLUMNS)].reset_index(drop=True), []
    names = known_names()
    problems = []
    for at, name in enumerate(mapping.categories):
        problems += unknown_categories([name], names, marked.where(("categories", at)))
    chosen = [names[plain(one)] for one in mapping.categories if plain(one) in names]
    return _rows_of(list(dict.fromkeys(chosen))), problems


def _rows_of(chosen: Sequence[str]) -> pd.DataFrame:
    catalogue = load_catalogue().set_index("category", drop=False)
    return catalogue.loc[list(chosen), list(_COLUMNS)].reset_index(drop=True)


def planned_by_table(columns: Columns) -> tuple[pd.DataFrame, list[Problem]]:
    """The rows of the catalogue that a table names, with the table's own numbers over theirs."""
    ledger, names = columns.ledger, known_names()
    cells = [plain(cell) for cell in ledger.frame["category"]]
    chosen = [names.get(cell, "") for cell in cells]
    problems = _unknown_or_twice(ledger, chosen)
    given = {
        "standard_minutes": columns.minutes,
        "priority": columns.number,
        "cost": columns.money,
        "investment": columns.money,
        "floor_area": columns.area,
    }
    values = {name: read(name) for name, read in given.items() if name in ledger.frame}
    problems += columns.problems
    if problems:
        return _rows_of([]), problems
    frame = _rows_of(chosen)
    for name, numbers in values.items():
        column = "floor_area_m2" if name == "floor_area" else name
        _note_defaults(columns, name, numbers, frame[column].to_numpy(float))
        frame[column] = np.where(np.isfinite(numbers), numbers, frame[column].to_numpy(float))
    if "cost" in values and "investment" not in values:
        frame["investment"] = np.maximum(frame["investment"], frame["cost"])
    return frame, []


def _note_defaults(columns: Columns, name: str, numbers: Floats, defaults: Floats) -> None:
    """Says where the catalogue's number stands for an empty cell, or for one like `待定`."""
    ledger = columns.ledger
    for at in np.flatnonzero(~np.isfinite(numbers)).tolist():
        cell = str(ledger.frame[name].iloc[at])
        what = tr("{category}, {column}: {cell}", category=ledger.frame["category"].iloc[at],
                  column=ledger.headers[name], cell=quoted(cell))  # fmt: skip
        done = tr("the catalogue's {number:,.10g} is taken", number=defaults[at])
        columns.findings.add(ledger.finding("blank-number", ledger.rows[at], what, done))


def _unknown_or_twice(ledger: Ledger, chosen: Sequence[str]) -> list[Problem]:
    problems = []
    twice = {one for one in chosen if one and chosen.count(one) > 1}
    checks = (
        ("unknown-category", [not one for one in chosen],
         tr("a category of the catalogue, by its Chinese name or its identifier"),
         tr("Correct the name.")),
        ("duplicate-id", [one in twice for one in chosen], tr("each category once"),
         tr("Delete one of the rows.")),
    )  # fmt: skip
    for code, bad, expected, mend in checks:
        rows = list(ledger.frame.index[np.array(bad, dtype=bool)])
        if rows:
            shown = joined(quoted(ledger.frame.loc[row, "category"]) for row in rows[:5])
            where = place(ledger.table, rows, "category")
            problems.append(Problem(code, where, shown, expected, mend))
    return problems


def missing_groups(
    planned: pd.DataFrame, groups: Mapping[str, Sequence[str]], where: str
) -> list[Problem]:
    """Groups that a category of the plan serves and a ledger of residents does not count.

    Args:
        planned: Categories of the plan.
        groups: The groups of each ledger, by what messages call it.
        where: What names the ledgers.
    """
    problems = []
    for group, rows in planned[planned["group"] != "all"].groupby("group", sort=False):
        without = [label for label, has in groups.items() if group not in has]
        if without:
            found = tr("no numbers of {group} in {files}", group=group, files=joined(without))
            expected = tr("people of this group, whom {names} serve",
                          names=joined(quoted(name) for name in rows["name_zh"]))  # fmt: skip
            mend = tr("Add a column to 'groups', or a share to 'group_shares', e.g. "
                      "{group}: 20%.", group=group)  # fmt: skip
            problems.append(Problem("missing-group", where, found, expected, mend))
    return problems


# --- offers -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class KnownSites:
    """How offers name sites.

    Attributes:
        by_name: Id by each id and name that is there once.
        ambiguous: Names of several sites.
        left_out: Ids and names of sites that did not get into the instance.
    """

    by_name: Mapping[str, str]
    ambiguous: frozenset[str]
    left_out: frozenset[str]


def read_offers(
    columns: Columns, sites: KnownSites, rules: TypeRules, planned: Sequence[str]
) -> tuple[pd.DataFrame, list[Problem]]:
    """Reads what could be added where, at which cost.

    Offers at sites that were left out, or with a category that the plan has not, are left out with
    a finding each.
    """
    ledger, findings = columns.ledger, columns.findings
    meanings = [read_types(rules, [cell]) for cell in ledger.frame["categories"]]
    problems = unknown_words(ledger, "categories", meanings)
    keys = [name_key(cell) for cell in ledger.frame["site"]]
    problems += _unknown_sites(ledger, keys, sites)
    texts = [CATEGORY_SEPARATOR.join(meaning.categories) for meaning in meanings]
    frame = pd.DataFrame({"site_id": [sites.by_name.get(key, "") for key in keys]})
    frame = frame.assign(categories=texts, cost=columns.money("cost"))
    if "investment" in ledger.frame:
        frame["investment"] = columns.money("investment")
    if "floor_area" in ledger.frame:
        frame["floor_area_m2"] = columns.area("floor_area")
    if "mode" in ledger.frame:
        frame["mode"], wrong = _modes(ledger)
        problems += wrong
    problems += columns.problems
    if not columns.problems:
        problems += _no_cost(ledger, frame["cost"].to_numpy(float))
    out = [_left_out(key, meaning.categories, sites, planned)
           for key, meaning in zip(keys, meanings, strict=True)]  # fmt: skip
    frame = frame.assign(**kept_columns(ledger))
    if not problems:
        out = _without_repeats(ledger, frame, out, findings)
    _note_left_out(ledger, out, findings)
    frame.insert(0, "offer_id", _offer_ids(ledger))
    frame["source"] = [f"{ledger.grid.source}:{row}" for row in ledger.frame.index]
    return frame[[not kind for kind in out]].reset_index(drop=True), problems


def _offer_ids(ledger: Ledger) -> list[str]:
    if "id" in ledger.frame:
        return [str(one) for one in ledger.frame["id"]]
    return [f"O{number:04d}" for number in range(1, len(ledger.frame) + 1)]


def _left_out(
    key: str, categories: Sequence[str], sites: KnownSites, planned: Sequence[str]
) -> str:
    if key not in sites.by_name and key in sites.left_out:
        return "unknown-site"
    return "" if set(categories) <= set(planned) else "not-planned"


def _without_repeats(
    ledger: Ledger, frame: pd.DataFrame, kinds: Sequence[str], findings: Findings
) -> list[str]:
    """Rows that say the same as one before are left out; those that differ in part are noted."""
    marked = list(kinds)
    first: dict[tuple[str, ...], int] = {}
    whole = frame.astype(str).assign(id=list(ledger.frame.get("id", "")) or "")
    for at, kind in enumerate(kinds):
        named = sorted(frame["categories"].iloc[at].split(CATEGORY_SEPARATOR))
        before = first.setdefault((frame["site_id"].iloc[at], *named), at)
        if kind or before == at:
            continue
        what = tr("{text}, also in row {row}", text=ledger.texts[at], row=ledger.rows[before])
        if whole.iloc[at].equals(whole.iloc[before]):
            marked[at] = "merged-duplicate"
        else:
            done = tr("kept; delete one if they are the same")
            findings.add(ledger.finding("possible-duplicate", ledger.rows[at], what, done))
    return marked


def _note_left_out(ledger: Ledger, kinds: Sequence[str], findings: Findings) -> None:
    for at, kind in enumerate(kinds):
        if kind:
            text = ledger.texts[at]
            findings.add(ledger.left_out(kind, ledger.rows[at], text, tr("left out")))


def _unknown_sites(ledger: Ledger, keys: Sequence[str], sites: KnownSites) -> list[Problem]:
    known = {*sites.by_name, *sites.left_out} - sites.ambiguous
    rows = list(ledger.frame.index[np.array([key not in known for key in keys], dtype=bool)])
    if not rows:
        return []
    problem = ledger.wrong_cells(
        "unknown-site",
        "site",
        rows,
        tr("the id or the name of one site in the list of sites"),
        tr("Correct the cells; where two sites have one name, write their ids."),
    )
    return [problem]


def _modes(ledger: Ledger) -> tuple[list[str], list[Problem]]:
    cells = list(ledger.frame["mode"])
    modes = [_mode(cell) for cell in cells]
    rows = list(ledger.frame.index[np.array([mode == "?" for mode in modes], dtype=bool)])
    if not rows:
        return modes, []
    problem = ledger.wrong_cells(
        "unknown-mode",
        "mode",
        rows,
        tr("one of 新建, 改造, 引进, 叠加"),
        tr("Write one of these."),
    )
    return modes, [problem]


def _mode(cell: str) -> str:
    if is_absent(cell):
        return ""
    found = [mode for mode, words in _MODES.items() if re.search(words, plain(cell))]
    # 叠加 (一店多能) is one way, 新建或改造 are two.
    return found[0] if len(found) == 1 else "?"


def _no_cost(ledger: Ledger, cost: Floats) -> list[Problem]:
    rows = list(ledger.frame.index[~np.isfinite(cost)])
    if not rows:
        return []
    problem = Problem(
        code="missing-value",
        where=place(ledger.table, rows, "cost"),
        found=tr("no cost"),
        expected=tr("the public money that the offer takes; 0 if it takes none"),
        mend=tr("Fill the cells."),
    )
    return [problem]
