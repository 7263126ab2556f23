"""The command report: the files of a run folder written again, after the plan was confirmed."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from command import call, edit_plan, plan_in, solved_once

from siting.report import report_files as writing


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return solved_once(tmp_path_factory.getbasetemp() / "solved")[1]


def test_a_solve_leaves_page_workbook_and_layers(run: Path) -> None:
    names = {path.name for path in run.iterdir()}
    assert {"report.html", "plan.xlsx", "plan.gpkg", "plan.json", "log.txt"} <= names
    assert not {"plan.docx", "figures", "geojson"} & names


def test_the_report_is_complete(run: Path, tmp_path: Path) -> None:
    outcome = call("report", run, "-o", tmp_path)
    assert (outcome.code, outcome.err) == (0, "")
    written = [line.removeprefix("wrote ") for line in outcome.out.splitlines()]
    assert all(Path(path).stat().st_size > 0 for path in written)
    names = {Path(path).name for path in written}
    assert {"report.html", "plan.xlsx", "plan.gpkg", "plan.docx"} < names
    assert any(path.suffix == ".png" for path in (tmp_path / "figures").iterdir())
    assert not (tmp_path / "plan.json").exists()


def test_some_parts_in_the_other_language(run: Path, tmp_path: Path) -> None:
    outcome = call("report", run, "--only", "page, geojson,page", "-o", tmp_path, "--lang", "zh")
    assert outcome.code == 0
    assert outcome.out.splitlines()[0] == f"已写入 {tmp_path / 'report.html'}"
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "geojson"}
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert '<html lang="zh' in page


def test_page_and_document_name_the_run_folder(run: Path, tmp_path: Path) -> None:
    """Not the folder in which they were written aside, nor that in which they stand."""
    outcome = call("report", run, "-o", tmp_path / "out", "--only", "page,document")
    assert outcome.code == 0, outcome.err
    parts = zipfile.ZipFile(tmp_path / "out" / "plan.docx")
    document = re.sub("<[^>]*>", "", parts.read("word/document.xml").decode())
    for page in (run / "report.html", tmp_path / "out" / "report.html"):
        assert f"siting verify {run.name}<" in page.read_text(encoding="utf-8")
    assert f"siting verify {run.name}" in document


def test_an_unknown_part_is_refused(run: Path) -> None:
    outcome = call("report", run, "--only", "page,powerpoint")
    assert outcome.code == 2
    assert "--only: found 'powerpoint'; expected some of page, workbook" in outcome.err


def test_a_plan_that_does_not_hold_is_not_reported(run: Path, tmp_path: Path) -> None:
    broken = tmp_path / "runs" / "broken"
    broken.mkdir(parents=True)
    for file in ("plan.json", "certificate.json", "certificate.npz"):
        (broken / file).write_bytes((run / file).read_bytes())
    edit_plan(broken, spend=1.0)
    instance = run.parent / "town"
    outcome = call("report", broken, "--instance", instance)
    assert outcome.code == 6
    assert "spend: plan.json says 1.00, the inputs give" in outcome.err
    assert not (broken / "report.html").exists()


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("settings", {"backend": "abacus"}, "settings, termination or trace"),
        ("complete", {}, "a part that is missing or of the wrong kind (complete.before)"),
    ],
)
def test_a_plan_that_cannot_be_read_is_named(
    run: Path, tmp_path: Path, key: str, value: object, named: str
) -> None:
    (tmp_path / "plan.json").write_bytes((run / "plan.json").read_bytes())
    for file in ("certificate.json", "certificate.npz"):
        (tmp_path / file).write_bytes((run / file).read_bytes())
    edit_plan(tmp_path, **{key: value})
    outcome = call("report", tmp_path, "--instance", run.parent / "town")
    assert outcome.code == 2
    assert named in outcome.err


def test_a_file_that_cannot_be_written_stops_no_other(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> tuple[Path, ...]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setitem(writing._WRITERS, writing.ReportPart.WORKBOOK, locked)
    outcome = call("report", run, "--only", "workbook,layers", "-o", tmp_path)
    assert outcome.code == 2
    assert f"error: {tmp_path / 'plan.xlsx'}: Permission denied" in outcome.err
    assert (tmp_path / "plan.gpkg").exists()


def test_a_folder_without_a_plan(tmp_path: Path) -> None:
    outcome = call("report", tmp_path)
    assert outcome.code == 2
    assert "the plan.json of a run folder" in outcome.err


def test_nothing_of_the_plan_changes(run: Path, tmp_path: Path) -> None:
    before = plan_in(run)
    call("report", run, "--only", "page", "-o", tmp_path)
    assert plan_in(run) == before
