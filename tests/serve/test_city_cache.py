"""What is there at once: the server loads nothing heavy, and the map of known inputs is kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from command import town

from siting.serve.city_cache import CITY_FOLDER, CityCache


def loaded_by(module: str) -> set[str]:
    """All modules that a process has that has loaded one."""
    said = f"import sys, {module}; print(*sys.modules)"
    words = [sys.executable, "-c", said]
    asked = subprocess.run(words, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    return set(asked.stdout.split())


def test_the_server_loads_no_tables_and_what_draws_the_city_no_charts_and_no_solvers() -> None:
    assert not {"numpy", "pandas", "siting.inputs", "siting.plan"} & loaded_by(
        "siting.serve.running"
    )
    late = {"matplotlib", "ortools", "docx", "siting.sweep", "siting.serve.plan_solver"}
    assert not late & loaded_by("siting.serve.worker")


def test_texts_are_kept_for_the_inputs_that_they_are_of(tmp_path: Path) -> None:
    instance, workspace = town(tmp_path), tmp_path / "space"
    workspace.mkdir()
    cache = CityCache.of(workspace, instance, ())
    assert cache.read("city", "en") is None
    cache.keep("city", "en", "a city")
    cache.keep("city", "zh", "一座城")
    again = CityCache.of(workspace, instance, ())
    assert (again.read("city", "en"), again.read("city", "zh")) == ("a city", "一座城")
    assert again.read("today", "en") is None
    assert CityCache.of(workspace, instance, (("budget", "1"),)).read("city", "en") is None


def test_what_was_read_from_other_inputs_is_not_kept(tmp_path: Path) -> None:
    instance, workspace = town(tmp_path), tmp_path / "space"
    workspace.mkdir()
    before = CityCache.of(workspace, instance, ())
    before.keep("city", "en", "before")
    file = instance / "instance.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    # The server that still runs may have read either.
    before.keep("today", "en", "either")
    after = CityCache.of(workspace, instance, ())
    assert after.read("city", "en") is None
    assert before.read("today", "en") is None
    after.keep("city", "en", "after")
    assert after.read("city", "en") == "after"
    assert len(list((workspace / CITY_FOLDER).iterdir())) == 1
