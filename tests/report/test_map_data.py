"""The data of the map: read back as a script does, it is the plan."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from reported_plan import planned, template
from unpacked import unpack, unpack_bits, unpack_lines, unpack_lists

from siting.blocks import Budget, SiteSlots
from siting.errors import SitingError
from siting.inputs import Instance, StraightLineTravel
from siting.language import in_language
from siting.report.facts import Facts, collect_facts
from siting.report.page.leaflet import leaflet_script, leaflet_style
from siting.report.page.map_data import LONGEST_WALK, NO_WALK, map_data
from siting.report.page.packing import embed
from towns import draw_instance, frame, hand_town, spec_of

NASTY = "</script><script>alert('x')//\"\u2028"


def facts_of(instance: Instance) -> Facts:
    return collect_facts(planned(instance, spec_of(Budget(at_most=None), SiteSlots(default=2))))


@cache
def many_categories() -> Facts:
    """The hand-made town with 40 categories, each at one outlet or offered at one site."""
    town, names = hand_town(), [f"c{number}" for number in range(40)]
    categories = pd.concat([town.categories.iloc[:1]] * 40, ignore_index=True)
    outlets = [(f"E{n}", 100.0 * n, 0.0, name) for n, name in enumerate(names) if n % 2]
    offers = [
        (f"O{n}", "S2", name, 1.0, 2.0, "new", np.nan) for n, name in enumerate(names) if n % 3 == 0
    ]
    return facts_of(
        replace(
            town,
            categories=categories.assign(category=names, name_zh=names, name_en=names),
            outlets=frame("outlet_id x y categories", *outlets),
            sites=town.sites.assign(slots=np.nan, allowed_categories="").drop(columns="slots"),
            offers=frame(" ".join(town.offers.columns), *offers),
        )
    )


def towns() -> list[Facts]:
    drawn = [facts_of(draw_instance(seed, way)) for seed in (2, 3) for way in WAYS]
    return [facts_of(hand_town()), many_categories(), *drawn]


WAYS = ("line", "network", "table")


@pytest.fixture(scope="module")
def every_town() -> list[Facts]:
    return towns()


def read(facts: Facts) -> dict[str, Any]:
    """The data as a script has it."""
    return cast("dict[str, Any]", json.loads(embed(map_data(facts))))


def masks(data: dict[str, Any], which: str) -> NDArray[np.bool_]:
    flags = unpack_bits(data["points"][which], data["words"], len(data["categories"]))
    return np.array(flags, dtype=bool)


# --- who is covered -----------------------------------------------------------------------------


def test_people_counted_by_the_masks_are_those_of_the_plan(every_town: list[Facts]) -> None:
    for facts in every_town:
        data = read(facts)
        before, after = masks(data, "before"), masks(data, "after")
        for c, row in enumerate(facts.plan.coverage.to_dict(orient="records")):
            people = np.array(unpack(data["people"][data["categories"][c]["group"]]))
            counted = people.sum(), people @ before[:, c], people @ after[:, c]
            assert counted == pytest.approx((row["residents"], row["before"], row["after"]))


def test_more_categories_than_one_word_has_bits() -> None:
    facts = many_categories()
    data = read(facts)
    assert data["words"] == 2
    assert (masks(data, "after") == facts.plan.judgement.after).all()
    assert masks(data, "after")[:, 33:].any()


def test_complete_residents_are_those_of_the_plan(every_town: list[Facts]) -> None:
    for facts in every_town:
        data = read(facts)
        required = [category["required"] for category in data["categories"]]
        people = np.array(unpack(data["people"]["all"]))
        shown = [
            people @ masks(data, when)[:, required].all(axis=1) for when in ("before", "after")
        ]
        assert shown == pytest.approx(list(facts.plan.complete))


def test_a_walk_looks_within_the_standard_just_where_it_counts(every_town: list[Facts]) -> None:
    for facts in every_town:
        data = read(facts)
        for when in ("before", "after"):
            shape = len(data["categories"]), len(facts.instance.residents)
            minutes = np.array(unpack(data["points"][f"minutes_{when}"])).reshape(shape)
            standards = [math.ceil(category["standard"]) for category in data["categories"]]
            seen = minutes <= np.array(standards)[:, None]
            assert (seen >= masks(data, when).T).all()
            if all(category["standard"] % 1 == 0 for category in data["categories"]):
                assert (seen == masks(data, when).T).all()


def test_walks_are_rounded_up_and_long_ones_cut() -> None:
    town = hand_town()
    far = frame("resident_id x y residents elderly district", ("R", 2e4, 0.0, 5.0, 1.0, ""))
    residents = pd.concat([town.residents, far], ignore_index=True)
    nothing = frame("outlet_id x y categories", ("E1", 0.0, 0.0, "pharmacy"))
    data = read(facts_of(replace(town, residents=residents, outlets=nothing, budget=0.0)))
    minutes = unpack(data["points"]["minutes_before"])
    # 300 m at 80 m a minute is 3.75 minutes; no canteen exists.
    assert minutes[:6] == [0, 4, 8, 13, 38, LONGEST_WALK]
    assert minutes[6:] == [NO_WALK] * 6


# --- what is chosen -----------------------------------------------------------------------------


def test_catchments_reach_whom_the_facts_say(every_town: list[Facts]) -> None:
    for facts in every_town:
        caught = read(facts)["catchments"]
        reached, alone = (np.zeros(facts.reached.shape, dtype=bool) for _ in range(2))
        for task, points in zip(
            unpack(caught["task"]), unpack_lists(caught["points"]), strict=True
        ):
            for point, state in points:
                reached[int(task), point] |= state > 0
                alone[int(task), point] |= state == 2
        assert (reached == facts.reached.toarray().astype(bool)).all()
        assert (alone == facts.reached_alone.toarray().astype(bool)).all()


def test_the_people_of_a_catchment_are_those_of_the_task_list(every_town: list[Facts]) -> None:
    for facts in every_town:
        data = read(facts)
        caught, tasks = data["catchments"], data["tasks"]
        newly, only = np.zeros(len(tasks)), np.zeros(len(tasks))
        lines = zip(
            unpack(caught["task"]),
            unpack(caught["category"]),
            unpack_lists(caught["points"]),
            strict=True,
        )
        for task, category, points in lines:
            people = unpack(data["people"][data["categories"][int(category)]["group"]])
            newly[int(task)] += sum(people[point] for point, state in points if state)
            only[int(task)] += sum(people[point] for point, state in points if state == 2)
        assert newly == pytest.approx([task["newly"] for task in tasks])
        assert only == pytest.approx([task["only"] for task in tasks])


def test_a_catchment_holds_all_within_the_standard() -> None:
    data = read(facts_of(hand_town(budget=1000.0)))
    (task,) = data["tasks"]
    assert (task["names"], task["site"], task["cost"]) == ("pharmacy", "S1", "1,000 元")
    # R1, R2 have a pharmacy, R3 gets one; the fourth is 700 m away.
    assert unpack_lists(data["catchments"]["points"]) == [[(0, 0), (1, 0), (2, 2)]]


def test_an_area_is_drawn_for_each_task_round_its_people_and_its_site(
    every_town: list[Facts],
) -> None:
    for facts in every_town:
        data = read(facts)
        areas = unpack_lines(data["catchments"]["areas"])
        assert len(areas) == len(data["tasks"])
        for task, area in zip(data["tasks"], areas, strict=True):
            x, y = zip(*area, strict=True)
            assert min(x) < task["x"] < max(x)
            assert min(y) < task["y"] < max(y)


def test_tasks_are_those_of_the_list_in_its_order(every_town: list[Facts]) -> None:
    for facts in every_town:
        tasks = read(facts)["tasks"]
        assert [task["number"] for task in tasks] == facts.tasks["number"].tolist()
        assert [task["site_id"] for task in tasks] == facts.tasks["site_id"].tolist()
        names = facts.instance.category_names
        codes = [";".join(names[c] for c in task["categories"]) for task in tasks]
        assert codes == facts.plan.chosen["categories"].tolist()


def test_a_plan_of_nothing_is_a_map_without_tasks() -> None:
    data = read(facts_of(hand_town(budget=0.0)))
    assert data["tasks"] == []
    assert data["catchments"] == {
        "task": "u1:",
        "category": "u1:",
        "points": "v1:",
        "areas": "v1:",
    }
    assert (masks(data, "before") == masks(data, "after")).all()


# --- where things are ---------------------------------------------------------------------------


def test_positions_are_within_half_a_unit(every_town: list[Facts]) -> None:
    for facts in every_town:
        data = read(facts)
        for name in ("outlets", "sites", "points"):
            table = getattr(facts.instance, {"points": "residents"}.get(name, name))
            for axis in "xy":
                shown = np.array(unpack(data[name][axis])) * data["unit"]
                apart = shown - table[axis].to_numpy()
                assert np.ptp(apart) <= data["unit"] if len(apart) else True
                assert (shown >= 0).all()


def test_outlets_are_listed_by_category(tmp_path: Path) -> None:
    facts = collect_facts(planned(template(tmp_path)))
    lists = unpack_lists(read(facts)["outlets"]["by_category"])
    joined = facts.instance.outlets["categories"]
    for name, outlets in zip(facts.instance.category_names, lists, strict=True):
        having = [row for row, cell in enumerate(joined) if name in cell.split(";")]
        assert outlets == [(row, 0) for row in having]


def test_streets_and_barriers_come_with_the_walks_that_have_them(every_town: list[Facts]) -> None:
    network = facts_of(draw_instance(4, "network"))
    assert len(unpack_lines(read(network)["streets"])) > 0
    assert all(read(facts)["barriers"] == "v1:" for facts in every_town)
    wall = frame("barrier x y", (0, 450.0, -90.0), (0, 450.0, 90.0))
    data = read(facts_of(hand_town(travel=StraightLineTravel(1.0, wall))))
    assert data["streets"] == "v1:"
    assert unpack_lines(data["barriers"]) == [[(900, 0), (900, 360)]]


def test_places_are_those_of_the_facts_in_their_order() -> None:
    facts = facts_of(hand_town())
    data = read(facts)
    assert facts.by_place["place"].tolist() == ["", "east", "west"]
    assert [place["name"] for place in data["places"]] == ["no place named", "east", "west"]
    assert unpack(data["points"]["place"]) == [2, 2, 1, 1, 0]
    assert data["districts"] == []
    assert [bool(unpack_lines(place["area"])) for place in data["places"]] == [False, True, True]


def test_circles_are_gathered_by_the_district_that_holds_all_of_them() -> None:
    town = hand_town()
    residents = town.residents.assign(circle=["a", "a", "a", "b", "b"], district=list("wwewe"))
    residents["district"] = ["west", "west", "east", "east", "east"]
    data = read(facts_of(replace(town, residents=residents)))
    # The sites name no circle and no district: they have those of the nearest homes.
    assert data["districts"] == ["east", "west"]
    found = {place["name"]: place["district"] for place in data["places"]}
    assert found == {"a": -1, "b": 0}
    assert unpack(data["points"]["district"]) == [1, 1, 0, 0, 0]


def test_the_first_view_leaves_out_a_town_far_away() -> None:
    count = 100
    rows = [(f"R{i}", 10.0 * i, 5.0 * i, 10.0, 1.0, "") for i in range(count)]
    far = ("far", 1e5, 0.0, 40.0, 1.0, "")
    residents = frame("resident_id x y residents elderly district", *rows, far)
    data = read(facts_of(hand_town(residents=residents)))
    left, bottom, right, top = (end * data["unit"] for end in data["view"])
    assert data["size"][0] * data["unit"] == 1e5
    assert left <= 0
    assert bottom <= 0
    assert 990 <= right < 1500
    assert 495 <= top < 1000


# --- what is said -------------------------------------------------------------------------------


def test_names_and_texts_are_those_of_the_language_in_use() -> None:
    facts = facts_of(hand_town(budget=1000.0))
    english = read(facts)
    with in_language("zh"):
        chinese = read(facts)
    assert (english["language"], chinese["language"]) == ("en", "zh")
    assert [one["name"] for one in chinese["categories"]] == ["药店", "食堂"]
    assert (english["tasks"][0]["mode_name"], chinese["tasks"][0]["mode_name"]) == ("new", "新建")
    assert (english["texts"]["filter"], chinese["texts"]["filter"]) == ("District", "旗县区")
    assert english["texts"].keys() == chinese["texts"].keys()
    assert chinese["groups"] == {"all": "全部", "elderly": "老年人"}


def test_names_that_look_like_markup_stay_names() -> None:
    town = hand_town(budget=1000.0)
    sites = town.sites.assign(name=NASTY)
    facts = facts_of(replace(town, name=NASTY, note=NASTY, sites=sites))
    text = embed(map_data(facts))
    assert "<" not in text
    assert "\u2028" not in text
    assert (read(facts)["note"], read(facts)["tasks"][0]["site"]) == (NASTY, NASTY)


# --- Leaflet ------------------------------------------------------------------------------------


def test_leaflet_comes_from_its_package_and_asks_for_nothing_else() -> None:
    script, style = leaflet_script(), leaflet_style()
    assert "Leaflet 1." in script[:200]
    assert "(c)" in script[:300]
    assert "sourceMappingURL" not in script
    assert "</script" not in script
    assert ".leaflet-container" in style
    assert "url(" not in style


def test_leaflet_that_is_not_installed_is_told_by_its_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("siting.report.page.leaflet.find_spec", lambda _: None)
    with pytest.raises(SitingError, match=r"leaflet\.js is missing.*pip install django-js-lib-lea"):
        leaflet_script()
