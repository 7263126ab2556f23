"""Residents, outlets and sites: the rows of their ledgers as rows of an instance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.errors import Problem
from siting.inputs.checks import place
from siting.inputs.instance import CATEGORY_SEPARATOR
from siting.language import joined, quoted, tr
from siting.prepare.bureau.bureau_mapping import ResidentsEntry
from siting.prepare.bureau.cells import is_absent
from siting.prepare.bureau.findings import Findings
from siting.prepare.bureau.ledger_points import LedgerPoints
from siting.prepare.bureau.ledgers import KEEP, Ledger
from siting.prepare.bureau.number_columns import Columns
from siting.prepare.bureau.outlet_types import Meaning, TypeRules, read_types
from siting.prepare.coordinates import Floats

GROUP = "group:"
# People in a household: a few are alone everywhere, and no estate has eight each.
_SMALLEST_HOUSEHOLD, _LARGEST_HOUSEHOLD = 1.0, 8.0
_SHOWN_TEXT = 40
_ANY = {"不限", "全部", "均可", "所有", "无限制", "所有业态", "全部业态"}


@dataclass(frozen=True)
class PlacedRows:
    """Rows of one ledger that get into the instance.

    Attributes:
        frame: `file`, `sheet`, `row`, `id`, `name` and the columns of the role.
        xy: As in the file, shape (rows, 2).
        points: Where they come from.
    """

    frame: pd.DataFrame
    xy: Floats
    points: LedgerPoints

    def only(self, keep: np.ndarray) -> PlacedRows:
        """The rows for which `keep` is true."""
        return PlacedRows(self.frame[keep].reset_index(drop=True), self.xy[keep], self.points)


def _base(points: LedgerPoints) -> pd.DataFrame:
    """Columns of every role; texts that the file has not are empty."""
    ledger = points.ledger
    texts = {
        name: ledger.frame[name].to_list() if name in ledger.frame else ""
        for name in ("id", "name", "district", "circle")
    }
    rows = ledger.rows
    frame = pd.DataFrame({"row": rows, **texts, **kept_columns(ledger)})
    return frame.assign(file=ledger.grid.file, sheet=ledger.grid.sheet)


def kept_columns(ledger: Ledger) -> dict[str, list[str]]:
    """Texts of the columns that the mapping carries along, under the file's own names."""
    return {
        name.removeprefix(KEEP): ledger.frame[name].to_list()
        for name in ledger.columns
        if name.startswith(KEEP)
    }


# --- residents ----------------------------------------------------------------------------------


def read_residents(
    points: LedgerPoints, entry: ResidentsEntry, findings: Findings
) -> tuple[PlacedRows, list[Problem]]:
    """Reads people and groups; rows without people, or with none, are left out with a finding."""
    ledger = points.ledger
    columns = Columns(ledger, findings)
    columns.fractions = entry.fractions
    people = columns.people("residents", entry.persons_per_household)
    failed = bool(columns.problems)
    groups = {
        name.removeprefix(GROUP): columns.people(name, entry.persons_per_household, people)
        for name in ledger.columns
        if name.startswith(GROUP)
    }
    frame = _base(points).assign(residents=people)
    for group, share in entry.group_shares.items():
        if group not in groups:
            groups[group] = np.round(people * share)
            what = tr("{share:.1%} of all people are taken for {group}", share=share, group=group)
            findings.add(ledger.finding("shares", None, what, tr("the same share in every row")))
    for group, values in groups.items():
        _note_blanks(ledger, group, values, people, findings)
        frame[group] = np.nan_to_num(values)
        columns.problems += _too_many(ledger, group, values, people)
    if "households" in ledger.frame and not failed:
        _compare_households(ledger, people, columns.number("households"), findings)
    keep = np.ones(len(frame), dtype=bool) if failed else _note_empty(ledger, people, findings)
    return PlacedRows(frame, points.xy, points).only(keep), columns.problems


def _compare_households(
    ledger: Ledger, people: Floats, households: Floats, findings: Findings
) -> None:
    """Notes rows whose people cannot be those of their households, a digit too many, say."""
    size = np.divide(people, households, out=np.full(len(people), np.nan), where=households > 0)
    for at in np.flatnonzero((size < _SMALLEST_HOUSEHOLD) | (size > _LARGEST_HOUSEHOLD)).tolist():
        what = tr("{name}: {people:,.0f} people in {households:,.0f} households, {size:.1f} each",
                  name=quoted(ledger.texts[at][:_SHOWN_TEXT]), people=people[at],
                  households=households[at], size=size[at])  # fmt: skip
        done = tr("kept; see which of the two is right")
        findings.add(ledger.finding("household-size", ledger.rows[at], what, done))


def _note_empty(ledger: Ledger, people: Floats, findings: Findings) -> np.ndarray:
    for at in np.flatnonzero(~(people > 0)).tolist():
        row = ledger.rows[at]
        kind = "zero-people" if people[at] == 0 else "no-people"
        what = ledger.texts[at]
        findings.add(ledger.left_out(kind, row, what, tr("left out")))
    return people > 0


def _note_blanks(
    ledger: Ledger, group: str, values: Floats, people: Floats, findings: Findings
) -> None:
    for at in np.flatnonzero(np.isnan(values) & (people > 0)).tolist():
        row = ledger.rows[at]
        what = tr("no number of {group}", group=group)
        findings.add(ledger.finding("blank-number", row, what, tr("taken as 0")))


def _too_many(ledger: Ledger, group: str, values: Floats, people: Floats) -> list[Problem]:
    """Groups that are more than everyone."""
    rows = list(ledger.frame.index[values > people + 1e-6])
    if not rows:
        return []
    at = [ledger.frame.index.get_loc(row) for row in rows[:5]]
    shown = [f"{values[one]:,.0f} > {people[one]:,.0f}" for one in at]
    name = GROUP + group
    problem = Problem(
        code="too-many",
        where=place(ledger.table, rows, name if name in ledger.frame else None),
        found=tr("more people in {group} than people: {shown}", group=group, shown=joined(shown)),
        expected=tr("at most all the people of the row"),
        mend=tr("Correct the row; see that both columns count the same people."),
    )
    return [problem]


# --- outlets ------------------------------------------------------------------------------------


def read_outlets(
    points: LedgerPoints, rules: TypeRules, planned: Sequence[str], findings: Findings
) -> tuple[PlacedRows, list[Problem]]:
    """Gives each outlet its categories; those without one of the plan are left out."""
    ledger = points.ledger
    columns = [name for name in ledger.columns if name.startswith("type:")]
    known: dict[tuple[str, ...], Meaning] = {}
    cells = [tuple(row) for row in ledger.frame[columns].to_numpy(object)]
    for one in cells:
        if one not in known:
            known[one] = read_types(rules, one)
    meanings = [known[one] for one in cells]
    kept = [_planned(ledger, at, meaning, planned, findings) for at, meaning in enumerate(meanings)]
    _note_unknown(ledger, meanings, findings)
    frame = _base(points).assign(categories=[CATEGORY_SEPARATOR.join(one) for one in kept])
    return PlacedRows(frame, points.xy, points).only(np.array([bool(one) for one in kept])), []


def _planned(
    ledger: Ledger, at: int, meaning: Meaning, planned: Sequence[str], findings: Findings
) -> list[str]:
    """The categories of one outlet that the plan has."""
    row = ledger.rows[at]
    kept = [one for one in meaning.categories if one in planned]
    text = ledger.texts[at]
    if not meaning.categories:
        findings.add(ledger.left_out("no-category", row, text, tr("left out")))
    elif not kept:
        findings.add(ledger.left_out("not-planned", row, text, tr("left out")))
    elif len(kept) > 1:
        done = tr("counts in each: {names}", names=joined(kept))
        findings.add(ledger.finding("several-categories", row, text, done))
    return kept


def _note_unknown(ledger: Ledger, meanings: Sequence[Meaning], findings: Findings) -> None:
    counts: dict[str, list[int]] = {}
    for meaning in meanings:
        for word in meaning.unknown:
            pair = counts.setdefault(word, [0, 0])
            pair[0] += 1
            pair[1] += not meaning.categories
    for word, (count, alone) in sorted(counts.items(), key=lambda item: -item[1][0]):
        what = tr(
            "{word}: {count} times, {alone} of them without any category",
            word=quoted(word),
            count=count,
            alone=alone,
        )
        done = tr("say in 'types' of the mapping what it means; [] for no category")
        findings.add(ledger.finding("unmapped-type", None, what, done))


# --- sites --------------------------------------------------------------------------------------


def read_sites(
    points: LedgerPoints, rules: TypeRules, planned: Sequence[str], findings: Findings
) -> tuple[PlacedRows, list[Problem]]:
    """Reads floor areas, slots and what is allowed at each site."""
    ledger = points.ledger
    columns = Columns(ledger, findings)
    frame = _base(points)
    keep = np.ones(len(frame), dtype=bool)
    if "floor_area" in ledger.frame:
        frame["floor_area_m2"] = columns.area("floor_area")
    if "slots" in ledger.frame:
        frame["slots"] = columns.number("slots")
        columns.problems += _not_whole(ledger, frame["slots"].to_numpy(float))
    if "allowed" in ledger.frame:
        meanings = [_allowed(rules, cell) for cell in ledger.frame["allowed"]]
        columns.problems += unknown_words(ledger, "allowed", meanings)
        allowed = [[c for c in meaning.categories if c in planned] for meaning in meanings]
        frame["allowed_categories"] = [CATEGORY_SEPARATOR.join(one) for one in allowed]
        keep = _some_allowed(ledger, meanings, allowed, findings)
    return PlacedRows(frame, points.xy, points).only(keep), columns.problems


def _allowed(rules: TypeRules, cell: str) -> Meaning:
    return Meaning((), ()) if cell.strip() in _ANY else read_types(rules, [cell])


def _some_allowed(
    ledger: Ledger, meanings: Sequence[Meaning], allowed: Sequence[list[str]], findings: Findings
) -> np.ndarray:
    """Sites for which something is named, and nothing of the plan, are left out."""
    keep = np.array([bool(a) or not m.categories for a, m in zip(allowed, meanings, strict=True)])
    for at in np.flatnonzero(~keep).tolist():
        row, cell = ledger.rows[at], str(ledger.frame["allowed"].iloc[at])
        findings.add(ledger.left_out("not-planned", row, cell, tr("left out")))
    return keep


def _not_whole(ledger: Ledger, slots: Floats) -> list[Problem]:
    rows = list(ledger.frame.index[np.isfinite(slots) & (slots != np.round(slots))])
    if not rows:
        return []
    problem = ledger.wrong_cells(
        "bad-number",
        "slots",
        rows,
        tr("a whole number"),
        tr("Correct the cells; leave them empty where the number is not known."),
    )
    return [problem]


def unknown_words(ledger: Ledger, column: str, meanings: Sequence[Meaning]) -> list[Problem]:
    """Words in a column of categories that mean none, or that nobody gave a meaning to."""
    cells = list(ledger.frame[column])
    bad = [
        bool(meaning.unknown) or (not meaning.categories and not _is_any(cell))
        for cell, meaning in zip(cells, meanings, strict=True)
    ]
    rows = list(ledger.frame.index[np.array(bad, dtype=bool)])
    if not rows:
        return []
    problem = ledger.wrong_cells(
        "unknown-category",
        column,
        rows,
        tr("categories of the catalogue, e.g. 便利店、早餐店"),
        tr("Correct the cells, or say in 'types' of the mapping what the words mean."),
    )
    return [problem]


def _is_any(cell: str) -> bool:
    return is_absent(cell) or cell.strip() in _ANY
