"""Shapes: a city has the categories, entries and slots that were asked for."""

from __future__ import annotations

import pytest
from shapes import TOLERANCE, Shape, entries_of, money_for, shaped_city


@pytest.mark.parametrize("categories", [5, 56])
def test_a_city_has_the_entries_of_its_shape(categories: int) -> None:
    city, coverage = shaped_city(Shape(categories, 100_000, 200, "tight"), seed=2)
    assert len(city.categories) == categories
    assert entries_of(city, coverage) == pytest.approx(100_000, rel=TOLERANCE)
    assert len(city.offers) == pytest.approx(20_000, rel=0.01)
    assert city.budget == money_for(200, city, coverage)


def test_slots_bind_where_they_are_tight() -> None:
    tight, _ = shaped_city(Shape(56, 100_000, 2_000, "tight"), seed=1)
    loose, _ = shaped_city(Shape(56, 100_000, 2_000, "loose"), seed=1)
    assert tight.sites["slots"].sum() == pytest.approx(1.25 * 2_000, rel=0.15)
    assert set(loose.sites["slots"]) == {56.0}
    assert Shape(56, 100_000, 20, "tight").most_slots == 1


def test_more_purchases_cost_more() -> None:
    city, coverage = shaped_city(Shape(26, 100_000, 20, "loose"), seed=1)
    money = [money_for(number, city, coverage) for number in (20, 200, 2_000)]
    assert 0 < 5 * money[0] < money[1] < money[2] / 5


@pytest.mark.parametrize("wrong", [(5, 123, 20, "loose"), (5, 100_000, 20, "wide")])
def test_what_is_off_the_grid_is_refused(wrong: tuple[int, int, int, str]) -> None:
    with pytest.raises(ValueError, match="expected entries"):
        Shape(*wrong)
