"""Ctrl-C and SIGTERM, early and late: never a traceback, and never a plan lost."""

from __future__ import annotations

import re
import signal
import sys
from pathlib import Path

import pytest
from command import MONACO, REYKJAVIK, call, interrupt, plan_in, town

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

# A process that a signal ends is -2 to its parent and 130 to a shell.
INTERRUPTED = (130, -signal.SIGINT)


# A terminal sees how the solve goes; a name of each module that is loaded tells how far it is.
TERMINAL = {"FORCE_COLOR": "1", "TERM": "xterm"}
LOADED = {"PYTHONPROFILEIMPORTTIME": "1"}


def loaded(module: str) -> str:
    """The line that says that a module is loaded."""
    return rf"\| +{re.escape(module)}\n"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city whose plan takes minutes to prove."""
    folder = tmp_path_factory.mktemp("generated") / "city"
    size = ("--residents", 4000, "--sites", 400, "--categories", 8)
    assert call("generate", "city", *size, "-o", folder).code == 0
    return folder


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_solve_writes_its_best_plan(
    tmp_path: Path, city: Path, number: signal.Signals
) -> None:
    """An hour is left of the time that it may take: it does not wait for that."""
    words = ("solve", city, "-o", tmp_path, "--gap", "0%", "--time-limit", "60min")
    outcome = interrupt(r": best \d", number, *words, env=TERMINAL)
    assert outcome.code == 130
    assert "Traceback" not in outcome.err
    assert ", interrupted, plan in " in outcome.last
    plan = plan_in(tmp_path)
    assert plan["termination"]["limit"] == "interrupted"
    assert plan["objective"] > plan["baseline"]
    verified = call("verify", tmp_path)
    assert (verified.code, verified.err) == (0, "")


@pytest.mark.parametrize(
    "module",
    [
        "siting.language",
        pytest.param("numpy", marks=pytest.mark.slow),
        "pandas",
        pytest.param("ortools", marks=pytest.mark.slow),
        "xlsxwriter",
    ],
)
def test_an_early_or_late_interrupt_is_no_traceback(tmp_path: Path, module: str) -> None:
    words = ("solve", town(tmp_path), "-o", tmp_path / "run")
    outcome = interrupt(loaded(module), signal.SIGINT, *words, env=LOADED)
    assert outcome.code in (0, *INTERRUPTED)
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize(
    ("module", "command"),
    [
        pytest.param("typer", ("check", REYKJAVIK), marks=pytest.mark.slow),
        ("siting.coverage", ("check", REYKJAVIK)),
        pytest.param("shapely", ("export", MONACO, "--lp", "model.lp"), marks=pytest.mark.slow),
        ("pulp", ("export", MONACO, "--lp", "model.lp")),
        pytest.param(
            *("numpy", ("prepare", "osm", MONACO / "source" / "monaco.osm.pbf")),
            marks=pytest.mark.slow,
        ),
        ("siting.prepare", ("prepare", "osm", MONACO / "source" / "monaco.osm.pbf")),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_commands_without_a_plan_end_quietly(
    tmp_path: Path, module: str, command: tuple[str | Path, ...]
) -> None:
    words = [tmp_path / word if word == "model.lp" else word for word in command]
    if command[0] == "prepare":
        words += ["--mapping", MONACO / "prepare.yaml", "-o", tmp_path / "out"]
    outcome = interrupt(loaded(module), signal.SIGINT, *words, env=LOADED)
    assert outcome.code in (0, *INTERRUPTED)
    assert "Traceback" not in outcome.err
