"""The runner resumes, and its page says what was reached, the worst first."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

import profiles
import pytest
import records
from bench_records import CELL, record
from goals import OVERALL, met, missed_overall
from registry import Cell
from run import in_short, main, parse, run_all, run_apart
from tables import BEGIN, END, latest, replace_marked, spread, steps, worst, write_report

OTHER = replace(CELL, seed=2)
TITLES = {"city": "Cities"}


# --- what is done already -----------------------------------------------------------------------


def test_what_was_done_is_skipped_and_what_failed_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("run.where", lambda: {"version": "1", "packages": "p", "machine": "m"})
    asked: list[str] = []

    def answer(cell: Cell, who: str, _given: Namespace) -> dict[str, Any]:
        asked.append(f"{cell.seed} {who}")
        return {"error": "crashed"} if who == "highs" else {"wall": 1.0, **result}

    result = {name: record()[name] for name in ("reason", "gap", "certified_gap", "memory_mb")}
    given = parse(["--results", str(tmp_path / "results.jsonl")])
    both = [(CELL, "engine"), (OTHER, "engine"), (CELL, "highs")]
    for _ in range(2):
        run_all(both, given, answer)
    assert asked == ["1 engine", "2 engine", "1 highs", "1 highs"]
    monkeypatch.setattr("run.where", lambda: {"version": "2", "packages": "p", "machine": "m"})
    run_all(both[:1], given, answer)
    run_all([(replace(CELL, seconds=3.0), "engine")], given, answer)
    assert len(asked) == 6
    run_all(both[:1], parse(["--again", "--results", str(given.results)]), answer)
    assert len(asked) == 7


def test_a_cell_is_run_in_a_process_of_its_own(tmp_path: Path) -> None:
    given = parse(["--results", str(tmp_path / "results.jsonl")])
    done = run_apart(replace(CELL, seconds=300.0), "engine", given)
    assert done["reason"] == "optimal"
    assert done["peak_mb"] > 10
    assert "optimal, gap" in in_short(done)
    wrong = run_apart(replace(CELL, build="moon"), "engine", given)
    assert "nothing is built by 'moon'" in wrong["error"]
    assert in_short(wrong).startswith("failed: exit code 1")


def test_a_line_that_was_cut_short_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    records.append(path, record())
    with path.open("a", encoding="utf-8") as file:
        file.write('{"cell": "ci')
    assert [one["cell"] for one in records.read_results(path)] == [CELL.name]


def test_the_page_is_written_without_running(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--only", "bds/100-100000-10-*/1", "--list"])
    assert capsys.readouterr().out.count(" engine\n") == 4
    results, page = tmp_path / "results.jsonl", tmp_path / "page.md"
    name = "bds/100-100000-10-5.5"
    records.append(results, record(cell=f"{name}/1", problem=name, family="bds", time_limit=60.0))
    words = ["--report", "--results", results, "--page", page, "--figures", tmp_path]
    main([str(word) for word in words])
    assert f"`{name}`" in page.read_text(encoding="utf-8")


# --- goals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("goal", "changes", "reached"),
    [
        ({"certified_gap": 0.2}, {}, True),
        ({"certified_gap": 0.1}, {}, False),
        ({"certified_gap": 0.1}, {"certified_gap": None}, False),
        ({"below_known": 0.1}, {"known": 100.0}, True),
        ({"below_known": 0.09}, {"known": 100.0}, False),
        ({"below_known": 0.1}, {}, False),
        ({"objective": 90}, {}, True),
        ({"objective": 90}, {"objective": None}, False),
        ({"proven": 1}, {"certified_gap": 0.0}, True),
        ({"proven": 1}, {"certified_gap": 0.0, "known": 91.0}, False),
        ({"proven": 1}, {"gap": 0.0}, False),
        ({"solve_seconds": 2}, {}, True),
        ({"elapsed_seconds": 2}, {}, False),
        ({"memory_mb": 499}, {}, False),
        ({"memory_mb": 500, "certified_gap": 0.1}, {}, False),
    ],
)
def test_a_goal_is_met_or_not(
    goal: dict[str, float], changes: dict[str, Any], reached: bool
) -> None:
    assert met(record(**changes), goal) is reached


def test_goals_of_all_together() -> None:
    some = [record(certified_gap=number / 10, seconds={"solve": number}) for number in range(1, 11)]
    assert OVERALL["median_gap"].value(some) == pytest.approx(0.55)
    assert OVERALL["nine_tenths_seconds"].value(some) == 9
    assert missed_overall(some, {"median_gap": 0.5, "nine_tenths_seconds": 9}) == [
        "median gap 50.000%"
    ]


# --- the page -----------------------------------------------------------------------------------


def test_only_the_marked_part_is_replaced() -> None:
    page = f"# Title\n\nprose\n\n{BEGIN}\nold\n{END}\n\nmore prose\n"
    assert replace_marked(page, "new") == (
        f"# Title\n\nprose\n\n{BEGIN}\n\nnew\n\n{END}\n\nmore prose\n"
    )
    assert replace_marked(replace_marked(page, "new"), "new") == replace_marked(page, "new")


def test_a_page_without_markers_gets_them_at_its_end() -> None:
    assert replace_marked("# Title\n", "new") == f"# Title\n\n{BEGIN}\n\nnew\n\n{END}\n"


@pytest.mark.parametrize("page", [f"{BEGIN}\n", f"{END}\n", f"{END}\n{BEGIN}\n"])
def test_half_a_pair_of_markers_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="the page needs"):
        replace_marked(page, "new")


def test_the_newest_of_the_registry_counts_and_quick_looks_do_not() -> None:
    older, newer = record(objective=1.0), record(objective=2.0)
    quick, gone = record(time_limit=3.0), record(cell="city/gone/1")
    elsewhere = record(who="highs", machine="another")
    found = latest([elsewhere, older, quick, gone, newer], [CELL])
    assert found == [newer]
    assert latest([], [CELL]) == []


def test_the_worst_of_a_line_is_told() -> None:
    good = record(certified_gap=0.01, seconds={**record()["seconds"], "gap_5pct": 1.0})
    bad = record(cell=OTHER.name, certified_gap=0.5, seconds={"build": 1.0, "solve": 9.0})
    text = worst([good, bad], [CELL, OTHER], TITLES)
    assert "| Cities: residents 60, sites 6, categories 2; 10 s |" in text
    assert "| 2 of 2 | 1 of 2, missed: median gap 15.000% | `city/60-6-2/2` | 50.000% |" in text
    # The first plan and 5 % were not reached by one of them.
    assert "| - * | - * | 10.0 s | 500 MB |" in text
    alone = worst([record()], [CELL, OTHER], TITLES)
    assert "| 1 of 2 | 1 of 1 | `city/60-6-2/1` | 12.222% |" in alone
    assert "| 0.25 s | 12.0 s * |" in alone


def test_gaps_are_counted_by_family_and_in_all() -> None:
    some = [record(certified_gap=0.0), record(certified_gap=0.03), record(family="bds")]
    text = spread(some, {**TITLES, "bds": "BDS"})
    assert "| Cities |" + " 50% |" * 9 + " 100% |" in text
    assert "| BDS |" + " 0% |" * 10 in text
    assert "| all |" + " 33% |" * 9 + " 67% |" in text


def test_steps_are_counted_over_all_cells() -> None:
    text = steps([record(), record(steps={"dive": [0.0, 0.1]})])
    assert "| greedy | 1 | 0 | 0.000% | 0 | 0.000% |" in text
    assert "| dive | 2 | 1 | 25.000% | 1 | 5.000% |" in text


def test_the_page_has_tables_of_what_was_measured(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(f"# Mine\n\n{BEGIN}\n{END}\n\nkept\n", encoding="utf-8")
    stages = {"stages": {"read": 0.5}, "solve": 3.0, "verify": 1.0, "bytes": 2e6}
    nothing = {"objective": None, "bound": None, "gap": None, "certified_gap": None}
    some = [
        record(),
        record(who="highs", **nothing),
        record(who="cbc", error="crashed"),
        record(who="commands", commands=stages, note="loaded"),
    ]
    write_report(some, [CELL], TITLES, page, tmp_path / "figures")
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Mine\n")
    assert text.endswith("\n\nkept\n")
    for part in (
        "a machine; ortools 9; 2026-01-02; code `fff0000` (abc1234); loaded.",
        "| `city/60-6-2` | 1 | 4 | 1.23 M | 0.25 s | - | - | 12.222% | 12.222% |",
        "| `city/60-6-2/1` | 11.111% / 0.000% | no plan |",
        "| `city/60-6-2/1` | 12.222% | 0.50 s | - | - | - | - | 3.0 s | 1.0 s | 2.00 MB | 500 MB |",
        "Failed: `city/60-6-2/1` by cbc.",
    ):
        assert part in text


# --- profiles -----------------------------------------------------------------------------------


def quick(who: str, cell: str, **seconds: float) -> dict[str, Any]:
    return record(who=who, cell=cell, seconds=seconds)


def test_a_profile_compares_with_the_quickest_on_what_all_were_asked() -> None:
    some = [
        quick("engine", "a", gap_1pct=2.0),
        quick("highs", "a", gap_1pct=8.0),
        quick("engine", "b", gap_1pct=3.0),
        quick("highs", "b"),
        quick("engine", "c", gap_1pct=1.0),
        quick("engine", "d"),
        quick("highs", "d", proven=5.0),
    ]
    who = ["engine", "highs"]
    cells = profiles.by_cell(some, who)
    assert len(cells) == 3
    found = profiles.ratios(cells, who)
    assert found == {"engine": [1.0, 1.0, float("inf")], "highs": [4.0, float("inf"), 1.0]}
    shares = profiles.shares_within(found, (1.0, 4.0))
    assert shares["engine"] == pytest.approx([2 / 3, 2 / 3])
    assert shares["highs"] == pytest.approx([1 / 3, 2 / 3])


def test_a_peer_is_not_compared_by_a_certificate() -> None:
    cells = [{"engine": record(), "highs": record(who="highs", gap=0.3)}]
    assert profiles.final_gaps(cells, ["engine", "highs"]) == {"engine": [11 / 90], "highs": [0.3]}


def test_the_figure_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    values = {"engine": [1.0, 1.0], "highs": [3.0, float("inf")]}
    for name in ("one.svg", "two.svg"):
        assert profiles.draw(values, {"engine": "engine"}, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
