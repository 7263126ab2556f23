"""The command line as people use it: in this process where that is quick, or in one of its own."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from siting.cli import main
from siting.inputs import write_template
from siting.plan.plan_file import plan_digest
from waiting import PATIENCE

ROOT = Path(__file__).parents[2]
MONACO = ROOT / "instances" / "monaco"
REYKJAVIK = ROOT / "instances" / "reykjavik"


@dataclass(frozen=True)
class Outcome:
    """What a command left: its exit code and what it said."""

    code: int
    out: str
    err: str

    @property
    def last(self) -> str:
        return self.out.rstrip("\n").splitlines()[-1]


def call(*arguments: object) -> Outcome:
    """Runs a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    code: Any = 0
    words = ["siting", *map(str, arguments)]
    with mock.patch.object(sys, "argv", words), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code
    return Outcome(int(code or 0), out.getvalue(), err.getvalue())


def start(*arguments: object, **options: Any) -> subprocess.Popen[str]:
    """Starts a command in a process of its own, with its output in pipes."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")} | options.pop("env", {})
    return subprocess.Popen(  # noqa: S603 - our own module in our own interpreter
        [sys.executable, "-m", "siting", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment,
        **options,
    )


def run(*arguments: object, **options: Any) -> Outcome:
    """Runs a command in a process of its own."""
    with start(*arguments, **options) as process:
        out, err = process.communicate(timeout=PATIENCE)
    return Outcome(process.returncode, out, err)


def interrupt(
    sign: str, number: signal.Signals, *arguments: object, env: dict[str, str] | None = None
) -> Outcome:
    """Sends a signal to a command once a line of its standard error has this pattern."""
    with start(*arguments, env=env or {}) as process:
        assert process.stderr is not None
        said = ""
        while not re.search(sign, said) and process.poll() is None:
            said += process.stderr.readline()
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    return Outcome(process.returncode, out, said + err)


def town(folder: Path) -> Path:
    """The template instance in a folder of its own."""
    return write_template(folder / "town")


@cache
def solved_once(folder: Path) -> tuple[Path, Path, Outcome]:
    """The template town, a run folder beside it, and how the solve went in a process of its own.

    Who gives the same folder shares them and leaves them as they are; a copy may be changed.
    """
    instance, out = town(folder), folder / "run"
    return instance, out, run("solve", instance, "-o", out, "--gap", "0%")


def copied(solved: tuple[Path, Path, Outcome], folder: Path) -> tuple[Path, Path]:
    """A copy of the solved town and of its run folder, side by side."""
    instance, out = (folder / path.name for path in solved[:2])
    shutil.copytree(solved[0], instance)
    shutil.copytree(solved[1], out)
    return instance, out


def plan_in(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    return content


def edit_plan(folder: Path, **changes: Any) -> None:
    """Changes what a plan.json says, as somebody does who knows of its digest."""
    content = plan_in(folder) | changes
    content["digest"] = plan_digest(content)
    (folder / "plan.json").write_text(json.dumps(content), encoding="utf-8")
