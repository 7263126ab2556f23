"""Tables are written in parts, and how they were cut cannot be seen in the file."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from siting.generate import CitySize, generate_city
from siting.generate.folder import Header, slices, write_instance, write_table
from siting.inputs import TableTravel

FRAME = pd.DataFrame(
    {
        "id": [f"R{number}" for number in range(10)],
        "x": np.linspace(0.1, 1e6 / 3, 10),
        "whole": np.arange(10.0),
        "blank": [1.0, np.nan] * 5,
        "name": ["药店, 食堂", 'a "b"'] * 5,
    }
)


@pytest.mark.parametrize("chunk", [1, 3, 10, 99])
@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_chunks_do_not_show(tmp_path: Path, chunk: int, name: str) -> None:
    write_table([FRAME.astype({"whole": int})], tmp_path / f"whole-{name}")
    write_table(slices(FRAME, chunk), tmp_path / name)
    assert (tmp_path / name).read_bytes() == (tmp_path / f"whole-{name}").read_bytes()


def test_numbers_come_back_exactly(tmp_path: Path) -> None:
    write_table(slices(FRAME, 4), tmp_path / "t.csv")
    back = pd.read_csv(tmp_path / "t.csv")
    pd.testing.assert_frame_equal(back, FRAME.astype({"whole": int}))


def test_the_compressed_file_tells_neither_time_nor_name(tmp_path: Path) -> None:
    write_table([FRAME], tmp_path / "t.csv.gz")
    content = (tmp_path / "t.csv.gz").read_bytes()
    assert content[4:8] == bytes(4)
    assert b"t.csv" not in content[:40]
    assert gzip.decompress(content).startswith(b"id,x,whole,blank,name\n")


def test_an_empty_table_is_its_header(tmp_path: Path) -> None:
    write_table(slices(FRAME.head(0)), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text(encoding="utf-8") == "id,x,whole,blank,name\n"


def test_the_yaml_holds_any_name() -> None:
    header = Header(
        'a: "b" # 城', "note", "EPSG:32649", 5.0, 1.25, "万元", {"all": 80.0, "old": 50.5}
    )
    read = yaml.safe_load(header.to_yaml())
    assert read["name"] == 'a: "b" # 城'
    assert read["budget"] == "5 CNY"
    assert read["walking"] == {"speed": "80.0 m/min", "groups": {"old": "50.5 m/min"}}


def test_other_ways_of_travel_are_refused(tmp_path: Path) -> None:
    city = generate_city(CitySize(5, 2, 1))
    measured = replace(city, travel=TableTravel(pd.DataFrame(), "metres"))
    with pytest.raises(TypeError, match="only straight lines are written"):
        write_instance(measured, tmp_path / "city", "")
    assert not (tmp_path / "city").exists()
