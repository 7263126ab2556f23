"""A sweep that goes on looks at what is done: altered or lost points are solved again."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from command import call, town

BUDGETS = ("--budget", "20万,40万")


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("swept")
    done = call("sweep", town(folder), *BUDGETS, "-o", folder / "s", "--workers", 1)
    assert done.code == 0, done.err
    return folder


@pytest.fixture
def sweep(swept: Path, tmp_path: Path) -> Path:
    shutil.copytree(swept, tmp_path / "x")
    return tmp_path / "x" / "s"


def again(sweep: Path) -> list[float]:
    """Goes on with the sweep, and gives what its points reach."""
    done = call("sweep", sweep.parent / "town", *BUDGETS, "-o", sweep, "--workers", 1)
    assert done.code == 0, done.err
    assert all(call("verify", point).code == 0 for point in points(sweep))
    return [json.loads((p / "plan.json").read_bytes())["objective"] for p in points(sweep)]


def points(sweep: Path) -> list[Path]:
    return sorted((sweep / "points").iterdir())


def spoil_index(sweep: Path) -> None:
    for name in ("-wal", "-shm"):
        (sweep / f"index.sqlite{name}").unlink(missing_ok=True)
    path = next(sweep.glob("*.sqlite*"))
    content = bytearray(path.read_bytes())
    content[4096:8192] = b"\xff" * 4096
    path.write_bytes(content)


def alter_row(sweep: Path) -> None:
    with closing(sqlite3.connect(next(sweep.glob("*.sqlite")))) as database, database:
        database.execute("UPDATE points SET objective = objective + 5000")


def alter_plan(sweep: Path) -> None:
    path = points(sweep)[0] / "plan.json"
    path.write_text(path.read_text(encoding="utf-8").replace("bound", "round", 1), "utf-8")


FAULTS: dict[str, Callable[[Path], object]] = {
    "a point is gone": lambda sweep: shutil.rmtree(points(sweep)[0]),
    "a plan is altered": alter_plan,
    "a certificate is gone": lambda sweep: (points(sweep)[0] / "certificate.npz").unlink(),
    "an outcome is gone": lambda sweep: (points(sweep)[0] / "outcome.json").unlink(),
    "the index says more": alter_row,
    "the index is damaged": spoil_index,
    "the index is none": lambda sweep: next(sweep.glob("*.sqlite")).write_bytes(b"no index"),
}


@pytest.mark.parametrize("fault", list(FAULTS))
def test_a_sweep_that_goes_on_mends_what_is_done(sweep: Path, fault: str) -> None:
    before = [json.loads((p / "plan.json").read_bytes())["objective"] for p in points(sweep)]
    FAULTS[fault](sweep)
    assert again(sweep) == before
