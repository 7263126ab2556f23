"""Checks across tables: does what one table names exist in the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.errors import Problem
from siting.inputs.catalogue import load_catalogue
from siting.inputs.checks import Wording, join_list, row_problem, shorten, split_list
from siting.inputs.instance import Walking
from siting.inputs.layouts import RESIDENTS
from siting.inputs.schema_problems import close_match
from siting.inputs.tables import Table
from siting.inputs.yaml_marks import MarkedYaml
from siting.language import joined, phrase, quoted, tr

# In parts of 2 ** -16 this is a sixteenth of what 64 bits hold.
MOST_WEIGHT = 2.0**43


@dataclass(frozen=True)
class Checked:
    """A table as read and its typed frame, both indexed by the file's rows."""

    table: Table
    frame: pd.DataFrame


Tables = Mapping[str, Checked]


def check_known(
    here: Checked, column: str, known: Iterable[str], noun: str, home: str
) -> list[Problem]:
    """One problem for the ids in a column that its home table lacks."""
    bad = ~here.frame[column].isin(list(known)) & here.frame[column].ne("")
    form = phrase("an {noun} of {home}") if noun[0] in "aeiou" else phrase("a {noun} of {home}")
    names = {"noun": tr(noun), "home": home}
    wording = Wording(
        f"unknown-{noun}",
        tr(form, **names),
        tr("Correct these cells, or add the {noun} to {home}.", **names),
    )
    return row_problem(here.table, column, bad, wording)


def keep_known_categories(
    here: Checked, column: str, known: Iterable[str], home: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Checks `a;b` cells against the categories of the instance.

    A category that only the default catalogue knows is left out with a warning, because a ledger
    of outlets usually lists more than one plan is about. Any other unknown name is an error.

    Returns:
        The frame with the known categories only, and the problems.
    """
    names, spare = set(known), set(load_catalogue()["category"])
    cells = {cell: split_list(cell) for cell in here.frame[column].unique()}
    wrong = {c: [p for p in parts if p not in names | spare] for c, parts in cells.items()}
    extra = {c: [p for p in parts if p in spare - names] for c, parts in cells.items()}
    kept = {c: join_list(p for p in parts if p in names) for c, parts in cells.items()}
    problems = _unknown_categories(here, column, wrong, names, home)
    problems += _left_out(here, column, extra, home)
    frame = here.frame.assign(**{column: here.frame[column].map(kept).astype(str)})
    return frame, problems


def _unknown_categories(
    here: Checked, column: str, wrong: Mapping[str, list[str]], names: set[str], home: str
) -> list[Problem]:
    bad = here.frame[column].map(lambda cell: bool(wrong[cell])).astype(bool)
    unknown = list(dict.fromkeys(part for parts in wrong.values() for part in parts))
    hint = close_match(unknown[0], sorted(names)) if unknown else ""
    wording = Wording(
        "unknown-category",
        tr(
            "categories of {home} ({names}), separated by ';'",
            home=home,
            names=shorten(sorted(names), "name"),
        ),
        hint + tr("Correct the names, or add them to {home}.", home=home),
    )
    each = (tr("the unknown {noun} '{name}'", noun=tr("category"), name=name) for name in unknown)
    found = shorten(list(each), "name")
    return row_problem(here.table, column, bad, wording, found)


def _left_out(
    here: Checked, column: str, extra: Mapping[str, list[str]], home: str
) -> list[Problem]:
    bad = here.frame[column].map(lambda cell: bool(extra[cell])).astype(bool)
    names = list(dict.fromkeys(part for parts in extra.values() for part in parts))
    wording = Wording(
        "category-not-planned",
        tr("categories of {home}", home=home),
        tr("They are left out here; add them to the categories if the plan is about them."),
        "warning",
    )
    found = shorten([quoted(name) for name in names], "name")
    return row_problem(here.table, column, bad, wording, found)


def check_groups(tables: Tables, walking: Walking | None, marked: MarkedYaml) -> list[Problem]:
    """Groups that categories or walking speeds name must be columns of the residents."""
    residents, categories = tables["residents"], tables["categories"]
    plain = {column.name for column in RESIDENTS.columns}
    columns = [str(column) for column in residents.frame.columns if column not in plain]
    bad = ~categories.frame["group"].isin(["all", *columns])
    wording = Wording(
        "unknown-group",
        tr(
            "'all' or a column of people in {file}, which has {names}",
            file=residents.table.label,
            names=joined(columns) or tr("none"),
        ),
        tr("Add a column with the people of the group to the residents, or write 'all'."),
    )
    cells = categories.table.frame.reindex(columns=categories.frame.columns, fill_value="")
    seen = Table(categories.table.label, cells, None, categories.table.file_columns)
    names = joined(map(quoted, categories.frame.loc[bad, "group"].unique()[:5]))
    found = tr("the unknown group {names}", names=names)
    problems = row_problem(seen, "group", bad, wording, found)
    groups = walking.groups if walking else {}
    used = {"all", *categories.frame["group"], *columns}
    return problems + [_unknown_speed(g, used, marked) for g in groups if g not in used]


def _unknown_speed(group: str, used: set[str], marked: MarkedYaml) -> Problem:
    return Problem(
        code="unknown-group",
        where=marked.where(("walking", "groups", group)),
        found=tr("a speed of the unknown group '{group}'", group=group),
        expected=tr("a group that a category or a column of the residents names"),
        mend=close_match(group, used) + tr("Correct the name or delete the speed."),
    )


def check_growth(tables: Tables, growth: Mapping[str, float], marked: MarkedYaml) -> list[Problem]:
    """Groups that grow must be `all` or columns of the residents."""
    plain = {column.name for column in RESIDENTS.columns}
    known = {"all", *(str(c) for c in tables["residents"].frame.columns if c not in plain)}
    return [
        Problem(
            code="unknown-group",
            where=marked.where(("growth", group)),
            found=tr("growth of the unknown group '{group}'", group=group),
            expected=tr("'all' or a group that a column of the residents has"),
            mend=close_match(group, known) + tr("Correct the name or delete it."),
        )
        for group in growth
        if group not in known
    ]


def check_people(residents: Checked, groups: Iterable[str]) -> list[Problem]:
    """Nobody at all, or a group that is larger than all residents of its point."""
    frame, table = residents.frame, residents.table
    problems = []
    if len(frame) and frame["residents"].eq(0).all():
        problems.append(_nobody(table))
    for group in groups:
        if group in frame and group != "residents":
            wording = Wording(
                "group-exceeds-residents",
                tr("at most the number in '{column}'", column=table.column_label("residents")),
                tr("Check which of the two columns is right; the plan takes them as they are."),
                "warning",
            )
            more = frame[group].gt(frame["residents"]) & frame["residents"].ge(0)
            both = table.frame.loc[more, [group, "residents"]].head(5).itertuples(index=False)
            found = joined(
                tr("{part} of {whole} residents", part=part, whole=whole) for part, whole in both
            )
            problems += row_problem(table, group, more, wording, found)
    return problems


def check_weights(categories: Checked, residents: Checked) -> list[Problem]:
    """Priorities and people whose products leave the whole numbers that all is added up in."""
    frame, people = categories.frame, residents.frame
    if not {"priority", "group"} <= set(frame):
        return []
    columns = frame["group"].replace({"all": "residents"})
    known = columns.isin([name for name in people if pd.api.types.is_float_dtype(people[name])])
    with np.errstate(over="ignore"):
        each = columns[known].map({name: people[name].sum() for name in set(columns[known])})
        weights = each * frame["priority"][known].fillna(1.0)
        total = weights.sum()
    if total <= MOST_WEIGHT:
        return []
    heavy = weights.reindex(frame.index).ge(weights.max() / 2)
    wording = Wording(
        "out-of-range",
        tr("priorities times people of at most {most:g} in all", most=MOST_WEIGHT),
        tr("Divide all priorities by the same number: only their proportions matter."),
    )
    found = tr("priorities that make {total:g} with the people", total=total)
    return row_problem(categories.table, "priority", heavy, wording, found)


def _nobody(table: Table) -> Problem:
    return Problem(
        code="no-residents",
        where=tr(
            "{where}, column {column}",
            where=table.label,
            column=table.column_label("residents"),
        ),
        found=tr("0 residents in all rows together"),
        expected=tr("people in at least one row"),
        mend=tr("Check that the right column is read."),
    )


def check_edges(edges: Checked, nodes: Checked) -> list[Problem]:
    """Edges must join nodes that exist."""
    known, home = nodes.frame["node_id"], nodes.table.label
    return [
        problem
        for column in ("from_node", "to_node")
        for problem in check_known(edges, column, known, phrase("node"), home)
    ]


_PAIR_ENDS = (
    ("residents", "resident_id", phrase("resident")),
    ("sites", "site_id", phrase("site")),
    ("outlets", "outlet_id", phrase("outlet")),
)


def check_pairs(pairs: Checked, tables: Tables) -> list[Problem]:
    """Measured walks must join residents with sites or outlets, each pair once."""
    problems: list[Problem] = []
    for role, key, noun in _PAIR_ENDS:
        if key in pairs.frame and role in tables and key in tables[role].frame:
            home = tables[role]
            problems += check_known(pairs, key, home.frame[key], noun, home.table.label)
        elif key not in pairs.frame and role in tables and len(tables[role].frame):
            problems.append(_no_walks(pairs.table, key, role))
    return problems + _check_pair_rows(pairs)


def _check_pair_rows(pairs: Checked) -> list[Problem]:
    ends = [name for name in ("site_id", "outlet_id") if name in pairs.frame]
    if not ends:
        return []
    named = pd.concat([pairs.frame[end].ne("") for end in ends], axis=1).sum(axis=1)
    one = Wording(
        "pair-ends",
        tr("either a site_id or an outlet_id in each row"),
        tr("Split or complete these rows."),
    )
    twice = pairs.frame.duplicated(["resident_id", *ends], keep=False)
    once = Wording(
        "duplicate-pair", tr("each pair once"), tr("Keep the shorter walk of each pair.")
    )
    return [
        *row_problem(pairs.table, ends[0], named.ne(1), one, tr("neither or both")),
        *row_problem(pairs.table, "resident_id", twice & named.eq(1), once),
    ]


def _no_walks(table: Table, key: str, role: str) -> Problem:
    return Problem(
        code="missing-column",
        where=tr("{file} row {rows}", file=table.label, rows=1),
        found=tr("no column '{key}', so no walk to any of the {role}", key=key, role=role),
        expected=tr("the column '{key}', empty in the rows of other walks", key=key),
        mend=tr("Add the walks from residents to the {role}.", role=role),
    )


def check_measure(table: Table) -> list[Problem]:
    """A table of walks has minutes or metres, not both and not neither."""
    given = [name for name in ("minutes", "metres") if name in table.frame]
    if len(given) == 1:
        return []
    return [
        Problem(
            code="travel-measure",
            where=tr("{file} row {rows}", file=table.label, rows=1),
            found=tr("both 'minutes' and 'metres'")
            if given
            else tr("neither 'minutes' nor 'metres'"),
            expected=tr("one of the two columns"),
            mend=tr("Keep the one that was measured."),
        )
    ]


def check_closed_sites(
    sites: Checked, before: pd.Series[str], after: pd.Series[str]
) -> list[Problem]:
    """Sites whose every allowed category was left out: empty would mean that all are allowed."""
    wording = Wording(
        "nothing-allowed",
        tr("at least one category of this plan, or an empty cell where all are allowed"),
        tr("Add a category of this plan or delete the site."),
    )
    return row_problem(sites.table, "allowed_categories", before.ne("") & after.eq(""), wording)
