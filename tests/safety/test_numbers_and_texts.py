"""Numbers that cannot be added up, and texts that steer what shows them: found on reading."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pandas as pd
import pytest
from broken_town import Town
from command import call, copied, solved_once

from siting.language import has_unseen, tr
from siting.report.csv_files import save_csv
from siting.report.fonts import in_font


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


LARGE = {
    ("residents.csv", "residents"): ("1e300", "1e12", "1e308"),
    ("residents.csv", "x"): ("1e300", "-1e300", "1e16"),
    ("categories.csv", "cost"): ("1e300", "2e15", "1e-300"),
    ("categories.csv", "priority"): ("1e300", "1e13", "1e-300"),
    ("categories.csv", "standard_minutes"): ("1e300", "1e308", "1e16"),
    ("sites.csv", "slots"): ("1e300", "1e16", "9" * 400),
}


@pytest.mark.parametrize("cell", list(LARGE), ids=" ".join)
def test_numbers_beyond_exact_sums_are_named_with_their_cells(
    town: Town, cell: tuple[str, str]
) -> None:
    file, column = cell
    town.column(file, column, town.frame(file).get(column, ["1"] * len(town.frame(file))))
    whole = town.text(file)
    for number in LARGE[cell]:
        town.write(file, whole)
        town.cells(file, column, {3: number})
        done = call("check", town.folder)
        assert done.code == 2, number
        assert f"{file} row 3, column {column}: found" in done.err


@pytest.mark.parametrize("priority", ["1e10", "5e9", "9e14"])
def test_weights_are_bounded_together_also_where_each_is_small(town: Town, priority: str) -> None:
    town.cells("categories.csv", "priority", {2: priority})
    (problem,) = town.problems()
    assert problem.where == "categories.csv row 2, column priority"
    assert "only their proportions matter" in problem.mend


@pytest.mark.parametrize("budget", ["1e308亿", "1e300", "9" * 5000, "2e15", "20000000亿"])
def test_budgets_are_bounded(town: Town, budget: str) -> None:
    done = call("solve", town.folder, "-o", town.folder / "run", "--budget", budget)
    assert done.code == 2
    assert "--budget: found" in done.err
    assert len(done.err) < 3000


@pytest.mark.parametrize("key", ["budget", "siting_instance", "walking.speed"])
def test_whole_numbers_of_any_length_are_refused(town: Town, key: str) -> None:
    for digits in (301, 4301, 100_000):
        done = call("check", town.folder, "--set", f"{key}={'7' * digits}")
        assert done.code == 2
        assert f"a number of {digits:,} digits" in done.err


UNSEEN = {
    "escape": "\x1b[2J",
    "title": "\x1b]0;x\x07",
    "eight bits": "\x9b31m",
    "right to left": "\u202egnp.exe",
    "isolate": "\u2066x\u2069",
    "backspace": "\b\b\b",
    "no character": "x\ufffe",
}


@pytest.mark.parametrize("kind", list(UNSEEN))
def test_unseen_characters_are_left_out_with_their_row(town: Town, kind: str) -> None:
    frame = town.frame("sites.csv")
    frame.loc[1, "name"] = f"A{UNSEEN[kind]}B"
    town.save("sites.csv", frame)
    warnings = town.problems()
    assert [one.code for one in warnings] == ["control-character"]
    assert warnings[0].where == "sites.csv row 3, column name"
    names = list(town.read().sites["name"])
    assert not any(map(has_unseen, names))


def test_unseen_characters_of_every_kind_reach_no_report(town: Town) -> None:
    names = (f"A{text}B" for text in itertools.cycle(UNSEEN.values()))
    for file in ("sites.csv", "residents.csv", "outlets.csv"):
        frame = town.frame(file)
        town.save(file, frame.assign(name=[next(names) for _ in range(len(frame))]))
    run = town.folder / "run"
    assert call("solve", town.folder, "-o", run).code == 0
    assert call("report", run, "--only", "document").code == 0
    for name in ("plan.json", "report.html"):
        text = (run / name).read_text(encoding="utf-8")
        assert not has_unseen(text.replace("\n", "").replace("\t", "")), name


@pytest.mark.parametrize("text", ["\\e[2J", "\\x9b", "\\u202e", "\\b"])
def test_unseen_characters_in_yaml_are_refused_with_their_line(town: Town, text: str) -> None:
    line = 1 + town.text("instance.yaml").splitlines().index(
        next(one for one in town.text("instance.yaml").splitlines() if one.startswith("name:"))
    )
    lines = town.text("instance.yaml").splitlines()
    lines[line - 1] = f'name: "town {text}"'
    town.write("instance.yaml", "\n".join(lines))
    done = call("check", town.folder)
    assert done.code == 2
    assert f"instance.yaml:{line} name: found characters that cannot be seen" in done.err
    assert not has_unseen(done.err)


@pytest.mark.parametrize("text", ["\x1b[2J", "\u202e", "\x00", "\ud800"])
def test_a_plan_with_unseen_characters_is_refused(
    text: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    solved = solved_once(tmp_path_factory.getbasetemp() / "solved")
    run = copied(solved, tmp_path)[1]
    content = json.loads((run / "plan.json").read_text(encoding="utf-8"))
    content["coverage"][0]["group"] = text
    (run / "plan.json").write_text(json.dumps(content))
    for words in (("verify",), ("report",)):
        done = call(*words, run)
        assert done.code == 2
        assert not has_unseen(done.err + done.out)


def test_what_is_said_steers_no_terminal() -> None:
    assert tr("wrote {path}", path="a\x1b[2J\u202e\rb\ud800") == r"wrote a\x1b[2J\u202e\rb\ud800"


FORMULAS = ("=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(1)", " =1", "\t=1", "＝1", "－1")


@pytest.mark.parametrize("cell", FORMULAS)
def test_csv_for_excel_has_no_formulas(cell: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    save_csv(pd.DataFrame({cell: [cell, "plain"], "count": [-1, 2]}), path)
    frame = pd.read_csv(path)
    assert frame.to_dict("list") == {f"'{cell}": [f"'{cell}", "plain"], "count": [-1, 2]}


@pytest.mark.parametrize("name", ["$x_{$", "a$b$c", r"$\frac{1}{0}$"])
def test_dollar_signs_are_no_formulas(name: str, tmp_path: Path) -> None:
    from matplotlib.figure import Figure  # noqa: PLC0415

    with in_font():
        figure = Figure()
        figure.text(0.5, 0.5, name)
        figure.savefig(tmp_path / "x.png")


@pytest.mark.parametrize("length", [10_000, 1_000_000])
def test_long_cells_are_shortened_in_messages(town: Town, length: int) -> None:
    town.cells("residents.csv", "residents", {2: "x" * length})
    done = call("check", town.folder)
    assert done.code == 2
    assert len(done.err) < 1000
