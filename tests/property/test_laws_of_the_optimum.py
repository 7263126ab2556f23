"""Laws that hold for the best plan of every town, whatever it looks like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from laws import on
from siting.blocks import (
    AllowedCategories,
    Budget,
    CategoryOncePerSite,
    LockedIn,
    LockedOut,
    SiteSlots,
)
from siting.coverage import compute_coverage
from siting.inputs import Instance, NetworkTravel, TableTravel
from siting.model import ModelSpec, formulate
from siting.solve import Reason, SolveResult, SolveSettings, solve
from siting.solve.bounds.duality import safe_bound
from towns import draw_instance, draw_spec, draw_town, spec_of

SETTINGS = SolveSettings(relative_gap=0, isolate=False, time_limit=3600, threads=1)
seeds = st.integers(0, 2**32 - 1)
law = on(40)
WITH_BUDGET = spec_of(Budget(at_most=None), SiteSlots(default=2), CategoryOncePerSite())


def solved(instance: Instance, spec: ModelSpec) -> SolveResult:
    return solve(formulate(instance, compute_coverage(instance), spec), SETTINGS)


def optimum(instance: Instance, spec: ModelSpec) -> float | None:
    """The best objective, or None where no plan keeps every constraint."""
    result = solved(instance, spec)
    assert (result.objective is None) == (result.termination.reason is Reason.INFEASIBLE)
    return result.objective


def same(first: float | None, second: float | None) -> bool:
    if first is None or second is None:
        return first is second
    return second == pytest.approx(first, rel=1e-9, abs=1e-9)


def no_worse(first: float | None, second: float | None) -> bool:
    """Whether the second town's best plan is at least as good as the first's."""
    return first is None or (second is not None and second >= first - 1e-9 * max(1.0, first))


# --- more of anything never harms ---------------------------------------------------------------


@law
@given(seeds, st.floats(0, 20000))
def test_more_money_never_covers_fewer(seed: int, more: float) -> None:
    instance, spec = draw_instance(seed), WITH_BUDGET
    richer = replace(instance, budget=(instance.budget or 0.0) + more)
    assert no_worse(optimum(instance, spec), optimum(richer, spec))


@law
@given(seeds, st.floats(1, 4))
def test_a_longer_walk_never_covers_fewer(seed: int, factor: float) -> None:
    instance, spec = draw_town(seed)
    minutes = instance.categories["standard_minutes"] * factor
    wider = replace(instance, categories=instance.categories.assign(standard_minutes=minutes))
    assert no_worse(optimum(instance, spec), optimum(wider, spec))


@law
@given(seeds, st.integers(0, 8))
def test_one_more_offer_never_covers_fewer(seed: int, which: int) -> None:
    instance = draw_instance(seed)
    without = instance.offers.drop(index=which % len(instance.offers)).reset_index(drop=True)
    fewer = replace(instance, offers=without)
    assert no_worse(optimum(fewer, WITH_BUDGET), optimum(instance, WITH_BUDGET))


@law
@given(seeds)
def test_one_more_constraint_never_covers_more(seed: int) -> None:
    instance, spec = draw_town(seed)
    looser = replace(spec, subject_to=spec.subject_to[:-1])
    assert no_worse(optimum(instance, spec), optimum(instance, looser))


# --- names and order mean nothing ---------------------------------------------------------------


def shuffled(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)


@law
@given(seeds, st.integers(0, 2**16))
def test_the_order_of_rows_changes_nothing(seed: int, order: int) -> None:
    instance, spec = draw_town(seed)
    rng = np.random.default_rng(order)
    frames: dict[str, Any] = {
        name: shuffled(getattr(instance, name), rng)
        for name in ("residents", "outlets", "sites", "categories", "offers")
    }
    travel = instance.travel
    if isinstance(travel, TableTravel):
        travel = replace(travel, pairs=shuffled(travel.pairs, rng))
    elif isinstance(travel, NetworkTravel):
        travel = replace(
            travel, nodes=shuffled(travel.nodes, rng), edges=shuffled(travel.edges, rng)
        )
    mixed = replace(instance, **frames, travel=travel)
    # Of two nodes equally near, a point snaps to either: the order decides, so it is kept.
    assume(not isinstance(travel, NetworkTravel) or not has_snap_ties(instance, travel))
    assert same(optimum(instance, spec), optimum(mixed, spec))


def has_snap_ties(instance: Instance, travel: NetworkTravel) -> bool:
    nodes = travel.nodes[["x", "y"]].to_numpy(float)
    points = pd.concat([instance.residents, instance.sites, instance.outlets])
    xy = points[["x", "y"]].to_numpy(float)
    apart = np.sort(((xy[:, None] - nodes[None]) ** 2).sum(axis=2), axis=1)
    return bool(np.any(np.isclose(apart[:, 0], apart[:, 1])))


def rename(frame: pd.DataFrame, new: Callable[[str], str], *columns: str) -> pd.DataFrame:
    held = [column for column in columns if column in frame]
    return frame.assign(
        **{c: [new(v) if isinstance(v, str) else v for v in frame[c]] for c in held}
    )


@law
@given(seeds, st.sampled_from(["点位 {}", '{}\' "x", [1]', "same_length_{}", "{}\t"]))
def test_ids_are_only_names(seed: int, form: str) -> None:
    instance, spec = draw_town(seed)
    new = form.format
    travel = instance.travel
    if isinstance(travel, TableTravel):
        pairs = rename(travel.pairs, new, "resident_id", "site_id", "outlet_id")
        travel = replace(travel, pairs=pairs)
    elif isinstance(travel, NetworkTravel):
        nodes = rename(travel.nodes, new, "node_id")
        edges = rename(travel.edges, new, "from_node", "to_node")
        travel = replace(travel, nodes=nodes, edges=edges)
    other = replace(
        instance,
        residents=rename(instance.residents, new, "resident_id"),
        outlets=rename(instance.outlets, new, "outlet_id"),
        sites=rename(instance.sites, new, "site_id"),
        offers=rename(instance.offers, new, "offer_id", "site_id"),
        travel=travel,
    )
    blocks = tuple(renamed_block(block, new) for block in spec.subject_to)
    assert same(optimum(instance, spec), optimum(other, replace(spec, subject_to=blocks)))


def renamed_block(block: Any, new: Callable[[str], str]) -> Any:
    if isinstance(block, LockedIn):
        return LockedIn(offers=tuple(map(new, block.offers)))
    if isinstance(block, LockedOut):
        offers, sites = tuple(map(new, block.offers)), tuple(map(new, block.sites))
        return LockedOut(offers=offers, sites=sites, categories=block.categories)
    return block


# --- people are what counts ---------------------------------------------------------------------


@law
@given(seeds, st.sampled_from([2.0, 3.0, 0.5]))
def test_twice_the_people_are_twice_the_objective(seed: int, factor: float) -> None:
    instance, spec = draw_town(seed)
    people = {name: instance.residents[name] * factor for name in ("residents", "elderly")}
    more = replace(instance, residents=instance.residents.assign(**people))
    best = optimum(instance, spec)
    assert same(None if best is None else factor * best, optimum(more, spec))


def split_first(instance: Instance, share: float) -> Instance:
    """The first demand point as two at the same place, with its people shared between them."""
    residents = instance.residents
    twin = residents.iloc[[0]].assign(resident_id="twin")
    for name in ("residents", "elderly"):
        part = np.floor(residents[name].iloc[0] * share)
        twin[name] = residents[name].iloc[0] - part
        residents = residents.assign(**{name: [part, *residents[name].iloc[1:]]})
    travel = instance.travel
    if isinstance(travel, TableTravel):
        first = travel.pairs[travel.pairs["resident_id"] == residents["resident_id"].iloc[0]]
        pairs = pd.concat([travel.pairs, first.assign(resident_id="twin")], ignore_index=True)
        travel = replace(travel, pairs=pairs)
    return replace(
        instance, residents=pd.concat([residents, twin], ignore_index=True), travel=travel
    )


@law
@given(seeds, st.floats(0, 1))
def test_splitting_or_merging_points_of_one_place_changes_nothing(seed: int, share: float) -> None:
    instance, spec = draw_town(seed)
    split = split_first(instance, share)
    assert split.residents["residents"].sum() == instance.residents["residents"].sum()
    assert same(optimum(instance, spec), optimum(split, spec))


@law
@given(seeds)
def test_a_point_where_nobody_lives_changes_nothing(seed: int) -> None:
    instance, spec = draw_town(seed)
    empty = instance.residents.iloc[[0]].assign(resident_id="empty", residents=0.0, elderly=0.0)
    more = replace(instance, residents=pd.concat([instance.residents, empty], ignore_index=True))
    assert same(optimum(instance, spec), optimum(more, spec))


# --- plans and bounds ---------------------------------------------------------------------------


@law
@given(seeds)
def test_deciding_on_the_best_plan_costs_nothing(seed: int) -> None:
    instance, spec = draw_town(seed)
    program = formulate(instance, compute_coverage(instance), spec)
    result = solve(program, SETTINGS)
    assume(result.values is not None)
    assert result.values is not None
    add = program.section("choose")
    chosen = tuple(add.ids[0][result.values[add.slice] > 0.5])
    decided = replace(spec, subject_to=(*spec.subject_to, LockedIn(offers=chosen)))
    assert same(result.objective, optimum(instance, decided))


@law
@given(seeds)
def test_forbidding_what_is_not_chosen_costs_nothing(seed: int) -> None:
    instance, spec = draw_town(seed)
    program = formulate(instance, compute_coverage(instance), spec)
    result = solve(program, SETTINGS)
    assume(result.values is not None)
    assert result.values is not None
    add = program.section("choose")
    left = tuple(add.ids[0][result.values[add.slice] < 0.5])
    fixed = replace(
        spec, subject_to=(*spec.subject_to, LockedOut(offers=left, sites=(), categories=()))
    )
    assert same(result.objective, optimum(instance, fixed))


@law
@given(seeds)
def test_allowing_nothing_leaves_what_there_is(seed: int) -> None:
    instance = draw_instance(seed)
    program = formulate(instance, compute_coverage(instance), spec_of(AllowedCategories(only=())))
    assert same(program.offset, optimum(instance, spec_of(AllowedCategories(only=()))))


@law
@given(seeds, st.sampled_from([0.0, 1e-3, 1.0, 30.0, 1e6]), st.integers(0, 2**16))
def test_any_multipliers_prove_a_bound(seed: int, size: float, draw: int) -> None:
    instance = draw_instance(seed)
    spec = draw_spec(seed, instance)
    program = formulate(instance, compute_coverage(instance), spec)
    best = solve(program, SETTINGS).objective
    assume(best is not None)
    assert best is not None
    rng = np.random.default_rng(draw)
    for _ in range(20):
        multipliers = rng.normal(0, 1, program.shape[0]) * size
        assert safe_bound(program, multipliers) >= best


@law
@given(seeds)
def test_broken_multipliers_prove_a_bound_too(seed: int) -> None:
    instance, spec = draw_town(seed)
    program = formulate(instance, compute_coverage(instance), spec)
    best = solve(program, SETTINGS).objective
    assume(best is not None)
    assert best is not None
    for broken in (np.nan, np.inf, -np.inf):
        bound = safe_bound(program, np.full(program.shape[0], broken))
        assert best <= bound < np.inf
