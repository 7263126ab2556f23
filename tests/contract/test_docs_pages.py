"""What the documents say is so: the API page runs, the formulation is that of the blocks."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from siting.model.explanation import formulation_page

ROOT = Path(__file__).parents[2]


def test_the_api_page_runs_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs" / "python-api.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    assert len(blocks) == 5
    (tmp_path / "instances").symlink_to(ROOT / "instances")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "python-api.md", "exec"), names)  # noqa: S102 - our own page
    assert "of the demand points" in capsys.readouterr().out
    written = {path.name for path in (tmp_path / "runs" / "monaco").iterdir()}
    assert {"plan.json", "certificate.json", "plan.xlsx", "plan.gpkg"} <= written


def test_the_formulation_page_is_that_of_the_blocks() -> None:
    path = ROOT / "docs" / "formulation.md"
    if os.environ.get("SITING_UPDATE_GOLDEN"):
        path.write_text(formulation_page(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == formulation_page()


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "docs/files.md"])
def test_every_file_that_a_page_links_to_exists(name: str) -> None:
    page = ROOT / name
    links = re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if not (page.parent / link).exists()]
    assert missing == []
