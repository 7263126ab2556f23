"""The workbook in LibreOffice, which works every formula out again."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from opened_book import OpenedBook, in_circles, told, written
from reported_plan import template

from siting.inputs import Instance
from siting.language import LANGUAGES, Language
from siting.plan import write_plan
from siting.report.facts import Facts
from waiting import PATIENCE

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
pytestmark = pytest.mark.skipif(OFFICE is None, reason="needs LibreOffice (soffice)")

ERRORS = ("#NAME?", "#REF!", "#DIV/0!", "#VALUE!", "#N/A", "#NUM!", "#NULL!", "Err:")
WAN = 10_000


def recomputed(folder: Path, *paths: Path) -> list[Path]:
    """The same workbooks after LibreOffice opened them, worked them out and saved them."""
    # Its own profile, so that an office that is open already does not answer instead; with it the
    # setting to work out every formula of files from other programs.
    profile = folder / "profile"
    settings = profile / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True)
    settings.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<oor:items '
        'xmlns:oor="http://openoffice.org/2001/registry">'
        '<item oor:path="/org.openoffice.Office.Calc/Formula/Load">'
        '<prop oor:name="OOXMLRecalcMode"><value>0</value></prop></item></oor:items>',
        encoding="utf-8",
    )
    user = f"-env:UserInstallation={profile.as_uri()}"
    command = [str(OFFICE), "--headless", user, "--convert-to", "xlsx", "--outdir", str(folder)]
    words = [*command, *map(str, paths)]
    subprocess.run(words, check=True, capture_output=True, timeout=PATIENCE)  # noqa: S603
    return [folder / path.name for path in paths]


def spoilt(path: Path) -> Path:
    """The workbook with a wrong value cached in every formula, so that only a new one is right."""
    target = path.with_name(f"spoilt-{path.name}")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                text = content.decode("utf-8")
                pieces = text.split("</f><v>")
                text = pieces[0] + "".join(f"</f><v>7{piece}" for piece in pieces[1:])
                content = text.encode("utf-8")
            new.writestr(name, content)
    return target


def odd(folder: Path) -> Instance:
    """A town whose names are formulas, wildcards and quotes."""
    town = in_circles(folder, name="=1+1", budget=1_500_000.0)
    names = ['=SUM("a")', "x*y?", "<b> & ~c"]
    return replace(
        town,
        sites=town.sites.assign(district=["=1+1", "*", "", 'say "so"'], name="+7"),
        categories=town.categories.assign(name_en=names, name_zh=names),
    )


def plain(folder: Path) -> Instance:
    return in_circles(folder, budget=1_500_000.0)


def bare(folder: Path) -> Instance:
    """No circles, no districts, no outlets."""
    town = template(folder)
    return replace(
        town,
        residents=town.residents.drop(columns="district"),
        sites=town.sites.drop(columns=["district", "name"]),
        outlets=town.outlets.iloc[:0],
    )


def nothing(folder: Path) -> Instance:
    return in_circles(folder, budget=0.0)


TOWNS = {"plain": plain, "odd": odd, "bare": bare, "nothing": nothing}
CASES: list[tuple[str, Language]] = [(town, code) for town in TOWNS for code in LANGUAGES]


@dataclass(frozen=True)
class Reopened:
    """A workbook as it was written, and as LibreOffice worked it out."""

    facts: Facts
    path: Path
    again: Path


@pytest.fixture(scope="module")
def reopened(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, Language], Reopened]:
    """All workbooks, in one run of LibreOffice."""
    folder = tmp_path_factory.mktemp("office")
    facts = {name: told(town(folder / name)) for name, town in TOWNS.items()}
    paths = [written(facts[town], folder / f"{town}-{code}.xlsx", code) for town, code in CASES]
    again = recomputed(folder / "again", *map(spoilt, paths))
    rows = zip(CASES, paths, again, strict=True)
    return {case: Reopened(facts[case[0]], path, other) for case, path, other in rows}


@pytest.mark.parametrize(("town", "language"), CASES)
def test_worked_out_again_every_figure_is_the_same(
    reopened: dict[tuple[str, Language], Reopened], tmp_path: Path, town: str, language: Language
) -> None:
    book = reopened[town, language]
    plan: dict[str, Any] = json.loads(write_plan(book.facts.plan, tmp_path).read_text("utf-8"))
    same_cells(book.path, book.again)
    if len(book.facts.plan.chosen):
        title = "Annual tasks" if language == "en" else "年度任务表"
        money = "Public money (万元)" if language == "en" else "财政资金（万元）"
        total = total_of(book.again, OpenedBook(book.path), title)
        assert total[money] == pytest.approx(plan["spend"] / WAN)


def same_cells(path: Path, again: Path) -> None:
    """Values that the file carries, and those that LibreOffice worked out, with no error."""
    before = openpyxl.load_workbook(path, data_only=True)
    after = openpyxl.load_workbook(again, data_only=True)
    assert after.sheetnames == before.sheetnames
    for sheet in before.worksheets:
        other = after[sheet.title]
        for row in sheet.iter_rows():
            for cell in row:
                found = other.cell(cell.row, cell.column).value
                where = f"{sheet.title}!{cell.coordinate}"
                assert not (isinstance(found, str) and found.startswith(ERRORS)), where
                if isinstance(cell.value, (int, float)):
                    assert found == pytest.approx(cell.value, abs=1e-9), where
                else:
                    assert found == cell.value, where


def total_of(again: Path, book: OpenedBook, title: str) -> dict[str, Any]:
    row = book.head(title) + len(book.lines(title)) + 1
    values = [cell.value for cell in openpyxl.load_workbook(again, data_only=True)[title][row]]
    return dict(zip(book.headings(title), values, strict=False))


def test_a_spoilt_workbook_is_told_from_the_right_one(tmp_path: Path) -> None:
    """Else the tests above would compare cached values with themselves."""
    path = written(told(plain(tmp_path)), tmp_path / "plan.xlsx")
    with pytest.raises(AssertionError):
        same_cells(path, spoilt(path))


def test_the_money_differs_in_nothing_from_the_tasks(
    reopened: dict[tuple[str, Language], Reopened],
) -> None:
    sheet = openpyxl.load_workbook(reopened["odd", "en"].again, data_only=True)["Money"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    (difference,) = (row for row in rows if row[0] == "Difference from the task table")
    assert [value for value in difference[1:] if value is not None] == [0]
