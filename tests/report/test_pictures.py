"""Pictures and maps: their size, what they show, and that no text covers another."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from PIL import Image
from reported_plan import planned, template

from siting.coverage import compute_coverage
from siting.inputs import Instance, NetworkTravel, StraightLineTravel
from siting.language import in_language
from siting.report.facts import Facts, collect_facts
from siting.report.map_windows import main_window
from siting.report.maps import coverage_map, sites_map, text_lines
from siting.report.pictures import as_png, write_pictures

SIZE = (9.2, 4.2)
NAMES = ["map-coverage", "map-sites", "coverage", "minutes", "money", "gap"]


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return collect_facts(planned(template(tmp_path_factory.mktemp("town"))))


def elsewhere(facts: Facts, **changes: Any) -> Facts:
    """The facts with another instance, whose coverage stays."""
    return replace(facts, plan=replace(facts.plan, instance=replace(facts.instance, **changes)))


def dots(axes: Axes) -> dict[str, np.ndarray]:
    """The places of the dots by their names in the legend."""
    return {
        str(one.get_label()): np.asarray(one.get_offsets())
        for one in axes.collections
        if isinstance(one, PathCollection)
    }


def texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


# --- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh"])
def test_six_pictures_fit_a_slide(language: Any, facts: Facts, tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    with in_language(language):
        written = write_pictures(facts, tmp_path / "figures")
    assert [path.relative_to(tmp_path).as_posix() for path in written] == [
        f"figures/{name}.png" for name in NAMES
    ]
    for path in written:
        with Image.open(path) as picture:
            assert picture.size == (1920, 1080)
            seen = np.asarray(picture.convert("L"))
        # White paper, and something on it in each third.
        assert seen[0, 0] == 255
        assert all(part.min() < 128 for part in np.array_split(seen, 3, axis=0)[:2])
    assert dict(mpl.rcParams) == before


def test_pictures_are_written_again_and_are_the_same(facts: Facts, tmp_path: Path) -> None:
    first = [path.read_bytes() for path in write_pictures(facts, tmp_path)]
    assert [path.read_bytes() for path in write_pictures(facts, tmp_path)] == first


def test_a_picture_has_as_many_dots_as_are_asked_for(facts: Facts) -> None:
    with Image.open(io.BytesIO(as_png(sites_map(facts, (4.0, 2.0)), 100))) as picture:
        assert picture.size == (400, 200)


# --- what people lack ---------------------------------------------------------------------------


def test_residents_stand_in_the_class_of_what_they_lack(facts: Facts) -> None:
    before, after = coverage_map(facts, SIZE).axes
    judged = facts.plan.judgement
    for axes, flags in ((before, judged.before), (after, judged.after)):
        required = (facts.instance.categories["tier"] == "basic").to_numpy()
        lacks = (~flags[:, required]).sum(axis=1)
        found = {name: len(places) for name, places in dots(axes).items() if name[0].isdigit()}
        assert len(dots(axes)["none"]) == (lacks == 0).sum()
        assert found == {"1–2": (np.isin(lacks, (1, 2))).sum(), "3": (lacks == 3).sum()}


def test_the_sites_stand_on_the_second_map_alone(facts: Facts) -> None:
    before, after = coverage_map(facts, SIZE).axes
    assert "site of the plan" not in dots(before)
    assert dots(after)["site of the plan"].tolist() == facts.tasks[["x", "y"]].to_numpy().tolist()


def test_nobody_is_drawn_where_nobody_lives(facts: Facts) -> None:
    residents = facts.instance.residents.assign(residents=0.0)
    residents.loc[0, "residents"] = 5.0
    before, _ = coverage_map(elsewhere(facts, residents=residents), SIZE).axes
    assert sum(len(places) for places in dots(before).values()) == 1


# --- what is added ------------------------------------------------------------------------------


def test_sites_are_counted_by_the_way_of_building(facts: Facts) -> None:
    facts = replace(facts)
    modes = ["new", "retrofit", "", *["add-on"] * len(facts.tasks)][: len(facts.tasks)]
    facts.__dict__["tasks"] = facts.tasks.assign(mode=modes)
    found = dots(sites_map(facts, SIZE).axes[0])
    counts = facts.tasks["mode"].replace("", "way of building not named").value_counts()
    assert {name for name in found if ":" in name} == {f"{m}: {n}" for m, n in counts.items()}
    with in_language("zh"):
        assert "新建：1 个" in dots(sites_map(facts, SIZE).axes[0])


def test_the_first_tasks_are_listed_beside_the_map(facts: Facts) -> None:
    first = facts.tasks.iloc[0]
    beside = texts(sites_map(facts, SIZE).axes[1])
    assert {"1", first["site"], first["categories_en"]} <= set(beside)
    with in_language("zh"):
        assert first["categories_zh"] in texts(sites_map(facts, SIZE).axes[1])


def test_of_two_numbers_at_one_place_one_is_written(facts: Facts) -> None:
    facts = replace(facts)
    facts.__dict__["tasks"] = facts.tasks.assign(x=401500.0, y=4500900.0)
    numbers = [text for text in texts(sites_map(facts, SIZE).axes[0]) if text.isdigit()]
    assert numbers == ["1"]


def test_no_text_of_a_map_covers_another(facts: Facts) -> None:
    for figure in (coverage_map(facts, SIZE), sites_map(facts, SIZE)):
        figure.canvas.draw()
        for axes in figure.axes:
            boxes = [text.get_window_extent() for text in axes.texts if text.get_text()]
            assert boxes
            for one, two in combinations(boxes, 2):
                # Lines are higher than their letters: 3 dots at 72 an inch.
                assert not one.padded(-1.5).overlaps(two.padded(-1.5))


def test_a_plan_without_tasks_has_its_maps_too(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    empty = collect_facts(planned(template(tmp_path_factory.mktemp("town"), budget=0.0)))
    assert len(empty.tasks) == 0
    assert len(dots(coverage_map(empty, SIZE).axes[1])["site of the plan"]) == 0
    assert texts(sites_map(empty, SIZE).axes[1]) == []


# --- the ground ---------------------------------------------------------------------------------


def ground(facts: Facts) -> Iterator[np.ndarray]:
    """The lines under the first map, taken apart at their gaps."""
    x, y = coverage_map(facts, SIZE).axes[0].lines[0].get_data()
    points = np.column_stack([np.asarray(x, float), np.asarray(y, float)])
    start = 0
    for end in np.flatnonzero(np.isnan(points[:, 0])).tolist():
        yield points[start:end]
        start = end + 1


def test_streets_are_drawn_where_walks_follow_them(facts: Facts) -> None:
    nodes = pd.DataFrame(
        {"node_id": ["a", "b", "c", "d"], "x": [401300.0, 401900.0, 401900.0, 0.0]}
    ).assign(y=[4500500.0, 4500500.0, 4501000.0, 0.0])
    edges = pd.DataFrame(
        {"from_node": ["a", "b", "d"], "to_node": ["b", "c", "d"], "metres": [600.0, 500.0, 1.0]}
    )
    drawn = list(ground(elsewhere(facts, travel=NetworkTravel(nodes, edges))))
    # The street far away is no part of the map.
    assert [line.tolist() for line in drawn] == [
        [[401300, 4500500], [401900, 4500500]],
        [[401900, 4500500], [401900, 4501000]],
    ]


def test_barriers_are_drawn_where_walks_go_round_them(facts: Facts) -> None:
    rows = [("r", 401300.0, 1.0), ("r", 401400.0, 2.0), ("r", 401500.0, 3.0), ("s", 1.0, 1.0)]
    barriers = pd.DataFrame([*rows, ("s", 2.0, 2.0)], columns=["barrier", "x", "y"])
    drawn = list(ground(elsewhere(facts, travel=StraightLineTravel(1.25, barriers))))
    assert [len(line) for line in drawn] == [3, 2]
    assert list(ground(facts)) == []


def place(instance: Instance, x: list[float], people: list[float]) -> Instance:
    frame = pd.DataFrame({"resident_id": map(str, range(len(x))), "x": x, "y": 0.0})
    return replace(instance, residents=frame.assign(residents=people))


def test_a_map_holds_everybody_and_has_its_ratio(facts: Facts) -> None:
    window = main_window(facts.instance, 1.7)
    frame = facts.instance.residents
    assert window.holds(frame["x"].to_numpy(), frame["y"].to_numpy()).all()
    assert window.width / window.height == pytest.approx(1.7)


@pytest.mark.parametrize(
    ("x", "people", "all_of_it"),
    [
        ([0.0, 1000.0, 90_000.0], [50.0, 50.0, 10.0], False),
        # The far place has most people, and is shown alone.
        ([0.0, 1000.0, 90_000.0], [5.0, 5.0, 90.0], False),
        # None of the three has more than half.
        ([0.0, 50_000.0, 90_000.0], [50.0, 50.0, 10.0], True),
        ([0.0, 2000.0, 4000.0], [1.0, 1.0, 1.0], True),
    ],
)
def test_a_settlement_far_away_does_not_shrink_the_city(
    x: list[float], people: list[float], *, all_of_it: bool, facts: Facts
) -> None:
    window = main_window(place(facts.instance, x, people), 1.5)
    shown = window.holds(np.array(x), np.zeros(len(x)))
    assert shown.all() == all_of_it
    assert shown[int(np.argmax(people))]


def test_who_lives_beyond_the_map_has_an_inset_or_is_told(facts: Facts) -> None:
    near, far = facts.instance.residents, facts.instance.residents.iloc[[0]]
    far = far.assign(resident_id="far", x=900_000.0, residents=123.0, elderly=0.0)
    instance = replace(facts.instance, residents=pd.concat([near, far], ignore_index=True))
    seen = collect_facts(planned(instance), compute_coverage(instance))
    figure = coverage_map(seen, SIZE)
    # In a small map of its own, so that nobody is left out.
    assert [text.get_text() for text in figure.texts] == [""]
    assert len(figure.axes) == 4
    assert "beyond the map: 123 residents, 0 tasks" in texts(sites_map(seen, SIZE).axes[0])


def test_one_point_alone_makes_a_map(facts: Facts) -> None:
    window = main_window(place(facts.instance, [5.0], [1.0]), 2.0)
    assert (window.width, window.height) == (400.0, 200.0)


# --- notes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "width", "most", "lines"),
    [
        ("one two three", 8, 3, ["one two", "three"]),
        ("居民点网点点位", 6, 3, ["居民点", "网点点", "位"]),
        ("居民点 one 点位", 10, 3, ["居民点 one", "点位"]),
        ("one two three", 8, 1, ["one tw…"]),
        ("", 8, 2, [""]),
    ],
)
def test_a_note_is_broken_into_lines(text: str, width: int, most: int, lines: list[str]) -> None:
    assert text_lines(text, width, most) == lines
