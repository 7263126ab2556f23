"""From texts to values: every kind, and what is refused."""

from __future__ import annotations

import pytest

from siting.errors import Problem
from siting.sweep.values import Axis, is_change, read_axis, shown_value, split_values
from siting.units import Currency

YUAN, EURO = Currency("CNY", "万元"), Currency("EUR", "EUR")


def axis(text: str, currency: Currency = YUAN) -> Axis:
    read = read_axis(text, currency)
    assert isinstance(read, Axis), str(read)
    return read


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("budget=100万,2千万元,30000", (1e6, 2e7, 3e4)),
        ("budget=100万:500万:5", (1e6, 2e6, 3e6, 4e6, 5e6)),
        ("budget=100万：300万：3", (1e6, 2e6, 3e6)),
        ("walking.speed＝50，80", ("50 m/min", "80 m/min")),
        ("walking.speed=50,66.7,80", ("50 m/min", "66.7 m/min", "80 m/min")),
        ("walking.speed=3 km/h , 80 m/min", ("3 km/h", "80 m/min")),
        ("walking.speed=50:80:4", ("50 m/min", "60 m/min", "70 m/min", "80 m/min")),
        ("walking.speed=3 km/h:5 km/h:3", ("3 km/h", "4 km/h", "5 km/h")),
        ("walking.groups.elderly=40,50", ("40 m/min", "50 m/min")),
        ("travel.network.snap_limit=200,300", ("200 m", "300 m")),
        ("travel.straight_line.detour=1.2:1.4:3", ("1.2", "1.3", "1.4")),
        ("walking.preset=adult,planning", ("adult", "planning")),
        ("offers={file: a.csv, crs: EPSG:4326},b.csv", ("{file: a.csv, crs: EPSG:4326}", "b.csv")),
        ("category.canteen.standard_minutes=5:15:3", (5.0, 10.0, 15.0)),
        ("category.canteen.priority=1,2.5", (1.0, 2.5)),
        ("category.canteen.cost=30万,400000", (3e5, 4e5)),
        ("category.canteen.group=all,elderly", ("all", "elderly")),
        ("cost=x0.8,x1,×1.2", (0.8, 1.0, 1.2)),
        ("cost=x0.8:x1.2:5", (0.8, 0.9, 1.0, 1.1, 1.2)),
        ("cost.canteen=x1.5", (1.5,)),
        ("residents=x1.1", (1.1,)),
        ("residents=b.csv,x2", ("b.csv", 2.0)),
        ("model=annual-plan,other.yaml", ("annual-plan", "other.yaml")),
        ("seed=0:4:5", (0, 1, 2, 3, 4)),
        ("cost=x1,x1,x1.0", (1.0,)),
    ],
)
def test_values_of_a_key(text: str, values: tuple[float | str, ...]) -> None:
    assert axis(text) == Axis(text.replace("＝", "=").partition("=")[0], values)


def test_money_is_that_of_the_instance() -> None:
    assert axis("budget=8e6 EUR,5", EURO).values == (8e6, 5.0)
    assert isinstance(read_axis("budget=100万", EURO), Problem)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("walking.speed", "KEY=VALUES"),
        ("=5", "KEY=VALUES"),
        ("cost=", "KEY=VALUES"),
        ("cost=1.2", "factors above 0"),
        ("cost=x0", "factors above 0"),
        ("cost=x-1", "factors above 0"),
        ("cost=x1:1.2:3", "factors above 0"),
        ("budget=-5万", "an amount of at least 0"),
        ("budget=5 apples", "an amount of at least 0"),
        ("budget=100万:200万:1", "2 to 10,000 values"),
        ("budget=100万:200万:99999", "2 to 10,000 values"),
        ("category.canteen.standard_minutes=ten", "plain numbers"),
        ("category.canteen.standard_minutes=nan", "plain numbers"),
        ("seed=1.5", "whole numbers"),
        ("seed=0:4:4", "whole numbers"),
        ("seed=-1", "whole numbers"),
        ("walking.preset=adult:planning:3", "numbers at both ends"),
        ("walking.speed=3 km/h:80 m/min:3", "the same unit at both ends"),
        ("cost=gauss(1,2)", "uniform(low, high)"),
        ("cost=each x1.2", "uniform(low, high)"),
        ("walking.speed=each uniform(60,80)", "one draw for all"),
        ("budget=uniform(1,2)", "not drawn"),
        ("seed=uniform(1,2)", "not drawn"),
    ],
)
def test_what_is_no_value(text: str, said: str) -> None:
    read = read_axis(text, YUAN)
    assert isinstance(read, Problem)
    assert read.where.startswith("--vary")
    assert said in read.expected


def test_distributions() -> None:
    drawn = axis("cost=normal(1, 0.1)")
    assert (drawn.values, str(drawn.chance), drawn.each) == ((), "normal(1, 0.1)", False)
    assert axis("cost.canteen=each uniform(0.9,1.2)").each
    assert drawn.drawn(0.5) == 1.0
    assert axis("walking.speed=uniform(66,80)").drawn(0.5) == "73 m/min"
    assert axis("travel.straight_line.detour=uniform(1.2,1.4)").drawn(0.25) == "1.25"
    with pytest.raises(ValueError, match="cost is not drawn"):
        axis("cost=x1").drawn(0.5)


def test_residents_are_people_by_a_factor_and_a_file_by_its_name() -> None:
    assert is_change("residents", 1.1)
    assert is_change("residents", "each normal(1, 0.1) seed 3")
    assert not is_change("residents", "b.csv")
    assert is_change("category.canteen.tier", "basic")
    assert not is_change("walking.speed", "80 m/min")


def test_lists_are_split_outside_of_brackets_and_quotes() -> None:
    assert split_values("a, {b: [1, 2]}, 'c, d'") == ["a", "{b: [1, 2]}", "'c, d'"]


def test_values_as_people_read_them() -> None:
    assert shown_value("budget", 3e6, YUAN) == "300 万元"
    assert shown_value("cost", 1.2, YUAN) == "x1.2"
    assert shown_value("category.canteen.standard_minutes", 10.0, YUAN) == "10"
    assert shown_value("walking.speed", "66.7 m/min", YUAN) == "66.7 m/min"
