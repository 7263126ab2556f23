"""The registry: what it crosses, what it refuses, and that its cells can be built."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from bench_records import CELL
from builders import build
from goals import CHECKS, OVERALL, in_words
from published import AILS
from registry import REGISTRY, Cell, read_registry
from run import parse, wanted

CELLS, TITLES = read_registry()
WHERE = {"version": "abc", "packages": "none", "machine": "mine"}
SMALL = """\
towns:
  title: Towns
  build: city
  seeds: [1, 2, 3]
  who: [highs]
  grids:
    - with: {residents: [10, 20], sites: 5, categories: 2}
      seconds: 5
      goal: {certified_gap: 0.01}
    - with: {residents: 30, sites: 5, categories: 2}
      seconds: 9
      seeds: [7]
      who: [cbc]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "registry.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_lists_are_crossed_and_a_line_may_differ(tmp_path: Path) -> None:
    cells, titles = read_registry(write(tmp_path, SMALL))
    assert titles == {"towns": "Towns"}
    names = [f"towns/{n}-5-2/{seed}" for n in (10, 20) for seed in (1, 2, 3)]
    assert [cell.name for cell in cells] == [*names, "towns/30-5-2/7"]
    assert {cell.who for cell in cells[:-1]} == {("highs",)}
    assert (cells[-1].who, cells[-1].seconds, cells[-1].line) == (("cbc",), 9.0, 1)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seconds: 9", "secnods: 9", "secnods"),
        ("who: [cbc]", "who: [gurobi]", "gurobi"),
        ("residents: 30", "residents: 20", "twice"),
        ("title: Towns", "titel: Towns", "titel"),
    ],
)
def test_what_means_nothing_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = SMALL.replace(old, new)
    if "twice" in message:
        text = text.replace("seeds: [7]", "seeds: [1]")
    with pytest.raises(ValueError, match=message):
        read_registry(write(tmp_path, text))


def test_every_goal_of_the_registry_can_be_checked_and_said() -> None:
    for cell in CELLS:
        assert set(cell.goal) <= set(CHECKS)
        assert set(cell.overall) <= set(OVERALL)
        assert cell.goal
        assert "{" not in in_words(cell.goal, cell.overall)


def test_every_problem_has_three_seeds() -> None:
    for _, some in itertools.groupby(CELLS, key=lambda cell: cell.problem):
        assert len({cell.seed for cell in some}) >= 3


def test_the_grid_of_shapes_is_whole() -> None:
    shapes = {cell.problem for cell in CELLS if cell.family == "shapes"}
    # With one category slots cannot bind.
    assert len(shapes) == 3 * 3 + 3 * 3 * 3 * 2
    long = [cell for cell in CELLS if cell.parameters.get("entries") == 5_000_000]
    assert {(cell.seconds, cell.goal["certified_gap"]) for cell in long} == {(120.0, 0.01)}


def test_every_set_of_published_blocks_has_its_own_distance() -> None:
    assert {name: metres for name, (metres, _) in AILS.items()} == {
        "NewYork": 400.0,
        "SanFrancisco": 600.0,
    }
    for cell in CELLS:
        if cell.build == "ails":
            assert cell.parameters["open"] in AILS[cell.parameters["set"]][1]


def test_a_cell_goes_to_another_process_and_back() -> None:
    assert Cell.from_json(CELL.to_json()) == CELL


def test_the_key_hangs_on_what_is_solved_and_by_what() -> None:
    key = CELL.key("engine", WHERE)
    others = [
        replace(CELL, seed=2),
        replace(CELL, seconds=11.0),
        replace(CELL, stop=0.1),
        replace(CELL, parameters={**CELL.parameters, "sites": 7}),
    ]
    keys = [other.key("engine", WHERE) for other in others]
    keys += [CELL.key("highs", WHERE), CELL.key("engine", {**WHERE, "version": "abd"})]
    assert len({key, *keys}) == len(keys) + 1
    # What is wanted of it changes no result.
    assert replace(CELL, goal={}, overall={}, line=5).key("engine", WHERE) == key


# --- what is run ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("", 7),
        ("--seeds 1", 3),
        ("--only */1", 2),
        ("--who highs", 6),
        ("--who engine,highs,cbc", 14),
    ],
)
def test_what_is_wanted_of_the_registry(tmp_path: Path, words: str, number: int) -> None:
    cells, _ = read_registry(write(tmp_path, SMALL))
    assert len(list(wanted(cells, parse(words.split())))) == number


def test_published_files_are_left_out_where_there_are_none(tmp_path: Path) -> None:
    without = list(wanted(CELLS, parse([])))
    more = list(wanted(CELLS, parse(["--ails", str(tmp_path)])))
    assert {cell.build for cell, _ in more} - {cell.build for cell, _ in without} == {"ails"}


def test_a_stranger_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--who", "engine,gurobi"])
    assert "gurobi" in capsys.readouterr().err


# --- what is built -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "parameters", "offers"),
    [
        ("city", {"residents": 30, "sites": 5, "categories": 2, "purchases": 3}, 10),
        (
            "city",
            {"residents": 30, "sites": 5, "categories": 2, "most-slots": 1, "cost-spread": 5.0},
            10,
        ),
        ("blocks", {"blocks": 40, "coverers": 8, "categories": 2, "open": 3}, 80),
        ("bds", {"facilities": 12, "demand": 90, "open": 3, "radius": 5.5}, 12),
        ("place", {"place": "monaco", "budget": 50, "model": "annual-plan"}, 508),
    ],
)
def test_a_cell_is_built(how: str, parameters: dict[str, object], offers: int) -> None:
    ticks = itertools.count()
    cell = replace(CELL, build=how, parameters=parameters)
    built = build(cell, clock=lambda: float(next(ticks)))
    assert built.program.section("choose").stop == offers
    # The clock went on by one for each step.
    assert set(built.seconds.values()) == {1.0}
    assert built.facts["budget"] > 0


def test_published_optima_come_with_the_program() -> None:
    parameters = {"facilities": 100, "demand": 10_000, "open": 20, "radius": 3.25}
    assert build(replace(CELL, build="bds", parameters=parameters)).known == 356433


def test_published_blocks_need_their_folder() -> None:
    cell = replace(CELL, build="ails", parameters={"set": "NewYork", "open": 50})
    with pytest.raises(ValueError, match="needs the folder"):
        build(cell)
    with pytest.raises(ValueError, match="nothing is built by 'moon'"):
        build(replace(CELL, build="moon"))


def test_the_registry_is_beside_the_runner() -> None:
    assert REGISTRY.is_file()
    assert set(TITLES) == {cell.family for cell in CELLS}
