"""What the page of the docs and the notebook say is so: both run from top to bottom."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "instances").symlink_to(ROOT / "instances")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(blocks: list[str], name: str) -> None:
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, name, "exec"), names)  # noqa: S102 - our own page


def test_the_page_runs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs" / "what-if.md").read_text(encoding="utf-8")
    run(re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL), "what-if.md")
    assert "pharmacy" in capsys.readouterr().out
    scenarios = sorted((here / "runs" / "what-if-monaco" / "scenarios").iterdir())
    assert [path.name for path in scenarios] == ["0001", "0002"]


def test_the_notebook_runs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = json.loads((ROOT / "docs" / "what-if.ipynb").read_text(encoding="utf-8"))
    cells = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert all(not cell["outputs"] for cell in cells)
    run(["".join(cell["source"]) for cell in cells], "what-if.ipynb")
    assert "Preview" in capsys.readouterr().out
    assert (here / "runs" / "what-if-notebook" / "what-if.sqlite").is_file()


@pytest.mark.parametrize("name", ["what-if.md", "what-if.zh-CN.md"])
def test_every_file_that_a_page_links_to_exists(name: str) -> None:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!http)([^)#]+)\)", text)
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
