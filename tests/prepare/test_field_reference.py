"""The page of fields is made from the schemas, so that it cannot lag."""

from __future__ import annotations

import os
from pathlib import Path

from siting.prepare.field_reference import BEGIN, END, field_reference

PAGE = Path(__file__).parents[2] / "docs" / "files.md"


def test_the_page_of_fields_is_current() -> None:
    """SITING_UPDATE_GOLDEN=1 writes what is."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    if os.environ.get("SITING_UPDATE_GOLDEN") == "1":
        made = f"{before.rstrip()}\n\n{field_reference()}{after or chr(10)}"
        PAGE.write_text(made, encoding="utf-8")
    assert field_reference() in PAGE.read_text(encoding="utf-8")


def test_what_planners_asked_for_is_in_it() -> None:
    page = field_reference()
    for key in ("residents.where", "outlets.keep", "osm.layers", "population.file", "travel.table"):
        assert f"| `{key}" in page
    assert "| `minutes` | no |" in page
