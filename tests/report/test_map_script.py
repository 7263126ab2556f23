"""The script of the map: whole, alone, and of one mind with its data."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from siting.report.page.map_data import LONGEST_WALK, NO_WALK
from siting.report.page.map_script import map_script, map_style
from siting.report.page.map_texts import map_texts

SCRIPT = map_script()


def test_the_script_defines_one_name() -> None:
    assert re.findall(r"^const (\w+) = \(\(\) => \{", SCRIPT, re.MULTILINE) == ["sitingMap"]
    assert SCRIPT.rstrip().endswith("})();")
    for name in ("unpackCity", "paint", "circle", "tell", "start"):
        assert len(re.findall(rf"^function {name}\(", SCRIPT, re.MULTILINE)) == 1


def test_the_script_runs_by_itself(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    file = tmp_path / "map.js"
    file.write_text(SCRIPT, encoding="utf-8")
    subprocess.run([node, "--check", str(file)], check=True)  # noqa: S603


def test_every_text_is_said_and_no_other_is_asked_for() -> None:
    said = set(map_texts("circle"))
    asked = set(re.findall(r"texts\.(\w+)", SCRIPT)) | {"zoom_in", "zoom_out"}
    assert asked - said == set()
    # A layer's text is asked for by the layer's name.
    layers = {"streets", "barriers", "names", "residents", "outlets", "sites", "chosen"}
    assert said - asked - layers == set()


def test_the_script_knows_the_marks_of_walks() -> None:
    assert f"NO_WALK = {NO_WALK}, LONGEST_WALK = {LONGEST_WALK}" in SCRIPT


def test_texts_keep_the_fields_that_the_script_fills_in() -> None:
    texts = map_texts("district")
    assert texts["tasks"] == "Chosen sites ({count})"
    assert (texts["filter"], texts["names"]) == ("District", "Districts and their names")


def test_script_and_style_reach_for_nothing() -> None:
    for text in (SCRIPT, map_style()):
        assert re.findall(r"https?:|//\w+\.|url\(|import |fetch\(|</script", text) == []
