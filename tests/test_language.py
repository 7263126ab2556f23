"""Two languages: everything that is said has its Chinese, and the language stays where it is."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import test_messages
from broken_town import GOLDEN, GOLDEN_ZH, Town, check_golden
from test_messages import GOALS, INPUTS, MODELS, model_problems

from siting.errors import InputError, Problem, UnitError
from siting.language import (
    cells,
    in_language,
    joined,
    language,
    padded,
    phrase,
    quoted,
    tr,
    use_language,
)
from siting.units import Currency, counted, listed, parse_money
from translatable import MARKED, english_in, entries, every_message, fields_of, not_literal

MESSAGES = every_message()
ENTRIES = entries()
ZH = {entry.msgid: entry.msgstr for _, entry in ENTRIES}


# --- the translations ---------------------------------------------------------------------------


@pytest.mark.parametrize("file", sorted({message.file for message in MESSAGES}))
def test_every_message_has_a_translation(file: str) -> None:
    assert [m for m in MESSAGES if m.file == file and not ZH.get(m.text)] == []


def test_no_message_is_put_together_before_it_is_translated() -> None:
    assert list(not_literal()) == []


def test_no_translation_is_left_over() -> None:
    used = {message.text for message in MESSAGES}
    assert [(file, e.msgid) for file, e in ENTRIES if e.msgid not in used] == []


def test_no_two_files_translate_the_same_differently() -> None:
    different = {(entry.msgid, entry.msgstr) for _, entry in ENTRIES}
    assert [text for text, n in Counter(text for text, _ in different).items() if n > 1] == []


def test_no_file_translates_the_same_twice() -> None:
    twice = Counter((file, entry.msgid) for file, entry in ENTRIES)
    assert [place for place, number in twice.items() if number > 1] == []


@pytest.mark.parametrize("formatted", [True, False])
def test_a_translation_has_the_fields_of_its_message(*, formatted: bool) -> None:
    """Of a text that is shown as it is, the braces are part of what a person types."""
    for message in MESSAGES:
        if message.formatted == formatted and message.text in ZH:
            braces = fields_of if formatted else literal_braces
            assert braces(ZH[message.text]) == braces(message.text), message


def literal_braces(text: str) -> set[str]:
    return set(re.findall(r"\{[^{}]*\}", text)) - {"{residents: 人口}"}


@pytest.mark.parametrize("file", sorted({file for file, _ in ENTRIES}))
def test_a_translation_is_chinese(file: str) -> None:
    for entry in (entry for name, entry in ENTRIES if name == file):
        assert english_in(re.sub(r"siting .*", "", entry.msgstr)) == [], entry.msgid


@pytest.mark.parametrize("file", sorted({file for file, _ in ENTRIES}))
def test_signs_behind_chinese_characters_are_full_width(file: str) -> None:
    half = re.compile("[\u4e00-\u9fff”][,;:?!(]")
    for entry in (entry for name, entry in ENTRIES if name == file):
        # What stands in braces is a field, or YAML to type.
        text = re.sub(r"\{.*?\}+", "x", entry.msgstr)
        assert half.findall(text) == [], entry.msgstr


def test_a_marked_text_is_what_it_was() -> None:
    assert phrase("row") == "row"
    assert "row" in MARKED


# --- what a planner reads -----------------------------------------------------------------------


@pytest.mark.parametrize("name", INPUTS)
def test_input_message_in_chinese(name: str, tmp_path: Path) -> None:
    town = Town(tmp_path)
    INPUTS[name](town)
    with in_language("zh"):
        check_chinese(name, town.problems())


@pytest.mark.parametrize("name", [*MODELS, *GOALS])
def test_model_message_in_chinese(name: str, tmp_path: Path) -> None:
    with in_language("zh"):
        check_chinese(name, model_problems(name, tmp_path))


def check_chinese(name: str, problems: tuple[Problem, ...]) -> None:
    check_golden(name, problems)
    for problem in problems:
        assert re.search("发现.*；应为.*。.*[。？]$", str(problem)), str(problem)
        assert english_in(str(problem)) == []


@pytest.mark.parametrize(
    "test",
    [
        test_messages.test_model_asks_for_columns_that_sites_lack,
        test_messages.test_model_asks_for_slots_that_one_site_lacks,
        test_messages.test_model_without_any_budget,
    ],
)
def test_message_of_a_model_that_does_not_fit(test: Callable[[Path], None], tmp_path: Path) -> None:
    with in_language("zh"):
        test(tmp_path)


def test_every_chinese_golden_message_is_that_of_an_english_one() -> None:
    names = {file.name for file in GOLDEN_ZH.glob("*.txt")}
    assert names - {file.name for file in GOLDEN.glob("*.txt")} == set()
    assert names >= {f"{name}.txt" for name in (*INPUTS, *MODELS, *GOALS)}
    for file in GOLDEN_ZH.glob("*.txt"):
        assert english_in(re.sub(r"\[\w+ .*\]", "", file.read_text(encoding="utf-8"))) == [], file


def test_a_list_of_problems_is_counted_in_chinese() -> None:
    problem = Problem("x", "甲.csv 第 2 行", "“约600”", "人数", "请改正。")
    with in_language("zh"):
        one, two = str(InputError([problem])), str(InputError([problem, problem]))
    line = "甲.csv 第 2 行：发现“约600”；应为人数。请改正。"
    assert one == f"输入数据有 1 个问题：\n  {line}"
    assert two == f"输入数据有 2 个问题：\n  {line}\n  {line}"


def test_a_quantity_is_refused_in_chinese() -> None:
    with in_language("zh"), pytest.raises(UnitError) as caught:
        parse_money("很多", Currency())
    assert str(caught.value) == (
        "发现'很多'；应为不小于 0 且带单位的金额，如“800万”或“8000000 CNY”。"
        "请写 CNY 金额，并在数字后写明单位。"
    )


def test_numbers_and_lists_are_those_of_the_language() -> None:
    names = ["R1", "R2", "R3"]
    assert (counted(1, "point"), counted(1200, "point")) == ("1 point", "1,200 points")
    assert counted(3, "category") == "3 categories"
    assert (listed(names, 2), joined(names)) == ("R1, R2 and 1 more", "R1, R2, R3")
    with in_language("zh"):
        assert (counted(1, "point"), counted(1200, "point")) == ("1 个点", "1,200 个点")
        assert (listed(names, 2), joined(names)) == ("R1、R2，另有 1 个", "R1、R2、R3")
        assert quoted("药店") == "“药店”"


def test_chinese_characters_take_two_columns() -> None:
    assert (cells("药店 a,"), padded("药店", 6), padded("药店", 6, right=True)) == (
        7,
        "药店  ",
        "  药店",
    )
    assert padded("药店", 3) == "药店"


# --- which language -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"SITING_LANG": "zh"}, "zh"),
        ({"SITING_LANG": "zh_CN.UTF-8"}, "zh"),
        ({"SITING_LANG": "fr", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"SITING_LANG": "", "LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_environment_names_the_language(
    environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SITING_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("siting.language.locale.getlocale", lambda: (None, None))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert language() == expected


def test_windows_names_the_language_by_its_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SITING_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    chinese = ("Chinese (Simplified)_China", "936")
    monkeypatch.setattr("siting.language.locale.getlocale", lambda: chinese)
    assert language() == "zh"


def test_a_language_for_a_while_ends_with_its_block() -> None:
    assert language() == "en"
    with in_language("zh"):
        assert language() == "zh"
        with in_language("en"):
            assert tr("none") == "none"
        assert tr("none") == "无"
    assert language() == "en"
    with pytest.raises(KeyError), in_language("zh"):
        raise KeyError
    assert language() == "en"


@pytest.mark.parametrize("_", range(2))
def test_no_test_leaves_its_language_behind(_: int) -> None:
    assert (language(), os.environ["SITING_LANG"]) == ("en", "en")
    use_language("zh")
    assert language() == "zh"


def test_a_thread_has_a_language_of_its_own() -> None:
    def speak() -> tuple[str, str]:
        before = language()
        use_language("zh")
        return before, language()

    with in_language("en"), ThreadPoolExecutor(1) as pool:
        assert pool.submit(speak).result() == ("en", "zh")
        assert language() == "en"
    with in_language("zh"), ThreadPoolExecutor(1) as pool:
        assert pool.submit(language).result() == "en"


def test_a_text_without_a_translation_stays() -> None:
    with in_language("zh"):
        assert tr("nobody says {this}", this=1) == "nobody says 1"
        assert tr("nobody says {this}") == "nobody says {this}"
