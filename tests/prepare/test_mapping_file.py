"""Mapping files: what they override, and what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_town import MAPPING, town_mapping, write_mapping

from siting.errors import InputError
from siting.inputs.catalogue import load_catalogue
from siting.prepare.osm_mapping_file import default_streets, merge_keys, read_mapping


def problems_of(folder: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_mapping(write_mapping(folder, text))
    return [str(problem) for problem in caught.value.problems]


def test_defaults_fill_what_is_not_said(tmp_path: Path) -> None:
    mapping = town_mapping(tmp_path)
    assert mapping.streets.keep_every == default_streets().keep_every == 60
    assert mapping.streets.least_component == 3
    assert mapping.walking.speed == 80
    assert mapping.population.groups == {"elderly": 0.2, "infants": 0.05}
    assert list(mapping.chosen) == ["pharmacy", "breakfast_shop", "parcel_point"]


def test_categories_come_from_the_default_catalogue(tmp_path: Path) -> None:
    catalogue = load_catalogue().set_index("category")
    for name, category in town_mapping(tmp_path).catalogue.items():
        row = catalogue.loc[name]
        assert category.name_zh == row["name_zh"]
        assert category.standard_minutes == row["standard_minutes"]
        assert category.investment == row["investment"]
        assert category.public_share == pytest.approx(row["public_share"])


def test_a_number_of_a_category_is_overridden_alone(tmp_path: Path) -> None:
    text = MAPPING + "catalogue: {pharmacy: {investment: 123456, public_share: 10%}}\n"
    pharmacy = town_mapping(tmp_path, text).chosen["pharmacy"]
    assert (pharmacy.investment, pharmacy.public_share) == (123456, 0.1)
    assert pharmacy.tags[0] == {"amenity": ["pharmacy"]}


@pytest.mark.parametrize(
    ("base", "over", "merged"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}}, {"a": {"b": 1, "c": 3}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": {"b": 1}}, {"a": 5}, {"a": 5}),
        ({"a": 5}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    ],
)
def test_merge(base: dict[str, object], over: dict[str, object], merged: object) -> None:
    before = repr(base)
    assert merge_keys(base, over) == merged
    assert repr(base) == before


def test_a_kind_of_site_keeps_only_the_categories_of_the_instance(tmp_path: Path) -> None:
    kinds = town_mapping(tmp_path).site_kinds
    assert kinds["car_park"].allowed_categories == ["breakfast_shop", "parcel_point"]
    assert kinds["corner"].allowed_categories == []


def test_a_kind_at_which_nothing_may_be_added_is_no_kind(tmp_path: Path) -> None:
    text = MAPPING.replace("pharmacy, breakfast_shop, parcel_point", "hair_and_beauty")
    assert set(town_mapping(tmp_path, text).site_kinds) == {"premises", "corner"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("least_component: 3", "least_part: 3",
         "prepare.yaml:6 streets.least_part: found the unknown key 'least_part'"),
        ("name: Small town\n", "", "name: found no key 'name'"),
        ("crs: EPSG:32632", "crs: WGS84", "prepare.yaml:3 crs: found 'WGS84'"),
        ("20万", "20", "found the bare number 20; expected an amount of at least 0 with its unit"),
        ("look_within: 300 m", "look_within: 300",
         "prepare.yaml:13 sites.look_within: found the bare number 300; expected a length"),
        ("elderly: 20%", "elderly: 120%",
         "population.groups.elderly: found '120%'; expected a share"),
        ("[pharmacy,", "[farmacy,", "categories.0: found the category 'farmacy'; expected one of"),
        ("[pharmacy,", "[farmacy,", "Did you mean 'pharmacy'?"),
        ("infants: 5%", "old: 5%, babies: 1%, elderly_: 1%", ""),
        ("municipalities: [{name: Town, place: Town}]", "municipalities: []",
         "population.municipalities"),
        ("siting_prepare: 1", "siting_prepare: 2", "prepare.yaml:1 siting_prepare: found 2"),
        ("name: Small town", "name: Small town\nname: Again", "the key 'name' a second time"),
        ("elderly: 20%", "elderly: 96%",
         "prepare.yaml:9 population.groups: found groups of 101.0%"),
        ("offers: {", "offers: {price_level: {Twon: 1.1}, ",
         "the district or circle 'Twon'; expected one of Town. Did you mean 'Town'?"),
        ("name: Small town", "name: [", "text that is not YAML"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    assert old in MAPPING
    text = MAPPING.replace(old, new)
    if not message:
        assert read_mapping(write_mapping(tmp_path, text)).population.groups["old"] == 0.05
        return
    assert any(message in problem for problem in problems_of(tmp_path, text))


def test_a_group_without_a_share_is_a_problem(tmp_path: Path) -> None:
    text = MAPPING.replace("parcel_point]", "elderly_care_station]").replace("elderly: 20%, ", "")
    assert "the group 'elderly'; expected one of all, infants" in problems_of(tmp_path, text)[0]


def test_names_in_bundles_and_sites_are_checked(tmp_path: Path) -> None:
    text = MAPPING.replace(
        "offers: {",
        "offers: {bundles: [{categories: [pharmacy, spa], kinds: [kiosk], least_floor: 1, "
        "saving: 10%}], ",
    ).replace("car_park: {", "car_park: {allowed_categories: [pub], ")
    found = problems_of(tmp_path, text)
    assert len(found) == 3
    assert "sites.kinds.car_park.allowed_categories: found the category 'pub'" in found[0]
    assert "offers.bundles.0.categories: found the category 'spa'" in found[1]
    assert "the kind of site 'kiosk'; expected one of premises, community, car_park" in found[2]


def test_every_problem_comes_at_once(tmp_path: Path) -> None:
    text = MAPPING.replace("least_component: 3", "least_component: 0, more: 1").replace("20%", "20")
    assert len(problems_of(tmp_path, text)) == 3


def test_no_file_and_no_text_are_problems(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.yaml: found no file; expected a mapping file"):
        read_mapping(tmp_path / "nothing.yaml")
    path = tmp_path / "latin.yaml"
    path.write_bytes("name: Kópavogur".encode("latin-1"))
    with pytest.raises(InputError, match="found bytes that are not UTF-8"):
        read_mapping(path)


def test_a_list_instead_of_keys_is_a_problem(tmp_path: Path) -> None:
    assert "found no keys" in problems_of(tmp_path, "- a\n- b\n")[0]


@pytest.mark.parametrize(
    ("code", "said"),
    [("EPSG:12632", "no known coordinate system"), ("EPSG:4326", "which is in degrees"),
     ("EPSG:9999999999", "no known coordinate system")],
)  # fmt: skip
def test_a_system_that_no_walk_is_measured_in_is_refused(
    code: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=said):
        town_mapping(tmp_path, MAPPING.replace("EPSG:32632", code))
