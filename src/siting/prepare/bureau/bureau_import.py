"""From a folder of a bureau's files and a mapping to an instance folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from pyproj import CRS

from siting.errors import InputError, Problem
from siting.inputs import read_instance
from siting.inputs.instance import CATEGORY_SEPARATOR
from siting.language import joined, quoted, tr
from siting.prepare.bureau.bureau_documents import bureau_instance_yaml, bureau_readme, titled
from siting.prepare.bureau.bureau_mapping import PopulationEntry, ResidentsEntry
from siting.prepare.bureau.bureau_mapping_file import MAPPING_FILE, read_bureau_mapping
from siting.prepare.bureau.cells import is_absent
from siting.prepare.bureau.closed_rows import note_closed
from siting.prepare.bureau.duplicates import (
    Merged,
    merge_same,
    report_crowded_points,
    report_same_point,
)
from siting.prepare.bureau.findings import Finding, Findings, write_findings
from siting.prepare.bureau.ledgers import Ledger
from siting.prepare.bureau.number_columns import Columns
from siting.prepare.bureau.osm_layers import OsmLayers
from siting.prepare.bureau.outlet_types import TypeRules, make_rules
from siting.prepare.bureau.outlines import fill_from_map
from siting.prepare.bureau.places import PlacedRows, read_outlets, read_residents, read_sites
from siting.prepare.bureau.plan_tables import (
    KnownSites,
    missing_groups,
    planned_by_name,
    planned_by_table,
    read_offers,
)
from siting.prepare.bureau.raster import read_population
from siting.prepare.bureau.shifts import name_key
from siting.prepare.bureau.sources import ROLES, Sources, groups_of, open_sources
from siting.prepare.bureau.street_file import (
    SNAP_LIMIT_METRES,
    StreetNetwork,
    make_network,
    read_street_lines,
)
from siting.prepare.bureau.written_tables import lines_as_geojson, with_ids, written_columns
from siting.prepare.instance_folder import write_csv

FILES = {
    "residents": "residents.csv",
    "outlets": "outlets.csv",
    "sites": "sites.csv",
    "categories": "categories.csv",
    "offers": "offers.csv",
    "nodes": "nodes.csv.gz",
    "edges": "edges.csv.gz",
}


BARRIERS = "barriers.geojson"


@dataclass(frozen=True)
class BureauSummary:
    """What an import made.

    Attributes:
        out: The instance folder.
        findings_file: Where every finding is listed.
        counts: Rows by table, in words.
        findings: Lines by kind, in words.
        left_out: Rows of the sources that are not in the instance, all kinds together.
    """

    out: Path
    findings_file: Path
    counts: Mapping[str, int]
    findings: Mapping[str, int]
    left_out: int


def prepare_bureau(
    folder: Path,
    out: Path,
    *,
    mapping: Path | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> BureauSummary:
    """Builds an instance folder from a bureau's own files.

    Every row of every source gets into the instance or has a line in `findings.xlsx`, which is also
    written when the import is refused.

    Args:
        folder: Where the files are.
        out: The folder to write; it is made, and files of the same names are replaced.
        mapping: The mapping file; `prepare.yaml` in the folder if not given.
        on_stage: Called with the name of each stage as it begins.

    Raises:
        InputError: The mapping or a file cannot be used as it is; every problem at once.
    """
    say = on_stage or (lambda _: None)
    rules = read_bureau_mapping(mapping or folder / MAPPING_FILE)
    findings = Findings()
    say(tr("reading"))
    sources = open_sources(folder, rules, findings)
    try:
        work = _Import(sources)
        say(tr("rows"))
        work.read_rows()
        work.stop_if_wrong()
        say(tr("places"))
        tables = work.make_tables()
        work.stop_if_wrong()
    except InputError as error:
        write_findings(out, findings, error.problems)
        raise
    say(tr("writing"))
    return _write(out, work, tables)


class _Import:
    """One import: from checked sources to the tables of an instance."""

    def __init__(self, sources: Sources) -> None:
        self.sources, self.findings = sources, sources.findings
        self.rows: dict[str, list[PlacedRows]] = {}
        self.planned = pd.DataFrame()
        self.barriers = ""
        self.assumed = ""
        self.rules: TypeRules

    def stop_if_wrong(self) -> None:
        if self.sources.problems:
            raise InputError(self.sources.problems)

    # --- rows ---

    def read_rows(self) -> None:
        """Categories first, for outlets and sites are read by them."""
        self._read_categories()
        readers = {"outlets": read_outlets, "sites": read_sites}
        names = list(self.planned["category"])
        for role in ROLES:
            for source in self.sources.by_role.get(role, []):
                if isinstance(source.entry, ResidentsEntry):
                    rows, problems = read_residents(source.points, source.entry, self.findings)
                else:
                    rows, problems = readers[role](source.points, self.rules, names, self.findings)
                note_closed(source.points.ledger, self.findings)
                self.rows.setdefault(role, []).append(rows)
                self.sources.problems += problems

    def _read_categories(self) -> None:
        sources, mapping = self.sources, self.sources.mapping
        table = sources.tables.get("category_table")
        if table is not None:
            self.planned, problems = planned_by_table(self._columns(table))
        else:
            self.planned, problems = planned_by_name(mapping, sources.rules.marked)
        sources.problems += problems
        self._check_costs(table)
        self.rules, problems = make_rules(mapping.types, {}, sources.rules.marked)
        sources.problems += problems
        where = sources.where("residents")
        sources.problems += missing_groups(self.planned, groups_of(sources), where)

    def _columns(self, ledger: Ledger) -> Columns:
        return Columns(ledger, self.findings, currency=self.sources.currency)

    def _check_costs(self, table: Ledger | None) -> None:
        """Costs of the catalogue: said where they are used, refused in another currency."""
        sources = self.sources
        own = np.zeros(len(self.planned), dtype=bool)
        if table is not None and "cost" in table.frame and len(self.planned) == len(table.frame):
            own = ~table.frame["cost"].map(is_absent).to_numpy(bool)
        names = joined(quoted(one) for one in self.planned["name_zh"][~own].head(5))
        if own.all() or sources.mapping.offers is not None:
            return
        if sources.currency != "CNY":
            sources.problems.append(_no_costs(sources, names))
            return
        self.assumed = tr("The costs of {count} categories are assumptions of the default "
                          "catalogue, no local figures.", count=int((~own).sum()))  # fmt: skip
        done = tr("write local costs into 'category_table' or 'offers'")
        self.findings.add(Finding("assumed-cost", "", "", None, names, done))

    # --- tables ---

    def make_tables(self) -> dict[str, pd.DataFrame]:
        """The tables of the instance, under the names of `FILES`."""
        merged = dict[str, Merged]()
        for role in ROLES:
            merged[role] = self._placed(role, merged)
            if role != "outlets" and merged[role].frame.empty:
                raise InputError([*self.sources.problems, _nothing_left(self.sources, role)])
            if role != "outlets":
                report_crowded_points(merged[role].frame, self.findings)
        tables = {role: one.frame for role, one in merged.items()}
        report_same_point(tables["outlets"], self.findings)
        for role in ("residents", "sites"):
            tables[role] = self._with_outlines(tables[role])
        self._note_empty_categories(tables["outlets"])
        tables["categories"] = self._without_yuan(self.planned)
        if "offers" in self.sources.tables:
            tables["offers"] = self._offers(merged["sites"])
        return tables | self._ground(tables)

    def _without_yuan(self, planned: pd.DataFrame) -> pd.DataFrame:
        """The categories without the catalogue's amounts where the money is another one."""
        if self.sources.currency == "CNY" or "category_table" in self.sources.tables:
            return planned
        return planned.drop(columns=["cost", "investment"])

    @property
    def _crs(self) -> CRS:
        target = self.sources.target
        assert target is not None  # noqa: S101 - a system that is not known has stopped the import
        return target.crs

    @cached_property
    def _osm(self) -> OsmLayers | None:
        """The layers of the OSM extract, if the mapping names one."""
        sources, entry = self.sources, self.sources.mapping.osm
        if entry is None or sources.area is None:
            return None
        return OsmLayers(sources.folder, entry, sources.area, self._crs, self.findings)

    def _of_osm(self, role: str, before: Mapping[str, Merged]) -> list[pd.DataFrame]:
        """The rows of a role that the raster or the OSM extract gives."""
        if role == "residents" and self.sources.mapping.population is not None:
            return [self._of_raster(self.sources.mapping.population)]
        if self._osm is None:
            return []
        if role == "residents" and "residents" in self._osm.entry.layers:
            return [self._osm.residents(self.sources.districts)]
        if role == "outlets" and "outlets" in self._osm.entry.layers:
            return [self._osm.outlets(list(self.planned["category"]))]
        if role == "sites" and "corners" in self._osm.entry.layers:
            homes = before["residents"].frame[["x", "y"]].to_numpy(float)
            return [self._osm.corners(homes)]
        return []

    def _of_raster(self, entry: PopulationEntry) -> pd.DataFrame:
        area = self.sources.area
        assert area is not None  # noqa: S101 - a mapping without one has stopped the import
        frame, beyond = read_population(self.sources.folder, entry, area, self._crs)
        if beyond:
            what = tr("{people:,.0f} people in cells beyond the city's box", people=beyond)
            self.findings.add(
                Finding("outside-districts", entry.file, "", None, what, tr("left out"))
            )
        return frame

    def _placed(self, role: str, before: Mapping[str, Merged]) -> Merged:
        """All rows of a role in the instance's system, with ids and without duplicates."""
        frames = self._of_osm(role, before)
        for rows in self.rows.get(role, []):
            xy = np.round(rows.points.system.into(rows.xy, self._crs), 2)
            lonlat = rows.points.system.lonlat(rows.xy)
            place = {"x": xy[:, 0], "y": xy[:, 1], "lon": lonlat[:, 0], "lat": lonlat[:, 1]}
            frames.append(rows.frame.assign(**place))
        frame = pd.concat(frames or [_no_rows()], ignore_index=True)
        texts = frame.select_dtypes(exclude="number").columns
        frame[texts] = frame[texts].fillna("")
        same = "residents" if role == "residents" else None
        merged = merge_same(frame, self.findings, same=same)
        with_id, problems = with_ids(merged.frame, role)
        self.sources.problems += problems
        return replace(merged, frame=with_id)

    def _with_outlines(self, frame: pd.DataFrame) -> pd.DataFrame:
        """With the districts and circles that the map gives."""
        maps = {"district": self.sources.districts, "circle": self.sources.circles}
        for column, outlines in maps.items():
            if outlines is not None and not frame.empty:
                frame = fill_from_map(frame, column, outlines, self.findings)
        return frame

    def _note_empty_categories(self, outlets: pd.DataFrame) -> None:
        there = {one for cell in outlets["categories"] for one in cell.split(CATEGORY_SEPARATOR)}
        for row in self.planned.to_dict("records"):
            if row["category"] not in there:
                what = tr("{name}: no outlet in any file", name=quoted(row["name_zh"]))
                done = tr("kept; see that it is not listed under another name")
                self.findings.add(Finding("empty-category", "", "", None, what, done))

    def _offers(self, sites: Merged) -> pd.DataFrame:
        ledger = self.sources.tables["offers"]
        names = list(self.planned["category"])
        known = _known_sites(sites, self.sources)
        offers, problems = read_offers(self._columns(ledger), known, self.rules, names)
        self.sources.problems += problems
        return offers

    def _ground(self, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        """Streets and barriers, where the mapping names them."""
        sources, mapping, ground = self.sources, self.sources.mapping, dict[str, pd.DataFrame]()
        area = sources.area
        if area is None:  # a plane of its own, without a map
            return ground
        marked = sources.rules.marked
        try:
            if self._osm and "streets" in self._osm.entry.layers:
                points = [tables[role][["x", "y"]].to_numpy(float) for role in ROLES]
                network = self._osm.street_tables(points)
                ground |= {"nodes": network.nodes, "edges": network.edges}
                self._note_far(tables, network)
            elif mapping.streets:
                lines = read_street_lines(sources.folder, mapping.streets, "streets", marked, area)
                file = mapping.streets.file
                network = make_network(lines, self._crs, self.findings, file)
                ground |= {"nodes": network.nodes, "edges": network.edges}
                self._note_far(tables, network)
            if mapping.barriers:
                lines = read_street_lines(
                    sources.folder, mapping.barriers, "barriers", marked, area
                )
                self.barriers = lines_as_geojson(lines)
        except InputError as error:
            sources.problems += error.problems
        return ground

    def _note_far(self, tables: Mapping[str, pd.DataFrame], network: StreetNetwork) -> None:
        for role in ROLES:
            frame = tables[role]
            far = network.distance(frame[["x", "y"]].to_numpy(float))
            for at in np.flatnonzero(far > SNAP_LIMIT_METRES):
                one = frame.iloc[at]
                what = tr("{name}, {metres:,.0f} m from the nearest street",
                          name=quoted(one["name"]), metres=far[at])  # fmt: skip
                done = tr("kept; nothing is within walking distance of it")
                place = (one["file"], one["sheet"], int(one["row"]))
                self.findings.add(Finding("far-from-street", *place, what, done))


def _no_rows() -> pd.DataFrame:
    """The table of outlets where there is no source of any."""
    texts = ("id", "name", "file", "sheet", "categories")
    numbers = dict.fromkeys(("row", "x", "y", "lon", "lat"), np.zeros(0))
    return pd.DataFrame({**dict.fromkeys(texts, np.zeros(0, dtype=object)), **numbers})


def _nothing_left(sources: Sources, role: str) -> Problem:
    return Problem(
        code="empty-table",
        where=sources.where(role),
        found=tr("no row that could be imported"),
        expected=tr("at least one row"),
        mend=tr("See in findings.xlsx why each row was left out."),
    )


def _no_costs(sources: Sources, names: str) -> Problem:
    return Problem(
        code="no-cost",
        where=sources.where("instance", "money"),
        found=tr("money in {unit}, and no costs of {names}", unit=sources.currency, names=names),
        expected=tr("a cost of each category in {unit}; those of the default catalogue are in CNY",
                    unit=sources.currency),
        mend=tr("Write costs into 'category_table' or 'offers'."),
    )  # fmt: skip


def _known_sites(sites: Merged, sources: Sources) -> KnownSites:
    ids = dict(zip(sites.frame.index, sites.frame["site_id"], strict=True))
    by_name: dict[str, str] = {}
    ambiguous = set()
    for row, keeper in zip(sites.before.to_dict("records"), sites.stands_for, strict=True):
        site = str(ids[int(keeper)])
        for key in {name_key(str(row["id"])), name_key(str(row["name"])), name_key(site)} - {""}:
            if by_name.setdefault(key, site) != site:
                ambiguous.add(key)
    named = {
        name_key(str(cell))
        for source in sources.by_role.get("sites", [])
        for column in ("id", "name")
        if column in source.ledger.frame
        for cell in source.ledger.frame[column]
    }
    return KnownSites(by_name, frozenset(ambiguous), frozenset(named - set(by_name)))


def _write(out: Path, work: _Import, tables: dict[str, pd.DataFrame]) -> BureauSummary:
    """Writes the folder and reads it again, as `siting check` would."""
    findings, sources = work.findings, work.sources
    out.mkdir(parents=True, exist_ok=True)
    for role, frame in tables.items():
        write_csv(written_columns(role, frame), out / FILES[role])
    files = {role: FILES[role] for role in tables}
    counts = {role: len(frame) for role, frame in tables.items()}
    if work.barriers:
        files["barriers"] = BARRIERS
    texts = {
        "instance.yaml": bureau_instance_yaml(sources.mapping, files, work.assumed),
        "README.md": bureau_readme(sources, counts, int(tables["residents"]["residents"].sum())),
    }
    texts |= {BARRIERS: work.barriers} if work.barriers else {}
    for name, text in texts.items():
        (out / name).write_text(text, encoding="utf-8", newline="\n")
    for warning in read_instance(out).warnings:
        findings.add(Finding("doubt", "", "", None, str(warning), tr("kept; check it")))
    findings_file = write_findings(out, findings)
    titles = findings.titled()
    left_out = sum(len(one.rows) for one in findings.lines if one.left_out)
    return BureauSummary(out, findings_file, titled(counts), titles, left_out)
