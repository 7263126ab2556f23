"""Kills commands at random moments and looks whether the run folder is one whole plan each time.

python benchmarks/kills.py --solve 50 --report 20 --sweep 20
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
Words = tuple[object, ...]


def siting(*words: object) -> subprocess.Popen[bytes]:
    """Starts a command whose output nobody reads, in a group of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    return subprocess.Popen(
        [sys.executable, "-m", "siting", *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=environment,
    )


def kill_after(seconds: float, *words: object) -> None:
    """Ends a command and all that it started, without any warning."""
    process = siting(*words)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def is_whole(run: Path) -> str:
    """Empty if `verify` agrees and every part that the plan names is the one it names."""
    if siting("verify", run).wait():
        return "verify disagrees"
    plan = json.loads((run / "plan.json").read_bytes())
    for name, digest in plan["parts"].items():
        if digest and hashlib.sha256((run / name).read_bytes()).hexdigest() != digest:
            return f"{name} is of another plan"
    left = [path.name for path in run.iterdir() if path.name == ".siting-ready"]
    return "not settled" if left else ""


def state(run: Path) -> str:
    """Which plan a folder has, and how many parts."""
    plan = json.loads((run / "plan.json").read_bytes())
    return f"budget {plan['budget']:,.0f}, {len(plan['parts'])} parts"


def rounds(count: int, folder: Path, words: Words, longest: float) -> Counter[str]:
    """Kills a command again and again on a copy of a finished folder."""
    seen: Counter[str] = Counter()
    for number in range(count):
        run = folder.with_name(f"copy-{number}")
        shutil.copytree(folder, run)
        kill_after(random.uniform(0.2, longest), *words, run)  # noqa: S311 - no secret
        seen[is_whole(run) or f"whole: {state(run)}"] += 1
        shutil.rmtree(run)
    return seen


def sweeps(count: int, work: Path, town: Path) -> Counter[str]:
    """Kills sweeps, and looks whether each can be gone on with to its end."""
    seen: Counter[str] = Counter()
    begun, longest = time.monotonic(), 0.0
    for number in range(count + 1):
        out = work / f"sweep-{number}"
        words = ("sweep", town, "--budget", "20万,40万,60万", "-o", out)
        if number == 0:  # how long a whole one takes
            siting(*words).wait()
            longest = 1.1 * (time.monotonic() - begun)
            continue
        kill_after(random.uniform(0.5, longest), *words)  # noqa: S311 - no secret
        bad = [run for run in out.glob("points/*/plan.json") if siting("verify", run).wait()]
        code = siting(*words).wait()
        seen[f"{len(bad)} points that do not hold; gone on with code {code}"] += 1
    return seen


def main() -> None:
    """Reads how often, makes a town and its plan, and prints what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("solve", "report", "sweep"):
        parser.add_argument(f"--{name}", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        town, run = Path(folder) / "town", Path(folder) / "run"
        siting("new", town).wait()
        begun = time.monotonic()
        siting("solve", town, "-o", run).wait()
        longest = 1.1 * (time.monotonic() - begun)
        solve: Words = ("solve", town, "--budget", "40万", "-o")
        print("solve ", dict(rounds(asked.solve, run, solve, longest)))
        print("report", dict(rounds(asked.report, run, ("report",), longest)))
        print("sweep ", dict(sweeps(asked.sweep, Path(folder), town)))


if __name__ == "__main__":
    main()
