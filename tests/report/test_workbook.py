"""The workbook, opened again: the figures of plan.json, in the words of one language."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from opened_book import Line, OpenedBook, in_circles, told, written
from openpyxl.utils import get_column_letter
from reported_plan import planned, template

from siting.blocks import Budget, LockedIn
from siting.inputs import Instance, describe_walking
from siting.language import Language, in_language
from siting.plan import write_plan
from siting.report.facts import Facts, collect_facts
from siting.report.workbook import write_workbook
from towns import spec_of
from translatable import english_in

GOLDEN = Path(__file__).parents[1] / "golden" / "workbook"
BUDGET = 1_500_000.0
WAN = 10_000


class Report:
    """A plan, its plan.json and its workbook."""

    def __init__(self, instance: Instance, folder: Path, language: Language = "en") -> None:
        self.facts = told(instance)
        path = write_plan(self.facts.plan, folder)
        self.json: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        self.path = written(self.facts, folder / f"{language}.xlsx", language)
        self.book = OpenedBook(self.path)

    @property
    def formulas(self) -> OpenedBook:
        return OpenedBook(self.path, values=False)

    def named(self, category: str) -> str:
        names = self.facts.instance.categories.set_index("category")["name_en"]
        return str(names[category])


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("report")
    return Report(in_circles(folder, budget=BUDGET), folder)


@pytest.fixture(scope="module")
def chinese(report: Report, tmp_path_factory: pytest.TempPathFactory) -> OpenedBook:
    return OpenedBook(written(report.facts, tmp_path_factory.mktemp("zh") / "zh.xlsx", "zh"))


# --- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh"])
def test_names_of_sheets_and_columns_are_those_that_are_agreed(
    report: Report, chinese: OpenedBook, language: str
) -> None:
    """SITING_UPDATE_GOLDEN=1 writes what is."""
    book = report.book if language == "en" else chinese
    tables = [title for title in book.titles if book[title].auto_filter.ref]
    lines = [f"{t}: {' | '.join(book.headings(t)) if t in tables else ''}" for t in book.titles]
    text = "\n".join(line.rstrip() for line in lines) + "\n"
    file = GOLDEN / f"{language}.txt"
    if os.environ.get("SITING_UPDATE_GOLDEN") == "1":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_the_chinese_workbook_has_no_english_sentence(chinese: OpenedBook) -> None:
    for title in chinese.titles:
        texts = [text for text in chinese.texts(title) if "Invented data" not in text]
        assert [text for text in texts if english_in(text)] == []


def test_the_english_workbook_has_no_chinese(report: Report) -> None:
    """Except for the unit of its money."""
    for title in report.book.titles:
        plain = [text.replace("万元", "") for text in report.book.texts(title)]
        assert [text for text in plain if any(ord(sign) > 0x2E80 for sign in text)] == []


def test_categories_groups_and_ways_of_building_are_named_in_the_language(
    chinese: OpenedBook,
) -> None:
    tasks = chinese.lines("年度任务表")
    assert {line["业态"] for line in tasks} >= {"药店、社区食堂", "便利店"}
    assert {line["建设方式"] for line in tasks} == {"新建"}
    gaps = chinese.lines("业态缺口清单")
    assert {line["人群"] for line in gaps} == {"全部", "老年人"}
    assert {line["类别"] for line in gaps} == {"基本保障类"}


@pytest.mark.parametrize(
    ("column", "title"), [("circle", "一圈一策"), ("district", "一区一策"), (None, "一城一策")]
)
def test_the_sheet_of_places_is_called_by_what_they_are(
    tmp_path: Path, column: str | None, title: str
) -> None:
    town = in_circles(tmp_path)
    gone = [name for name in ("circle", "district") if name != column]
    if column == "circle":
        gone = []
    bare = replace(town, residents=town.residents.drop(columns=gone))
    assert title in OpenedBook(written(told(bare), tmp_path / "a.xlsx", "zh")).titles


# --- tasks --------------------------------------------------------------------------------------


def test_the_tasks_are_those_of_the_plan(report: Report) -> None:
    lines = report.book.lines("Annual tasks")
    assert len(lines) == len(report.json["chosen"]) == 5
    for number, (line, offer) in enumerate(zip(lines, report.json["chosen"], strict=True), 1):
        assert line["No."] == number
        assert line["Offer code"] == offer["offer_id"]
        assert line["Total investment (万元)"] == pytest.approx(offer["investment"] / WAN)
        assert line["Public money (万元)"] == pytest.approx(offer["cost"] / WAN)
        assert line["Floor area (m²)"] == offer["floor_area_m2"]
        assert line["Residents newly covered"] == offer["newly_covered"]
        assert line["Category"] == ", ".join(map(report.named, offer["categories"]))
        assert line["Categories in it"] == len(offer["categories"])


def test_the_tasks_say_where_they_are(report: Report) -> None:
    sites = report.facts.instance.sites.set_index("name")
    for line in report.book.lines("Annual tasks"):
        site = sites.loc[line["Site"]]
        assert line["District"] == site["district"]
        assert line["Community / circle"] == site["circle"]
        assert (line["Subdistrict"] or "") == site["subdistrict"]


def test_the_total_of_the_money_is_what_the_plan_spends(report: Report) -> None:
    total = report.book.total("Annual tasks")
    assert total["Public money (万元)"] == pytest.approx(report.json["spend"] / WAN)
    assert total["Residents newly covered"] is None


def test_who_is_responsible_and_until_when_is_left_to_the_bureau(report: Report) -> None:
    sheet, lines = report.book["Annual tasks"], report.book.lines("Annual tasks")
    assert {(line["Responsible unit"], line["Deadline"]) for line in lines} == {(None, None)}
    headings, head = report.book.headings("Annual tasks"), report.book.head("Annual tasks")
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    for heading, kind in (("Responsible unit", "textLength"), ("Deadline", "date")):
        letter = get_column_letter(headings.index(heading) + 1)
        rule = rules[f"{letter}{head + 1}:{letter}{head + len(lines)}"]
        assert rule.type == kind
        assert rule.promptTitle == "For the bureau to fill in"
        assert sheet[f"{letter}{head + 1}"].fill.fgColor.rgb == "FFFFFBE6"
    assert sheet[f"{letter}{head + 1}"].number_format == "yyyy-mm-dd"


def test_a_remark_tells_apart_who_is_reached_by_other_tasks_too(report: Report) -> None:
    facts = report.facts
    tasks = facts.tasks.assign(only_here=[*facts.tasks["only_here"][:-1], 100.0])
    near = Facts(facts.plan, facts.before, facts.after, facts.walks)
    near.__dict__["tasks"] = tasks
    path = written(near, report.path.with_name("near.xlsx"))
    remarks = [line["Remarks"] for line in OpenedBook(path).lines("Annual tasks")]
    assert remarks == [*[None] * 4, "100 of them by this task alone"]


def test_a_site_without_a_name_is_shown_by_its_code(tmp_path: Path) -> None:
    town = in_circles(tmp_path)
    town = replace(town, sites=town.sites.assign(name=["", "Hall", "", ""]))
    lines = Report(town, tmp_path).book.lines("Annual tasks")
    assert {line["Site"] for line in lines} <= {"S1", "Hall", "S3", "S4"}
    assert "S1" in {line["Site"] for line in lines}


def test_towns_without_subdistricts_leave_the_column_blank(tmp_path: Path) -> None:
    lines = Report(template(tmp_path), tmp_path).book.lines("Annual tasks")
    assert {line["Subdistrict"] for line in lines} == {None}


# --- money --------------------------------------------------------------------------------------


def test_money_adds_up_to_what_the_plan_spends(report: Report) -> None:
    lines, total = report.book.lines("Money"), report.book.total("Money")
    spend = report.json["spend"] / WAN
    assert sum(line["East"] + line["West"] for line in lines) == pytest.approx(spend)
    assert total["East"] + total["West"] == pytest.approx(spend)
    assert total["Public money (万元)"] == pytest.approx(spend)
    investment = sum(offer["investment"] for offer in report.json["chosen"])
    assert total["Total investment (万元)"] == pytest.approx(investment / WAN)
    assert sum(line["Share of the money"] for line in lines) == pytest.approx(1)


def test_a_task_of_two_categories_counts_half_at_each(report: Report) -> None:
    of = {line["Category"]: line for line in report.book.lines("Money")}
    cost: dict[str, float] = {}
    for offer in report.json["chosen"]:
        for category in offer["categories"]:
            share = offer["cost"] / len(offer["categories"]) / WAN
            name = report.named(category)
            cost[name] = cost.get(name, 0.0) + share
    assert {name: line["Public money (万元)"] for name, line in of.items()} == pytest.approx(cost)
    assert of["pharmacy"]["East"] == pytest.approx(21.5)
    assert of["pharmacy"]["Outlets added"] == 2


def test_every_cell_of_the_money_is_a_formula(report: Report) -> None:
    for line in report.formulas.lines("Money"):
        for heading in ("Outlets added", "East", "West", "Public money (万元)"):
            assert str(line[heading]).startswith("=SUM"), heading


def test_sites_without_a_district_have_a_column(tmp_path: Path) -> None:
    town = in_circles(tmp_path, budget=BUDGET)
    sites = town.sites.assign(district=["East", "", "", ""])
    # No home says in which district a site near it lies.
    town = replace(town, sites=sites, residents=town.residents.assign(district=""))
    report = Report(town, tmp_path)
    assert "without a district" in report.book.headings("Money")
    total = report.book.total("Money")
    both = total["East"] + total["without a district"]
    assert both == pytest.approx(report.json["spend"] / WAN)


def test_free_offers_have_no_share(tmp_path: Path) -> None:
    town = in_circles(tmp_path)
    report = Report(replace(town, offers=town.offers.assign(cost=0.0)), tmp_path)
    assert {line["Share of the money"] for line in report.book.lines("Money")} == {None}


# --- coverage -----------------------------------------------------------------------------------


def check_coverage(report: Report, lines: list[Line], key: str, who: str) -> None:
    assert len(lines) == len(report.json[key])
    for line, told_line in zip(lines, report.json[key], strict=True):
        assert line["Residents of"] == told_line[who]
        assert line["Category"] == report.named(told_line["category"])
        assert line["Category code"] == told_line["category"]
        numbers = (line["All"], line["Covered before"], line["Covered after"])
        assert numbers == (told_line["residents"], told_line["before"], told_line["after"])
        gain = (told_line["after"] - told_line["before"]) / told_line["residents"]
        assert line["Gain in coverage"] == pytest.approx(gain)


@pytest.mark.parametrize(
    ("view", "key", "who"),
    [
        ("by category", "coverage", "group"),
        ("by group", "coverage_by_group", "group"),
        ("by district", "coverage_by_district", "district"),
    ],
)
def test_effects_are_those_of_the_plan(report: Report, view: str, key: str, who: str) -> None:
    lines = [line for line in report.book.lines("Effects") if line["View"] == view]
    check_coverage(report, lines, key, who)


def test_effects_begin_with_complete_residents_and_places(report: Report) -> None:
    people, places = report.book.lines("Effects")[:2]
    complete = report.json["complete"]
    assert (people["All"], people["Unit"]) == (9090, "persons")
    assert people["Covered before"] == complete["before"]
    assert people["Covered after"] == complete["after"]
    before, after, count = report.facts.whole_places
    assert (places["Covered before"], places["Covered after"], places["All"]) == (
        before,
        after,
        count,
    )


def test_shares_are_formulas_over_the_people(report: Report) -> None:
    lines, values = report.formulas.lines("Effects"), report.book.lines("Effects")
    for row, (line, value) in enumerate(zip(lines, values, strict=True), start=4):
        assert line["Coverage before"] == f"=F{row}/E{row}"
        assert line["Coverage after"] == f"=G{row}/E{row}"
        assert value["Coverage after"] == pytest.approx(value["Covered after"] / value["All"])


def test_gaps_are_those_before_and_after_the_plan(report: Report) -> None:
    lines = report.book.lines("Gap list")
    rows = report.facts.gaps.query("missing or uncovered > 0").to_dict(orient="records")
    assert len(lines) == len(rows) >= 5
    for line, row in zip(lines, rows, strict=True):
        assert line["Living circle"] == row["place"]
        assert line["Category code"] == row["category"]
        assert (line["Outlets in reach"], line["Outlets needed"]) == (row["have"], row["needed"])
        assert line["In reach with the plan"] == row["have_after"]
        assert line["Missing"] == ("yes" if row["missing"] else None)
        assert line["Still missing"] == ("yes" if row["missing_after"] else None)
        assert line["Not covered"] == row["uncovered"]
        assert line["Not covered with the plan"] == row["uncovered_after"]
        assert line["Share not covered"] == pytest.approx(row["uncovered"] / row["residents"])


def test_the_gaps_add_up_to_who_is_not_covered(report: Report) -> None:
    coverage = report.json["coverage"]
    total = report.book.total("Gap list")
    for heading, when in (("Not covered", "before"), ("Not covered with the plan", "after")):
        missing = sum(line["residents"] - line[when] for line in coverage)
        assert total[heading] == pytest.approx(missing)


def test_the_ledger_has_the_outlets_that_each_place_reaches(report: Report) -> None:
    lines = report.book.lines("What exists")
    have = report.facts.gaps.set_index(["place", "category"])["have"]
    assert {line["Living circle"] for line in lines} == {"Mill", "Hill"}
    for line in lines:
        for category in report.facts.instance.category_names:
            assert line[report.named(category)] == have[line["Living circle"], category]
    assert sum(line["Residents"] for line in lines) == 9090


def test_the_ledger_marks_what_is_missing(report: Report) -> None:
    sheet, headings = report.book["What exists"], report.book.headings("What exists")
    missing = report.facts.gaps.set_index(["place", "category"])["missing"]
    assert missing.any()
    for row, line in enumerate(
        report.book.lines("What exists"), report.book.head("What exists") + 1
    ):
        for category in report.facts.instance.category_names:
            cell = sheet.cell(row, headings.index(report.named(category)) + 1)
            marked = cell.fill.fgColor.rgb == "FFFBE3D6"
            assert marked == missing[line["Living circle"], category]


def test_the_ledger_counts_the_outlets_that_name_their_place(tmp_path: Path) -> None:
    town = in_circles(tmp_path)
    town = replace(town, outlets=town.outlets.assign(circle=["Mill", "Hill", "Hill"]))
    lines = Report(town, tmp_path).book.lines("What exists")
    assert {line["Living circle"]: line["Outlets inside"] for line in lines} == {
        "Mill": 1,
        "Hill": 2,
    }


# --- one plan a place ---------------------------------------------------------------------------


def blocks(book: OpenedBook, title: str) -> dict[str, list[list[Any]]]:
    """The rows of each place, by its name."""
    rows = [list(row) for row in book[title].iter_rows(values_only=True)]
    starts = [n - 1 for n, row in enumerate(rows) if row[0] == "Residents"]
    ends = [*starts[1:], len(rows)]
    return {str(rows[a][0]): rows[a:b] for a, b in zip(starts, ends, strict=True)}


def test_each_place_has_its_figures_and_its_tasks(report: Report) -> None:
    found = blocks(report.book, "One circle, one plan")
    assert set(found) == {"Mill", "Hill"}
    for line in report.facts.by_place.to_dict(orient="records"):
        labels, figures = found[line["place"]][1:3]
        values = dict(zip(labels, figures, strict=True))
        assert values["Residents"] == line["residents"]
        assert values["Complete after"] == line["complete_after"]
        assert values["Required missing before"] == line["required"] - line["have_before"]
        assert values["Required missing after"] == line["required"] - line["have_after"]
        assert values["Tasks"] == line["added"]
        assert values["Public money (万元)"] == pytest.approx(line["cost"] / WAN)
        assert values["Residents who gain"] == line["newly_covered"]
        numbers = [row[10] for row in found[line["place"]][5:] if isinstance(row[10], int)]
        tasks = report.facts.tasks
        assert numbers == tasks.loc[tasks["circle"] == line["place"], "number"].tolist()


def test_each_place_begins_a_page(report: Report) -> None:
    sheet = report.book["One circle, one plan"]
    breaks = {entry.id for entry in sheet.row_breaks.brk}
    rows = [cell.row for cell in sheet["A"] if cell.value in {"Mill", "Hill"}]
    assert {row - 1 for row in rows[1:]} == breaks
    # Excel forgets the breaks where it fits pages.
    assert not sheet.sheet_properties.pageSetUpPr.fitToPage
    assert 10 <= sheet.page_setup.scale <= 100


def test_gaps_of_a_place_show_before_and_after(report: Report) -> None:
    rows = blocks(report.book, "One circle, one plan")["Mill"]
    shown = {row[0]: row for row in rows[5:] if isinstance(row[4], int)}
    gaps = report.facts.gaps.query("place == 'Mill'").set_index("name_en")
    assert set(shown) == set(gaps.index)
    for name, row in shown.items():
        gap = gaps.loc[name]
        assert row[4:7] == [gap["residents"], gap["uncovered"], gap["uncovered_after"]]
        assert row[8] == pytest.approx(1 - gap["uncovered_after"] / gap["residents"])


def test_a_place_without_tasks_and_gaps_says_so(tmp_path: Path) -> None:
    town = in_circles(tmp_path)
    residents = town.residents.assign(circle=["Lone", *town.residents["circle"][1:]], residents=0.0)
    residents["elderly"] = 0.0
    town = replace(town, residents=residents.assign(elderly=0.0))
    texts = Report(town, tmp_path).book.texts("One circle, one plan")
    assert "Nothing is missing here." in texts
    assert "No task this year." in texts


def test_people_who_name_no_circle_have_a_block(tmp_path: Path) -> None:
    town = in_circles(tmp_path)
    residents = town.residents.assign(circle=["", *town.residents["circle"][1:]])
    book = Report(replace(town, residents=residents), tmp_path).book
    assert "(not named)" in book.texts("One circle, one plan")
    assert "(not named)" in {line["Living circle"] for line in book.lines("What exists")}


# --- what it rests on ---------------------------------------------------------------------------


def test_the_first_sheet_says_what_the_numbers_rest_on(report: Report) -> None:
    pairs = report.book.pairs("About")
    assert report.book["About"]["A2"].value == "Note: Invented data; the costs are assumptions."
    assert pairs["instance"] == "Example town"
    assert pairs["walking"] == describe_walking(report.facts.instance)
    assert "without a solver" in pairs["siting verify"]


def test_the_first_sheet_leads_to_the_others(report: Report) -> None:
    links = {cell.hyperlink.location for cell in report.book["About"]["A"] if cell.hyperlink}
    assert links == {f"'{title}'!A1" for title in report.book.titles[1:]}


def test_the_note_stands_on_every_sheet_and_every_page(report: Report) -> None:
    for title in report.book.titles:
        sheet = report.book[title]
        assert "Invented data" in sheet["A2"].value, title
        assert sheet["A2"].fill.fgColor.rgb == "FFFFF4CE", title
        assert "Invented data" in sheet.oddFooter.left.text, title
        assert sheet.oddHeader.left.text == "Example town"
        assert sheet.oddFooter.right.text == "page &P of &N", title


def test_without_a_note_there_is_no_banner(tmp_path: Path) -> None:
    report = Report(template(tmp_path, note=""), tmp_path)
    assert report.book.head("Annual tasks") == 2
    assert "note" not in report.book.pairs("About")


def test_tables_can_be_filtered_and_printed(report: Report) -> None:
    for title in report.book.titles[1:]:
        sheet = report.book[title]
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.print_area.startswith(f"'{title}'!$A$1:"), title
        if title != "One circle, one plan":
            assert sheet.print_title_rows == "$3:$3", title
            assert sheet.auto_filter.ref.startswith("A3:"), title
            assert sheet.freeze_panes.endswith("4"), title


def test_codes_are_not_printed(report: Report) -> None:
    """They stand behind the print area, for who looks a line up elsewhere."""
    sheet, headings = report.book["Annual tasks"], report.book.headings("Annual tasks")
    last = get_column_letter(headings.index("Remarks") + 1)
    assert f":${last}$" in sheet.print_area


def test_totals_follow_the_filter(report: Report) -> None:
    total = report.formulas.total("Annual tasks")
    assert total["Public money (万元)"] == "=SUBTOTAL(9,J4:J8)"


# --- odd towns ----------------------------------------------------------------------------------


ODD = ["=1+1", '=HYPERLINK("http://x")', "+7", "-1", "@x", "http://x", "0012", 'a"b', "x*y", "{z}"]


@pytest.mark.parametrize("name", ODD)
def test_a_name_is_text_whatever_it_is(tmp_path: Path, name: str) -> None:
    town = in_circles(tmp_path, name=name, note=name, budget=BUDGET)
    categories = town.categories.assign(name_en=[name, *town.categories["name_en"][1:]])
    sites = town.sites.assign(name=name, district=name, circle=name, subdistrict=name)
    residents = town.residents.assign(district=name, circle=name)
    changed = replace(town, sites=sites, residents=residents, categories=categories)
    report = Report(changed, tmp_path)
    book = OpenedBook(report.path, values=False)
    sheet = book["Annual tasks"]
    headings, head = book.headings("Annual tasks"), book.head("Annual tasks")
    for heading in ("District", "Subdistrict", "Community / circle", "Site"):
        cell = sheet.cell(head + 1, headings.index(heading) + 1)
        assert (cell.value, cell.data_type, cell.hyperlink) == (name, "s", None)
    assert name in book.headings("Money")
    assert report.book.total("Money")[name] == pytest.approx(report.json["spend"] / WAN)


def test_more_than_26_columns_keep_their_letters(tmp_path: Path) -> None:
    """Beyond Z come AA, AB: totals and formulas have to know."""
    town = in_circles(tmp_path, budget=BUDGET)
    count = 30
    names = [f"D{number:02}" for number in range(count)]
    sites = town.sites.loc[[0] * count].assign(
        site_id=[f"S{number}" for number in range(count)], district=names, slots=1.0, x=0.0, y=0.0
    )
    offer = town.offers.iloc[[0] * count].assign(
        offer_id=names, site_id=sites["site_id"].to_numpy(), categories="pharmacy", cost=10_000.0
    )
    fixed = replace(town, sites=sites.reset_index(drop=True), offers=offer.reset_index(drop=True))
    residents = town.residents.assign(x=0.0, y=0.0)
    one = replace(fixed, residents=residents, outlets=town.outlets.iloc[:0], budget=None)
    report = Wide(one, tmp_path)
    line, total = report.book.lines("Money")[0], report.book.total("Money")
    assert [line[name] for name in names] == [1.0] * count
    assert report.formulas.total("Money")["D29"] == "=SUBTOTAL(9,AF4:AF4)"
    assert total["Public money (万元)"] == 30
    assert report.formulas.lines("Money")[0]["Public money (万元)"] == "=SUM(C4:AF4)"


class Wide(Report):
    """The report of a plan that takes every offer."""

    def __init__(self, instance: Instance, folder: Path) -> None:
        taken = LockedIn(offers=tuple(instance.offers["offer_id"]))
        budget = Budget(at_most="1000000 CNY")
        self.facts = collect_facts(planned(instance, spec_of(budget, taken)))
        self.path = written(self.facts, folder / "wide.xlsx")
        self.book = OpenedBook(self.path)


def test_a_plan_of_nothing_has_heads_without_totals(tmp_path: Path) -> None:
    report = Report(in_circles(tmp_path, budget=0.0), tmp_path)
    assert report.book.lines("Annual tasks") == []
    assert report.book.lines("Money") == []
    assert report.book["Annual tasks"].max_row == 3
    assert "No task this year." in report.book.texts("One circle, one plan")


def test_without_districts_effects_have_none(tmp_path: Path) -> None:
    town = template(tmp_path)
    bare = replace(
        town,
        residents=town.residents.drop(columns="district"),
        sites=town.sites.drop(columns="district"),
    )
    report = Report(bare, tmp_path)
    assert "by district" not in {line["View"] for line in report.book.lines("Effects")}
    assert report.book.headings("Money")[:3] == ["Category", "Outlets added", "Public money (万元)"]
    assert report.book.total("Money")["Public money (万元)"] == pytest.approx(
        report.json["spend"] / WAN
    )
    assert report.book.lines("What exists")[0]["City"] == "Example town"


def test_two_categories_of_the_same_name_stay_two(tmp_path: Path) -> None:
    town = in_circles(tmp_path, budget=BUDGET)
    report = Report(replace(town, categories=town.categories.assign(name_en="shop")), tmp_path)
    names = {line["Category"] for line in report.book.lines("Money")}
    assert names == {"shop (canteen)", "shop (pharmacy)", "shop (convenience_store)"}
    total = report.book.total("Money")["Public money (万元)"]
    assert total == pytest.approx(report.json["spend"] / WAN)


def test_names_with_commas_are_told_apart(tmp_path: Path) -> None:
    town = in_circles(tmp_path, budget=BUDGET)
    named = town.categories.assign(name_en=["shop", "shop, small", "small"])
    lines = Report(replace(town, categories=named), tmp_path).book.lines("Annual tasks")
    assert "shop, small; small" in {line["Category"] for line in lines}


def test_blank_numbers_are_blank_cells(tmp_path: Path) -> None:
    offers = template(tmp_path).offers.assign(floor_area_m2=float("nan"))
    lines = Report(template(tmp_path, offers=offers), tmp_path).book.lines("Annual tasks")
    assert {line["Floor area (m²)"] for line in lines} == {None}


def test_a_long_name_and_note_fit_the_edge_of_a_page(tmp_path: Path) -> None:
    town = template(tmp_path, name="R&D " * 80, note="说明 & " * 200)
    sheet = Report(town, tmp_path).book["About"]
    assert sheet.oddHeader.left.text.startswith("R&&D R&&D")
    assert sheet.oddHeader.left.text.endswith("…")
    assert sheet.oddFooter.left.text.endswith("…")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    facts = told(template(tmp_path))
    (tmp_path / "plan.xlsx").mkdir()
    with pytest.raises(OSError, match=r"plan\.xlsx cannot be written: .*directory"):
        write_workbook(facts, tmp_path / "plan.xlsx")


def test_the_file_knows_what_it_is_about(report: Report) -> None:
    properties = openpyxl.load_workbook(report.path).properties
    assert properties.title == "Example town"
    assert properties.description == "Invented data; the costs are assumptions."


def test_the_language_in_use_stays(report: Report, tmp_path: Path) -> None:
    with in_language("zh"):
        write_workbook(report.facts, tmp_path / "zh.xlsx")
    assert OpenedBook(write_workbook(report.facts, tmp_path / "en.xlsx")).titles[0] == "About"
