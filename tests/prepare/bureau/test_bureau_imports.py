"""The whole way: mappings, findings, refusals, the template, and plans that agree."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from unittest import mock

import geopandas
import numpy as np
import pytest
import yaml
from bureau_folder import ESTATES, OUTLETS, SITES, Bureau, degrees, make_bureau, metres, write_xlsx
from python_calamine import CalamineWorkbook
from shapely.geometry import LineString

from siting.cli import main
from siting.errors import InputError
from siting.inputs import StraightLineTravel, read_instance
from siting.inputs.catalogue import load_catalogue
from siting.language import in_language, use_language
from siting.prepare.bureau import prepare_bureau
from siting.prepare.bureau.bureau_mapping import BureauMapping
from siting.prepare.bureau.bureau_mapping_file import read_bureau_mapping
from siting.prepare.bureau.example_files import write_bureau_template
from siting.prepare.bureau.findings import kind_titles
from siting.prepare.bureau.outlet_types import make_rules
from siting.prepare.bureau.template_data import CIRCLES
from siting.prepare.coordinates import Datum

ROOT = Path(__file__).parents[3]


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return make_bureau(tmp_path)


def call(*words: object) -> int:
    """Runs a command; gives back its exit code."""
    with mock.patch.object(sys, "argv", ["siting", *map(str, words)]):
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0)
        finally:
            use_language(None)
    return 0


# --- mappings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("name: 小城", "nmae: 小城", "prepare.yaml:2 nmae: found the unknown key 'nmae'"),
        ("name: 小城", "nmae: 小城", "Did you mean 'name'?"),
        ("residents: 常住人口", "resident: 常住人口",
         "residents.0.columns.resident: found the unknown key 'resident'; expected one of id"),
        ("residents: 常住人口", "resident: 常住人口", "Did you mean 'residents'?"),
        ("  budget: 20万", "  bugdet: 20万",
         "prepare.yaml:10 instance.bugdet: found the unknown key 'bugdet'; expected one of money"),
        ("  budget: 20万", "  crs: EPSG:4546", "found the unknown key 'crs'"),
        ("  budget: 20万", "  budget: 20",
         "prepare.yaml:10 instance.budget: found the bare number 20"),
        ("siting_bureau: 1", "siting_bureau: 2", "found 2; expected 1, an older name"),
        ("east: 111.4", "east: 101.4", "found a box without an inside"),
        ("name: 小城", "name: 小城\nname: 大城", "the key 'name' a second time"),
        ("name: 小城", "name: [", "text that is not YAML"),
        ("  file: sites.csv", "  fiel: sites.csv", "Did you mean 'file'?"),
        ("categories:\n", "category_table: {file: a.xlsx, columns: {category: a}}\ncategories:\n",
         "both 'categories' and 'category_table'; expected one of the two"),
    ],
)  # fmt: skip
def test_a_wrong_mapping(bureau: Bureau, old: str, new: str, message: str) -> None:
    bureau.run()
    file = bureau.folder / "prepare.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(message)):
        prepare_bureau(bureau.folder, bureau.out)


def test_no_mapping(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"prepare\.yaml: found no file; expected a mapping file"):
        prepare_bureau(tmp_path, tmp_path / "out")
    (tmp_path / "prepare.yaml").write_text("- a", encoding="utf-8")
    with pytest.raises(InputError, match="siting new DIR --template bureau"):
        prepare_bureau(tmp_path, tmp_path / "out")


def test_the_packaged_types_are_categories_and_every_code_is_settled() -> None:
    """Each Amap code of the catalogue means one category, or is known to be too broad."""
    rules, problems = make_rules(read_template_mapping().types, {}, mock.Mock())
    assert problems == []
    categories = set(load_catalogue()["category"])
    for table in (rules.words, rules.contains, rules.codes):
        assert {one for means in table.values() for one in means} <= categories
    codes = {code for cell in load_catalogue()["amap_typecode"] for code in cell.split(";") if code}
    assert codes - set(rules.codes) == {"070000", "090300"}
    for row in load_catalogue().to_dict("records"):
        assert rules.meaning(row["name_zh"]) == (row["category"],)


def read_template_mapping() -> BureauMapping:
    path = ROOT / "src" / "siting" / "prepare" / "bureau" / "template" / "prepare.yaml"
    return read_bureau_mapping(path).mapping


@pytest.mark.parametrize("page", ["bureau.md", "bureau.zh-CN.md"])
def test_the_mapping_of_the_pages_can_be_read(page: str, tmp_path: Path) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    file = tmp_path / "prepare.yaml"
    file.write_text(text.partition("```yaml\n")[2].partition("```")[0], encoding="utf-8")
    assert read_bureau_mapping(file).mapping.streets


def test_instance_keys_go_through_as_they_are(bureau: Bureau) -> None:
    bureau.mapping["instance"] = {
        "budget": "30万",
        "money": {"unit": "CNY", "shown_in": "元"},
        "walking": {"preset": "planning", "winter": "ice"},
        "travel": {"straight_line": {"detour": 1.4}},
    }
    instance = bureau.run()
    assert instance.budget == 300_000
    assert instance.walking.winter == "ice"
    written = yaml.safe_load((bureau.out / "instance.yaml").read_text(encoding="utf-8"))
    assert written | bureau.mapping["instance"] == written


def test_barriers_go_through(bureau: Bureau) -> None:
    line = LineString([(109.8435, 40.63), (109.8435, 40.65)])
    frame = geopandas.GeoDataFrame({"名称": ["铁路"]}, geometry=[line], crs=4326)
    frame.to_file(bureau.folder / "铁路.geojson")
    bureau.mapping["barriers"] = {"file": "铁路.geojson", "crs": "WGS84"}
    travel = bureau.run().travel
    assert isinstance(travel, StraightLineTravel)
    barriers = travel.barriers
    right = metres([(109.8435, 40.63), (109.8435, 40.65)], 4546)
    assert barriers is not None
    assert barriers[["x", "y"]].to_numpy() == pytest.approx(np.array(right), abs=0.02)


# --- refusals and findings ----------------------------------------------------------------------


def test_everything_wrong_comes_at_once_and_is_written_down(bureau: Bureau) -> None:
    bureau.points("residents", [(lat, lon) for _, lon, lat, _, _ in ESTATES], "WGS84")
    bureau.points("sites", [("a", "b"), *((lon, lat) for _, lon, lat in SITES[1:])], "WGS84")
    bureau.mapping["outlets"]["columns"]["types"] = ["业种"]
    bureau.mapping["crs"] = "EPSG:4547"
    bureau.mapping["categories"].append("茶摊")
    problems = "\n".join(bureau.problems())
    for code in ("lonlat-swapped", "bad-coordinate", "missing-column", "wrong-zone"):
        assert f"[{code}]" in problems
    assert "'茶摊'" in problems
    assert not (bureau.out / "instance.yaml").exists()
    book = CalamineWorkbook.from_path(bureau.out / "findings.xlsx")
    assert book.sheet_names == ["refused", "summary", "findings"]
    assert len(book.get_sheet_by_name("refused").to_python()) == 6


def test_every_row_of_every_file_is_accounted_for(bureau: Bureau) -> None:
    """One workbook with everything in it, and a list of outlets with every kind of row."""
    rows = [
        ("某市小区台账", "", "", "", ""),
        ("单位:人", "", "", "", ""),
        ("区", "小区名称", "人口", "经度", "纬度"),
        ("昆区", "甲", "约1200", 109.84, 40.64),
        ("", "乙", "1,000人", 109.85, 40.64),
        ("", "丙", 0, 109.85, 40.65),
        ("", "丁", "—", 109.85, 40.65),
        ("", "小计", 2200, "", ""),
        ("", "", "", "", ""),
        ("青山区", "戊", 700, "", ""),
        ("", "己", 800, 109.86, 40.64),
        ("", "己", 800, 109.86, 40.64),
        ("区", "小区名称", "人口", "经度", "纬度"),
        ("", "庚", 900, 109.87, 40.64),
        ("合计", "", 4600, "", ""),
        ("填表人:王", "", "", "", ""),
    ]
    bureau.residents(rows, [(0, 0, 0, 4), (3, 0, 7, 0)], district="区", residents="人口")
    shops = [
        ("网点名称", "业态", "经度", "纬度"),
        *OUTLETS,
        ("棋牌", "棋牌室", 109.84, 40.64),
        ("菜场", "菜市场", 109.84, 40.64),
        ("", "", "", ""),
        ("无坐标", "药店", "", ""),
        (*OUTLETS[0],),
        ("备注:摸底", "", "", ""),
    ]
    write_xlsx(bureau.folder / "网点.xlsx", shops)
    bureau.mapping["outlets"]["file"] = "网点.xlsx"
    instance = bureau.run()
    assert instance.residents["name"].tolist() == ["甲", "乙", "己", "庚"]
    assert instance.residents["district"].tolist() == ["昆区", "昆区", "", ""]
    assert len(instance.outlets) == 3
    assert bureau.unaccounted(instance) == []
    summary = CalamineWorkbook.from_path(bureau.out / "findings.xlsx").get_sheet_by_name("summary")
    left_out = {str(row[0]): row[2] for row in summary.to_python()[1:]}
    rows_of_both = len(rows) + len(shops) + len(SITES) + 1
    assert sum(map(float, left_out.values())) + 4 + 3 + 4 == rows_of_both


def test_the_card_says_where_it_comes_from(bureau: Bureau) -> None:
    bureau.points("sites", degrees([(lon, lat) for _, lon, lat in SITES], "GCJ-02"), "GCJ-02")
    bureau.run()
    text = (bureau.out / "README.md").read_text(encoding="utf-8")
    assert "| sites | sites.csv | GCJ-02 | 4 |" in text
    assert "* residents.csv: SHA-256 `" in text
    assert "Everything is computed in EPSG:4546." in text
    assert "* people: 6,400" in text


def test_the_same_files_give_the_same_instance(bureau: Bureau) -> None:
    bureau.run()
    first = {path.name: path.read_bytes() for path in bureau.out.iterdir()}
    bureau.run()
    again = {path.name: path.read_bytes() for path in bureau.out.iterdir()}
    assert {name for name in first if first[name] != again[name]} <= {"findings.xlsx"}


def test_chinese_findings_and_refusals(bureau: Bureau) -> None:
    bureau.points("sites", degrees([(lon, lat) for _, lon, lat in SITES], "GCJ-02"), "WGS84")
    with in_language("zh"):
        problem = bureau.refused()
        assert set(kind_titles().values()).isdisjoint(_english_titles())
    assert "sites.csv 是 GCJ-02，而不是 WGS84" in problem
    book = CalamineWorkbook.from_path(bureau.out / "findings.xlsx")
    assert book.sheet_names == ["拒绝原因", "汇总", "明细"]


def _english_titles() -> set[str]:
    with in_language("en"):
        return set(kind_titles().values())


# --- plans --------------------------------------------------------------------------------------


def plan_of(bureau: Bureau, datum: Datum, out: Path) -> dict[str, object]:
    """The plan with all three files in one system."""
    places = {
        "residents": [(lon, lat) for _, lon, lat, _, _ in ESTATES],
        "outlets": [(lon, lat) for _, _, lon, lat in OUTLETS],
        "sites": [(lon, lat) for _, lon, lat in SITES],
    }
    for role, xy in places.items():
        bureau.points(role, degrees(xy, datum), datum)
    bureau.run()
    assert call("solve", bureau.out, "-o", out, "--gap", "0%") == 0
    plan: dict[str, object] = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    return plan


def test_the_same_places_in_three_systems_give_the_same_plan(
    bureau: Bureau, tmp_path: Path
) -> None:
    datums: tuple[Datum, ...] = ("WGS84", "GCJ-02", "BD-09")
    plans = [plan_of(bureau, datum, tmp_path / f"plan-{datum}") for datum in datums]
    assert plans[0]["chosen"]
    for other in plans[1:]:
        for key in ("objective", "baseline", "spend", "chosen"):
            assert other[key] == plans[0][key]


def test_the_template_goes_all_the_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "台账"
    instance = folder / "instance"
    assert call("new", folder, "--template", "bureau") == 0
    assert "next: siting prepare " in capsys.readouterr().out
    names = {path.name for path in folder.iterdir()}
    assert {"prepare.yaml", "填表说明.md", "小区台账.xlsx", "网点台账.xlsx"} < names
    assert call("prepare", "bureau", folder, "-o", instance) == 0
    out = capsys.readouterr().out
    assert "demand points: 27" in out
    assert "finding: outlets without a category: 1" in out
    assert call("check", instance) == 0
    assert "no errors, 0 warnings" in capsys.readouterr().out
    assert call("solve", instance, "-o", tmp_path / "plan") == 0
    assert call("verify", tmp_path / "plan") == 0


def test_the_example_of_the_template(tmp_path: Path) -> None:
    folder = write_bureau_template(tmp_path / "t")
    prepare_bureau(folder, tmp_path / "i")
    instance = read_instance(tmp_path / "i")
    assert instance.residents["residents"].sum() == 54_930
    assert set(instance.residents["circle"]) == {"示例东兴圈", "示例友谊圈", "示例富强圈"}
    # Where the circles were put in WGS84: the ledgers are in GCJ-02 and come back to there.
    first = instance.residents.iloc[0]
    right = metres([CIRCLES[0].wgs84(-620, 480)], 4546)[0]
    assert (first["x"], first["y"]) == pytest.approx(right, abs=0.2)
    with pytest.raises(InputError, match="an empty or a new folder"):
        write_bureau_template(folder)


def test_a_refused_import_by_command(bureau: Bureau, capsys: pytest.CaptureFixture[str]) -> None:
    bureau.run()
    bureau.mapping["crs"] = "WGS84"
    bureau.problems()
    assert call("prepare", "bureau", bureau.folder, "-o", bureau.out) == 2
    said = capsys.readouterr()
    assert "what was noticed so far is in" in said.out
    assert "EPSG:4546" in said.err


def test_the_plain_template_is_as_it_was(tmp_path: Path) -> None:
    assert call("new", tmp_path / "plain") == 0
    assert (tmp_path / "plain" / "residents.csv").is_file()
    assert call("new", tmp_path / "other", "--template", "basic") == 0
    assert call("new", tmp_path / "none", "--template", "city") == 2
