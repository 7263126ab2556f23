"""Specs against instances: what fits, and every kind of misfit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from broken_town import Town

from siting.model import ModelSpec, check_fit, read_model


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def codes(town: Town, spec: str) -> list[str]:
    return [problem.code for problem in town.misfits(spec)]


def test_the_annual_plan_fits_the_template(town: Town) -> None:
    assert check_fit(town.read(), read_model("annual-plan")) == ()


@pytest.mark.parametrize(
    "spec",
    [
        "  - budget: {at_most: 5000000 CNY}\n",
        "  - site_slots: {default: 0}\n",
        "  - allowed_categories: {only: [canteen]}\n",
        "  - locked_in: {offers: ['S1:canteen']}\n  - locked_out: {sites: [S2]}\n",
        "  - locked_out: {offers: ['S1:canteen'], categories: [pharmacy]}\n",
    ],
)
def test_what_fits(town: Town, spec: str) -> None:
    assert town.misfits(spec) == ()


def test_a_budget_may_come_with_the_solve(town: Town) -> None:
    town.yaml("budget: 100万 ", "# ")
    instance = town.read()
    spec = read_model("annual-plan")
    assert [problem.code for problem in check_fit(instance, spec)] == ["no-budget"]
    assert check_fit(replace(instance, budget=1.0), spec) == ()


def test_missing_columns_with_a_default_are_no_misfit(town: Town) -> None:
    town.drop("sites.csv", "slots")
    town.drop("sites.csv", "allowed_categories")
    assert codes(town, "  - site_slots: {default: 1}\n  - allowed_categories: {only: []}\n") == []


def test_missing_columns_only_warn(town: Town) -> None:
    """The columns are optional, so the default model must solve without them, and say so."""
    town.drop("sites.csv", "slots")
    town.drop("sites.csv", "allowed_categories")
    misfits = check_fit(town.read(), read_model("annual-plan"))
    assert [problem.severity for problem in misfits] == ["warning", "warning"]


@pytest.mark.parametrize(
    "lock", ["offers: ['S2:pharmacy']", "sites: [S2]", "categories: [pharmacy]"]
)
def test_locks_that_contradict(town: Town, lock: str) -> None:
    spec = f"  - locked_in: {{offers: ['S2:pharmacy', 'S1:canteen']}}\n  - locked_out: {{{lock}}}\n"
    (problem,) = town.misfits(spec)
    assert problem.code == "locks-contradict"
    assert "'S2:pharmacy'" in problem.found


def test_a_combined_offer_is_out_with_any_of_its_categories(town: Town) -> None:
    town.add_offers()
    spec = "  - locked_in: {offers: [O2]}\n  - locked_out: {categories: [canteen]}\n"
    assert codes(town, spec) == ["locks-contradict"]


def test_a_locked_offer_dearer_than_the_budget_is_left_to_the_solver(town: Town) -> None:
    spec = "  - budget: {at_most: 1 CNY}\n  - locked_in: {offers: ['S1:canteen']}\n"
    assert town.misfits(spec) == ()


def test_every_unknown_name_is_reported(town: Town) -> None:
    spec = "  - locked_out: {offers: [a], sites: [b, c], categories: [d]}\n"
    assert codes(town, spec) == [
        "unknown-offer",
        "unknown-site",
        "unknown-site",
        "unknown-category",
    ]


def test_a_spec_without_a_file_still_names_the_place(town: Town) -> None:
    spec = ModelSpec.from_dict(
        {
            "siting_model": 1,
            "name": "mine",
            "maximise": ["covered_residents"],
            "subject_to": [{"locked_in": {"offers": ["gone"]}}],
        },
        source="plan.json",
    )
    (problem,) = check_fit(town.read(), spec)
    assert problem.where == "plan.json subject_to.0.locked_in.offers"
    (problem,) = check_fit(town.read(), replace(spec, marks=None))
    assert problem.where == "plan.json subject_to.0.locked_in.offers"
