"""The commands in Chinese: what a planner sees from help to a verified plan, and what stays."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command import MONACO, Outcome, call, copied, edit_plan, plan_in, run, solved_once, town
from test_other_commands import COMMANDS

from siting.cli.help_text import first_sentence, usage_message, wrapped
from siting.cli.lang_option import split_language
from siting.language import cells, in_language, language
from translatable import english_in

NOTE = "Invented data; the costs are assumptions."
# What a person types, and the words of code.
TYPED = re.compile(
    r"(示例：|帮助：)?(python -m )?siting .*(\n  \S.*)?|\[OPTIONS\].*|-+[\w-]+|<[^>]*>"
)


def chinese(*arguments: object) -> Outcome:
    return call("--lang", "zh", *arguments)


def no_english(text: str) -> None:
    for line in TYPED.sub("", text.replace(NOTE, "")).splitlines():
        assert english_in(line) == [], line


# --- help ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_help_of_every_command_is_chinese(command: tuple[str, ...]) -> None:
    outcome = chinese(*command, "--help")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("用法：")
    assert f"示例：siting {' '.join(command)} " in outcome.out
    assert "显示本帮助并退出。" in outcome.out
    no_english(outcome.out)
    assert max(cells(line) for line in outcome.out.splitlines()) <= 80
    assert call(*command, "--help", "--lang=zh") == outcome


@pytest.mark.parametrize("words", [(), ("prepare",), ("generate",)], ids=" ".join)
def test_the_list_of_commands_is_chinese(words: tuple[str, ...]) -> None:
    outcome = chinese(*words, "-h")
    assert outcome.code == 0
    assert "命令：" in outcome.out
    no_english(outcome.out)
    rows = outcome.out.partition("命令：\n")[2].splitlines()
    assert all(re.match(r"  \S+ +[\u4e00-\u9fff]| {8}", row) for row in rows)


def test_english_help_does_not_change_with_the_option() -> None:
    assert call("--lang", "en", "solve", "-h") == call("solve", "-h")
    assert "Usage: " in call("solve", "-h").out


def test_the_environment_names_the_language_of_help() -> None:
    assert run("-h", env={"SITING_LANG": "zh"}).out.startswith("用法：")
    assert run("-h", "--lang", "en", env={"SITING_LANG": "zh"}).out.startswith("Usage: ")
    system = {"SITING_LANG": "", "LC_ALL": "", "LC_MESSAGES": "", "LANG": "zh_CN.UTF-8"}
    assert run("-h", env=system).out.startswith("用法：")


def test_lines_break_between_chinese_characters_and_at_spaces() -> None:
    assert list(wrapped("补什么业态，在哪里补。", 8)) == ["补什么业", "态，在哪", "里补。"]
    assert list(wrapped("补什么，在", 6)) == ["补什", "么，在"]
    assert list(wrapped("写 --set walking.speed 即可", 12)) == ["写 --set", "walking.speed", "即可"]
    assert list(wrapped("见（“说明”）", 4)) == ["见", "（“说", "明”）"]


def test_the_first_sentence_is_what_the_list_says() -> None:
    assert first_sentence("列出问题，不求解。另一句。") == "列出问题，不求解"
    assert first_sentence("列出问题\n\n示例") == "列出问题"


# --- the option ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "left", "asked"),
    [
        (["check", "x"], ["check", "x"], None),
        (["--lang", "zh", "check", "x"], ["check", "x"], "zh"),
        (["check", "--lang=zh", "x"], ["check", "x"], "zh"),
        (["check", "x", "--lang", "zh"], ["check", "x"], "zh"),
        (["check", "x", "--lang"], ["check", "x"], ""),
        (["--lang", "zh", "x", "--lang", "en"], ["x"], "en"),
        (["check", "--", "--lang", "zh"], ["check", "--", "--lang", "zh"], None),
    ],
)
def test_the_option_may_stand_anywhere(
    words: list[str], left: list[str], asked: str | None
) -> None:
    assert split_language(words) == (left, asked)


@pytest.mark.parametrize(
    ("words", "found"), [(["--lang", "fr", "-h"], "'fr'"), (["check", "x", "--lang"], "nothing")]
)
def test_an_unknown_language_is_refused(words: list[str], found: str) -> None:
    outcome = call(*words)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == (
        f"error: --lang: found {found}; expected one of en, zh. Correct the option.\n"
        "1 problem found\n"
    )


def test_a_command_leaves_its_language_behind() -> None:
    assert chinese("-h").code == 0
    assert language() == "en"
    assert chinese("dream").code == 2
    assert language() == "en"


# --- mistakes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("check",), "缺少参数 'INSTANCE'。"),
        (("solve", "x"), "缺少选项 '--out' / '-o'。"),
        (("dream",), "没有命令 'dream'。"),
        (("check", "x", "--bugdet", "1"), "没有选项"),
        (("solve", "x", "-o"), "选项 '-o' 后面要有值。"),
        (("check", "x", "y"), "多余的参数（y）"),
    ],
)
def test_a_wrong_command_line_is_told_in_chinese(words: tuple[str, ...], text: str) -> None:
    outcome = chinese(*words)
    assert (outcome.code, outcome.out) == (2, "")
    *above, last = outcome.err.splitlines()
    assert last.startswith("错误：")
    assert text in last
    # Where Typer knows the command: how it is used, where help is, and a blank line.
    assert [line[:3] for line in above] in (["用法：", "帮助：", ""], [])
    no_english(outcome.err)


def test_what_typer_says_and_nobody_foresaw_stays() -> None:
    with in_language("zh"):
        assert usage_message("Out of paper.") == "Out of paper."
        assert usage_message("Invalid value for '--seed': -1 is not in the range x>=0.") == (
            "'--seed' 的值不对：-1 不在范围 x>=0 内。"
        )


def test_several_mistakes_of_an_instance_are_told_in_chinese(tmp_path: Path) -> None:
    instance = town(tmp_path)
    yaml = (instance / "instance.yaml").read_text(encoding="utf-8")
    (instance / "instance.yaml").write_text(
        yaml.replace("budget: 100万", "bugdet: 100万"), encoding="utf-8"
    )
    residents = (instance / "residents.csv").read_text(encoding="utf-8")
    (instance / "residents.csv").write_text(residents + "R13,,,约600,0,East\n", encoding="utf-8")
    outcome = chinese("check", instance)
    assert (outcome.code, outcome.out) == (2, "")
    *lines, last = outcome.err.splitlines()
    assert all(line.startswith("错误：") for line in lines)
    assert last == f"共 {len(lines)} 个问题"
    assert len(lines) == 4
    no_english(outcome.err)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--budget", "many"), "--budget：发现“many”；应为不小于 0"),
        (("--set", "walking"), "--set：发现“walking”；应为 KEY=VALUE"),
    ],
)
def test_a_wrong_option_is_told_in_chinese(
    words: tuple[str, ...], text: str, tmp_path: Path
) -> None:
    outcome = chinese("check", town(tmp_path), *words)
    assert outcome.code == 2
    assert text in outcome.err
    no_english(outcome.err)


# --- the whole way ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Outcome]]:
    """The template town, planned in each language."""
    folder = tmp_path_factory.mktemp("both")
    instance, made = town(folder), {}
    for lang in ("en", "zh"):
        words = ("solve", instance, "-o", folder / lang, "--gap", "0%", "--timings")
        made[lang] = (folder / lang, call("--lang", lang, *words))
    return made


def test_a_new_instance_says_what_is_next(tmp_path: Path) -> None:
    outcome = chinese("new", tmp_path / "city")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(f"已写入 {tmp_path / 'city'}；下一步：siting check ")
    checked = chinese("check", tmp_path / "city")
    assert (checked.code, checked.err) == (0, "")
    assert "居民点 12 个，居民 9,090 人，现有网点 3 个，候选点位 4 个，业态 3 个" in checked.out
    assert checked.last == "没有错误，0 个警告"


def test_a_solve_speaks_chinese(both: dict[str, tuple[Path, Outcome]]) -> None:
    folder, outcome = both["zh"]
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.last == (f"目标值 16,540，上界 16,540，差距 0 %，已证最优，计划在 {folder}")
    assert "便利店" in outcome.out
    assert "内存峰值" in outcome.out
    log = (folder / "log.txt").read_text(encoding="utf-8")
    assert re.search("读取 用时 .* 秒", log)
    for text in (outcome.out, log):
        no_english(text)


def test_the_columns_of_the_summary_are_straight(both: dict[str, tuple[Path, Outcome]]) -> None:
    lines = both["zh"][1].out.splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("业态  "))
    table = [lines[head], *lines[head + 2 : head + 5]]
    assert {cells(line) for line in table} == {cells(lines[head + 1])} == {77}
    pairs = lines[: lines.index("")]
    assert len({cells(re.match(r"\S+ {2,}", line)[0]) for line in pairs}) == 1  # type: ignore[index]


def test_files_that_are_read_back_are_the_same(both: dict[str, tuple[Path, Outcome]]) -> None:
    plans = [timeless(plan_in(folder)) for folder, _ in both.values()]
    assert plans[0] == plans[1]
    folders = [folder for folder, _ in both.values()]
    texts = [(folder / "certificate.json").read_text(encoding="utf-8") for folder in folders]
    assert texts[0] == texts[1]
    for folder in folders:
        for lang in ("en", "zh"):
            assert call("verify", folder, "--lang", lang).code == 0


def timeless(plan: dict[str, Any]) -> dict[str, Any]:
    for point in plan["trace"]:
        point["seconds"] = 0
    # The pages are in different languages, and the digest is of the seconds, too.
    return plan | {"seconds": list(plan["seconds"]), "digest": "", "parts": sorted(plan["parts"])}


def test_json_is_the_same_in_every_language(
    both: dict[str, tuple[Path, Outcome]], tmp_path: Path
) -> None:
    instance = both["en"][0].parent / "town"
    outcome = chinese("solve", instance, "-o", tmp_path / "run", "--json")
    assert outcome.code == 0
    assert json.loads(outcome.out) == plan_in(tmp_path / "run")


def test_the_workbook_has_the_same_sheets_in_either_language(
    both: dict[str, tuple[Path, Outcome]],
) -> None:
    books = {
        lang: openpyxl.load_workbook(folder / "plan.xlsx") for lang, (folder, _) in both.items()
    }
    sizes = {
        lang: [(sheet.max_row, sheet.max_column) for sheet in book] for lang, book in books.items()
    }
    assert sizes["en"] == sizes["zh"]
    assert books["en"].sheetnames[:4] == [
        "About",
        "Indicators",
        "Indicators by place",
        "Outlet ledger",
    ]
    assert books["zh"].sheetnames[:4] == ["说明", "指标表", "分圈指标表", "网点台账"]
    about = [cell.value for cell in books["zh"]["说明"]["A"]]
    assert {"数据", "模型", "财政资金", "基本业态全部步行可达的居民", "已证差距"} <= set(about)


def test_verify_speaks_chinese(both: dict[str, tuple[Path, Outcome]]) -> None:
    folder = both["zh"][0]
    outcome = chinese("verify", folder)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(f"{folder} 中的计划成立：目标值 16,540，")
    no_english(outcome.out)


def test_a_changed_plan_is_refused_in_chinese(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    folder = copied(solved_once(tmp_path_factory.getbasetemp() / "solved"), tmp_path)[1]
    edit_plan(folder, objective=1.0, spend=2.0, relative_gap=0.5, bound=None)
    outcome = chinese("verify", folder)
    assert outcome.code == 6
    lines = outcome.err.splitlines()
    assert "不一致：objective：plan.json 前后所写不一致" in lines
    assert lines[-1] == f"{folder} 中的计划不成立"
    assert all(line.startswith("不一致：") for line in lines[:-1])
    no_english(outcome.err)


def test_rows_that_conflict_are_named_in_chinese(tmp_path: Path) -> None:
    model = tmp_path / "model.yaml"
    model.write_text(
        "siting_model: 1\nname: locked\nmaximise: [covered_residents]\nsubject_to:\n"
        "  - budget: {}\n  - locked_in: {offers: ['S1:canteen', 'S2:canteen', 'S3:canteen']}\n",
        encoding="utf-8",
    )
    words = ("-m", model, "--budget", "1万", "-o", tmp_path / "run")
    outcome = chinese("solve", town(tmp_path), *words)
    assert outcome.code == 4
    lines = outcome.err.splitlines()
    assert lines[0].startswith("没有计划：无可行计划：以下约束不能同时成立：")
    assert lines[1] == "以下要求不能同时满足，去掉其中任何一条即有方案："
    no_english(outcome.err)


def test_warnings_of_a_real_city_are_chinese() -> None:
    outcome = chinese("check", MONACO)
    assert outcome.code == 0
    warnings = [line for line in outcome.out.splitlines() if line.startswith("警告：")]
    assert outcome.last == f"没有错误，{len(warnings)} 个警告"
    no_english("\n".join(warnings))
