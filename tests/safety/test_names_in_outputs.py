"""Names that are formulas, markup, scripts or templates: text in every file that is written."""

from __future__ import annotations

import csv
import re
import zipfile
from itertools import cycle
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from broken_town import Town
from bureau_folder import make_bureau
from command import call

from siting.prepare.instance_folder import write_csv

CALLS = "=cmd|' /C calc'!A0"
LINK = '=HYPERLINK("http://127.0.0.1:9/")'
SCRIPT = "</script><script>alert(7)</script>"
IMAGE = '"><img src=x onerror=alert(7)>'
NAMES = (
    CALLS,
    LINK,
    SCRIPT,
    IMAGE,
    "{x} {0} {{7*7}} %s",
    "$x_{$",
    "@SUM(1)",
    "]]><b>&amp;",
    "a\tb\nc",
)
FILES = ("sites.csv", "outlets.csv", "residents.csv")


def named_town(folder: Path) -> Town:
    """The template town with such names wherever names can stand."""
    town, names = Town(folder), cycle(NAMES)
    for file in FILES:
        frame = town.frame(file)
        names_here = [f"{next(names)} {number}" for number in range(len(frame))]
        town.save(file, frame.assign(name=names_here))
    circles = [f"{name} {n % 2}" for n, name in zip(range(12), cycle(NAMES[:2]), strict=False)]
    for file, places in (("residents.csv", circles), ("sites.csv", circles)):
        frame = town.frame(file)
        town.save(file, frame.assign(district=places[: len(frame)]))
    frame = town.frame("categories.csv")
    town.save("categories.csv", frame.assign(name_zh=CALLS, name_en=SCRIPT))
    town.yaml("name: Example town", f"name: {IMAGE!r}")
    town.yaml("note: Invented data; the costs are assumptions.", "note: '=1+1 </script>'")
    return town


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that commands write of such a town."""
    folder = tmp_path_factory.mktemp("named")
    town, out = named_town(folder).folder, folder / "out"
    out.mkdir()
    run = folder / "run"
    for words in (
        ("solve", town, "-o", run),
        ("solve", town, "-o", folder / "less", "--budget", "40万"),
        ("report", run, "--only", "document"),
        ("report", run, "--only", "geojson"),
        ("gaps", town, "--all", "-o", out / "gaps.csv"),
        ("gaps", town, "--all", "-o", out / "gaps.xlsx"),
        ("indicators", run, "-o", out / "indicators.csv"),
        ("indicators", run, "-o", out / "indicators.xlsx"),
        ("compare", run, folder / "less", "-o", out / "two.xlsx"),
        ("compare", run, folder / "less", "-o", out / "two.html"),
        ("alternatives", run, "-n", 1, "-o", out / "others.csv"),
        ("export", town, "--lp", out / "m.lp", "--mps", out / "m.mps"),
        ("why", run, "--quick"),
        ("verify", run),
    ):
        done = call(*words)
        assert done.code == 0, (words, done.err)
        assert "\x1b" not in done.out + done.err
    return folder


def files_of(folder: Path, *endings: str) -> list[Path]:
    found = [path for path in folder.rglob("*") if path.suffix in endings]
    assert found
    return [path for path in found if "town" not in path.relative_to(folder).parts]


def test_no_cell_of_a_csv_is_a_formula(written: Path) -> None:
    for path in files_of(written, ".csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        signs = [cell for cell in cells if cell.lstrip()[:1] in tuple("=+-@＝＋－＠")]
        assert [cell for cell in signs if not re.fullmatch(r"[+-]?[\d.e+-]+", cell)] == [], path


def test_no_formula_of_a_workbook_is_a_name(written: Path) -> None:
    books = files_of(written, ".xlsx")
    assert len(books) >= 4
    for path in books:
        with zipfile.ZipFile(path) as book:
            sheets = [book.read(one) for one in book.namelist() if one.endswith(".xml")]
        for sheet in sheets:
            every = ET.fromstring(sheet).iter()  # noqa: S314 - our own
            texts = [one.text or "" for one in every if one.tag.endswith("}f")]
            assert not [text for text in texts if "cmd" in text or "127.0.0.1" in text], path
        assert not [one for one in book.namelist() if "externalLink" in one], path


def test_no_name_is_markup_or_script_of_a_page(written: Path) -> None:
    pages = files_of(written, ".html")
    assert len(pages) >= 3
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path
        scripts = re.findall(r"<script.*?</script>", text, re.DOTALL)
        assert not [one for one in scripts if "alert(7)" in one and "\\u003c" not in one.lower()], (
            path
        )


def test_a_document_is_whole_and_refers_to_nothing_outside(written: Path) -> None:
    (path,) = files_of(written, ".docx")
    with zipfile.ZipFile(path) as book:
        for name in book.namelist():
            if name.endswith((".xml", ".rels")):
                ET.fromstring(book.read(name))  # noqa: S314 - our own
            if name.endswith(".rels"):
                assert b"127.0.0.1" not in book.read(name)
        text = book.read("word/document.xml")
    assert b"cmd|" in text or b"alert(7)" in text
    assert b"<w:fldSimple" not in text or b"HYPERLINK" not in text


def test_lines_of_an_exported_model_are_its_own(written: Path) -> None:
    for path in files_of(written, ".lp", ".mps"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"alert|cmd\||onerror|HYPERLINK", text), path


@pytest.mark.parametrize("name", NAMES[:2])
def test_an_instance_that_is_prepared_has_no_formulas(tmp_path: Path, name: str) -> None:
    bureau = make_bureau(tmp_path / "bureau")
    text = bureau.text("residents").replace("阳光家园", '"' + name.replace('"', '""') + '"')
    (bureau.folder / bureau.mapping["residents"]["file"]).write_text(text, encoding="utf-8")
    names = list(bureau.run().residents["name"])
    assert f"'{name}" in names
    assert not [one for one in names if one.startswith("=")]


@pytest.mark.parametrize("cell", ["-5", "+1.5e9", "-.5", ""])
def test_numbers_of_a_table_stay_numbers(tmp_path: Path, cell: str) -> None:
    write_csv(pd.DataFrame({"a": [cell, "=1"], "b": [-1, 2]}), tmp_path / "x.csv")
    found = pd.read_csv(tmp_path / "x.csv", dtype=str, na_filter=False)
    assert found.to_dict("list") == {"a": [cell, "'=1"], "b": ["-1", "2"]}
