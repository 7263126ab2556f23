"""Solves a cell as a planner does: an instance folder, `siting solve`, `siting verify`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from registry import ROOT, Cell

from siting.cli.exits import DONE, LIMIT_WITH_PLAN

_KIB_IN_MB = 1024.0
CERTIFICATE = ("certificate.json", "certificate.npz")


def run_commands(cell: Cell) -> dict[str, Any]:
    """Makes the folder where there is none, solves it and verifies the plan.

    Raises:
        ValueError: A command failed.
    """
    with tempfile.TemporaryDirectory() as name:
        here = Path(name)
        generating = 0.0
        folder = ROOT / "instances" / str(cell.parameters.get("place"))
        if cell.build != "place":
            folder = here / "instance"
            generating, _ = siting(*generate_words(cell), "-o", str(folder))
        run = here / "run"
        solving, memory = siting("solve", str(folder), "-o", str(run), *solve_words(cell))
        verifying, _ = siting("verify", str(run))
        plan = json.loads((run / "plan.json").read_text(encoding="utf-8"))
        size = sum((run / file).stat().st_size for file in CERTIFICATE if (run / file).exists())
    objective, certified = plan["objective"], plan["certified_bound"]
    commands = {"generate": generating, "solve": solving, "verify": verifying}
    return {
        "known": None,
        "objective": objective,
        "bound": plan["bound"],
        "certified_bound": certified,
        "gap": plan["relative_gap"],
        "certified_gap": (certified - objective) / max(1.0, abs(objective)),
        "reason": plan["termination"]["reason"],
        "seconds": {"build": generating, "solve": solving},
        "commands": {**commands, "stages": plan["seconds"], "bytes": size},
        "steps": {},
        "memory_mb": {"build": 0.0, "self": memory, "children": 0.0},
    }


def generate_words(cell: Cell) -> list[str]:
    """What `siting` is told to make the instance; the parameters are the options."""
    options = (word for name, n in cell.parameters.items() for word in (f"--{name}", str(n)))
    return ["generate", cell.build, *options, "--seed", str(cell.seed)]


def solve_words(cell: Cell) -> list[str]:
    """How `siting solve` is asked."""
    words = ["--gap", f"{100 * cell.stop!r}%", "--time-limit", f"{cell.seconds!r}s"]
    words += ["--seed", str(cell.seed)]
    if cell.build == "place":
        words += ["--budget", f"{cell.parameters['budget']}万"]
        words += ["--model", str(cell.parameters["model"])]
    return words


def siting(*words: str) -> tuple[float, float]:
    """Seconds and peak memory in MB of a command; one that a limit stopped with a plan will do.

    Raises:
        ValueError: It failed.
    """
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    begun = time.monotonic()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        child = subprocess.Popen(
            [sys.executable, "-m", "siting", *words],
            stdout=subprocess.DEVNULL,
            stderr=said,
            env=environment,
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        took = time.monotonic() - begun
        if child.returncode not in (DONE, LIMIT_WITH_PLAN):
            said.seek(0)
            end = said.read()[-500:]
            raise ValueError(f"siting {' '.join(words)}: exit code {child.returncode}: {end}")
    return took, used.ru_maxrss / _KIB_IN_MB
