"""Reads an instance folder and reports everything that is wrong with it at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyproj import CRS

from siting.errors import InputError, Problem
from siting.inputs import layouts, references
from siting.inputs.barriers import check_crossings, opening_metres, read_lines
from siting.inputs.checks import check_table, hidden_rows, without_unseen_cells
from siting.inputs.completion import complete_categories, complete_offers, offers_from_catalogue
from siting.inputs.instance import (
    Instance,
    NetworkTravel,
    StraightLineTravel,
    TableTravel,
    Travel,
    Walking,
)
from siting.inputs.outline import Outline, read_outline
from siting.inputs.placement import (
    LOCAL,
    Placed,
    check_metric,
    check_placement,
    convert,
    parse_crs,
    plain_crs,
)
from siting.inputs.plausibility import check_plausibility
from siting.inputs.references import Checked
from siting.inputs.schemas import InstanceSchema, MoneySchema, StraightLineSchema, WalkingSchema
from siting.inputs.tables import Source, Table, open_source, read_table
from siting.inputs.walking import with_group_speeds
from siting.language import phrase

INSTANCE_FILE = "instance.yaml"
# Columns of these names are people wherever they stand, even if no category serves the group.
COMMON_GROUPS = ("elderly", "infants", "children")
_LAYOUTS = {
    layout.role: layout
    for layout in (
        layouts.CATEGORIES,
        layouts.RESIDENTS,
        layouts.OUTLETS,
        layouts.SITES,
        layouts.OFFERS,
        layouts.NODES,
        layouts.EDGES,
        layouts.PAIRS,
        layouts.BARRIERS,
        layouts.CROSSINGS,
    )
}


def read_instance(path: str | Path, *, overrides: Mapping[str, str] | None = None) -> Instance:
    """Reads and checks an instance.

    Args:
        path: The folder, or its YAML file.
        overrides: Dotted path and YAML text of values that replace those of the file, e.g.
            `{"walking.speed": "66.7 m/min"}`.

    Raises:
        InputError: With every problem of all its files.
    """
    file = Path(path)
    if file.is_dir() or file.suffix.lower() not in (".yaml", ".yml"):
        file = file / INSTANCE_FILE
    reading = _Reading(read_outline(file, overrides or {}))
    reading.read_tables()
    reading.check_tables()
    reading.check_references()
    reading.place()
    reading.check_barriers()
    reading.check_plausibility()
    return reading.finish()


def yaml_path(role: str) -> tuple[str, ...]:
    """Where instance.yaml names the file of a table."""
    if role == "travel":
        return ("travel", "table")
    for way, roles in (
        ("network", ("nodes", "edges")),
        ("straight_line", ("barriers", "crossings")),
    ):
        if role in roles:
            return ("travel", way, role)
    return (role,)


def _no_outlets() -> pd.DataFrame:
    """The outlets of an instance that names none."""
    kinds = {"outlet_id": str, "x": float, "y": float, "categories": str, "name": str}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


@dataclass
class _Reading:
    """One reading: tables and problems as they come up, from the YAML to the last check."""

    outline: Outline
    tables: dict[str, Table] = field(default_factory=dict)
    checked: dict[str, Checked] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    barriers: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        self.problems += self.outline.problems
        self.digests[self.outline.source.entry.file] = self.outline.source.digest

    def read_tables(self) -> None:
        for role, entry in self.outline.files().items():
            where = self.outline.marked.where(yaml_path(role))
            try:
                source = open_source(self.outline.folder, entry, where)
                self.digests |= source.digests
                self.tables[role] = self._read(role, source)
            except InputError as error:
                self.problems += error.problems

    def _read(self, role: str, source: Source) -> Table:
        if role != "barriers":
            return read_table(source)
        layer = read_lines(source)
        self.barriers = layer.vertices
        return layer.table

    def check_tables(self) -> None:
        """Columns, ids and numbers of each table; categories first, for they name the groups."""
        if "travel" in self.tables:
            self.problems += references.check_measure(self.tables["travel"])
        for role, read in self.tables.items():
            table, odd = without_unseen_cells(read)
            self.problems += [*odd, *hidden_rows(table)]
            layout = _LAYOUTS[role]
            if role == "residents":
                layout = layouts.residents_layout(self._groups())
            frame, problems = check_table(table, layout)
            self.problems += problems
            if all(column.name in frame for column in layout.columns if column.required):
                self._complete(role, Checked(table, frame))

    def _groups(self) -> tuple[str, ...]:
        walking = self._walking()
        groups = [*walking.groups, *COMMON_GROUPS]
        if "categories" in self.checked:
            groups += list(self.checked["categories"].frame["group"])
        return tuple(group for group in dict.fromkeys(groups) if group not in ("all", "residents"))

    def _walking(self) -> Walking:
        schema: WalkingSchema = self.outline.parts.get("walking") or WalkingSchema()
        return schema.walking

    def _known_groups(self) -> set[str]:
        columns = {str(column) for column in self.checked["residents"].frame.columns}
        return columns | set(self.checked["categories"].frame["group"])

    def _complete(self, role: str, checked: Checked) -> None:
        frame, problems = checked.frame, list[Problem]()
        if role == "categories":
            money = self.outline.parts.get("money") or MoneySchema()
            needed = self.outline.parts.get("offers") is None
            frame, problems = complete_categories(
                frame, checked.table, money.unit, cost_needed=needed
            )
        elif role == "offers":
            frame, problems = complete_offers(frame, checked.table)
        self.problems += problems
        self.checked[role] = replace(checked, frame=frame)

    def check_references(self) -> None:
        have = self.checked.keys()
        if "categories" in have and len(self.checked["categories"].frame):
            self._check_categories()
        if {"offers", "sites"} <= have:
            sites = self.checked["sites"]
            self.problems += references.check_known(
                self.checked["offers"],
                "site_id",
                sites.frame["site_id"],
                phrase("site"),
                sites.table.label,
            )
        if "residents" in have:
            self.problems += references.check_people(self.checked["residents"], self._groups())
            growth = self.outline.schema.growth if self.outline.schema else {}
            self.problems += references.check_growth(self.checked, growth, self.outline.marked)
        if {"residents", "categories"} <= have:
            walking = self._walking()
            self.problems += references.check_groups(self.checked, walking, self.outline.marked)
            self.problems += references.check_weights(
                self.checked["categories"], self.checked["residents"]
            )
        if {"nodes", "edges"} <= have:
            self.problems += references.check_edges(self.checked["edges"], self.checked["nodes"])
        if "travel" in have:
            self.problems += references.check_pairs(self.checked["travel"], self.checked)

    def _check_categories(self) -> None:
        home = self.checked["categories"]
        known = home.frame["category"]
        columns = {"outlets": "categories", "offers": "categories", "sites": "allowed_categories"}
        for role, column in columns.items():
            here = self.checked.get(role)
            if here is None or column not in here.frame:
                continue
            frame, problems = references.keep_known_categories(
                here, column, known, home.table.label
            )
            self.problems += problems
            self.checked[role] = replace(here, frame=frame)
            if role == "sites" and not any(p.severity == "error" for p in problems):
                before = here.frame[column]
                self.problems += references.check_closed_sites(here, before, frame[column])

    def place(self) -> None:
        """Checks coordinates in each file's own system, then converts them to the instance's."""
        text = self.outline.parts.get("crs")
        if text is None:
            return
        where = self.outline.marked.where(("crs",))
        crs, problems = parse_crs(plain_crs(text), where)
        self.problems += problems
        if crs is None:
            return
        placed = self._placed(crs)
        problems = check_metric(crs, placed, where)
        if text != LOCAL:
            problems = problems or check_placement(placed, crs)
        self.problems += problems
        if not problems:
            for role, one in placed.items():
                self._convert(role, one, crs)

    def _placed(self, crs: CRS) -> dict[str, Placed]:
        """The tables with coordinates, without rows whose coordinates are no numbers."""
        placed: dict[str, Placed] = {}
        for role in ("residents", "sites", "outlets", "nodes", "barriers", "crossings"):
            if role not in self.checked:
                continue
            table, frame = self.checked[role].table, self.checked[role].frame
            xy = frame[["x", "y"]].to_numpy(float)
            good = np.isfinite(xy).all(axis=1)
            own = self._own_crs(role, table, crs)
            if own is not None and good.any():
                placed[role] = Placed(role, replace(table, frame=table.frame[good]), xy[good], own)
        return placed

    def _own_crs(self, role: str, table: Table, crs: CRS) -> CRS | None:
        """The system of one file: as the YAML says, else as the layer says, else the instance's."""
        written = self.outline.files()[role].crs
        if written is None and table.crs is None:
            return crs
        own, problems = parse_crs(
            written or table.crs or "", self.outline.marked.where((*yaml_path(role), "crs"))
        )
        self.problems += problems
        return own

    def _convert(self, role: str, one: Placed, crs: CRS) -> None:
        frame = self.checked[role].frame
        if one.crs != crs and len(one.xy) == len(frame):
            xy = convert(one.xy, one.crs, crs)
            frame = frame.assign(x=xy[:, 0], y=xy[:, 1])
            self.checked[role] = replace(self.checked[role], frame=frame)
        if role == "barriers" and self.barriers is not None:
            xy = convert(self.barriers[["x", "y"]].to_numpy(float), one.crs, crs)
            self.barriers = self.barriers.assign(x=xy[:, 0], y=xy[:, 1])

    def check_barriers(self) -> None:
        """Crossings against the barriers, once both are in the instance's system."""
        if self.barriers is None or any(p.severity == "error" for p in self.problems):
            return
        where = self.outline.marked.where(yaml_path("barriers"))
        line = self.outline.parts["travel"].straight_line
        crossings = self.checked.get("crossings")
        self.problems += check_crossings(self.barriers, where, crossings, line.open_within)

    def check_plausibility(self) -> None:
        """What is odd of one table beside another, once each is right alone."""
        if any(problem.severity == "error" for problem in self.problems):
            return
        walking = with_group_speeds(self._walking(), self._known_groups())
        fastest = max([walking.speed, *walking.groups.values()])
        self.problems += check_plausibility(self.checked, fastest)

    def finish(self) -> Instance:
        errors = [problem for problem in self.problems if problem.severity == "error"]
        warnings = tuple(problem for problem in self.problems if problem.severity == "warning")
        schema = self.outline.schema
        if errors or schema is None:
            raise InputError([*errors, *warnings])
        return Instance(
            name=schema.name,
            crs=plain_crs(schema.crs),
            currency=schema.money.currency,
            budget=schema.budget,
            **self._frames(),
            travel=self._travel(schema),
            walking=with_group_speeds(self._walking(), self._known_groups()),
            folder=self.outline.folder,
            digests=dict(self.digests),
            warnings=warnings,
            note=schema.note,
            years=schema.years,
            grades={name: one.grade for name, one in schema.grades.items()},
            growth=schema.growth,
        )

    def _frame(self, role: str) -> pd.DataFrame:
        return self.checked[role].frame.reset_index(drop=True)

    def _frames(self) -> dict[str, Any]:
        roles = ("residents", "outlets", "sites", "categories")
        frames = {role: self._frame(role) for role in roles if role in self.checked}
        frames.setdefault("outlets", _no_outlets())
        if "offers" in self.checked:
            return {**frames, "offers": self._frame("offers")}
        offers = offers_from_catalogue(frames["sites"], frames["categories"])
        return {**frames, "offers": offers}

    def _straight_line(self, line: StraightLineSchema) -> StraightLineTravel:
        if self.barriers is None or "crossings" not in self.checked:
            return StraightLineTravel(line.detour, self.barriers)
        crossings = self._frame("crossings")
        opening = opening_metres(crossings, line.open_within)
        crossings = crossings[["x", "y"]].assign(open_within=opening)
        return StraightLineTravel(line.detour, self.barriers, crossings)

    def _travel(self, schema: InstanceSchema) -> Travel:
        travel = schema.travel
        if travel.network:
            nodes, edges = self._frame("nodes"), self._frame("edges")
            return NetworkTravel(nodes, edges, travel.network.snap_limit)
        if travel.straight_line:
            return self._straight_line(travel.straight_line)
        pairs = self._frame("travel")
        measure = "minutes" if "minutes" in pairs else "metres"
        pairs = pairs.rename(columns={measure: "amount"})
        return TableTravel(pairs, "minutes" if measure == "minutes" else "metres")
