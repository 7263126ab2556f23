"""The year's plan of the synthetic Baotou: proven, verified, bound by money and room."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pandas as pd
import pyogrio
import pytest

from siting.cli import main

FOLDER = Path(__file__).parents[2] / "instances" / "baotou"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("baotou")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["siting", "solve", str(FOLDER), "-o", str(out)])
        with pytest.raises(SystemExit) as end:
            main()
    assert end.value.code in (None, 0)
    return out


def test_the_gap_is_proven_and_the_money_is_spent(run: Path) -> None:
    plan = json.loads((run / "plan.json").read_text(encoding="utf-8"))
    assert plan["relative_gap"] <= 0.001
    assert 0.99 * plan["budget"] < plan["spend"] <= plan["budget"] == 20_000_000


def test_it_is_a_plan_that_a_bureau_could_discuss(run: Path) -> None:
    """No category takes half of the money, no unit goes without, the old and the young are in."""
    plan = json.loads((run / "plan.json").read_text(encoding="utf-8"))
    money: dict[str, float] = {}
    for line in plan["chosen"]:
        for name in line["categories"]:
            money[name] = money.get(name, 0.0) + line["cost"] / len(line["categories"])
    assert max(money.values()) < plan["spend"] / 2
    assert len(money) >= 15
    assert {"elderly_care_station", "childcare", "canteen", "repair_point"} <= set(money)
    districts = {line["district"] for line in plan["coverage_by_district"]}
    gained = {
        line["district"] for line in plan["coverage_by_district"] if line["after"] > line["before"]
    }
    assert gained == districts
    assert len(districts) == 10


def test_slots_bind(run: Path) -> None:
    plan = json.loads((run / "plan.json").read_text(encoding="utf-8"))
    sites = pd.read_csv(FOLDER / "sites.csv.gz").set_index("site_id")
    chosen = pd.DataFrame(plan["chosen"])
    used = chosen["categories"].str.len().groupby(chosen["site_id"]).sum()
    full = used >= sites["slots"].reindex(used.index)
    assert full.sum() > 50


def test_verify_agrees_and_says_that_the_data_are_synthetic(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["siting", "verify", str(run)])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code in (None, 0)
    assert "not the real Baotou" in capsys.readouterr().out


def test_every_output_says_that_the_data_are_synthetic(run: Path) -> None:
    plan = json.loads((run / "plan.json").read_text(encoding="utf-8"))
    assert "synthetic" in plan["instance"]["name"]
    assert "not the real Baotou" in plan["instance"]["note"]
    assert "not the real Baotou" in (run / "log.txt").read_text(encoding="utf-8")
    book = openpyxl.load_workbook(run / "plan.xlsx")
    assert all("合成数据" in sheet.oddHeader.left.text for sheet in book.worksheets)
    for layer in ("chosen", "residents", "outlets", "sites"):
        about = pyogrio.read_info(run / "plan.gpkg", layer=layer)["layer_metadata"]
        assert "not the real Baotou" in about["DESCRIPTION"]
