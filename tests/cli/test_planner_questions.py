"""The ten questions of the Chinese page, each as the one command that the page has for it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import ROOT, call

from siting.cli import exits
from siting.language import use_language

PAGE = (ROOT / "docs" / "questions.zh-CN.md").read_text(encoding="utf-8")
COMMANDS = dict(re.findall(r"## (\d+)\. .*\n\n {4}siting (.*)\n", PAGE))
# What is called otherwise, or costs less, in the small city of the bureau's template.
IN_THE_TEMPLATE = {
    "少先路街道少先二十二街坊花园小区社区社区用房1": "东·空置商铺",
    "1000万": "200万",
    "2000万": "200万",
    "600万": "200万",
    "500万": "150万",
    "700万": "220万",
    "800万": "300万",
    "80万": "20万",
    "35%": "30%",
}
WITHIN = {exits.DONE, exits.LIMIT_WITH_PLAN}


@pytest.fixture(autouse=True)
def in_chinese() -> Iterator[None]:
    use_language("zh")
    yield
    use_language(None)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bureau's template, imported as its guide says."""
    folder = tmp_path_factory.mktemp("bureau")
    assert call("new", folder / "ledgers", "--template", "bureau").code == exits.DONE
    made = call("prepare", "bureau", folder / "ledgers", "-o", folder / "instance")
    assert made.code == exits.DONE
    return folder


def asked(number: str, instance: Path, runs: Path, words: dict[str, str]) -> list[str]:
    """A command of the page for another instance and folder of runs."""
    line = COMMANDS[number]
    line = re.sub("|".join(map(re.escape, words)), lambda m: words[m.group()], line)
    return [
        part.replace("instances/baotou", str(instance)).replace("runs/", f"{runs}/")
        for part in shlex.split(line)
    ]


# Questions that look at plans of others.
ABOUT = {"9": ("1",), "10": ("1", "2")}


def answer(number: str, instance: Path, runs: Path, words: dict[str, str]) -> None:
    """Asks one question, after those whose plans it looks at."""
    for before in ABOUT.get(number, ()):
        if not (runs / f"q{before}" / "plan.json").exists():
            answer(before, instance, runs, words)
    outcome = call(*asked(number, instance, runs, words), "--lang", "zh")
    assert outcome.code in WITHIN, (number, outcome.err)
    assert outcome.out, number


def blocks_of(run: Path) -> list[dict[str, object]]:
    content = json.loads((run / "plan.json").read_text(encoding="utf-8"))
    return list(content["model"]["subject_to"])


def test_the_page_has_ten_commands() -> None:
    assert list(COMMANDS) == [str(number) for number in range(1, 11)]


# What must stand in plan.json of some of them.
SHOWN: dict[str, dict[str, object]] = {
    "1": {"count": {"category": ["wet_market"], "district": ["昆都仑区"], "at_least": 1}},
    "2": {"locked_out": {"sites": ["D13"]}},
    "4": {"budget": {"each": "district", "at_least": "20万"}},
    "7": {"locked_out": {"categories": ["convenience_store"]}},
}


@pytest.mark.parametrize("number", COMMANDS)
def test_a_question_is_answered_on_the_template(number: str, template: Path) -> None:
    """And what was wished stands in plan.json as a block."""
    runs = template / "runs"
    answer(number, template / "instance", runs, IN_THE_TEMPLATE)
    if number in SHOWN:
        assert SHOWN[number] in blocks_of(runs / f"q{number}")
    if number == "3":
        content = json.loads((runs / "q3" / "plan.json").read_text(encoding="utf-8"))
        assert {offer["year"] for offer in content["chosen"]} <= {2026, 2027, 2028}


def test_regret_says_what_each_year_gives_up(template: Path) -> None:
    """Plans of several years alone have any; the city of the template neither grows nor closes."""
    runs = template / "runs"
    for number in ("1", "3"):
        if not (runs / f"q{number}" / "plan.json").exists():
            answer(number, template / "instance", runs, IN_THE_TEMPLATE)
    said = call("regret", runs / "q3", "--lang", "zh")
    assert said.code == exits.DONE, said.err
    assert "当年单独最优" in said.out
    found = json.loads(call("regret", runs / "q3", "--json").out)["years"]
    assert [one["year"] for one in found] == [2026, 2027, 2028]
    assert all(one["value"] <= one["bound"] for one in found)
    refused = call("regret", runs / "q1", "--lang", "zh")
    assert refused.code == exits.WRONG_INPUT
    assert "单年计划" in refused.err


@pytest.mark.slow
def test_each_question_is_answered_on_baotou(tmp_path: Path) -> None:
    for number in COMMANDS:
        answer(number, ROOT / "instances" / "baotou", tmp_path, {"q0": "q0"})


def test_what_cannot_be_is_explained_in_chinese(template: Path, tmp_path: Path) -> None:
    instance = template / "instance"
    wish = ["--floor", "旗县区 80万", "--budget", "200万", "--lang", "zh"]
    outcome = call("solve", instance, *wish, "-o", tmp_path / "run")
    assert outcome.code == exits.INFEASIBLE
    assert "以下要求不能同时满足，去掉其中任何一条即有方案：" in outcome.err
    assert "资金上限 200 万元（至少需要 24" in outcome.err
    assert "每个旗县区：资金至少 80 万元（最多 6" in outcome.err


def test_a_wrong_name_is_answered_with_near_ones(template: Path, tmp_path: Path) -> None:
    wish = ["--require", "昆都伦区 菜市场", "--lang", "zh"]
    outcome = call("solve", template / "instance", *wish, "-o", tmp_path / "run")
    assert outcome.code == exits.WRONG_INPUT
    assert "昆都仑区" in outcome.err


def test_a_bare_budget_is_refused_with_both_readings(template: Path, tmp_path: Path) -> None:
    """600 was once 600 yuan, an empty plan that was proven optimal."""
    words = ["--budget", "600", "--lang", "zh", "-o", tmp_path / "run"]
    outcome = call("solve", template / "instance", *words)
    assert outcome.code == exits.WRONG_INPUT
    assert "请按本意写成“600万元”或“600 CNY”" in outcome.err
