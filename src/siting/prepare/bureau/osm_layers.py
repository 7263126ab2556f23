"""Layers that an OSM extract gives beside a bureau's ledgers: streets, outlets, street corners."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from pyproj import CRS
from scipy.spatial import KDTree

from siting.inputs.files import path_of
from siting.inputs.placement import convert
from siting.language import phrase, tr
from siting.prepare.bureau.bureau_mapping import OsmEntry
from siting.prepare.bureau.findings import Finding, Findings
from siting.prepare.bureau.osm_homes import people_of_osm
from siting.prepare.bureau.outlines import Outlines
from siting.prepare.bureau.placing import MARGIN, Area
from siting.prepare.bureau.street_file import StreetNetwork
from siting.prepare.coordinates import Floats
from siting.prepare.osm_mapping import Category, TagRule
from siting.prepare.osm_mapping_file import default_catalogue, default_streets
from siting.prepare.osm_read import Extract, read_extract
from siting.prepare.outlets import find_outlets, no_outlets
from siting.prepare.street_network import (
    Network,
    build_network,
    contract,
    drop_small_parts,
    round_lengths,
)

_MERGE_METRES = 30.0
_DEGREES = CRS.from_epsg(4326)
_CORNER_DEGREE = 3
_LEFT_OUT = {
    "ways not walked": phrase("ways that nobody walks on"),
    "pieces beyond the border": phrase("pieces of ways without their nodes"),
    "nodes in them": phrase("nodes in small parts without a link"),
}


class OsmLayers:
    """The layers of one extract, each worked out when it is asked for.

    Args:
        folder: That the name of the extract is relative to.
        entry: What the mapping says of it.
        area: The city; what lies beyond is not read.
        crs: Metric system of the instance.
        findings: Where it is noted what was left out.
    """

    def __init__(
        self, folder: Path, entry: OsmEntry, area: Area, crs: CRS, findings: Findings
    ) -> None:
        self.path, self.entry, self.area = path_of(folder, entry.file), entry, area
        self.crs, self.findings = crs, findings

    @cached_property
    def extract(self) -> Extract:
        """What the extract holds of the city and a little beyond.

        Raises:
            InputError: It cannot be read.
        """
        city = self.area
        box = (city.west - MARGIN, city.south - MARGIN, city.east + MARGIN, city.north + MARGIN)
        return read_extract(self.path, box)

    @cached_property
    def network(self) -> Network:
        """The streets that people walk on."""
        rules = default_streets()
        ways = self.extract.having("highway")
        full, cut = build_network(ways, rules.foot, self.crs.to_string())
        kept, dropped = drop_small_parts(full, rules.least_component)
        counts = {**cut.counts, **dropped.counts}
        for name, words in _LEFT_OUT.items():
            if counts[name]:
                what = f"{tr(words)}: {counts[name]:,}"
                self._note("street-left-out", what, tr("left out"))
        return kept

    def street_tables(self, points: list[Floats]) -> StreetNetwork:
        """The streets with a node near each point, metres, shape (n, 2)."""
        keep = np.zeros(len(self.network.xy), dtype=bool)
        tree = KDTree(self.network.xy)
        for xy in points:
            if len(xy):
                keep[tree.query(xy)[1]] = True
        small = round_lengths(contract(self.network, keep, default_streets().keep_every)[0])
        x, y = small.xy.T
        nodes = pd.DataFrame({"node_id": np.arange(len(x)), "x": x, "y": y})
        ends = {"from_node": small.tail, "to_node": small.head}
        return StreetNetwork(nodes, pd.DataFrame({**ends, "metres": small.metres}), small.xy)

    def residents(self, districts: Outlines | None) -> pd.DataFrame:
        """People spread over homes, as rows of a ledger."""
        people = people_of_osm(self.extract, self.entry, self.crs, districts, self.findings)
        rows = self._rows(people[["x", "y"]].to_numpy(float), [""] * len(people))
        numbers = people.drop(columns=["x", "y", "district"])
        return rows.assign(district=people["district"]).join(numbers)

    def outlets(self, planned: list[str]) -> pd.DataFrame:
        """Outlets of the categories of the plan, as rows of a ledger."""
        known = default_catalogue()
        chosen = {name: self._category(name, known) for name in planned if self._has_tags(name)}
        found, merged = find_outlets(self.extract, chosen, _MERGE_METRES, self.crs.to_string())
        if merged:
            what = tr("{count:,} objects of OSM listed twice", count=merged)
            self._note("merged-duplicate", what, tr("merged into one"))
        for why, count in no_outlets(self.extract, chosen).items():
            what = tr("{count:,} objects: {why}", count=count, why=tr(why))
            self._note("no-outlet", what, tr("left out"))
        return self._rows(found[["x", "y"]].to_numpy(float), found["name"].tolist()).assign(
            sheet=found["osm"].str[:1],
            row=found["osm"].str[1:].astype(np.int64),
            categories=found["categories"],
        )

    def _has_tags(self, category: str) -> bool:
        return category in self.entry.tags or category in default_catalogue()

    def _category(self, name: str, known: dict[str, Category]) -> Category:
        rules: list[TagRule] | None = self.entry.tags.get(name)
        base = known.get(name) or next(iter(known.values()))
        return base if rules is None else base.model_copy(update={"tags": rules})

    def corners(self, homes: Floats) -> pd.DataFrame:
        """Street corners near homes, those with most homes around them first, evenly spread."""
        xy = self.network.xy[self.network.degree >= _CORNER_DEGREE]
        every = self.entry.corners_every
        near = np.asarray(KDTree(homes).query_ball_point(xy, every, return_length=True))
        taken: list[int] = []
        free = np.array(near > 0, dtype=bool, ndmin=1)
        tree = KDTree(xy) if len(xy) else None
        for at in np.argsort(-near, kind="stable").tolist():
            if tree is not None and free[at]:
                taken.append(at)
                free[tree.query_ball_point(xy[at], every)] = False
        names = [tr("street corner {number}", number=one + 1) for one in range(len(taken))]
        return self._rows(xy[taken], names)

    def _rows(self, xy: Floats, names: list[str]) -> pd.DataFrame:
        """Rows as those of a ledger, numbered."""
        xy = np.round(xy, 2).reshape(-1, 2)
        lonlat = convert(xy, self.crs, _DEGREES).reshape(-1, 2)
        place = {"x": xy[:, 0], "y": xy[:, 1], "lon": lonlat[:, 0], "lat": lonlat[:, 1]}
        texts = {"id": "", "district": "", "circle": "", "file": self.entry.file, "sheet": ""}
        frame = pd.DataFrame({"row": np.arange(1, len(xy) + 1), "name": names, **place})
        return frame.assign(**texts)

    def _note(self, kind: str, what: str, done: str) -> None:
        self.findings.add(Finding(kind, self.entry.file, "", None, what, done))
