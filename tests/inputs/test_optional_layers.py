"""What an instance may leave out: outlets, and a place on Earth."""

from __future__ import annotations

from pathlib import Path

import pytest
from broken_town import Town

from siting.coverage import compute_coverage


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def test_an_instance_without_outlets(town: Town) -> None:
    text = town.text("instance.yaml").splitlines()
    town.write("instance.yaml", "\n".join(one for one in text if not one.startswith("outlets:")))
    read = town.read()
    assert read.outlets.empty
    cover = compute_coverage(read).by_category.values()
    assert not any(one.served.any() for one in cover)


@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_local_metres_are_no_degrees(town: Town, scale: float) -> None:
    for name in ("residents.csv", "sites.csv", "outlets.csv"):
        frame = town.frame(name)
        for column in ("x", "y"):
            town.column(name, column, [at % 30 * scale for at in range(len(frame))])
    town.yaml("crs: EPSG:32649", "crs: local")
    assert town.read().sites["x"].max() <= 30 * scale
