"""From an OSM extract and a mapping to an instance folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from siting.coverage.network import WalkNetwork
from siting.errors import InputError, Problem
from siting.inputs.files import read_named
from siting.inputs.instance import split_categories
from siting.prepare import population
from siting.prepare.buildings import Homes, find_homes
from siting.prepare.instance_folder import write_instance_folder
from siting.prepare.offers import UncoveredNeed, category_table, list_offers, price_premium
from siting.prepare.osm_documents import osm_instance_yaml, osm_readme
from siting.prepare.osm_mapping import OsmMapping
from siting.prepare.osm_mapping_file import read_mapping
from siting.prepare.osm_read import Extract, Floats, read_extract
from siting.prepare.outlets import find_outlets, no_outlets
from siting.prepare.sites import Need, find_sites
from siting.prepare.street_network import (
    Network,
    build_network,
    contract,
    drop_small_parts,
    round_lengths,
)

Stage = Callable[[str], None]

MAPPING_NAME = "prepare.yaml"


@dataclass(frozen=True)
class PrepareSummary:
    """What a preparation made and what it left out.

    Attributes:
        out: The instance folder.
        counts: Rows by table, and other counts worth knowing.
        skipped: What was left out: how many, by what and why.
        residents_by_district: People placed, by district.
        data_until: Date of the newest edit in the extract, ISO 8601.
    """

    out: Path
    counts: Mapping[str, int]
    skipped: Mapping[str, int]
    residents_by_district: Mapping[str, int]
    data_until: str


@dataclass(frozen=True)
class _Work:
    """What every stage needs; they note in `skipped` what they leave out.

    `floor` is the floor of homes for each resident by municipality, square metres.
    """

    extract: Extract
    mapping: OsmMapping
    skipped: dict[str, int] = field(default_factory=dict)
    floor: dict[str, float] = field(default_factory=dict)

    @property
    def crs(self) -> str:
        return self.mapping.crs


def prepare_osm(
    extract: Path, mapping: Path, out: Path, *, on_stage: Stage | None = None
) -> PrepareSummary:
    """Builds an instance folder from an OSM extract.

    Walking lengths are geodesic (WGS84), right to far better than 0.1 %; straight-line distances to
    the network are taken in the instance's CRS.

    Args:
        extract: The OSM file, e.g. `city.osm.pbf`.
        mapping: The mapping file, see `OsmMapping`.
        out: The folder to write; it is made, and files of the same names are replaced.
        on_stage: Called with the name of each stage as it begins.

    Raises:
        InputError: The mapping or the extract cannot be used (every problem of the mapping at
            once), or the extract has no streets, homes or sites by these rules.
    """
    say = on_stage or (lambda _: None)
    say("mapping")
    rules = read_mapping(mapping)
    say("extract")
    relations = rules.buildings.multipolygons
    work = _Work(read_extract(extract, rules.clip, multipolygons=relations), rules)
    say("streets")
    network = _streets(work)
    say("residents")
    residents = _residents(work, network)
    say("outlets")
    outlets, merged = find_outlets(
        work.extract, rules.chosen, rules.outlets.merge_within, rules.crs
    )
    work.skipped["outlets: listed twice in OSM"] = merged
    for why, count in no_outlets(work.extract, rules.chosen).items():
        work.skipped[f"outlets: {why}"] = count
    say("sites")
    sites = _sites(work, network, residents, outlets)
    say("contraction")
    small = _contract(network, [residents, outlets, sites], rules.streets.keep_every)
    say("offers")
    offers = _offers(rules, small, residents, outlets, sites)
    say("writing")
    tables = {
        "residents": residents,
        "outlets": outlets,
        "sites": sites,
        "categories": category_table(rules),
        "offers": offers,
        **_network_tables(small),
    }
    return _write(work, tables, out, mapping)


def _streets(work: _Work) -> Network:
    streets = work.mapping.streets
    full, cut = build_network(work.extract.having("highway"), streets.foot, work.crs)
    kept, dropped = drop_small_parts(full, streets.least_component)
    if not len(kept.metres):
        raise _nothing("streets that people walk on", "Look at `streets.foot` and `clip`.")
    for name in ("ways not walked", "pieces beyond the border"):
        work.skipped[f"streets: {name}"] = cut.counts[name]
    for name in ("small parts dropped", "nodes in them"):
        work.skipped[f"streets: {name}"] = dropped.counts[name]
    return kept


def _nothing(what: str, mend: str) -> InputError:
    expected = "at least one in the extract"
    return InputError([Problem("nothing-found", "the extract", f"no {what}", expected, mend)])


def _residents(work: _Work, network: Network) -> pd.DataFrame:
    rules = work.mapping.population
    homes = find_homes(work.extract, work.mapping.buildings, work.crs)
    homes = _on_network(homes, network, work)
    places = population.find_places(work.extract, work.crs)
    totals = population.municipality_totals(rules, places)
    at = population.assign_municipality(homes, work.extract, places, rules, work.crs)
    points = population.merge_homes(homes, at, rules.cell)
    names = np.array([one.name for one in rules.municipalities])
    population.require_homes(points, totals, names.tolist())
    placed = population.spread_people(points, totals, rules.groups)
    floor = np.bincount(points["municipality"], points["floor_m2"], minlength=len(totals))
    work.floor.update(zip(names.tolist(), (floor / np.maximum(totals, 1)).tolist(), strict=True))
    placed["district"] = names[placed["municipality"]]
    if rules.quarters:
        xy = placed[["x", "y"]].to_numpy(float)
        placed[rules.quarter_is] = population.nearest_place(xy, rules.quarters, places)
    placed.insert(0, "resident_id", [f"R{row:05d}" for row in range(1, len(placed) + 1)])
    return placed.drop(columns=["municipality", "floor_m2"])


def _on_network(homes: Homes, network: Network, work: _Work) -> Homes:
    """The homes near the network, to 1 cm; those off it are counted and left out."""
    xy = np.round(homes.xy, 2)
    near = np.asarray(KDTree(network.xy).query(xy)[0]) <= work.mapping.streets.snap_limit
    for why, count in sorted(homes.skipped.items()):
        work.skipped[f"buildings: {why}"] = count
    work.skipped["homes: off the network"] = int((~near).sum())
    objects = tuple(one for one, keep in zip(homes.objects, near, strict=True) if keep)
    return Homes(objects, xy[near], homes.floor_m2[near], homes.skipped)


def _sites(
    work: _Work, network: Network, residents: pd.DataFrame, outlets: pd.DataFrame
) -> pd.DataFrame:
    uncovered = _uncovered(work.mapping, network, residents, outlets)
    need = Need(_xy(residents), np.sum(list(uncovered.values()), axis=0))
    sites, passed = find_sites(work.extract, network, need, work.mapping)
    if sites.empty:
        raise _nothing("candidate sites", "Look at `sites.kinds` and `sites.least_residents`.")
    for kind, count in passed.items():
        work.skipped[f"places for sites not taken: {kind}"] = count
    near = KDTree(_xy(residents)).query(_xy(sites))[1]
    for column in ("district", "circle"):
        if column in residents:
            sites[column] = residents[column].to_numpy()[near]
    sites.insert(0, "site_id", [f"S{row:04d}" for row in range(1, len(sites) + 1)])
    return sites


def _uncovered(
    mapping: OsmMapping, network: Network, residents: pd.DataFrame, outlets: pd.DataFrame
) -> dict[str, Floats]:
    """People of each category's group beyond its standard from every outlet, by category."""
    walks = _walks(network)
    limit = mapping.streets.snap_limit
    at, outlet_at = walks.snap(_xy(residents), limit), walks.snap(_xy(outlets), limit)
    parts = split_categories(outlets["categories"])
    reach = _reach(mapping)
    uncovered = {}
    for name, category in mapping.chosen.items():
        rows = parts.loc[parts["category"] == name, "row"].to_numpy()
        beyond = walks.nearest(outlet_at[rows], at) > reach[name]
        group = "residents" if category.group == "all" else category.group
        uncovered[name] = np.where(beyond, residents[group].to_numpy(float), 0.0)
    return uncovered


def _reach(mapping: OsmMapping) -> dict[str, float]:
    """Metres of each category's standard at the speed of its group."""
    walking = mapping.walking
    return {
        name: one.standard_minutes * walking.groups.get(one.group, walking.speed)
        for name, one in mapping.chosen.items()
    }


def _contract(network: Network, points: list[pd.DataFrame], spacing: float) -> Network:
    keep = np.zeros(len(network.xy), dtype=bool)
    tree = KDTree(network.xy)
    for frame in points:
        keep[tree.query(_xy(frame))[1]] = True
    return round_lengths(contract(network, keep, spacing)[0])


def _offers(
    mapping: OsmMapping,
    network: Network,
    residents: pd.DataFrame,
    outlets: pd.DataFrame,
    sites: pd.DataFrame,
) -> pd.DataFrame:
    walks, limit = _walks(network), mapping.streets.snap_limit
    ground = UncoveredNeed(
        walks,
        walks.snap(_xy(residents), limit),
        walks.snap(_xy(sites), limit),
        _uncovered(mapping, network, residents, outlets),
        _reach(mapping),
    )
    people = Need(_xy(residents), residents["residents"].to_numpy(float))
    near = people.near(_xy(sites), mapping.sites.look_within)
    premium = price_premium(near, mapping.offers.density_premium)
    return list_offers(sites.assign(premium=premium), ground.reached(), mapping)


def _xy(frame: pd.DataFrame) -> Floats:
    xy: Floats = frame[["x", "y"]].to_numpy(float)
    return xy


def _walks(network: Network) -> WalkNetwork:
    tables = _network_tables(network)
    return WalkNetwork.from_tables(tables["nodes"], tables["edges"])


def _network_tables(network: Network) -> dict[str, pd.DataFrame]:
    x, y = network.xy.T
    nodes = pd.DataFrame({"node_id": np.arange(len(x)), "x": x, "y": y})
    ends = {"from_node": network.tail, "to_node": network.head}
    return {"nodes": nodes, "edges": pd.DataFrame({**ends, "metres": network.metres})}


def _write(
    work: _Work, tables: dict[str, pd.DataFrame], out: Path, mapping: Path
) -> PrepareSummary:
    residents, sites = tables["residents"], tables["sites"]
    counts = {
        "residents (people)": int(residents["residents"].sum()),
        "demand points": len(residents),
        "outlets": len(tables["outlets"]),
        "sites": len(sites),
        **{f"sites: {kind}": n for kind, n in sorted(sites["kind"].value_counts().items())},
        "categories": len(tables["categories"]),
        "offers": len(tables["offers"]),
        "network nodes": len(tables["nodes"]),
        "network edges": len(tables["edges"]),
    }
    districts = {
        str(name): int(people)
        for name, people in residents.groupby("district")["residents"].sum().items()
    }
    texts = {
        "instance.yaml": osm_instance_yaml(work.mapping),
        "README.md": osm_readme(work.mapping, counts, work.skipped, districts, work.floor),
        MAPPING_NAME: read_named(mapping).decode("utf-8-sig"),
    }
    write_instance_folder(out, tables, texts)
    until = work.extract.newest.date().isoformat()
    return PrepareSummary(out, counts, dict(work.skipped), districts, until)
