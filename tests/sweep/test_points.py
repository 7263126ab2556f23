"""Designs: which points there are, in which order, and what names them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from siting.model import read_model
from siting.solve import Backend, SolveSettings
from siting.sweep.points import (
    Point,
    Question,
    count_points,
    design_points,
    ends_first,
    folder_name,
    point_id,
)
from siting.sweep.values import Axis, read_axis
from siting.units import Currency

HERE = Path("/data/town")
YUAN = Currency("CNY", "万元")


def question(*texts: str, **options: Any) -> Question:
    axes = tuple(axis for text in texts if isinstance(axis := read_axis(text, YUAN), Axis))
    assert len(axes) == len(texts)
    return Question(axes=axes, **options)


def points(*texts: str, **options: Any) -> tuple[Point, ...]:
    return design_points(question(*texts, **options), HERE)


def names(*texts: str, **options: Any) -> list[str]:
    return [point.named(YUAN) for point in points(*texts, **options)]


def test_nothing_varied_is_one_point() -> None:
    assert names() == ["base"]


@pytest.mark.parametrize(
    ("texts", "options"),
    [
        ((), {}),
        (("budget=1万:3万:3", "cost=x1,x2"), {}),
        (("budget=1万:3万:3", "cost=x1,x2"), {"staged": True}),
        (("budget=1万,2万", "cost=normal(1,0.1)", "residents=x1,x2"), {"draws": 3, "staged": True}),
        (("cost=x0.5,x2", "walking.speed=60,80", "budget=1万,2万"), {"design": "tornado"}),
        (("cost=normal(1,0.1)", "budget=1万"), {"design": "tornado"}),
    ],
)
def test_points_are_counted_without_making_them(
    texts: tuple[str, ...], options: dict[str, Any]
) -> None:
    assert count_points(question(*texts, **options)) == len(points(*texts, **options))


def test_several_keys_make_a_grid_with_families_together_and_budgets_ends_first() -> None:
    assert names("budget=1万:3万:3", "cost=x1,x2") == [
        "budget=1 万元 cost=x1",
        "budget=3 万元 cost=x1",
        "budget=2 万元 cost=x1",
        "budget=1 万元 cost=x2",
        "budget=3 万元 cost=x2",
        "budget=2 万元 cost=x2",
    ]


@pytest.mark.parametrize("count", range(1, 40))
def test_ends_first_gives_every_value_once_and_its_neighbours_early(count: int) -> None:
    order = ends_first(range(count))
    assert sorted(order) == list(range(count))
    assert order[:2] == [0, count - 1][:count]
    for place, value in enumerate(order[2:], 2):
        assert min(order[:place]) < value < max(order[:place])


def test_staged_points_come_last_and_know_the_smaller_budgets() -> None:
    found = points("budget=3万,1万,2万", staged=True)
    assert [(p.budget, p.below) for p in found] == [
        (10_000.0, None),
        (30_000.0, None),
        (20_000.0, None),
        (20_000.0, (10_000.0,)),
        (30_000.0, (10_000.0, 20_000.0)),
    ]
    assert found[-1].named(YUAN) == "budget=3 万元 staged"


def test_a_budget_of_nothing_is_a_stage_too() -> None:
    assert points("budget=0,1万", staged=True)[-1].below == (0.0,)


def test_a_tornado_varies_one_key_at_a_time_around_the_base() -> None:
    texts = ("cost=x0.8,x1,x1.2", "budget=1万,2万", "walking.speed=uniform(60,80)")
    assert names(*texts, design="tornado") == [
        "base",
        "cost=x0.8",
        "cost=x1.2",
        "budget=1 万元",
        "budget=2 万元",
        "walking.speed=62 m/min",
        "walking.speed=78 m/min",
    ]
    single = points("cost=x0.8", "budget=1万", design="tornado")
    assert [p.budget for p in single] == [10_000.0, 10_000.0]


def test_draws_are_the_same_again_and_more_draws_begin_with_fewer() -> None:
    texts = ("cost=normal(1,0.1)", "walking.speed=uniform(60,80)")
    few, many = points(*texts, draws=3, seed=5), points(*texts, draws=5, seed=5)
    assert many[:3] == few
    assert len({point.asked for point in many}) == 5
    other_seed = points(*texts, draws=3, seed=6)
    assert not {p.parameters["cost"] for p in few} & {p.parameters["cost"] for p in other_seed}


def test_a_draw_does_not_depend_on_what_else_is_drawn_and_budgets_share_it() -> None:
    alone = points("cost=normal(1,0.1)", draws=2)
    both = points("walking.speed=uniform(60,80)", "cost=normal(1,0.1)", "budget=1万,2万", draws=2)
    assert [p.parameters["cost"] for p in both] == [
        alone[number].parameters["cost"] for number in (0, 0, 1, 1)
    ]


def test_rows_that_draw_by_themselves_are_kept_as_a_seed() -> None:
    one, two = points("cost=each normal(1,0.1)", draws=2)
    assert str(one.parameters["cost"]).startswith("each normal(1, 0.1) seed ")
    assert one.parameters != two.parameters
    assert (one.named(YUAN), one.changes) == ("draw=0 base", dict(one.parameters))


def test_parameters_go_where_they_belong() -> None:
    (point,) = points("budget=1万", "walking.speed=60", "cost=x2", "seed=4", "model=m.yaml")
    assert point.budget == 10_000.0
    assert point.changes == {"cost": 2.0}
    assert point.settings_of_instance == {"walking.speed": "60 m/min"}


def test_a_varied_setting_stands_against_one_that_is_the_same_for_all() -> None:
    (point,) = points("walking.speed=60", overrides={"walking.speed": "70 m/min", "name": "x"})
    assert point.settings_of_instance == {"walking.speed": "60 m/min", "name": "x"}


def test_families_differ_in_more_than_the_budget_and_kin_in_more_than_money_and_people() -> None:
    texts = ("budget=1万,2万", "cost=x1,x2", "residents=x1,x2", "walking.speed=60,70")
    found = points(*texts)
    assert (len(found), len({p.family for p in found}), len({p.structure_key for p in found})) == (
        16,
        8,
        2,
    )


# --- what names a point -------------------------------------------------------------------------

SPEC, SETTINGS = read_model("annual-plan"), SolveSettings()
DIGESTS = {"instance.yaml": "1", "sites.csv": "2"}
POINT = Point(HERE, "annual-plan", {"budget": 1e6, "cost": 1.2})


def test_the_id_of_a_point_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A change here makes every sweep folder solve again: only with good reason."""
    monkeypatch.setattr("siting.sweep.points.__version__", "0.1.0")
    assert point_id(POINT, DIGESTS, SPEC, SETTINGS)[:16] == "25d1fe914efe7960"


def test_the_folder_and_the_threads_are_no_part_of_the_question() -> None:
    here = point_id(POINT, DIGESTS, SPEC, SETTINGS)
    moved = replace(POINT, instance=Path("/elsewhere"))
    threads = replace(SETTINGS, threads=7, isolate=False)
    order = dict(reversed(list(POINT.parameters.items())))
    assert point_id(moved, DIGESTS, SPEC, SETTINGS) == here
    assert point_id(POINT, DIGESTS, SPEC, threads) == here
    assert point_id(replace(POINT, parameters=order), DIGESTS, SPEC, SETTINGS) == here


def test_whatever_decides_the_answer_is_part_of_the_id() -> None:
    spec = replace(SPEC, subject_to=SPEC.subject_to[:-1])
    ids = [
        point_id(POINT, DIGESTS, SPEC, SETTINGS),
        point_id(POINT, {**DIGESTS, "sites.csv": "3"}, SPEC, SETTINGS),
        point_id(POINT, DIGESTS, spec, SETTINGS),
        *(
            point_id(replace(POINT, **change), DIGESTS, SPEC, SETTINGS)
            for change in (
                {"parameters": {"budget": 1e6}},
                {"overrides": {"name": "x"}},
                {"draw": 0},
                {"below": (5e5,)},
            )
        ),
        *(
            point_id(POINT, DIGESTS, SPEC, replace(SETTINGS, **change))
            for change in (
                {"time_limit": 61.0},
                {"relative_gap": 0.01},
                {"seed": 1},
                {"backend": Backend.GSCIP},
            )
        ),
    ]
    assert len(set(ids)) == len(ids)


def test_folders_are_named_by_what_people_look_for() -> None:
    assert folder_name(POINT, "0123456789abcdef") == "town+budget=1000000+cost=1.2-0123456789"
    drawn = replace(POINT, draw=3)
    assert folder_name(drawn, "0123456789abcdef") == "town+draw=3-0123456789"
    odd = Point(Path("/d/包头 市"), "m", {"offers": "{file: a/b.csv}"})
    assert folder_name(odd, "0123456789ab") == "包头_市+offers=_file_a_b.csv-0123456789"
