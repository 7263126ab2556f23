"""Ctrl-C and SIGTERM, early and late: never a traceback, and never a plan lost."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest
from command import MONACO, REYKJAVIK, call, interrupt, plan_in, town

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

# A process that a signal ends is -2 to its parent and 130 to a shell.
INTERRUPTED = (130, -signal.SIGINT)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_solve_writes_its_best_plan(tmp_path: Path, number: signal.Signals) -> None:
    options = ("--gap", "0%", "--time-limit", "90s")
    outcome, took = interrupt(6.0, number, "solve", REYKJAVIK, "-o", tmp_path, *options)
    assert outcome.code == 130
    assert took < 12.0
    assert "Traceback" not in outcome.err
    assert ", interrupted, plan in " in outcome.last
    plan = plan_in(tmp_path)
    assert plan["termination"]["limit"] == "interrupted"
    assert plan["objective"] > plan["baseline"]
    verified = call("verify", tmp_path)
    assert (verified.code, verified.err) == (0, "")


@pytest.mark.parametrize("after", [0.3, 0.5, 0.8, 1.1, 1.5])
def test_an_early_interrupt_is_no_traceback(tmp_path: Path, after: float) -> None:
    instance = town(tmp_path)
    outcome, _ = interrupt(after, signal.SIGINT, "solve", instance, "-o", tmp_path / "run")
    assert outcome.code in (0, *INTERRUPTED)
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("after", [0.2, 0.6, 1.0])
@pytest.mark.parametrize(
    "command",
    [
        ("check", REYKJAVIK),
        ("export", MONACO, "--lp", "model.lp"),
        ("prepare", "osm", MONACO / "source" / "monaco.osm.pbf"),
    ],
    ids=["check", "export", "prepare"],
)
def test_commands_without_a_plan_end_quietly(
    tmp_path: Path, after: float, command: tuple[str | Path, ...]
) -> None:
    words = [tmp_path / word if word == "model.lp" else word for word in command]
    if command[0] == "prepare":
        words += ["--mapping", MONACO / "prepare.yaml", "-o", tmp_path / "out"]
    outcome, took = interrupt(after, signal.SIGINT, *words)
    assert outcome.code in (0, *INTERRUPTED)
    assert took < 5.0
    assert "Traceback" not in outcome.err
