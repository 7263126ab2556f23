"""Wishes as planners type them: what they become, and what is said of those that name nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from siting.errors import InputError
from siting.inputs import Instance, read_instance
from siting.language import in_language
from siting.model import ModelSpec, read_model
from siting.model.wishes import Wishes, wishes_in_words, with_wishes

BAOTOU = Path(__file__).parents[2] / "instances" / "baotou"
PLAN = read_model("annual-plan")


@pytest.fixture(scope="module")
def baotou() -> Instance:
    return read_instance(BAOTOU)


def blocks(instance: Instance, wishes: Wishes) -> list[dict[str, object]]:
    spec = with_wishes(PLAN, instance, wishes)
    assert spec.subject_to[: len(PLAN.subject_to)] == PLAN.subject_to
    return [{b.block: b.settings()} for b in spec.subject_to[len(PLAN.subject_to) :]]


MARKET = {"category": ["wet_market"], "district": ["昆都仑区"]}


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("昆都仑区 菜市场", {"count": {**MARKET, "at_least": 1}}),
        ("昆区 菜市场", {"count": {**MARKET, "at_least": 1}}),
        ("昆都仑区菜市场", {"count": {**MARKET, "at_least": 1}}),
        ("昆都仑 农贸市场", {"count": {**MARKET, "at_least": 1}}),
        ("wet market 昆都仑区", {"count": {**MARKET, "at_least": 1}}),
        ("wet_market 昆都仑区", {"count": {**MARKET, "at_least": 1}}),
        ("菜市场（农贸市场） 昆都仑区 至少 2 个", {"count": {**MARKET, "at_least": 2}}),
        ("昆都仑区 菜市场>=3", {"count": {**MARKET, "at_least": 3}}),
        ("昆都仑区 菜市场 ≤ 3", {"count": {**MARKET, "at_most": 3}}),
        ("药店 4", {"count": {"category": ["pharmacy"], "at_least": 4}}),
        ("药店 菜市场", {"count": {"category": ["pharmacy", "wet_market"], "at_least": 1}}),
        ("S0001", {"count": {"site": ["S0001"], "at_least": 1}}),
        ("S0001-canteen", {"locked_in": {"offers": ["S0001-canteen"]}}),
        (
            "少先路街道少先二十二街坊花园小区社区社区用房1",
            {"count": {"site": ["S0001"], "at_least": 1}},
        ),
    ],
)
def test_what_is_required(baotou: Instance, text: str, block: dict[str, object]) -> None:
    assert blocks(baotou, Wishes(require=(text,))) == [block]


@pytest.mark.parametrize(
    ("wishes", "block"),
    [
        (Wishes(forbid=("S0001",)), {"locked_out": {"sites": ["S0001"]}}),
        (Wishes(forbid=("S0001-canteen",)), {"locked_out": {"offers": ["S0001-canteen"]}}),
        (
            Wishes(forbid=("少先路街道少先二十二街坊花园小区社区社区用房1",)),
            {"locked_out": {"sites": ["S0001"]}},
        ),
        (Wishes(forbid=("昆都仑区 菜市场",)), {"count": {**MARKET, "at_most": 0}}),
        (Wishes(forbid=("石拐区",)), {"count": {"district": ["石拐区"], "at_most": 0}}),
        (Wishes(without=("便利店",)), {"locked_out": {"categories": ["convenience_store"]}}),
        (Wishes(floor=("旗县区 80万",)), {"budget": {"each": "district", "at_least": "80万"}}),
        (Wishes(floor=("每个旗县区 80万",)), {"budget": {"each": "district", "at_least": "80万"}}),
        (
            Wishes(floor=("each district 80万",)),
            {"budget": {"each": "district", "at_least": "80万"}},
        ),
        (Wishes(floor=("东河区 80万",)), {"budget": {"district": ["东河区"], "at_least": "80万"}}),
        (
            Wishes(floor=("养老服务站 60%",)),
            {"covered_share": {"category": ["elderly_care_station"], "at_least": 0.6}},
        ),
        (
            Wishes(floor=("旗县区 养老服务站 20%",)),
            {
                "covered_share": {
                    "each": "district",
                    "category": ["elderly_care_station"],
                    "at_least": 0.2,
                }
            },
        ),
    ],
)
def test_what_else_is_wished(
    baotou: Instance, wishes: Wishes, block: dict[str, dict[str, object]]
) -> None:
    assert blocks(baotou, wishes) == [block]


REFUSED = [
    (Wishes(require=("昆都仑区 菜市厂",)), "菜市场"),
    (Wishes(require=("昆都区县 菜市场",)), "昆都仑区"),
    (Wishes(without=("S0001",)), "--forbid"),
    (Wishes(floor=("东河区 80",)), "800万"),
    (Wishes(floor=("80万",)), "旗县区 80万"),
    (Wishes(floor=("S0001 60%",)), "60%"),
    (Wishes(forbid=("S0001-canteen 菜市场",)), "S0001-canteen 菜市场"),
]


@pytest.mark.parametrize(("wishes", "said"), REFUSED)
def test_what_is_refused(baotou: Instance, wishes: Wishes, said: str) -> None:
    """The message names the option, what stands there and what would do."""
    for language in ("en", "zh"):
        with in_language(language), pytest.raises(InputError) as error:
            with_wishes(PLAN, baotou, wishes)
        (problem,) = error.value.problems
        assert problem.where == f"--{next(iter(wishes.plain()))}"
        assert said in str(problem), problem


def test_all_that_is_wrong_is_said_at_once(baotou: Instance) -> None:
    with pytest.raises(InputError) as error:
        with_wishes(PLAN, baotou, Wishes(require=("甲", "乙"), floor=("丙 80万",)))
    assert len(error.value.problems) == 3


def test_a_name_of_two_things_is_refused(baotou: Instance) -> None:
    """A site that is named as a district is: neither is taken without being asked."""
    names = ["东河区", *baotou.sites["name"].tolist()[1:]]
    town = replace(baotou, sites=baotou.sites.assign(name=names))
    with pytest.raises(InputError) as error:
        with_wishes(PLAN, town, Wishes(forbid=("东河区",)))
    (problem,) = error.value.problems
    assert problem.code == "unclear-name"
    assert "S0001" in problem.found


def test_how_wishes_were_read_is_said(baotou: Instance) -> None:
    wishes = Wishes(require=("昆区 菜市场",), without=("便利店",))
    said = list(wishes_in_words(with_wishes(PLAN, baotou, wishes), baotou, wishes))
    assert said == [
        "--require '昆区 菜市场': 昆都仑区, wet market: at least 1 added",
        "--without '便利店': convenience store: left out",
    ]


def test_a_plan_shows_its_wishes_as_blocks(baotou: Instance) -> None:
    spec = with_wishes(PLAN, baotou, Wishes(require=("昆区 菜市场",)))
    again = ModelSpec.from_dict(spec.to_dict())
    assert again.subject_to == spec.subject_to
