"""BDS instances: the draws in their order, strict radii, known optima, and the folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from published import BDS_OPTIMA, bds_program

from siting.coverage import compute_coverage
from siting.generate import BdsProblem, BdsSize, bds_cover, bds_folder, write_bds
from siting.generate.bds import bds_demand, bds_facilities, strictly_within
from siting.generate.bds_folder import limits
from siting.generate.glibc import RAND_MAX, GlibcRandom
from siting.inputs import read_instance
from siting.model import formulate, read_model
from siting.solve import Reason, SolveSettings, solve

SIZE = BdsSize(facilities=12, demand=500)
PROBLEM = BdsProblem(SIZE, radius=6.0, opened=3, seed=2)
QUICK = [(20, 3.25, 1), (20, 3.25, 2), (20, 4.25, 1)]


def drawn_at_once(size: BdsSize, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Facilities, points and demand from one list of draws, as the authors' program makes them."""
    n, m = size.facilities, size.demand
    draws = GlibcRandom(seed).draw(2 * n + 2 * m + n + m)
    places = (draws[: 2 * (n + m)] / RAND_MAX * 30).reshape(-1, 2)
    return places[:n], places[n:], 1 + draws[2 * (n + m) + n :] % 100


@pytest.mark.parametrize("chunk", [None, 1, 7, 500, 1000])
def test_points_are_drawn_in_the_published_order(chunk: int | None) -> None:
    facilities, points, demand = drawn_at_once(SIZE, seed=2)
    parts = list(bds_demand(SIZE, 2, chunk))
    assert np.array_equal(bds_facilities(SIZE, 2), facilities)
    assert np.array_equal(np.concatenate([part.xy for part in parts]), points)
    assert np.array_equal(np.concatenate([part.demand for part in parts]), demand)
    assert [part.start for part in parts][:2] in ([0], [0, chunk])


@pytest.mark.parametrize("chunk", [None, 3, 64])
def test_cover_sets_are_those_of_the_whole_matrix(chunk: int | None) -> None:
    facilities, points, demand = drawn_at_once(SIZE, seed=2)
    near = np.hypot(*(points[:, None, :] - facilities[None, :, :]).transpose(2, 0, 1)) < 6.0
    sets, group = np.unique(near, axis=0, return_inverse=True)
    sums = np.bincount(group.ravel(), weights=demand)
    made = bds_cover(SIZE, 6.0, 2, chunk=chunk)
    expected = {row.tobytes(): weight for row, weight in zip(sets, sums, strict=True)}
    assert made.uncovered == expected.pop(bytes(12), 0.0)
    found = made.cover.toarray().astype(np.bool_)
    assert {row.tobytes(): w for row, w in zip(found, made.weights, strict=True)} == expected
    assert made.points == 500


def test_progress_is_told() -> None:
    told: list[int] = []
    bds_cover(SIZE, 6.0, 2, chunk=200, on_points=told.append)
    assert told == [200, 400, 500]


def test_what_is_exactly_as_far_as_the_radius_does_not_count() -> None:
    facilities = np.array([[0.0, 0.0], [1.0, 0.0]])
    points = np.array([[3.0, 4.0], [1.0, 4.9]])
    assert strictly_within(facilities, points, 5.0).tolist() == [[False, False], [True, True]]
    assert strictly_within(facilities, points, 5.01).tolist() == [[True, True], [True, True]]


@pytest.mark.parametrize(("opened", "radius", "seed"), QUICK)
def test_the_optimum_is_the_known_one(opened: int, radius: float, seed: int) -> None:
    program, made = bds_program(100, 10_000, radius, opened, seed)
    assert program.shape[0] == len(made.weights) + 1
    result = solve(program, SolveSettings(relative_gap=0.0, isolate=False, threads=1))
    assert result.termination.reason is Reason.OPTIMAL
    assert result.objective == BDS_OPTIMA[opened, radius][10_000, seed]


@pytest.mark.parametrize(("facilities", "demand"), [(0, 1), (1, 0)])
def test_an_empty_instance_is_refused(facilities: int, demand: int) -> None:
    with pytest.raises(ValueError, match="needs facilities and demand points"):
        BdsSize(facilities, demand)


@pytest.mark.parametrize(("radius", "opened"), [(0.0, 1), (-1.0, 1), (float("nan"), 1), (5.0, 0)])
def test_a_question_without_an_answer_is_refused(radius: float, opened: int) -> None:
    with pytest.raises(ValueError, match="a radius above 0 and at least 1 facility"):
        BdsProblem(SIZE, radius, opened, 1)


# --- the folder ---------------------------------------------------------------------------------


def test_the_folder_means_the_same_pairs(tmp_path: Path) -> None:
    write_bds(PROBLEM, tmp_path / "bds")
    instance = read_instance(tmp_path / "bds")
    assert instance.warnings == ()
    reach = compute_coverage(instance)["facility"].reach.toarray().astype(bool)
    facilities, points, demand = drawn_at_once(SIZE, seed=2)
    assert np.array_equal(reach.T, strictly_within(facilities, points, 6.0))
    assert np.array_equal(instance.residents["residents"], demand)


def test_the_folder_has_the_optimum_of_the_program(tmp_path: Path) -> None:
    write_bds(PROBLEM, tmp_path / "bds")
    instance = read_instance(tmp_path / "bds")
    program = formulate(instance, compute_coverage(instance), read_model("annual-plan"))
    settings = SolveSettings(relative_gap=0.0, isolate=False, threads=1)
    streamed, _ = bds_program(12, 500, 6.0, 3, 2)
    assert solve(program, settings).objective == solve(streamed, settings).objective


def test_the_folder_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    told: list[str] = []
    write_bds(PROBLEM, tmp_path / "one", on_stage=told.append)
    write_bds(PROBLEM, tmp_path / "two")
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == 7
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert told[0] == "matching demand points and facilities"
    assert told[1:3] == ["writing residents.csv.gz", "writing outlets.csv.gz"]


def test_the_readme_says_where_the_limit_lies(tmp_path: Path) -> None:
    write_bds(PROBLEM, tmp_path / "bds")
    text = (tmp_path / "bds" / "README.md").read_text(encoding="utf-8")
    below, above = limits(PROBLEM)
    assert below < 6_000.0 <= above
    for part in ("Synthetic", "--seed 2", f"{below:.6f}", f"{above:.6f}", "no pair lies on the"):
        assert part in text


@pytest.mark.parametrize("nudge", [1.0, 1 + 1e-12])
def test_a_pair_on_the_radius_is_on_its_side_of_the_standard(tmp_path: Path, nudge: float) -> None:
    facilities, points, _ = drawn_at_once(SIZE, seed=2)
    radius = float(np.hypot(*(points[4] - facilities[3]))) * nudge
    write_bds(BdsProblem(SIZE, radius, 1, 2), tmp_path / "bds")
    coverage = compute_coverage(read_instance(tmp_path / "bds"))
    reach = coverage["facility"].reach.toarray().astype(bool)
    assert np.array_equal(reach.T, strictly_within(facilities, points, radius))
    assert reach[4, 3] == strictly_within(facilities[[3]], points[[4]], radius)[0, 0]


def test_pairs_too_close_to_tell_apart_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bds_folder, "_LEAST_GAP", 1000.0)
    with pytest.raises(ValueError, match="no standard tells them apart safely"):
        limits(PROBLEM)


def test_a_radius_that_reaches_everyone_has_a_limit() -> None:
    below, above = limits(BdsProblem(SIZE, 50.0, 1, 2))
    assert 30_000.0 < below < above == 50_000.0
