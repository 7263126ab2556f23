"""The Word summary: every figure is the plan's, and it carries its own font."""

from __future__ import annotations

import io
import json
import re
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import docx
import numpy as np
import pandas as pd
import pytest
from docx.document import Document
from fontTools.ttLib import TTFont
from reported_plan import planned, template

from siting.language import in_language
from siting.plan import write_plan
from siting.report.document import changes, districts, lacks, write_document
from siting.report.facts import Facts, collect_facts
from siting.report.fonts import subset_ttf
from siting.report.word import add_table, add_text, hidden, new_document, save_with_font

DAY = date(2026, 11, 23)
Written = Callable[[str], Path]


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return collect_facts(planned(template(tmp_path_factory.mktemp("town"))))


@pytest.fixture(scope="module")
def english(facts: Facts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with in_language("en"):
        return write_document(facts, tmp_path_factory.mktemp("run") / "summary.docx", DAY)


@pytest.fixture(scope="module")
def chinese(facts: Facts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with in_language("zh"):
        return write_document(facts, tmp_path_factory.mktemp("run") / "summary.docx", DAY)


def opened(path: Path) -> Document:
    return docx.Document(str(path))


def paragraphs(path: Path) -> list[str]:
    return [paragraph.text for paragraph in opened(path).paragraphs if paragraph.text]


def headings(path: Path) -> list[str]:
    return [
        one.text for one in opened(path).paragraphs if one.style and one.style.name == "Heading 1"
    ]


def table(path: Path, head: str) -> list[list[str]]:
    """The rows below the heading of the table whose first heading this is."""
    for one in opened(path).tables:
        rows = [[cell.text for cell in row.cells] for row in one.rows]
        if rows[0][0] == head:
            return rows[1:]
    raise AssertionError(head)


def whole_text(path: Path) -> str:
    with zipfile.ZipFile(path) as file:
        parts = ("word/document.xml", "word/footer1.xml")
        return " ".join(re.sub("<[^>]+>", " ", file.read(part).decode()) for part in parts)


def number(text: str) -> float:
    return float(re.sub("[^0-9.-]", "", text))


# --- what it says -------------------------------------------------------------------------------


def test_the_parts_come_in_order_and_are_counted(english: Path, chinese: Path) -> None:
    assert headings(english) == [
        "1  What the plan brings",
        "2  Which services change most",
        "3  The first tasks",
        "4  Public money by district",
        "5  What is missing afterwards",
        "6  How good the plan is",
        "7  What the figures rest on",
        "8  Check it yourself",
    ]
    assert headings(chinese) == [
        *("一、基本情况", "二、目标任务", "三、建设任务", "四、任务分工", "五、资金安排"),
        *("六、剩余缺口与储备项目", "七、有关说明"),
    ]


def test_title_date_and_note_of_the_data_come_first(english: Path, chinese: Path) -> None:
    assert paragraphs(english)[:2] == [
        "Annual plan of 15-minute living circles: summary",
        "Example town, 23 November 2026, siting 0.1.0",
    ]
    assert paragraphs(chinese)[0] == "Example town一刻钟便民生活圈年度建设提升计划"
    assert paragraphs(chinese)[-1] == "2026年11月23日"
    first = opened(english).tables[0].cell(0, 0).text
    assert first == "About the data: Invented data; the costs are assumptions."


def test_synthetic_data_is_called_so_in_front(facts: Facts, tmp_path: Path) -> None:
    instance = replace(facts.instance, note="合成数据，不得用于实际决策。")
    seen = replace(facts, plan=replace(facts.plan, instance=instance))
    path = write_document(seen, tmp_path / "summary.docx", DAY)
    assert opened(path).tables[0].cell(0, 0).text == "Synthetic data: 合成数据，不得用于实际决策。"


def test_headline_figures_are_those_of_the_plan_file(
    facts: Facts, english: Path, tmp_path: Path
) -> None:
    write_plan(facts.plan, tmp_path / "run")
    said = json.loads((tmp_path / "run" / "plan.json").read_text(encoding="utf-8"))
    text = whole_text(english)
    assert f"{said['spend'] / 10_000:g} 万元" in text
    before, after = facts.plan.complete
    assert f"{before:,.0f} → {after:,.0f}" in text
    assert f"{facts.newly_covered:,.0f}" in text
    shown = table(english, "No.")
    assert len(shown) == min(10, len(said["chosen"]))
    rows = dict(zip((row[0] for row in shown), shown, strict=True))
    for place, one in enumerate(said["chosen"][:10], start=1):
        assert number(rows[str(place)][5]) == pytest.approx(one["cost"] / 10_000)
        assert number(rows[str(place)][6]) == round(one["newly_covered"])


def test_coverage_is_that_of_the_plan(facts: Facts, english: Path) -> None:
    frame = facts.by_category.set_index("name_en")
    shown = table(english, "Category")
    gains = (frame["after"] - frame["before"]) / frame["residents"]
    assert [row[0] for row in shown] == gains[gains > 0].sort_values(ascending=False).index.tolist()
    for name, _, people, before, after, gain, added in shown:
        line = frame.loc[name]
        assert number(people) == line["residents"]
        assert before == f"{100 * line['before'] / line['residents']:.1f}%"
        assert after == f"{100 * line['after'] / line['residents']:.1f}%"
        assert number(gain) == line["after"] - line["before"]
        assert number(added) == line["added"]


def test_money_by_district_ends_with_what_the_plan_spends(facts: Facts, english: Path) -> None:
    *rows, last = table(english, "District")
    spent = facts.tasks.groupby("district")["cost"].sum() / 10_000
    assert {row[0]: number(row[2]) for row in rows} == pytest.approx(spent.to_dict())
    assert last[:4] == [
        "Sum",
        str(len(facts.tasks)),
        facts.instance.currency.show(facts.plan.spend),
        "100.0%",
    ]


def test_what_is_missing_afterwards_is_that_of_the_gap_list(facts: Facts, english: Path) -> None:
    rows = table(english, "Required category")
    gaps = facts.gaps_after.rows.groupby("name_en")
    for name, _, places, _, people in rows:
        assert number(places) == gaps["missing"].sum()[name]
        assert number(people) == gaps["uncovered"].sum()[name]
    before, after, count = facts.whole_places
    told = (
        f"Once the plan is carried out, {count - after} of {count} districts still lack at least "
        f"one of the 3 required categories; now {count - before} do."
    )
    assert told in paragraphs(english)


def test_it_says_how_to_check_it(english: Path) -> None:
    folder = english.parent.name
    assert f"siting verify {folder} recomputes" in paragraphs(english)[-1]
    assert str(english.parent.parent) not in whole_text(english)


def test_a_plan_that_adds_nothing_has_its_summary_too(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    empty = collect_facts(planned(template(tmp_path_factory.mktemp("town"), budget=0.0)))
    path = write_document(empty, tmp_path / "summary.docx", DAY)
    assert table(path, "Category") == []
    assert table(path, "District") == [["Sum", "0", "0 万元", "–", "0 万元"]]


def test_no_mark_of_emphasis_is_left(english: Path, chinese: Path) -> None:
    assert "**" not in whole_text(english) + whole_text(chinese)


def test_the_official_document_says_nothing_of_the_program(facts: Facts, chinese: Path) -> None:
    """All Latin words in it are names and notes of the data."""
    instance, text = facts.instance, whole_text(chinese)
    theirs = [instance.name, instance.note, *instance.sites["name"], *instance.sites["district"]]
    for name in theirs:
        text = text.replace(name, "")
    assert re.findall("[A-Za-z]{2,}", text) == []
    fonts = {
        opened(chinese).styles[name].element.rPr.rFonts.get(docx.oxml.ns.qn("w:eastAsia"))
        for name in ("Normal", "Heading 1")
    }
    assert fonts == {"仿宋_GB2312", "黑体"}


def test_fonts_of_the_standard_have_fallbacks(chinese: Path) -> None:
    with zipfile.ZipFile(chinese) as file:
        table = file.read("word/fontTable.xml").decode()
        used = set(re.findall(r'w:eastAsia="([^"]+)"', file.read("word/document.xml").decode()))
    known = re.findall(r'w:name="([^"]+)"><w:altName', table)
    assert {"仿宋_GB2312", "黑体", "方正小标宋简体"} | used <= set(known)


def test_the_official_tables_are_those_of_the_plan(facts: Facts, chinese: Path) -> None:
    show = facts.instance.currency.show
    rows = {row[0]: row[1:] for row in table(chinese, "业态")}
    by_name = facts.by_category[facts.by_category["added"] > 0].set_index("name_zh")
    assert set(rows) == set(by_name.index)
    for name, (added, cost, investment) in rows.items():
        assert number(added) == by_name.loc[name, "added"]
        assert (cost, investment) == tuple(map(show, by_name.loc[name, ["cost", "investment"]]))
    money = {row[0]: number(row[-1]) for row in table(chinese, "资金来源")}
    assert money["财政资金"] == pytest.approx(facts.plan.spend / 10_000)
    (now, then) = table(chinese, "指标")[0][1:]
    have, required = facts.by_place["have_after"].sum(), facts.by_place["required"].sum()
    assert then == f"{have / required:.1%}"
    assert now != then


# --- its tables ---------------------------------------------------------------------------------


def test_changes_leave_out_what_does_not_change(facts: Facts) -> None:
    seen = replace(facts)
    frame = pd.DataFrame({"category": list("abcd"), "residents": [100.0, 1000.0, 100.0, 0.0]})
    frame = frame.assign(before=[10.0, 0.0, 50.0, 0.0], after=[40.0, 200.0, 50.0, 0.0])
    seen.__dict__["by_category"] = frame
    assert changes(seen)["category"].tolist() == ["a", "b"]
    assert changes(seen, most=1)["category"].tolist() == ["a"]


def test_lacks_put_what_most_places_lack_first(facts: Facts) -> None:
    seen = replace(facts)
    names = facts.instance.category_names
    lines = [
        (names[0], True, 5.0),
        (names[0], True, 5.0),
        (names[1], True, 90.0),
        (names[2], False, 0.0),
    ]
    frame = pd.DataFrame(lines, columns=["category", "missing", "uncovered"])
    frame = frame.assign(missing_after=frame["missing"], uncovered_after=frame["uncovered"])
    seen.__dict__["gaps"] = frame
    found = lacks(seen)
    assert found["category"].tolist() == [names[0], names[1]]
    assert found["places_after"].tolist() == [2, 1]
    assert found["uncovered_after"].tolist() == [10.0, 90.0]


def test_many_districts_are_summed_at_the_end(facts: Facts) -> None:
    seen = replace(facts)
    seen.__dict__["tasks"] = pd.DataFrame(
        {"district": list("abcd"), "offer_id": list("wxyz"), "cost": [1.0, 4.0, 3.0, 2.0]}
    ).assign(investment=10.0)
    found = districts(seen, most=2)
    assert found.to_numpy().tolist() == [
        ["b", 1, 4.0, 10.0],
        ["c", 1, 3.0, 10.0],
        ["others", 2, 3.0, 20.0],
    ]


@pytest.mark.parametrize(
    ("names", "shown"), [(["", ""], "Example town"), (["", "a"], "without a district")]
)
def test_tasks_without_a_district_are_told(names: list[str], shown: str, facts: Facts) -> None:
    seen = replace(facts)
    frame = pd.DataFrame({"district": names, "offer_id": ["x", "y"], "cost": [5.0, 1.0]})
    seen.__dict__["tasks"] = frame.assign(investment=1.0)
    assert districts(seen)["district"].iloc[0] == shown


def test_tables_repeat_their_heading_and_keep_their_rows_whole(english: Path) -> None:
    for one in opened(english).tables[2:]:
        properties = [row._tr.trPr for row in one.rows]
        assert [len(each.findall(docx.oxml.ns.qn("w:tblHeader"))) for each in properties] == [
            1,
            *[0] * (len(one.rows) - 1),
        ]
        assert all(len(each.findall(docx.oxml.ns.qn("w:cantSplit"))) == 1 for each in properties)


def test_a_table_is_as_wide_as_the_text(english: Path) -> None:
    for one in opened(english).tables:
        width = sum(column.width.cm for column in one.columns if column.width is not None)
        assert width == pytest.approx(16.6, abs=0.05)


def test_signs_of_xml_in_a_name_do_no_harm(tmp_path: Path) -> None:
    document = new_document("t")
    add_table(document, ["a"], [['<b>&"x"']], [1.0])
    path = save_with_font(document, tmp_path / "t.docx")
    assert table(path, "a") == [['<b>&"x"']]


def test_emphasis_is_bold() -> None:
    paragraph = add_text(new_document("t"), "with **800** of money")
    assert [(run.text, bool(run.bold)) for run in paragraph.runs] == [
        ("with ", False),
        ("800", True),
        (" of money", False),
    ]


# --- pictures, pages, font ----------------------------------------------------------------------


def test_pictures_are_told_to_those_who_cannot_see_them(english: Path, chinese: Path) -> None:
    for path, written, count in ((english, "[a-z]", 3), (chinese, "[\u4e00-\u9fff]", 1)):
        found = opened(path).element.xpath("//wp:docPr")
        assert len(found) == count
        assert all(re.search(written, one.get("descr")) for one in found)
        assert len({one.get("descr") for one in found}) == count


def test_pages_are_numbered(english: Path) -> None:
    with zipfile.ZipFile(english) as file:
        footer = file.read("word/footer1.xml").decode()
    assert re.findall('w:instr="([A-Z]+)"', footer) == ["PAGE", "NUMPAGES"]
    assert "Example town" in footer


def embedded(path: Path) -> tuple[TTFont, str]:
    """The font of a document, made plain by its key, and the part that names it."""
    with zipfile.ZipFile(path) as file:
        names = file.read("word/fontTable.xml").decode()
        relations = file.read("word/_rels/fontTable.xml.rels").decode()
        font = file.read("word/fonts/font1.odttf")
        types = file.read("[Content_Types].xml").decode()
    assert 'Id="rId1"' in relations
    assert 'Target="fonts/font1.odttf"' in relations
    assert "application/vnd.openxmlformats-officedocument.obfuscatedFont" in types
    key = re.search(r'w:embedRegular r:id="rId1" w:fontKey="\{([0-9A-F-]+)\}"', names)
    assert key is not None
    assert font[:4] != b"\x00\x01\x00\x00"
    return TTFont(io.BytesIO(hidden(font, uuid.UUID(key[1])))), names


def test_the_document_carries_a_font_with_all_its_characters(english: Path) -> None:
    font, names = embedded(english)
    assert 'w:name="Noto Sans SC"' in names
    wanted = {ord(sign) for sign in whole_text(english) if sign.isprintable()}
    assert wanted - set(font.getBestCmap()) == set()
    assert len(font.getBestCmap()) < 1000


def test_every_style_of_the_text_asks_for_that_font(english: Path) -> None:
    document = opened(english)
    for name in ("Normal", "Title", "Heading 1"):
        fonts = document.styles[name].element.rPr.rFonts
        assert {
            fonts.get(docx.oxml.ns.qn(f"w:{key}")) for key in ("ascii", "hAnsi", "eastAsia", "cs")
        } == {"Noto Sans SC"}
        assert fonts.get(docx.oxml.ns.qn("w:asciiTheme")) is None


def test_the_settings_say_so_in_the_order_of_the_schema(english: Path) -> None:
    names = [child.tag.split("}")[1] for child in opened(english).settings.element]
    assert names[:3] == ["zoom", "embedTrueTypeFonts", "saveSubsetFonts"]


def test_a_font_is_hidden_as_the_standard_says() -> None:
    """The key is read from its end, and turns the first 32 bytes twice sixteen."""
    key = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")
    font = bytes(40)
    turned = bytes.fromhex("ffeeddccbbaa99887766554433221100")
    assert hidden(font, key) == turned + turned + bytes(8)
    assert hidden(hidden(subset_ttf("圈"), key), key) == subset_ttf("圈")


def test_the_same_day_gives_the_same_words(facts: Facts, english: Path, tmp_path: Path) -> None:
    again = write_document(facts, tmp_path / english.name, DAY)
    here, there = (whole_text(path).replace(path.parent.name, "") for path in (again, english))
    assert here == there
    assert np.array_equal(
        opened(again).element.xpath("//wp:docPr/@descr"),
        opened(english).element.xpath("//wp:docPr/@descr"),
    )


def test_the_language_of_the_document_is_named(english: Path, chinese: Path) -> None:
    found: list[Any] = [opened(path).core_properties.language for path in (english, chinese)]
    assert found == ["en", "zh-CN"]
