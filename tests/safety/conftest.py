"""One solved plan, as a copy for each test to spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cli.command import call
from siting.inputs import write_template
from siting.inputs.files import ALLOWED, LIMIT


@pytest.fixture(autouse=True)
def _usual_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (ALLOWED, LIMIT):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("solved")
    write_template(folder / "town")
    assert call("solve", folder / "town", "-o", folder / "run").code == 0
    return folder


@pytest.fixture
def plan(solved: Path, tmp_path: Path) -> Path:
    """A run folder beside its instance."""
    shutil.copytree(solved, tmp_path / "of", dirs_exist_ok=True)
    return tmp_path / "of" / "run"
