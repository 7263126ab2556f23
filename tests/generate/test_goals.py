"""The table of goals: it counts what was met, and only what was run."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import goals
import ladder
import ladder_report
import pytest
from ladder_cases import all_cases
from test_ladder import TINY, record

CITY = next(goal for goal in goals.GOALS if goal.name.startswith("City 100,000"))


def of(goal: goals.Goal, **changes: Any) -> dict[str, Any]:
    return record(goal=goal.name, **changes)


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        ({"relative_gap": 0.004}, True),
        ({"relative_gap": 0.006}, False),
        ({"relative_gap": None}, False),
        ({"relative_gap": 0.004, "memory_mb": {"self": 12_000.0, "children": 300.0}}, False),
        ({"relative_gap": 0.004, "seconds": {"build": 200.0, "solve": 600.0}}, False),
    ],
)
def test_a_goal_is_met_or_not(changes: dict[str, Any], met: bool) -> None:
    assert CITY.met(of(CITY, **changes)) is met
    assert goals.row(CITY, [of(CITY, **changes)])[2] == f"{int(met)} of 1"


def test_a_proof_must_agree_with_what_is_known() -> None:
    assert goals.proven(record(reason="optimal", known=90.0))
    assert goals.proven(record(reason="optimal", known=None))
    assert not goals.proven(record(reason="optimal", known=91.0))
    assert not goals.proven(record(reason="feasible (gap limit)", known=90.0))


def test_a_plan_is_near_the_best_known() -> None:
    assert goals.near_known(0.1)(record(known=100.0))
    assert not goals.near_known(0.09)(record(known=100.0))
    assert not goals.near_known(0.1)(record(known=100.0, objective=None))


def test_a_slow_median_is_said() -> None:
    goal = next(goal for goal in goals.GOALS if goal.median_seconds < 100)
    slow = of(goal, reason="optimal", known=90.0, seconds={"build": 5.0, "solve": 1.0})
    assert goals.row(goal, [slow])[2] == "1 of 1, median missed"


def test_the_table_takes_the_newest_and_leaves_out_what_was_not_run() -> None:
    older, newer = of(CITY, relative_gap=0.5), of(CITY, relative_gap=0.001)
    failed = of(CITY, case="city/2x2x2", error="exit code 1")
    text = goals.table([older, newer, failed])
    assert text.count("\n| ") == 2
    assert f"| {CITY.name} | {CITY.wanted} | 1 of 1 | 0.100% |" in text
    assert goals.table([]) == "Not run yet."


def test_every_goal_has_cases() -> None:
    names = all_cases(Path("NewYork.txt"))
    for goal in goals.GOALS:
        assert any(fnmatch(name, p) for name in names for p in goal.cases), goal.name


def test_it_resumes_and_writes_its_part_of_the_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[tuple[str, float, float]] = []

    def answer(case: Any, _peer: str, how: Any) -> dict[str, Any]:
        asked.append((case.name, how.time_limit, how.gap))
        return record(case=case.name, relative_gap=0.0)

    page = tmp_path / "page.md"
    page.write_text("# Benchmarks\n\nProse.\n", encoding="utf-8")
    monkeypatch.setattr(goals, "RESULTS", tmp_path / "goals.jsonl")
    monkeypatch.setattr(ladder, "PAGE", page)
    monkeypatch.setattr(ladder, "run_apart", answer)
    monkeypatch.setattr(ladder, "machine", lambda: "a machine")
    monkeypatch.setattr(ladder, "code_version", lambda: "abc1234")
    tiny = goals.Goal("tiny", "quick", (TINY.name,), 7.0, 0.5, goals.within(0.5))
    monkeypatch.setattr(goals, "GOALS", (tiny,))
    monkeypatch.setattr(goals, "all_cases", lambda _ails: {TINY.name: TINY})
    for arguments in ([], [], ["--report"], ["--only", "nothing"]):
        goals.main(arguments)
    assert asked == [(TINY.name, 7.0, 0.5)]
    goals.main(["--again"])
    assert len(asked) == 2
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Benchmarks\n\nProse.\n")
    assert text.count(goals.BEGIN) == text.count(goals.END) == 1
    assert ladder_report.BEGIN not in text
    assert "| tiny | quick | 1 of 1 |" in text
