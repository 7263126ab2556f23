"""The synthetic Baotou: published counts exact, names real, everything said to be synthetic."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
import yaml

from siting.coverage import compute_coverage
from siting.inputs import Instance, load_catalogue, read_instance
from synthesis import write_folder
from synthesis.circles import circle_table, community, draw_circles
from synthesis.sites import KINDS
from synthesis.source import HI_TECH, Source, apportion, read_source

FOLDER = Path(__file__).parents[2] / "instances" / "baotou"
# Of the 70 circles that the count of the end of 2024 covers.
PUBLISHED = {
    "convenience_store": 1212,
    "general_supermarket": 217,
    "wet_market": 79,
    "fresh_food_shop": 774,
    "breakfast_shop": 1054,
    "repair_point": 215,
    "childcare": 155,
    "elderly_care_station": 64,
    "sports_venue": 67,
}
OTHERS, ALL = 26_666, 30_503


@pytest.fixture(scope="module")
def city() -> Instance:
    return read_instance(FOLDER)


@pytest.fixture(scope="module")
def source() -> Source:
    return read_source(FOLDER / "source")


@pytest.fixture(scope="module")
def circles() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "circles.csv")


def counted_as(outlets: pd.DataFrame) -> pd.Series[str]:
    return outlets["categories"].str.split(";").str[0]


def counted(city: Instance) -> pd.DataFrame:
    return city.outlets[city.outlets["counted_2024"] == "yes"]


# --- what is published ----------------------------------------------------------------------------


def test_the_counts_are_those_that_were_published(city: Instance) -> None:
    found = counted_as(counted(city)).value_counts()
    assert {name: found[name] for name in PUBLISHED} == PUBLISHED
    assert found.drop(list(PUBLISHED)).sum() == OTHERS
    assert found.sum() == ALL == OTHERS + sum(PUBLISHED.values())


def test_a_published_category_is_never_a_second_one(city: Instance) -> None:
    besides = city.outlets["categories"].str.split(";").str[1:].explode().dropna()
    assert not besides.isin(list(PUBLISHED)).any()
    assert len(besides) > 1_000


def test_the_source_marks_what_is_published(source: Source) -> None:
    marked = source.counts.set_index("category")
    published = marked[marked["mark"] == "published"]["outlets"]
    assert published.to_dict() == PUBLISHED
    assert set(marked["mark"]) == {"published", "assumed"}
    assert marked["outlets"].min() > 0


def test_there_are_a_hundred_circles_with_a_million_residents(
    city: Instance, circles: pd.DataFrame
) -> None:
    assert len(circles) == 100
    assert circles["circle"].is_unique
    assert (circles["counted_2024"] == "yes").sum() == 70
    people = city.residents.groupby("circle")["residents"].sum()
    assert people.to_dict() == circles.set_index("circle")["residents"].to_dict()
    assert people.sum() == 1_000_000
    assert people.between(5_000, 20_000).all()


def test_every_unit_has_circles_and_no_more_people_than_the_census_counted(
    circles: pd.DataFrame, source: Source
) -> None:
    people = circles.groupby("unit")["residents"].sum()
    assert len(people) == 10
    for unit in source.units:
        assert 0 < people[unit.unit] <= unit.population_2020
    census = {unit.unit: unit.population_2020 for unit in source.units}
    assert sum(census.values()) == 2_709_378
    assert census["东河区"] == 484_218


def test_the_ages_of_each_unit_are_its_shares(city: Instance, source: Source) -> None:
    names = ["residents", "elderly", "elderly_65", "children", "infants"]
    for unit in source.units:
        here = city.residents[city.residents["district"] == unit.unit]
        people, old, oldest, children, infants = (here[name].astype(int).sum() for name in names)
        assert 100 * old / people == pytest.approx(unit.share_60, abs=0.01)
        assert 100 * oldest / people == pytest.approx(unit.share_65, abs=0.01)
        assert 100 * (children + infants) / people == pytest.approx(unit.share_0_14, abs=0.01)


def test_names_are_those_of_one_subdistrict(circles: pd.DataFrame, source: Source) -> None:
    streets = source.streets.set_index(["areaCode", "name"])["code"]
    codes = {unit.unit: unit.code for unit in source.units}
    for circle in circles.itertuples():
        code = streets[codes[str(circle.unit)], str(circle.subdistrict)]
        here = source.communities[source.communities["streetCode"] == code]["name"]
        own = str(circle.communities).split(";")
        assert 1 <= len(own) <= 3
        assert set(own) <= set(map(community, here))
    each = circles.assign(name=circles["communities"].str.split(";")).explode("name")
    assert not each.duplicated(["unit", "subdistrict", "name"]).any()


@pytest.mark.parametrize(
    ("name", "plain"),
    [("环西社区居委会", "环西社区"), ("馨园社区", "馨园社区"), ("富林路居委会", "富林路社区")],
)
def test_communities_are_called_without_their_committee(name: str, plain: str) -> None:
    assert community(name) == plain


# --- where things are -----------------------------------------------------------------------------


def test_residents_live_in_their_unit(city: Instance, source: Source) -> None:
    for name, polygon in source.polygons.items():
        here = city.residents[city.residents["district"] == name]
        assert shapely.contains_xy(polygon, here[["x", "y"]].to_numpy(float)).all(), name


def test_the_hi_tech_zone_is_cut_out_of_its_neighbour(source: Source) -> None:
    zone, around = source.polygons[HI_TECH], source.polygons["九原区"]
    assert zone.area > 20e6
    assert zone.intersection(around).area == pytest.approx(0, abs=1e3)


def test_circles_are_as_dense_as_towns(circles: pd.DataFrame) -> None:
    density = circles["residents"] / (np.pi * (circles["radius"] / 1000) ** 2)
    urban = circles["unit"].isin(["昆都仑区", "青山区", "东河区", "九原区", HI_TECH])
    assert density[urban].to_numpy() == pytest.approx(9200, rel=0.01)
    assert density[~urban].to_numpy() == pytest.approx(5000, rel=0.01)


# --- what a plan needs ----------------------------------------------------------------------------


def test_the_catalogue_is_complete(city: Instance) -> None:
    assert city.category_names == tuple(load_catalogue()["category"])
    assert city.categories["tier"].value_counts().to_dict() == {"basic": 26, "quality": 30}
    assert set(city.groups) == {"all", "elderly", "children", "infants"}


def test_every_category_is_allowed_somewhere(city: Instance) -> None:
    allowed = set().union(*(kind.allowed for kind in KINDS.values()))
    assert allowed == set(city.category_names)


def test_gaps_are_real(city: Instance) -> None:
    without = {
        name: 70 - counted(city)[counted_as(counted(city)) == name]["circle"].nunique()
        for name in ("elderly_care_station", "sports_venue")
    }
    assert without["elderly_care_station"] >= 6
    assert without["sports_venue"] >= 3
    coverage = compute_coverage(city)
    people = {name: city.people(group) for name, group in _groups(city).items()}
    shares = {
        name: float(people[name][coverage[name].served].sum() / people[name].sum())
        for name in city.category_names
    }
    assert shares["elderly_care_station"] < 0.4
    assert shares["breakfast_shop"] > 0.9
    assert sum(share < 0.9 for share in shares.values()) >= 12


def _groups(city: Instance) -> dict[str, str]:
    return dict(zip(city.categories["category"], city.categories["group"], strict=True))


def test_public_money_is_a_part_of_the_investment(city: Instance) -> None:
    offers = city.offers
    assert (offers["cost"] <= offers["investment"]).all()
    assert (offers["cost"] > 0).all()
    assert set(offers["mode"]) == {"new", "retrofit", "introduce", "add-on"}
    assert city.budget == 20_000_000
    assert offers["cost"].sum() > 20 * city.budget


def test_offers_fit_their_sites(city: Instance) -> None:
    both = city.offers.merge(city.sites, on="site_id", suffixes=("", "_there"))
    assert len(both) == len(city.offers)
    assert (both["floor_area_m2"] <= both["floor_area_m2_there"]).all()
    pairs = zip(both["categories"], both["allowed_categories"], strict=True)
    assert all(set(own.split(";")) <= set(allowed.split(";")) for own, allowed in pairs)


# --- the folder -----------------------------------------------------------------------------------


def test_it_says_that_it_is_synthetic(city: Instance) -> None:
    assert "合成" in city.name
    assert "synthetic" in city.name
    assert "不是包头实况" in city.note
    assert "not the real Baotou" in city.note
    for page in ("README.md", "README.zh-CN.md"):
        head = (FOLDER / page).read_text(encoding="utf-8")[:400]
        assert "合成数据" in head


def test_nothing_in_it_is_odd(city: Instance) -> None:
    assert city.warnings == ()
    assert compute_coverage(city).warnings == ()


def test_it_is_small() -> None:
    assert sum(file.stat().st_size for file in FOLDER.rglob("*") if file.is_file()) < 5_000_000


def content(file: Path) -> bytes:
    """Of packed files what is in them: compressors differ between builds of Python."""
    raw = file.read_bytes()
    return gzip.decompress(raw) if file.suffix == ".gz" else raw


def test_its_source_gives_it_again(tmp_path: Path) -> None:
    for again in ("one", "two"):
        write_folder(FOLDER / "source", tmp_path / again)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == 7
    for name in files:
        assert content(tmp_path / "one" / name) == content(FOLDER / name), name
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert yaml.safe_load((FOLDER / "instance.yaml").read_text(encoding="utf-8"))["note"]


def test_circles_without_room_are_refused(source: Source) -> None:
    polygons = {name: polygon.buffer(-30_000) for name, polygon in source.polygons.items()}
    cramped = Source(source.units, source.counts, source.streets, source.communities, polygons)
    with pytest.raises(ValueError, match="昆都仑区: no room for circle 1 of 28"):
        draw_circles(cramped)


def test_the_list_of_circles_is_that_of_the_source(source: Source, circles: pd.DataFrame) -> None:
    drawn = circle_table(draw_circles(source))
    assert drawn["circle"].tolist() == circles["circle"].tolist()


@pytest.mark.parametrize("weights", [[1.0, 1.0, 1.0], [0.2, 5.0, 0.0, 3.3]])
def test_apportioned_numbers_have_the_sum_and_are_near_their_share(weights: list[float]) -> None:
    found = apportion(weights, 100)
    assert found.sum() == 100
    assert (np.abs(found - 100 * np.array(weights) / sum(weights)) < 1).all()
