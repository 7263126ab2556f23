"""Two commands in one folder: one goes on, the other says who holds it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command import call, copied, plan_in, solved_once, start, town

from siting.folder_lock import LOCK_FILE
from siting.sweep import read_index
from siting.sweep.index import INDEX_FILE
from waiting import PATIENCE, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@contextmanager
def halted(begun: Callable[[], bool], *words: object) -> Iterator[subprocess.Popen[str]]:
    """A command that stands still once it has begun, and goes on to its end afterwards."""
    process = start(*words, start_new_session=True)
    wait_until(lambda: begun() or process.poll() is not None)
    os.killpg(process.pid, signal.SIGSTOP)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGCONT)
        process.communicate(timeout=PATIENCE)


@pytest.fixture
def plan(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    return copied(solved_once(tmp_path_factory.getbasetemp() / "solved"), tmp_path)[1]


def is_held(folder: Path) -> bool:
    """Whether a lock says whose it is."""
    path = folder / LOCK_FILE
    return path.exists() and path.stat().st_size > 0


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("solve", "report"),
        ("report", "solve"),
        pytest.param("solve", "solve", marks=pytest.mark.slow),
    ],
)
def test_one_goes_on_and_the_other_says_who_holds_it(plan: Path, first: str, second: str) -> None:
    words = {
        "solve": ("solve", plan.parent / "town", "--budget", "40万", "-o", plan),
        "report": ("report", plan, "--only", "page"),
    }
    with halted(lambda: is_held(plan), *words[first]) as one:
        other = call(*words[second])
    assert one.returncode == 0
    assert other.code == 2
    assert f"process {one.pid} on " in other.err
    assert call("verify", plan).err == ""
    assert plan_in(plan)["budget"] == (400_000 if first == "solve" else 1_000_000)
    assert set(plan_in(plan)["parts"]) >= {"report.html", "plan.xlsx", "plan.gpkg"}


def test_two_sweeps_share_their_points_and_say_so(tmp_path: Path) -> None:
    out = tmp_path / "s"
    words = ("sweep", town(tmp_path), "--budget", "20万,40万", "--workers", 1, "-o", out)
    with halted(lambda: bool(_at_work(out)), *words) as one, start(*words) as two:
        assert two.stderr is not None
        said = ""
        while f"process {one.pid} on " not in said and two.poll() is None:
            said += two.stderr.readline()
        assert "its points are waited for" in said
        os.killpg(one.pid, signal.SIGCONT)
        assert two.communicate(timeout=PATIENCE)
    assert (one.returncode, two.returncode) == (0, 0)
    points = sorted((out / "points").iterdir())
    assert [plan_in(point)["budget"] for point in points] == [200_000, 400_000]
    assert [call("verify", point).err for point in points] == ["", ""]


def _at_work(out: Path) -> list[str]:
    """The points that somebody works on."""
    if not (out / INDEX_FILE).exists():
        return []
    points = read_index(out).points
    return list(points.loc[points["status"] == "running", "point"])
