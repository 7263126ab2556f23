"""Model specs: reading, writing out, digests, and each problem of their files."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from siting.blocks import (
    BLOCKS,
    CONSTRAINTS,
    OBJECTIVES,
    AllowedCategories,
    Block,
    Budget,
    CategoryOncePerSite,
    ConstraintBlock,
    CoveredResidents,
    LockedIn,
    LockedOut,
    ObjectiveBlock,
    SiteSlots,
)
from siting.errors import InputError, Problem
from siting.model import ModelSpec, known_models, read_model
from siting.units import Currency

FULL = """
siting_model: 1
name: everything
maximise: [covered_residents]
subject_to:
  - budget: {at_most: 800万}
  - site_slots: {default: 2}
  - category_once_per_site
  - allowed_categories: {only: [canteen, pharmacy]}
  - locked_in: {offers: [O1, O2]}
  - locked_out: {offers: [O3], sites: ["07"], categories: [laundry]}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "m.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems_of(folder: Path, text: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError, match="in the input") as caught:
        read_model(written(folder, text))
    return caught.value.problems


def test_the_annual_plan_is_known_by_name() -> None:
    spec = read_model("annual-plan")
    assert spec.name == "annual-plan"
    assert spec.maximise == (CoveredResidents(),)
    assert spec.subject_to == (Budget(), SiteSlots(), CategoryOncePerSite(), AllowedCategories())
    assert "annual-plan" in known_models()


def test_every_model_that_comes_along_is_right_and_named_like_its_file() -> None:
    for name in known_models():
        assert read_model(name).name == name


def test_a_file_is_read_with_all_settings(tmp_path: Path) -> None:
    spec = read_model(written(tmp_path, FULL))
    assert spec.source == "m.yaml"
    assert spec.subject_to == (
        Budget(at_most="800万"),
        SiteSlots(default=2),
        CategoryOncePerSite(),
        AllowedCategories(only=("canteen", "pharmacy")),
        LockedIn(offers=("O1", "O2")),
        LockedOut(offers=("O3",), sites=("07",), categories=("laundry",)),
    )


def test_a_spec_survives_json(tmp_path: Path) -> None:
    spec = read_model(written(tmp_path, FULL))
    again = ModelSpec.from_dict(json.loads(json.dumps(spec.to_dict())))
    assert again == spec
    assert again.digest == spec.digest
    assert again.to_dict() == spec.to_dict()


def test_the_digest_is_of_what_is_said(tmp_path: Path) -> None:
    spec = read_model(written(tmp_path, FULL))
    commented = read_model(written(tmp_path, "# a comment\n" + FULL))
    other = read_model(written(tmp_path, FULL.replace("800万", "900万")))
    assert commented.digest == spec.digest
    assert other.digest != spec.digest
    assert len(spec.digest) == 64


def test_only_settings_that_were_given_are_written_out() -> None:
    assert Budget().settings() == {}
    assert SiteSlots(default=0).settings() == {"default": 0}
    assert LockedOut(sites=("S1",)).settings() == {"sites": ["S1"]}


def test_a_spec_and_its_blocks_are_frozen() -> None:
    spec = read_model("annual-plan")
    with pytest.raises(dataclasses.FrozenInstanceError, match="name"):
        spec.name = "other"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        SiteSlots().default = 3  # type: ignore[misc]


def test_the_registry_has_every_block() -> None:
    assert set(BLOCKS) == set(OBJECTIVES) | set(CONSTRAINTS)
    assert all(issubclass(kind, ObjectiveBlock) for kind in OBJECTIVES.values())
    assert all(issubclass(kind, ConstraintBlock) for kind in CONSTRAINTS.values())
    assert set(BLOCKS) >= {
        "covered_residents",
        "budget",
        "site_slots",
        "category_once_per_site",
        "allowed_categories",
        "locked_in",
        "locked_out",
    }


@pytest.mark.parametrize("kind", BLOCKS.values(), ids=BLOCKS.keys())
def test_every_block_and_setting_is_described(kind: type[Block]) -> None:
    assert kind.__doc__
    for name, field in kind.model_fields.items():
        assert field.description, f"{kind.block}.{name}"


@pytest.mark.parametrize("name", ["annual-plann", "anual-plan"])
def test_an_unknown_name_suggests_a_known_one(name: str) -> None:
    with pytest.raises(InputError, match="Did you mean 'annual-plan'") as caught:
        read_model(name)
    (problem,) = caught.value.problems
    assert problem.code == "unknown-model"
    assert "annual-plan" in problem.expected


def test_a_missing_path_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither a file nor a model"):
        read_model(tmp_path / "gone.yaml")


def test_all_problems_of_a_spec_come_at_once(tmp_path: Path) -> None:
    text = (
        FULL.replace("800万", "8000").replace("default: 2", "default: two").replace("O1, O2", "1")
    )
    problems = problems_of(tmp_path, text.replace("- category_once", "- category_one"))
    assert [(p.code, p.where) for p in problems] == [
        ("bare-number", "m.yaml:6 subject_to.0.budget.at_most"),
        ("wrong-type", "m.yaml:7 subject_to.1.site_slots.default"),
        ("unknown-block", "m.yaml:8 subject_to.2"),
        ("wrong-type", "m.yaml:10 subject_to.4.locked_in.offers.0"),
    ]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("siting_model: 1\n", ["missing-key", "missing-key"]),
        ("siting_model: 2\nname: a\nmaximise: [covered_residents]\n", ["bad-value"]),
        ("siting_model: 1\nname: a\nmaximise: []\n", ["bad-value"]),
        ("siting_model: 1\nname: a\nmaximise: [budget]\n", ["unknown-block"]),
        ("siting_model: 1\nname: a\nmaximise: [[covered_residents]]\n", ["not-a-block"]),
        ("siting_model: 1\nname: a\nmaximise: [covered_residents: 3]\n", ["wrong-type"]),
        ("siting_model: 1\nname: a\nmaximise: [covered_residents]\nnaem: b\n", ["unknown-key"]),
        ("siting_model: 1\nname: a\nname: b\nmaximise: [covered_residents]\n", ["duplicate-key"]),
        ("siting_model: [1\n", ["yaml-syntax"]),
        ("just text\n", ["wrong-type"]),
    ],
)
def test_wrong_specs(tmp_path: Path, text: str, codes: list[str]) -> None:
    assert [problem.code for problem in problems_of(tmp_path, text)] == codes


def test_a_budget_block_in_units_of_money() -> None:
    assert Budget(at_most="800万").amount(Currency()) == 8_000_000
    assert Budget().amount(Currency()) is None


# --- models that build on others ----------------------------------------------------------------


def test_a_model_builds_on_another(tmp_path: Path) -> None:
    text = "siting_model: 1\nname: mine\nextends: annual-plan\nsubject_to: [count: {at_most: 3}]\n"
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    base, spec = read_model("annual-plan"), read_model(tmp_path / "mine.yaml")
    assert (spec.name, spec.maximise) == ("mine", base.maximise)
    assert spec.subject_to[:-1] == base.subject_to
    assert spec.where(("subject_to", 4, "count")).startswith("mine.yaml:4")
    assert ModelSpec.from_dict(spec.to_dict()).subject_to == spec.subject_to


def test_it_may_leave_constraints_out_and_have_goals_of_its_own(tmp_path: Path) -> None:
    below = "siting_model: 1\nname: b\nextends: annual-plan\nleave_out: [site_slots, budget]\n"
    (tmp_path / "below.yaml").write_text(below, encoding="utf-8")
    text = "siting_model: 1\nname: a\nextends: below.yaml\nmaximise: [complete_residents]\n"
    (tmp_path / "above.yaml").write_text(text, encoding="utf-8")
    spec = read_model(tmp_path / "above.yaml")
    names = [block.block for block in spec.subject_to]
    assert names == ["category_once_per_site", "allowed_categories"]
    assert [goal.name for goal in spec.goals] == ["complete_residents"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("siting_model: 1\nname: a\nextends: mine.yaml\n", ["extends-itself"]),
        ("siting_model: 1\nname: a\nextends: anual-plan\n", ["unknown-model"]),
        (
            "siting_model: 1\nname: a\nextends: annual-plan\nleave_out: [bugdet]\n",
            ["nothing-to-leave-out"],
        ),
        ("siting_model: 1\nname: a\n", ["missing-key"]),
    ],
)
def test_wrong_foundations(tmp_path: Path, text: str, codes: list[str]) -> None:
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_model(tmp_path / "mine.yaml")
    assert [problem.code for problem in error.value.problems] == codes
