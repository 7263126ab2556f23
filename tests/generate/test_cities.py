"""Synthetic cities: the same for the same seed, of the size asked for, whole and solvable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from siting.coverage import compute_coverage
from siting.errors import InputError
from siting.generate import CitySize, CityTraits, generate_city, write_city
from siting.generate.folder import FILES
from siting.inputs import Instance, load_catalogue, read_instance
from siting.model import check_fit, formulate, read_model
from siting.solve import Reason, SolveSettings, solve

SIZE = CitySize(residents=300, sites=25, categories=26)


def assert_equal(one: Instance, other: Instance) -> None:
    for name in FILES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    for name in ("name", "crs", "currency", "budget", "travel", "walking", "note"):
        assert getattr(one, name) == getattr(other, name)


def test_the_same_seed_gives_the_same_city() -> None:
    assert_equal(generate_city(SIZE, seed=4), generate_city(SIZE, seed=4))


def test_another_seed_gives_another_city() -> None:
    one, other = generate_city(SIZE, seed=4), generate_city(SIZE, seed=5)
    for name in ("residents", "sites", "outlets", "offers"):
        assert not getattr(one, name).equals(getattr(other, name))


@pytest.mark.parametrize("categories", [1, 10, 26, 56])
def test_a_city_has_the_size_that_was_asked_for(categories: int) -> None:
    city = generate_city(CitySize(residents=120, sites=9, categories=categories), seed=1)
    assert (len(city.residents), len(city.sites), len(city.categories)) == (120, 9, categories)
    assert len(city.offers) == 9 * categories
    for name, key in (("residents", "resident_id"), ("sites", "site_id"), ("offers", "offer_id")):
        assert getattr(city, name)[key].is_unique


def test_categories_keep_their_own_standards_and_groups() -> None:
    city, catalogue = generate_city(SIZE, seed=1), load_catalogue()
    assert (
        city.categories["standard_minutes"].tolist()
        == catalogue.head(26)["standard_minutes"].tolist()
    )
    assert set(city.groups) == {"all", "elderly", "infants"}


def test_numbers_are_in_their_ranges() -> None:
    city = generate_city(SIZE, seed=1)
    assert city.sites["slots"].between(1, 4).all()
    assert set(city.sites["slots"]) == {1.0, 2.0, 3.0, 4.0}
    assert city.residents["residents"].between(1, 200).all()
    for group in ("elderly", "children", "infants"):
        assert (city.residents[group] <= city.residents["residents"]).all()
    base = city.offers["categories"].map(load_catalogue().set_index("category")["cost"])
    assert (city.offers["cost"] / base).between(0.6, 1.4).all()
    assert (city.offers["cost"] <= city.offers["investment"]).all()


def test_a_fair_share_is_covered_already_and_much_is_not() -> None:
    city = generate_city(CitySize(residents=2_000, sites=100, categories=26), seed=2)
    coverage = compute_coverage(city)
    shares = [coverage[name].served.mean() for name in city.category_names]
    assert 0.35 < np.mean(shares) < 0.8
    assert min(shares) < max(shares) - 0.2


def test_the_budget_pays_for_about_the_number_that_was_asked_for() -> None:
    city = generate_city(CitySize(residents=600, sites=60, categories=10, purchases=20), seed=3)
    assert not [p for p in check_fit(city, read_model("annual-plan")) if p.severity == "error"]
    program = formulate(city, compute_coverage(city), read_model("annual-plan"))
    result = solve(program, SolveSettings(relative_gap=0.01, isolate=False, threads=1))
    assert result.termination.reason in (Reason.OPTIMAL, Reason.FEASIBLE)
    assert result.values is not None
    assert 10 <= result.values[program.section("choose").slice].sum() <= 40


@pytest.mark.parametrize(
    ("sites", "categories", "bought"), [(2_000, 26, 600), (5_000, 56, 3_231), (1, 1, 1)]
)
def test_the_default_number_grows_with_the_offers(sites: int, categories: int, bought: int) -> None:
    assert CitySize(1, sites, categories).bought == bought
    assert CitySize(1, sites, categories, purchases=7).bought == 7


@pytest.mark.parametrize("numbers", [(0, 1, 1), (1, 0, 1), (1, 1, 0), (1, 1, 1, 0)])
def test_an_impossible_size_is_refused(numbers: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="needs residents, sites, categories and purchases"):
        CitySize(*numbers)


def test_more_categories_than_the_catalogue_has_are_refused() -> None:
    with pytest.raises(ValueError, match="57 categories; the catalogue has 56"):
        generate_city(CitySize(1, 1, 57))


def test_the_smallest_city_is_one(tmp_path: Path) -> None:
    write_city(CitySize(1, 1, 1), 0, tmp_path / "city")
    assert len(read_instance(tmp_path / "city").residents) == 1


# --- traits -------------------------------------------------------------------------------------


def test_ordinary_traits_change_nothing() -> None:
    assert_equal(generate_city(SIZE, 4), generate_city(SIZE, 4, CityTraits(4, None, 0.625, 1.0)))


def test_one_trait_leaves_the_places_alone() -> None:
    one, other = generate_city(SIZE, 4), generate_city(SIZE, 4, CityTraits(most_slots=1))
    assert one.sites[["x", "y"]].equals(other.sites[["x", "y"]])
    assert set(other.sites["slots"]) == {1.0}


def test_costs_are_spread_and_never_nothing() -> None:
    city = generate_city(SIZE, 4, CityTraits(cost_spread=100.0))
    base = city.offers["categories"].map(load_catalogue().set_index("category")["cost"])
    factor = city.offers["cost"] / base
    assert factor.min() < 1 / 4 < 4 < factor.max() <= 100.0
    assert city.offers["cost"].gt(0).all()
    assert (city.offers["cost"] <= city.offers["investment"]).all()


def test_scarce_coverage_has_fewer_sites_in_reach() -> None:
    entries = []
    for reach in (0.5, 1.0):
        city = generate_city(SIZE, 4, CityTraits(reach=reach, served=0.0))
        coverage = compute_coverage(city)
        entries.append(sum(coverage[name].reach.nnz for name in city.category_names))
    assert 0 < 2 * entries[0] < entries[1]


def test_fewer_are_served_where_that_is_asked() -> None:
    outlets = [
        len(generate_city(SIZE, 4, CityTraits(served=share)).outlets) for share in (0.0, 0.9)
    ]
    assert outlets[0] < outlets[1] / 4


@pytest.mark.parametrize(
    "wrong", [(0,), (1, 0.5), (1, None, 1.0), (1, None, -0.1), (1, 2.0, 0.5, 0.0)]
)
def test_impossible_traits_are_refused(wrong: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match="expected at least 1 slot"):
        CityTraits(*wrong)


# --- the folder ---------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [SIZE, CitySize(40, 3, 56), CitySize(60, 5, 2, purchases=3)])
def test_reading_the_folder_gives_the_city(tmp_path: Path, size: CitySize) -> None:
    city = write_city(size, 6, tmp_path / "city")
    back = read_instance(tmp_path / "city")
    assert_equal(city, generate_city(size, 6))
    assert_equal(back, city)
    assert back.warnings == ()


def test_the_folder_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_city(SIZE, 6, tmp_path / name)
    names = {path.name for path in (tmp_path / "one").iterdir()}
    assert names == {*FILES.values(), "README.md", "instance.yaml"}
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_the_readme_says_what_it_is_and_how_to_make_it_again(tmp_path: Path) -> None:
    write_city(SIZE, 6, tmp_path / "city")
    text = (tmp_path / "city" / "README.md").read_text(encoding="utf-8")
    assert "Synthetic: no place of this name exists." in text
    assert "--residents 300 --sites 25 --categories 26" in text
    assert f"--purchases {SIZE.bought} --seed 6" in text


def test_the_readme_of_a_hard_city_names_its_traits(tmp_path: Path) -> None:
    traits = CityTraits(most_slots=1, cost_spread=5.0, reach=0.5)
    city = write_city(SIZE, 6, tmp_path / "city", traits)
    text = (tmp_path / "city" / "README.md").read_text(encoding="utf-8")
    assert " --most-slots 1 --cost-spread 5.0 --reach 0.5 --seed 6" in text.replace("\\\n   ", "")
    assert_equal(read_instance(tmp_path / "city"), city)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("x\n", encoding="utf-8")
    with pytest.raises(InputError, match="an empty or a new folder"):
        write_city(SIZE, 6, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]
