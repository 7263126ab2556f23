"""The ladder of benchmarks: its cases build, its peers answer alike, its page keeps the prose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ladder
import ladder_cases
import ladder_report
import numpy as np
import pytest
from ladder_cases import CBC, GAPS, Case, all_cases, build_city
from ladder_figures import draw_figures
from ladder_peers import ask, cbc_bound, has_cbc, milestones, to_pulp
from ladder_report import BEGIN, END, replace_marked
from ladder_run import Watch, own_peak, run

from siting.solve import Limit, Reason, SolveResult, Termination, TracePoint

SMALLEST = "city/1000x100x10"
TINY = Case("city/60x6x2", 60, lambda: build_city((60, 6, 2)), ("highs",))


def record(**changes: Any) -> dict[str, Any]:
    """What the ladder notes of a case, of made-up numbers."""
    values: dict[str, Any] = {
        "case": "city/1x1x1",
        "peer": "engine",
        "version": "abc1234",
        "machine": "a machine",
        "packages": "ortools 9",
        "date": "2026-01-02",
        "time_limit": 60.0,
        "wall": 3.0,
        "points": 10,
        "sites": 2,
        "budget": 5.0,
        "offers": 4,
        "rows": 12,
        "nonzeros": 1_234_567,
        "offset": 10.0,
        "known": None,
        "objective": 90.0,
        "bound": 100.0,
        "certified_bound": 101.0,
        "relative_gap": 1 / 9,
        "gain_gap": 1 / 8,
        "reason": "feasible (time limit)",
        "seconds": {"build": 0.5, "generate": 0.1, "solve": 2.0, "first": 0.25},
        "memory_mb": {"build": 100.0, "self": 200.0, "children": 300.0},
    }
    return {**values, **changes}


# --- registry -----------------------------------------------------------------------------------


def test_every_rung_is_there() -> None:
    cases = all_cases()
    assert next(iter(cases)) == SMALLEST
    assert "city/100000x5000x56" in cases
    assert {"monaco/50万", "reykjavik/2000万", "bds/m40000000/p10-R5.5/A"} <= set(cases)
    assert cases["bds/m100000/p20-R3.25/B"].known == 3501079
    assert not [name for name in cases if name.startswith("newyork")]
    with_blocks = all_cases(Path("NewYork.txt"))
    assert with_blocks["newyork/p50"].known == 1153640


def test_peers_are_asked_up_to_a_size() -> None:
    cases = all_cases()
    assert CBC in cases[SMALLEST].peers
    assert CBC in cases["city/20000x2000x26"].peers
    assert cases["city/50000x3000x40"].peers == ()


def test_the_smallest_case_builds() -> None:
    built = all_cases()[SMALLEST].build()
    assert built.program.section("choose").stop == 1_000
    assert built.facts["points"] == 1_000
    assert set(built.seconds) == {"generate", "coverage", "formulate"}


def test_a_run_is_one_record(tmp_path: Path) -> None:
    done = run(TINY, "engine", 10.0)
    assert done["reason"] == "optimal"
    assert done["objective"] == done["bound"] <= done["certified_bound"]
    assert done["seconds"]["first"] <= done["seconds"]["proven"]
    assert json.loads(json.dumps(done, allow_nan=False)) == done
    ladder.append(tmp_path / "a" / "results.jsonl", {**record(), **done})
    assert (
        ladder.read_results(tmp_path / "a" / "results.jsonl")[0]["objective"] == done["objective"]
    )


# --- peers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("peer", ["highs", CBC])
def test_peers_find_the_same_optimum(peer: str) -> None:
    if peer == CBC and not has_cbc():
        pytest.skip("this PuLP has no CBC")
    program = TINY.build().program
    engine, other = ask("engine", program, 10.0), ask(peer, program, 10.0)
    assert other.objective == pytest.approx(engine.objective)
    assert other.bound == pytest.approx(engine.bound)
    assert "proven" in other.seconds


def test_a_stranger_is_refused() -> None:
    with pytest.raises(ValueError, match="'gurobi' is no peer"):
        ask("gurobi", TINY.build().program, 1.0)


def test_rows_with_two_limits_are_two_constraints_in_pulp() -> None:
    program = TINY.build().program
    program.row_lower[0] = -5.0
    problem, variables = to_pulp(program)
    assert len(variables) == program.shape[1]
    assert len(problem.constraints()) == program.shape[0] + 1


@pytest.mark.parametrize(
    ("log", "bound"),
    [
        ("Result - Optimal solution found\nObjective value: 7.0\n", "optimal"),
        ("Result - Stopped on time limit\nObjective value: 7.0\nUpper bound:   9.5\n", "9.5"),
        ("Result - Stopped on time limit\n\nNo feasible solution found\n", None),
        ("", None),
    ],
)
def test_the_bound_of_cbc_is_what_its_log_proves(log: str, bound: str | None) -> None:
    assert cbc_bound(log) == bound


def test_times_to_gaps_are_those_of_the_trace() -> None:
    trace = (
        TracePoint(0.1, None, 500.0, "relax"),
        TracePoint(0.2, 90.0, None, "greedy"),
        TracePoint(0.5, 99.5, 100.0, "round"),
        TracePoint(0.9, 100.0, 100.05, "search"),
    )
    stopped = Termination(Reason.FEASIBLE, Limit.TIME)
    result = SolveResult(np.zeros(1), 100.0, 100.05, stopped, trace=trace)
    reached = milestones(result, 2.0)
    assert {reached[gap] for gap in GAPS if GAPS[gap] >= 0.01} == {0.5}
    assert {reached[gap] for gap in GAPS if 5e-4 <= GAPS[gap] < 0.01} == {0.9}
    assert {"first", "gap_002pct", "proven"} & set(reached) == {"first"}
    proven = SolveResult(np.zeros(1), 100.0, 100.0, Termination(Reason.OPTIMAL))
    assert milestones(proven, 2.0) == dict.fromkeys(("first", *GAPS, "proven"), 2.0)


def test_memory_is_looked_at() -> None:
    with Watch() as watch:
        assert own_peak() > 10
    assert watch.peak >= 0


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


def test_the_page_has_tables_of_what_was_measured(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(f"# Mine\n\n{BEGIN}\n{END}\n\nkept\n", encoding="utf-8")
    known = record(case="bds/m10000/p10-R5.5/A", distinct=900, known=91.0)
    highs = record(peer="highs", objective=None, bound=None, relative_gap=None)
    records = [record(objective=1.0), record(), known, highs, record(peer="cbc", error="crashed")]
    ladder_report.write_report(records, page, tmp_path / "figures")
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Mine\n")
    assert text.endswith("\n\nkept\n")
    for part in (
        "a machine; ortools 9; 2026-01-02; code `abc1234`; time limit 60 s.",
        "| city/1x1x1 | 4 | 12 | 1.23 M | 60.0 s | 0.25 s | - | - | - | 90 | 100 | 101 | 11.111% |",
        "| bds/m10000/p10-R5.5/A | 900 | 0.50 s | - | - | 90 | 91 | -1 |",
        "| city/1x1x1 | 11.111% / 0.000% | no plan |",
        "Failed: `city/1x1x1` by cbc.",
    ):
        assert part in text


def test_who_had_another_time_is_not_compared() -> None:
    alike = [record(), record(peer="highs", objective=80.0)]
    assert "| city/1x1x1 | 11.111% / 0.000% | 11.111% / 11.111% |" in ladder_report.against(alike)
    assert ladder_report.against([record(), record(peer="highs", time_limit=9.0)]) == ""


def test_how_much_later_a_peer_reached_the_same_gap() -> None:
    ours = record(seconds={"build": 0.1, "solve": 9.0, "gap_10pct": 0.5, "gap_1pct": 2.0})
    theirs = record(peer="highs", seconds={"build": 0.1, "solve": 60.0, "gap_10pct": 30.0})
    text = ladder_report.against([ours, theirs])
    assert "| city/1x1x1 | HiGHS cold | 10.000% | 30.0 s | 0.50 s | 60 |" in text
    never = record(peer="highs", seconds={"build": 0.1, "solve": 60.0})
    assert "times as long" not in ladder_report.against([ours, never])


def test_figures_are_the_same_bytes_each_time(tmp_path: Path) -> None:
    records = [record(), record(case="city/2x1x1", points=20, nonzeros=9_999_999)]
    for name in ("one", "two"):
        drawn = draw_figures(records, tmp_path / name)
        assert list(drawn) == ["city-times.svg"]
    one, two = ((tmp_path / name / "city-times.svg").read_bytes() for name in ("one", "two"))
    assert one == two


# --- what is done already -----------------------------------------------------------------------


def test_what_was_done_is_skipped_and_what_failed_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = {key: record()[key] for key in record() if key not in ("case", "peer", "version")}
    asked: list[str] = []

    def answer(case: Case, peer: str, _given: object) -> dict[str, Any]:
        asked.append(f"{case.name} {peer}")
        return {"error": "crashed"} if peer == "highs" else {**made, "case": case.name}

    monkeypatch.setattr(ladder, "RESULTS", tmp_path / "results.jsonl")
    monkeypatch.setattr(ladder, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(ladder, "FIGURES", tmp_path / "figures")
    monkeypatch.setattr(ladder, "run_apart", answer)
    monkeypatch.setattr(ladder, "machine", lambda: "a machine")
    monkeypatch.setattr(ladder, "packages", lambda: "ortools 9")
    monkeypatch.setattr(ladder, "code_version", lambda: "abc1234")
    monkeypatch.setattr(ladder, "all_cases", lambda _ails: {TINY.name: TINY})
    for _ in range(2):
        ladder.main(["--only", "city/*"])
    assert asked == [f"{TINY.name} {who}" for who in ("engine", "highs", "highs")]
    ladder.main(["--again", "--peers", "engine"])
    ladder.main(["--time-limit", "7", "--peers", "engine"])
    ladder.main(["--only", "monaco/*"])
    assert asked[3:] == [f"{TINY.name} engine"] * 2
    assert "done before" in capsys.readouterr().out


def test_the_version_of_the_code_is_a_commit_or_more() -> None:
    assert ladder.code_version()
    assert Path(__file__).parents[2] == ladder_cases.ROOT
