"""Walking distances of an instance, whichever way it measures them.

Each way answers two questions: which sites are within a distance of which residents, and how far
each resident is from the nearest of some outlets and sites. The first builds the coverage, the
second judges a plan, by another path through the code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from siting.coverage.barrier_walks import barrier_walks
from siting.coverage.near_pairs import distances_within
from siting.coverage.network import Index, Metres, Snap, WalkNetwork
from siting.errors import Problem
from siting.inputs.instance import Instance, NetworkTravel, StraightLineTravel, TableTravel
from siting.language import phrase, tr
from siting.units import counted, listed


class Walks(Protocol):
    """Walking distances between the points of one instance, in metres."""

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is odd about where the points lie."""

    def to_sites(self, limit: float) -> csr_array:
        """Metres to every site within `limit`, shape (residents, sites); others are absent."""

    def to_outlets(self, limit: float) -> csr_array:
        """Metres to every outlet within `limit`, shape (residents, outlets); others are absent."""

    def to_nearest(self, outlets: Index, sites: Index, limit: float = np.inf) -> Metres:
        """Metres to the nearest of these outlets and sites (positions), shape (residents,).

        Walks of more than `limit` may come out as infinite.
        """


@dataclass(frozen=True)
class NetworkWalks:
    """Walks along a street network, from snap point to snap point."""

    network: WalkNetwork
    residents: Snap
    outlets: Snap
    sites: Snap
    warnings: tuple[Problem, ...] = ()

    def to_sites(self, limit: float) -> csr_array:
        """See `Walks.to_sites`."""
        return self.network.within(self.sites, self.residents, limit)

    def to_outlets(self, limit: float) -> csr_array:
        """See `Walks.to_outlets`."""
        return self.network.within(self.outlets, self.residents, limit)

    def to_nearest(self, outlets: Index, sites: Index, limit: float = np.inf) -> Metres:  # noqa: ARG002
        """See `Walks.to_nearest`."""
        chosen = (self.outlets[outlets], self.sites[sites])
        sources = Snap(
            np.concatenate([part.node for part in chosen]),
            np.concatenate([part.metres for part in chosen]),
        )
        return self.network.nearest(sources, self.residents)


@dataclass(frozen=True)
class StraightLineWalks:
    """Walks as the crow flies times a detour factor."""

    residents: np.ndarray
    outlets: np.ndarray
    sites: np.ndarray
    detour: float
    warnings: tuple[Problem, ...] = ()

    def to_sites(self, limit: float) -> csr_array:
        """See `Walks.to_sites`."""
        return self._within(self.sites, limit)

    def to_outlets(self, limit: float) -> csr_array:
        """See `Walks.to_outlets`."""
        return self._within(self.outlets, limit)

    def _within(self, targets: np.ndarray, limit: float) -> csr_array:
        # A hair wider than the limit, so that rounding in the division loses no pair.
        reach = limit / self.detour * (1 + 1e-9)
        near = distances_within(self.residents, targets, reach)
        metres = near["v"] * self.detour
        keep = metres <= limit
        shape = (len(self.residents), len(targets))
        return csr_array((metres[keep], (near["i"][keep], near["j"][keep])), shape=shape)

    def to_nearest(self, outlets: Index, sites: Index, limit: float = np.inf) -> Metres:  # noqa: ARG002
        """See `Walks.to_nearest`."""
        points = np.concatenate([self.outlets[outlets], self.sites[sites]])
        if len(points) == 0:
            return np.full(len(self.residents), np.inf)
        return np.asarray(KDTree(points).query(self.residents)[0]) * self.detour


@dataclass(frozen=True)
class TableWalks:
    """Walks that the user measured; an absent pair is out of reach.

    Attributes:
        sites: Metres, shape (residents, sites).
        outlets: Metres, shape (residents, outlets).
    """

    sites: csr_array
    outlets: csr_array
    warnings: tuple[Problem, ...] = field(default=())

    def to_sites(self, limit: float) -> csr_array:
        """See `Walks.to_sites`."""
        return at_most(self.sites, limit)

    def to_outlets(self, limit: float) -> csr_array:
        """See `Walks.to_outlets`."""
        return at_most(self.outlets, limit)

    def to_nearest(self, outlets: Index, sites: Index, limit: float = np.inf) -> Metres:  # noqa: ARG002
        """See `Walks.to_nearest`."""
        nearest = np.full(self.sites.shape[0], np.inf)
        for matrix, chosen in ((self.outlets, outlets), (self.sites, sites)):
            wanted = np.zeros(matrix.shape[1], dtype=bool)
            wanted[chosen] = True
            pairs = matrix.tocoo()
            used = wanted[pairs.col]
            np.minimum.at(nearest, pairs.row[used], pairs.data[used])
        return nearest


def at_most(metres: csr_array, limit: float) -> csr_array:
    """The entries of a distance matrix that are at most `limit`, zeros kept."""
    keep = metres.data <= limit
    indptr = np.concatenate([[0], np.cumsum(keep)])[metres.indptr]
    return csr_array((metres.data[keep], metres.indices[keep], indptr), shape=metres.shape)


def measure_walks(instance: Instance) -> Walks:
    """Prepares the walking distances of an instance by the way its `travel` names."""
    travel = instance.travel
    if isinstance(travel, NetworkTravel):
        return _network_walks(instance, travel)
    if isinstance(travel, StraightLineTravel) and travel.barriers is not None:
        return barrier_walks(instance, travel.detour, travel.barriers, travel.crossings)
    if isinstance(travel, StraightLineTravel):
        return StraightLineWalks(
            residents=_xy(instance.residents),
            outlets=_xy(instance.outlets),
            sites=_xy(instance.sites),
            detour=travel.detour,
        )
    return _table_walks(instance, travel)


def _xy(frame: pd.DataFrame) -> np.ndarray:
    return frame[["x", "y"]].to_numpy(float).reshape(-1, 2)


def _network_walks(instance: Instance, travel: NetworkTravel) -> NetworkWalks:
    network = WalkNetwork.from_tables(travel.nodes, travel.edges)
    frames = {"residents": instance.residents, "outlets": instance.outlets, "sites": instance.sites}
    snaps = {name: network.snap(_xy(frame), travel.snap_limit) for name, frame in frames.items()}
    warnings = [
        *_off_network(snaps, frames, travel.snap_limit),
        *_parts(network, snaps["residents"], instance),
    ]
    return NetworkWalks(network, **snaps, warnings=tuple(warnings))


def _off_network(
    snaps: dict[str, Snap], frames: dict[str, pd.DataFrame], limit: float
) -> list[Problem]:
    problems = []
    for name, snap in snaps.items():
        off = np.flatnonzero(np.isinf(snap.metres))
        if len(off) == 0:
            continue
        ids = listed(frames[name][f"{name.removesuffix('s')}_id"].iloc[off].tolist())
        points = counted(len(off), phrase("point"))
        if name == "residents":
            people = frames[name]["residents"].iloc[off].sum()
            points = tr("{points} with {people:,.0f} people", points=points, people=people)
        problems.append(
            Problem(
                code="off-network",
                where=name,
                found=tr("{points} off the network ({ids})", points=points, ids=ids),
                expected=tr("a street node within {limit:g} m of every point", limit=limit),
                mend=tr("They count as unreachable; check their coordinates or raise snap_limit."),
                severity="warning",
            )
        )
    return problems


def _parts(network: WalkNetwork, residents: Snap, instance: Instance) -> list[Problem]:
    sizes = np.bincount(network.component)
    if len(sizes) == 1:
        return []
    apart = network.component[residents.node] != sizes.argmax()
    people = instance.residents["residents"].to_numpy(float)[apart].sum()
    if people == 0:
        return []
    return [
        Problem(
            code="network-in-parts",
            where="travel.network",
            found=tr(
                "{count} parts without a street between them; {people:,.0f} people live "
                "outside the largest",
                count=len(sizes),
                people=people,
            ),
            expected=tr("one connected network"),
            mend=tr(
                "They reach only what lies in their own part; check bridges and clipped streets."
            ),
            severity="warning",
        )
    ]


def _table_walks(instance: Instance, travel: TableTravel) -> TableWalks:
    scale = instance.walking.speed if travel.measure == "minutes" else 1.0
    sites, outlets = (
        _table_matrix(travel.pairs, instance.residents, frame, f"{kind}_id", scale)
        for kind, frame in (("site", instance.sites), ("outlet", instance.outlets))
    )
    return TableWalks(sites, outlets)


def _table_matrix(
    pairs: pd.DataFrame, residents: pd.DataFrame, points: pd.DataFrame, key: str, scale: float
) -> csr_array:
    shape = (len(residents), len(points))
    if key not in pairs:
        return csr_array(shape, dtype=float)
    # Each pair names a site or an outlet; the other cell is blank.
    named = pairs[pairs[key].fillna("") != ""]
    used = named.groupby(["resident_id", key])["amount"].min().reset_index()
    row = pd.Index(residents["resident_id"]).get_indexer(used["resident_id"])
    column = pd.Index(points[key]).get_indexer(used[key])
    return csr_array((used["amount"].to_numpy(float) * scale, (row, column)), shape=shape)
