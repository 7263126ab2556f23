"""What the engine is meant to reach, and what it reaches: one table, one process a case.

    python benchmarks/goals.py [--only TEXT] [--again] [--ails NewYork.txt] [--report]

`--only` takes the goals whose name contains the text. Like `ladder.py` it resumes where it stopped;
`--report` alone rewrites its part of docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import fnmatch
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ladder
import ladder_report
from ladder_cases import ENGINE, all_cases

RESULTS = ladder.RESULTS.with_name("goals.jsonl")
BEGIN, END = "<!-- goals: begin -->", "<!-- goals: end -->"

Record = dict[str, Any]
Check = Callable[[Record], bool]


@dataclass(frozen=True)
class Goal:
    """One line of the table.

    Attributes:
        name: What is solved.
        wanted: The goal in words.
        cases: Names of ladder cases, with wildcards.
        seconds: Time limit of each solve.
        gap: The solve stops at this gap.
        met: Whether one record meets the goal.
        median_seconds: The median of the seconds from coordinates to plan may be this at most.
    """

    name: str
    wanted: str
    cases: tuple[str, ...]
    seconds: float
    gap: float
    met: Check
    median_seconds: float = float("inf")


def within(gap: float) -> Check:
    """A proven gap of at most this."""
    return lambda r: r["relative_gap"] is not None and r["relative_gap"] <= gap + 1e-12


def near_known(share: float) -> Check:
    """A plan at most this share below the best known one."""
    return lambda r: r["objective"] is not None and r["objective"] >= (1 - share) * r["known"]


def proven(record: Record) -> bool:
    """Proven optimal, and equal to the optimum that is known, if one is."""
    same = record["known"] in (None, record["objective"])
    return bool(same and record["reason"].startswith("optimal"))


def small(megabytes: float, seconds: float) -> Check:
    """Within memory, the solvers' own processes included, and time from generator to plan."""
    return lambda r: memory(r) <= megabytes and elapsed(r) <= seconds


def both(*checks: Check) -> Check:
    """All of them."""
    return lambda record: all(check(record) for check in checks)


def memory(record: Record) -> float:
    """Most memory in MB of the engine and its solvers together."""
    return float(record["memory_mb"]["self"] + record["memory_mb"]["children"])


def elapsed(record: Record) -> float:
    """Seconds from coordinates to plan."""
    return float(record["seconds"]["build"] + record["seconds"]["solve"])


GOALS = (
    Goal(
        "Monaco and Reykjavik, three budgets each",
        "gap at most 0.01 % in 30 s",
        ("monaco/*", "reykjavik/*"),
        30.0,
        1e-4,
        within(1e-4),
    ),
    Goal(
        "BDS, 100 facilities, 100,000 points, 14 settings, seeds A and B",
        "proven, equal to what is known; median at most 5 s",
        ("bds/m100000/*",),
        120.0,
        0.0,
        proven,
        median_seconds=5.0,
    ),
    Goal(
        "BDS, 100 facilities, 1, 5, 20, 40 million points",
        "proven, at most 3 min and 4 GB",
        ("bds/m?000000/*", "bds/m??000000/*"),
        120.0,
        0.0,
        both(proven, small(4_096.0, 180.0)),
    ),
    Goal(
        "City 20,000 x 2,000 x 26",
        "gap at most 0.1 % in 60 s",
        ("city/20000x*",),
        60.0,
        1e-3,
        within(1e-3),
    ),
    Goal(
        "City 100,000 x 5,000 x 56",
        "gap at most 0.5 % in 10 min, 12 GB",
        ("city/100000x*",),
        600.0,
        5e-3,
        both(within(5e-3), small(12_288.0, 720.0)),
    ),
    Goal(
        "City 50,000 x 3,000 x 40",
        "gap at most 0.5 % in 10 min, 12 GB",
        ("city/50000x*",),
        600.0,
        5e-3,
        both(within(5e-3), small(12_288.0, 720.0)),
    ),
    Goal(
        "NewYork, p = 50 to 100",
        "gap at most 0.5 % in 60 s, plan within 0.1 % of the best known",
        ("newyork/*",),
        60.0,
        0.0,
        both(within(5e-3), near_known(1e-3)),
    ),
    Goal(
        "BDS, as many facilities as points: 1,000, 1,500, 2,000",
        "gap at most 0.5 % in 60 s",
        ("bds-square/*",),
        60.0,
        5e-3,
        within(5e-3),
    ),
    Goal(
        "City 20,000 x 2,000 x 26, long",
        "gap at most 0.02 % in 10 min",
        ("city/20000x*",),
        600.0,
        2e-4,
        within(2e-4),
    ),
    Goal(
        "NewYork, p = 50 to 90, long",
        "proven in 10 min",
        tuple(f"newyork/p{p}" for p in (50, 60, 70, 80, 90)),
        600.0,
        0.0,
        proven,
    ),
)


def main(arguments: list[str]) -> None:
    """Runs what is wanted and not yet done, then writes the table."""
    given = _parse(arguments)
    for goal in GOALS:
        if given.only.lower() in goal.name.lower() and not given.report:
            run(goal, given)
    text = ladder.PAGE.read_text(encoding="utf-8")
    part = table(ladder.read_results(RESULTS))
    page = ladder_report.replace_marked(text, part, BEGIN, END)
    ladder.PAGE.write_text(page, encoding="utf-8", newline="\n")
    print(part)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="goals whose name contains this")
    parser.add_argument("--again", action="store_true", help="solve also what was solved before")
    parser.add_argument("--ails", type=Path, help="NewYork.txt of the AILS-MCLP set")
    parser.add_argument("--report", action="store_true", help="solve nothing, write the table")
    return parser.parse_args(arguments)


def run(goal: Goal, given: argparse.Namespace) -> None:
    """Solves the cases of a goal that this version of the code has not solved here."""
    where = {"version": ladder.code_version(), "machine": ladder.machine(), "goal": goal.name}
    done = {
        (r["case"], r["version"], r["machine"], r["goal"]) for r in ladder.read_results(RESULTS)
    }
    how = argparse.Namespace(time_limit=goal.seconds, gap=goal.gap, ails=given.ails)
    for case in all_cases(given.ails).values():
        if not any(fnmatch.fnmatch(case.name, pattern) for pattern in goal.cases):
            continue
        if not given.again and (case.name, *where.values()) in done:
            continue
        print(f"{goal.name}: {case.name} ...", end=" ", flush=True)
        record = {**where, "case": case.name, "peer": ENGINE, "time_limit": goal.seconds}
        record |= ladder.run_apart(case, ENGINE, how)
        ladder.append(RESULTS, record)
        print(ladder.in_short(record), flush=True)


def table(records: list[Record]) -> str:
    """The goals with what was reached; a goal that was not tried is left out."""
    heads = ["what", "goal", "met", "largest gap", "median s", "most s", "most memory"]
    rows: list[list[str]] = []
    seen: list[Record] = []
    for goal in GOALS:
        newest = {r["case"]: r for r in records if r["goal"] == goal.name and "error" not in r}
        if newest:
            rows.append(row(goal, list(newest.values())))
            seen += newest.values()
    if not seen:
        return "Not run yet."
    return ladder_report.origin(seen) + "\n\n" + ladder_report.table(heads, rows)


def row(goal: Goal, records: list[Record]) -> list[str]:
    """One line of the table."""
    met = sum(map(goal.met, records))
    times = [elapsed(record) for record in records]
    median = statistics.median(times)
    gaps = [record["relative_gap"] for record in records]
    largest = "none" if None in gaps else ladder_report.percent(max(gaps))
    late = "" if median <= goal.median_seconds else ", median missed"
    count = f"{met} of {len(records)}{late}"
    most = max(map(memory, records))
    return [
        goal.name,
        goal.wanted,
        count,
        largest,
        ladder_report.seconds(median),
        ladder_report.seconds(max(times)),
        f"{most:,.0f} MB",
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
