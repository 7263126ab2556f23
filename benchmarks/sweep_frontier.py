"""What a sweep of budgets saves, and whether it says the same as solving each budget by itself.

    python benchmarks/sweep_frontier.py instances/reykjavik --budget 100万:2000万:25

times `siting sweep` and then `siting solve` for each budget, a process each, at the same gap, and
prints the ratio and a Markdown table. It goes on where it was stopped; `--out` is where it keeps
what is done.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any

import pandas as pd
from by_commands import siting

from siting.sweep import read_index

# Of sums in floating point.
_ROUNDING = 1e-9


def main() -> None:
    """Solves what is missing, checks that it agrees, and prints what it took."""
    given = _parse()
    sweep = given.out / "sweep"
    words = [given.instance, "--gap", given.gap, "--time-limit", given.time_limit]
    budgets = ["--budget", given.budget, "--workers", given.workers]
    in_all = timed(sweep, ["sweep", *words, *budgets])
    points = read_index(sweep).points.sort_values("budget")
    if not points["status"].eq("done").all():
        sys.exit(f"{sweep}: not every point is done")
    alone = pd.DataFrame(
        [
            _alone(given.out / "alone" / f"{budget:.0f}", words, budget)
            for budget in points["budget"]
        ],
        index=points.index,
    )
    print(summary(in_all, alone["seconds"].tolist(), str(given.workers)))
    print()
    print(table(points, alone))
    problems = [*disagreements(points, alone), *price_faults(points)]
    print("\n".join(problems) or "Every point agrees with its own solve; prices fit the points.")
    sys.exit(1 if problems else 0)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("instance", type=Path)
    parser.add_argument("--budget", required=True, help="as for siting sweep, 100万:2000万:25")
    parser.add_argument("--gap", default="0.1%")
    parser.add_argument("--time-limit", default="300s", help="of each solve")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("runs/bench/frontier"))
    return parser.parse_args()


def timed(folder: Path, words: list[Any]) -> float:
    """Runs a command of siting that writes a folder, unless it has; seconds of its process."""
    note = folder.with_name(f"{folder.name}.seconds.json")
    if not note.exists():
        print(*words, "...", file=sys.stderr, flush=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        took, _ = siting(*map(str, words), "-o", str(folder))
        note.write_text(json.dumps(took), encoding="utf-8")
    return float(json.loads(note.read_text(encoding="utf-8")))


def _alone(folder: Path, words: list[Any], budget: float) -> dict[str, float]:
    seconds = timed(folder, ["solve", *words, "--budget", repr(float(budget))])
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    return {"seconds": seconds, "objective": plan["objective"], "bound": plan["bound"]}


def summary(in_all: float, alone: list[float], workers: str) -> str:
    """The sweep's seconds as ratios to single solves."""
    hardest, median = max(alone), statistics.median(alone)
    return (
        f"{len(alone)} budgets in {in_all:.0f} s with {workers} worker(s); each by itself: "
        f"{sum(alone):.0f} s, median {median:.1f} s, longest {hardest:.1f} s. The sweep took "
        f"{in_all / hardest:.1f} times the longest, {in_all / median:.1f} times the median, "
        f"{in_all / sum(alone):.2f} of them all."
    )


def table(points: pd.DataFrame, alone: pd.DataFrame) -> str:
    """One line a budget: the sweep's plan and bound, and those of the solve by itself."""
    lines = [
        "| budget | objective | bound | gap | seconds | objective alone | bound alone | s alone |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for point, own in zip(points.to_dict("records"), alone.to_dict("records"), strict=True):
        lines.append(
            f"| {point['budget']:,.0f} | {point['objective']:,.0f} | {point['bound']:,.0f} "
            f"| {point['relative_gap']:.3%} | {point['seconds']:.1f} "
            f"| {own['objective']:,.0f} | {own['bound']:,.0f} | {own['seconds']:.1f} |"
        )
    return "\n".join(lines)


def disagreements(points: pd.DataFrame, alone: pd.DataFrame) -> list[str]:
    """Budgets where one solve's plan lies above the other's bound."""
    room = 1 + _ROUNDING
    wrong = (points["objective"] > alone["bound"] * room) | (
        alone["objective"] > points["bound"] * room
    )
    return [f"{budget:,.0f}: the two solves contradict" for budget in points["budget"][wrong]]


def price_faults(points: pd.DataFrame) -> list[str]:
    """Finite differences that a price does not allow.

    A price is a multiplier of the budget in a proof, so the certified bound here and the price
    bound the objective at every other budget: the slope towards a larger one is at most the price
    plus what the gap leaves open, towards a smaller one at least the price less that.
    """
    faults = []
    for here in points.to_dict("records"):
        allowed = here["certified_bound"] + here["price"] * (points["budget"] - here["budget"])
        over = points["objective"] > allowed * (1 + _ROUNDING)
        if over.any():
            faults.append(f"{here['budget']:,.0f}: {over.sum()} points lie above its line")
    return faults


if __name__ == "__main__":
    main()
