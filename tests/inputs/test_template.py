"""The template that `siting new` writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.errors import InputError
from siting.inputs import read_instance, write_template


def test_it_is_complete_and_right(tmp_path: Path) -> None:
    folder = write_template(tmp_path / "a" / "b")
    assert folder == tmp_path / "a" / "b"
    assert {path.name for path in folder.iterdir()} == {
        "README.md",
        "categories.csv",
        "instance.yaml",
        "outlets.csv",
        "residents.csv",
        "sites.csv",
    }
    assert read_instance(folder).warnings == ()


def test_an_empty_folder_is_fine(tmp_path: Path) -> None:
    assert read_instance(write_template(str(tmp_path))).name == "Example town"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("x\n", encoding="utf-8")
    with pytest.raises(InputError, match="an empty or a new folder"):
        write_template(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]
    with pytest.raises(InputError, match="an empty or a new folder"):
        write_template(tmp_path / "mine.csv")
