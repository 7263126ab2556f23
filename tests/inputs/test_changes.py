"""Changes of tables: what each does, worked out by hand, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from siting.errors import InputError
from siting.inputs import Instance, read_instance, write_template
from siting.inputs.changes import Changes, apply_changes, change_problems
from towns import frame, hand_town


@pytest.fixture
def template(tmp_path: Path) -> Instance:
    """Its offers follow from its categories."""
    return read_instance(write_template(tmp_path / "town"))


def two_in_one() -> Instance:
    """A town with offers of a pharmacy (100), of a canteen (200), and of both (300)."""
    offers = frame(
        "offer_id site_id categories cost investment mode floor_area_m2",
        ("P", "S1", "pharmacy", 100.0, 150.0, "new", 10.0),
        ("C", "S2", "canteen", 200.0, 200.0, "new", 10.0),
        ("B", "S2", "pharmacy;canteen", 300.0, 400.0, "new", 10.0),
    )
    return hand_town(offers=offers)


def test_nothing_changed_is_the_same_instance() -> None:
    town = hand_town()
    assert apply_changes(town, {}) is town


def test_a_factor_on_cost_scales_the_money_of_all_offers() -> None:
    offers = apply_changes(two_in_one(), {"cost": 1.5}).offers
    assert offers["cost"].tolist() == [150.0, 300.0, 450.0]
    assert offers["investment"].tolist() == [225.0, 300.0, 600.0]


def test_a_factor_on_one_category_counts_by_half_in_an_offer_of_two() -> None:
    offers = apply_changes(two_in_one(), {"cost.canteen": 2.0}).offers
    assert offers["cost"].tolist() == [100.0, 400.0, 450.0]


def test_factors_multiply_in_any_order() -> None:
    changes = {"cost": 2.0, "cost.pharmacy": 1.5}
    one = apply_changes(two_in_one(), changes).offers["cost"].tolist()
    other = apply_changes(two_in_one(), dict(reversed(changes.items()))).offers["cost"].tolist()
    assert one == other == [300.0, 400.0, 750.0]


def test_the_instance_that_is_changed_stays_as_it_was() -> None:
    town = two_in_one()
    apply_changes(town, {"cost": 2.0, "residents": 3.0, "category.canteen.priority": 9.0})
    assert town.offers["cost"].tolist() == [100.0, 200.0, 300.0]
    assert town.residents["residents"].tolist() == hand_town().residents["residents"].tolist()
    assert 9.0 not in town.categories["priority"].tolist()


def test_residents_scale_all_groups_and_one_group_alone() -> None:
    every = apply_changes(hand_town(), {"residents": 1.5}).residents
    assert every["residents"].tolist() == [15.0, 30.0, 45.0, 60.0, 75.0]
    assert every["elderly"].tolist() == [6.0, 7.5, 9.0, 12.0, 13.5]
    assert every["x"].tolist() == hand_town().residents["x"].tolist()
    old = apply_changes(hand_town(), {"residents.elderly": 2.0}).residents
    assert old["residents"].tolist() == [10.0, 20.0, 30.0, 40.0, 50.0]
    assert old["elderly"].tolist() == [8.0, 10.0, 12.0, 16.0, 18.0]


def test_cells_of_the_table_of_categories(template: Instance) -> None:
    changes: Changes = {
        "category.canteen.standard_minutes": 15.0,
        "category.canteen.group": "all",
    }
    table = apply_changes(template, changes).categories.set_index("category")
    assert list(table.loc["canteen", ["standard_minutes", "group"]]) == [15.0, "all"]
    before = template.categories.set_index("category").drop("canteen")
    assert table.drop("canteen").equals(before)


def test_costs_of_categories_pass_to_offers_that_follow_from_them(template: Instance) -> None:
    changed = apply_changes(template, {"category.canteen.cost": 5.0, "cost": 2.0})
    costs = changed.offers.set_index("categories")["cost"].groupby(level=0).first()
    assert costs.to_dict() == {"canteen": 10.0, "convenience_store": 180_000, "pharmacy": 150_000}


def test_each_offer_draws_by_itself_and_always_the_same(template: Instance) -> None:
    change = {"cost": "each normal(1, 0.1) seed 7"}
    factors = apply_changes(template, change).offers["cost"] / template.offers["cost"]
    again = apply_changes(template, change).offers["cost"] / template.offers["cost"]
    assert factors.tolist() == again.tolist()
    assert factors.nunique() == len(factors)
    assert 0.9 < factors.mean() < 1.1
    other = apply_changes(template, {"cost": "each normal(1, 0.1) seed 8"}).offers["cost"]
    assert not np.isclose(other / template.offers["cost"], factors).any()


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("category.pharmac.priority", 1.0, "Did you mean 'pharmacy'?"),
        ("category.pharmacy.prioriti", 1.0, "Did you mean 'priority'?"),
        ("category.pharmacy", 1.0, "expected one of convenience_store"),
        ("category.pharmacy.standard_minutes", 0.0, "a number above 0"),
        ("category.pharmacy.standard_minutes", "ten", "a number above 0"),
        ("category.pharmacy.cost", -1.0, "a number of at least 0"),
        ("category.pharmacy.tier", "best", "one of basic, quality"),
        ("category.pharmacy.group", "elderly people", "one of all, elderly"),
        ("cost", 0.0, "a factor above 0"),
        ("cost", float("nan"), "a factor above 0"),
        ("cost", "each normal(1, 0.1)", "a factor above 0"),
        ("cost.pharmac", 1.1, "Did you mean 'pharmacy'?"),
        ("residents.infants", 1.1, "one of all, elderly"),
    ],
)
def test_wrong_changes(template: Instance, key: str, value: float | str, said: str) -> None:
    problems = change_problems(template, {key: value})
    assert [key] == [problem.where for problem in problems]
    assert said in str(problems[0])


def test_all_wrong_changes_at_once(template: Instance) -> None:
    with pytest.raises(InputError) as caught:
        apply_changes(template, {"cost": -1.0, "cost.x": 1.0, "residents": 2.0})
    assert [problem.where for problem in caught.value.problems] == ["cost", "cost.x"]


def test_a_cost_that_stands_in_the_offers_is_not_changed_by_the_categories() -> None:
    problems = change_problems(two_in_one(), {"category.canteen.cost": 3.0})
    assert "Write cost.canteen=x1.2 instead." in str(problems[0])
