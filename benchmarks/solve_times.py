"""Solves instances at several budgets as a user would and prints where the time goes.

    python benchmarks/solve_times.py instances/monaco:50万,100万 instances/reykjavik:1000万

prints two Markdown tables: result and gap of each solve, and its seconds by stage with peak memory.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

STAGES = ("read", "coverage", "formulate", "solve", "plan", "report")


def main(wanted: list[str]) -> None:
    """Runs each instance at each budget, one process a solve."""
    cores = os.cpu_count()
    print(
        f"{platform.machine()}, {cores} cores, Python {platform.python_version()}, "
        f"ortools {version('ortools')}, scipy {version('scipy')}, {time.strftime('%Y-%m-%d')}\n"
    )
    runs = [
        run(folder, budget)
        for folder, _, budgets in (entry.partition(":") for entry in wanted)
        for budget in budgets.split(",")
    ]
    print("| instance | budget | chosen | objective | bound | gap | gap of the gain | stopped by |")
    print("|---|---:|---:|---:|---:|---:|---:|---|")
    for made in runs:
        plan = made["plan"]
        why = plan["termination"]["limit"] or plan["termination"]["reason"]
        print(
            f"| {made['name']} | {made['budget']} | {len(plan['chosen'])} | "
            f"{plan['objective']:,.0f} | {plan['bound']:,.0f} | {plan['relative_gap']:.4%} | "
            f"{plan['gain_gap']:.3%} | {why} |"
        )
    print("\n| instance | budget | " + " | ".join(STAGES) + " | whole process | peak memory |")
    print("|---|---:|" + "---:|" * (len(STAGES) + 2))
    for made in runs:
        seconds = made["plan"]["seconds"]
        cells = " | ".join(f"{seconds.get(stage, 0):.2f} s" for stage in STAGES)
        print(
            f"| {made['name']} | {made['budget']} | {cells} | {made['wall']:.1f} s | "
            f"{made['memory']:,.0f} MB |"
        )


def run(folder: str, budget: str) -> dict[str, Any]:
    """One solve in a process of its own; its plan, wall time and peak memory."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "siting", "solve", folder, "-o", out]
        if budget:
            command += ["--budget", budget]
        begun = time.monotonic()
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as child:
            _, _, usage = os.wait4(child.pid, 0)
            child.returncode = 0
        wall = time.monotonic() - begun
        plan = json.loads((Path(out) / "plan.json").read_text(encoding="utf-8"))
    name = Path(folder).name
    shown = budget or "its own"
    return {
        "name": name,
        "budget": shown,
        "plan": plan,
        "wall": wall,
        "memory": usage.ru_maxrss / 1024,
    }


if __name__ == "__main__":
    main(sys.argv[1:])
