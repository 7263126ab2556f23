"""Every exact way of solving against every subset of offers, counted in plain Python.

The enumeration reads the instance and nothing else of the package: distances, limits and
constraints are worked out here once more.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from siting.blocks import (
    AllowedCategories,
    Budget,
    CategoryOncePerSite,
    ConstraintBlock,
    LockedIn,
    LockedOut,
    SiteSlots,
)
from siting.coverage import compute_coverage
from siting.inputs import Instance, NetworkTravel, StraightLineTravel, TableTravel
from siting.model import ModelSpec, formulate
from siting.plan import make_plan
from siting.program.program import Program
from siting.solve import Backend, Limit, Reason, SolveResult, SolveSettings, solve
from towns import draw_town, hand_town, spec_of

EXACT = SolveSettings(relative_gap=0, isolate=False, time_limit=3600, threads=1)
TOWNS = 240
CHUNKS = 12
Point = tuple[float, float]
Places = dict[str, Point]


# --- the enumeration ----------------------------------------------------------------------------


def rows(frame: pd.DataFrame) -> list[Any]:
    return [
        SimpleNamespace(**dict(zip(frame.columns, row, strict=True)))
        for row in frame.to_numpy(object)
    ]


def places(frame: pd.DataFrame, key: str) -> Places:
    return {getattr(row, key): (row.x, row.y) for row in rows(frame)}


def walks_of(instance: Instance) -> dict[tuple[str, str], float]:
    """Metres from each demand point to each site and outlet that can be reached."""
    travel = instance.travel
    residents = places(instance.residents, "resident_id")
    targets = places(instance.sites, "site_id") | places(instance.outlets, "outlet_id")
    if isinstance(travel, TableTravel):
        scale = 80.0 if travel.measure == "minutes" else 1.0
        walks: dict[tuple[str, str], float] = {}
        for row in rows(travel.pairs):
            target = row.site_id if isinstance(row.site_id, str) else row.outlet_id
            walks[row.resident_id, target] = row.amount * scale
        return walks
    if isinstance(travel, StraightLineTravel):
        return {
            (i, t): math.dist(residents[i], targets[t]) * travel.detour
            for i in residents
            for t in targets
        }
    return dict(network_walks(travel, residents, targets))


def network_walks(
    travel: NetworkTravel, residents: Places, targets: Places
) -> Iterator[tuple[tuple[str, str], float]]:
    nodes = places(travel.nodes, "node_id")
    neighbours: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for row in rows(travel.edges):
        neighbours[row.from_node].append((row.to_node, row.metres))
        neighbours[row.to_node].append((row.from_node, row.metres))
    for i, t in itertools.product(residents, targets):
        ends = [nearest(nodes, point) for point in (residents[i], targets[t])]
        if any(metres > travel.snap_limit for _, metres in ends):
            continue
        walk = shortest(neighbours, ends[0][0])[ends[1][0]]
        yield (i, t), walk + ends[0][1] + ends[1][1]


def nearest(nodes: Places, point: Point) -> tuple[str, float]:
    node = min(nodes, key=lambda name: math.dist(nodes[name], point))
    return node, math.dist(nodes[node], point)


def shortest(neighbours: dict[str, list[tuple[str, float]]], start: str) -> dict[str, float]:
    best: dict[str, float] = defaultdict(lambda: math.inf, {start: 0.0})
    heap = [(0.0, start)]
    while heap:
        metres, node = heapq.heappop(heap)
        if metres > best[node]:
            continue
        for other, length in neighbours[node]:
            if metres + length < best[other]:
                best[other] = metres + length
                heapq.heappush(heap, (best[other], other))
    return best


Offer = tuple[str, str, frozenset[str], float]


def offers_of(instance: Instance) -> list[Offer]:
    return [
        (row.offer_id, row.site_id, frozenset(row.categories.split(";")), row.cost)
        for row in rows(instance.offers)
    ]


class Enumeration:
    """All choices of offers of one town, with what each pair of point and category is worth."""

    def __init__(self, instance: Instance, spec: ModelSpec) -> None:
        self.instance, self.spec = instance, spec
        self.offers = offers_of(instance)
        walks = walks_of(instance)
        outlets = {row.outlet_id: row.categories.split(";") for row in rows(instance.outlets)}
        self.weights: list[float] = []
        self.already = 0
        self.covers = [0] * len(self.offers)
        for category in rows(instance.categories):
            speed = instance.walking.groups.get(category.group, instance.walking.speed)
            limit = category.standard_minutes * speed + 1e-6
            people = "residents" if category.group == "all" else category.group
            for point in rows(instance.residents):
                bit = 1 << len(self.weights)
                self.weights.append(getattr(point, people) * category.priority)
                near = {t for (i, t), m in walks.items() if i == point.resident_id and m <= limit}
                if any(category.category in served and e in near for e, served in outlets.items()):
                    self.already |= bit
                for o, (_, site, categories, _) in enumerate(self.offers):
                    if site in near and category.category in categories:
                        self.covers[o] |= bit

    def best(self) -> float | None:
        """The largest objective that a choice within all blocks has, or None if none is."""
        found = [
            self.value(chosen)
            for count in range(len(self.offers) + 1)
            for chosen in itertools.combinations(range(len(self.offers)), count)
            if all(self.keeps(block, chosen) for block in self.spec.subject_to)
        ]
        return max(found, default=None)

    def value(self, chosen: tuple[int, ...]) -> float:
        mask = self.already
        for o in chosen:
            mask |= self.covers[o]
        return math.fsum(weight for bit, weight in enumerate(self.weights) if mask >> bit & 1)

    def keeps(self, block: ConstraintBlock, chosen: tuple[int, ...]) -> bool:
        offers = [self.offers[o] for o in chosen]
        if isinstance(block, Budget):
            own = None if block.at_most is None else float(block.at_most.removesuffix(" CNY"))
            limit = self.instance.budget if own is None else own
            return limit is not None and sum(cost for _, _, _, cost in offers) <= limit
        if isinstance(block, SiteSlots):
            return self.within_slots(block.default, offers)
        if isinstance(block, CategoryOncePerSite):
            times = Counter((site, name) for _, site, names, _ in offers for name in names)
            return all(count == 1 for count in times.values())
        if isinstance(block, AllowedCategories):
            return all(self.allows(block.only, site, names) for _, site, names, _ in offers)
        if isinstance(block, LockedIn):
            return set(block.offers) <= {offer for offer, _, _, _ in offers}
        assert isinstance(block, LockedOut)
        return not any(
            offer in block.offers or site in block.sites or names & set(block.categories)
            for offer, site, names, _ in offers
        )

    def within_slots(self, default: int | None, offers: list[Offer]) -> bool:
        for row in rows(self.instance.sites):
            slots = getattr(row, "slots", math.nan)
            limit = (math.inf if default is None else default) if math.isnan(slots) else slots
            if sum(len(names) for _, site, names, _ in offers if site == row.site_id) > limit:
                return False
        return True

    def allows(self, only: tuple[str, ...] | None, site: str, names: frozenset[str]) -> bool:
        (row,) = (row for row in rows(self.instance.sites) if row.site_id == site)
        joined = getattr(row, "allowed_categories", "")
        local = set(joined.split(";")) if joined else names
        return names <= local and (only is None or names <= set(only))


# --- the tests ----------------------------------------------------------------------------------


def is_proven(result: SolveResult, program: Program, *, cold: bool) -> bool:
    """Whether a solve to gap 0 ended as it should: by a certificate, or cold by a solver's word.

    Of whole people the bound rounds down to the optimum. Of half people and odd priorities it
    stays wider by the tolerance of a solver, a millionth.
    """
    whole = np.array_equal(program.objective, np.round(program.objective))
    gap = 0.0 if whole else 1.01e-6
    end = result.termination
    if cold:
        return end.limit is Limit.SOLVER_GAP and result.relative_gap <= gap
    return end.reason is Reason.OPTIMAL and result.certified_gap <= gap


SEEDS = [range(chunk, TOWNS, CHUNKS) for chunk in range(CHUNKS)]
BACKENDS = [Backend.HIGHS, Backend.GSCIP, Backend.CP_SAT]


@pytest.mark.parametrize("cold", [False, True], ids=["engine", "cold"])
@pytest.mark.parametrize("seeds", SEEDS, ids=lambda seeds: f"towns-from-{seeds[0]}")
def test_the_optimum_is_that_of_the_enumeration(seeds: range, cold: bool) -> None:
    for seed in seeds:
        instance, spec = draw_town(seed)
        best = Enumeration(instance, spec).best()
        program = formulate(instance, compute_coverage(instance), spec)
        for backend in BACKENDS:
            settings = replace(EXACT, backend=backend, cold=cold)
            result = solve(program, settings)
            told = f"town {seed}, {backend}"
            if best is None:
                assert result.termination.reason is Reason.INFEASIBLE, told
                assert result.objective is None, told
                continue
            assert result.objective == pytest.approx(best, rel=1e-9, abs=1e-9), told
            bounds = [point.bound for point in result.trace if point.bound is not None]
            least = min([*bounds, result.bound, result.certified_bound])
            assert least >= best - 1e-9 * max(1.0, best), told
            assert is_proven(result, program, cold=cold), told


def test_the_towns_are_of_every_kind() -> None:
    """A generator that draws only easy towns would prove nothing."""
    seen: Counter[str] = Counter()
    for seed in range(TOWNS):
        instance, spec = draw_town(seed)
        towns = Enumeration(instance, spec)
        best = towns.best()
        seen["infeasible"] += best is None
        seen["worth choosing"] += best is not None and best > towns.value(())
        everything = towns.value(tuple(range(len(towns.offers))))
        seen["not everything"] += best is not None and best < everything
        seen[type(instance.travel).__name__] += 1
        seen.update(block.block for block in spec.subject_to)
    assert min(seen.values()) >= 20, seen
    assert len(seen) == 12, seen


# --- money to the last coin ---------------------------------------------------------------------


def town_of_two_costs(second: float) -> Instance:
    """Two offers that reach other people, at 600,000 and at `second`, with 1,000,000 to spend."""
    offers = hand_town().offers.iloc[[1, 2]].assign(cost=[600_000.0, second])
    return hand_town(budget=1_000_000.0, offers=offers.reset_index(drop=True))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("cold", [False, True], ids=["engine", "cold"])
def test_a_budget_may_be_spent_to_the_last_coin(backend: Backend, cold: bool) -> None:
    assert spent(town_of_two_costs(400_000.0), backend, cold) == 1_000_000.0


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("cold", [False, True], ids=["engine", "cold"])
@pytest.mark.parametrize("coins", [0.01, 0.1, 0.5])
def test_a_coin_over_the_budget_is_over(backend: Backend, cold: bool, coins: float) -> None:
    """Solvers forgive a millionth of a row; the judge forgives nothing but rounding."""
    assert spent(town_of_two_costs(400_000.0 + coins), backend, cold) <= 1_000_000.0


def spent(instance: Instance, backend: Backend, cold: bool) -> float:
    spec, coverage = spec_of(Budget(at_most=None), LockedIn(offers=())), compute_coverage(instance)
    program = formulate(instance, coverage, spec)
    settings = replace(EXACT, backend=backend, cold=cold)
    return make_plan(instance, coverage, spec, program, solve(program, settings)).spend
