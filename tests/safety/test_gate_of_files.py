"""Files that are not what they say, are elsewhere, or never end: each kind in several forms."""

from __future__ import annotations

import gzip
import io
import json
import os
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

import pytest
import xlsxwriter
from broken_town import Town
from command import call, copied, solved_once

from siting.inputs.files import ALLOWED
from siting.inputs.limits import LIMIT

LAYERS = ("g.geojson", "g.json", "g.gpkg")
# What GDAL opens by its content whatever the name, and would fetch or read something else for.
OTHER_FORMATS = {
    "a virtual layer": '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{target}'
    "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
    "a feature service": "<OGRWFSDataSource><URL>{target}</URL></OGRWFSDataSource>",
    "a streamed algorithm": '{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline '
    '! read {target} ! write"}}',
    "an Esri service": '{{"type": "FeatureCollection", "features": "{target}"}}',
}


@pytest.fixture(autouse=True)
def _usual_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (ALLOWED, LIMIT):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def plan(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """A run folder beside its instance, to spoil."""
    return copied(solved_once(tmp_path_factory.getbasetemp() / "solved"), tmp_path)[1]


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def test_a_layer_is_only_what_its_name_says(town: Town) -> None:
    secret = town.folder.parent / "secret.csv"
    secret.write_text("site_id,x,y\nS1,1,2\n")
    town.yaml("sites.csv", "{file: g.json}")
    for target in (secret, "http://127.0.0.1:9/x.json", "/vsicurl/http://127.0.0.1:9/x"):
        for kind, form in OTHER_FORMATS.items():
            for name in LAYERS:
                town.write(name, form.format(target=target))
                town.overrides = {"sites": name}
                assert town.codes() == ["unreadable-file"], (kind, name, target)


def leads(kind: str, path: Path) -> None:
    """Puts something at a path that is no file, or leads to none."""
    if kind == "a pipe":
        os.mkfifo(path)
    elif kind == "a folder":
        path.mkdir()
    else:
        path.symlink_to({"a device": "/dev/zero", "a loop": path.name, "nowhere": "nowhere"}[kind])


@pytest.mark.parametrize("kind", ["a pipe", "a folder", "a device", "a loop", "nowhere"])
@pytest.mark.parametrize("name", ["odd.csv", "odd.xlsx", "odd.gpkg", "odd.csv.gz"])
def test_only_regular_files_are_opened(town: Town, kind: str, name: str) -> None:
    leads(kind, town.path(name))
    town.yaml("sites.csv", name)
    codes = {"a device": "outside-folder", "nowhere": "missing-file", "a pipe": "not-a-file"}
    assert town.codes() == [codes.get(kind, "unreadable-file")]


@pytest.mark.parametrize("kind", ["a pipe", "a device", "a loop"])
@pytest.mark.parametrize("name", ["plan.json", "certificate.json", "certificate.npz"])
def test_a_run_folder_has_regular_files_only(plan: Path, kind: str, name: str) -> None:
    (plan / name).unlink()
    leads(kind, plan / name)
    done = call("verify", plan)
    assert done.code in (2, 6)
    assert name in done.err


def test_a_device_is_refused_even_where_it_is_allowed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ALLOWED, "/dev")
    for name in ("/dev/zero", "/dev/stdin", "/dev/tty"):
        town.overrides = {"sites": f"{{file: {name}}}"}
        (code,) = town.codes()
        assert code in ("unknown-format", "not-a-file", "unreadable-file", "outside-folder")


@pytest.mark.parametrize("form", ["{outside}", "../{name}", "link.csv", "linked/{name}"])
def test_files_elsewhere_are_for_the_user_to_allow(town: Town, form: str) -> None:
    outside = town.folder.parent / "elsewhere.csv"
    town.path("sites.csv").rename(outside)
    town.path("link.csv").symlink_to(outside)
    town.path("linked").symlink_to(outside.parent)
    town.yaml("sites.csv", form.format(outside=outside, name=outside.name))
    refused = call("check", town.folder)
    assert refused.code == 2
    assert "--allow" in refused.err


def test_a_folder_is_allowed_on_the_command_line(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ALLOWED, "")
    town.path("sites.csv").rename(town.folder.parent / "elsewhere.csv")
    town.yaml("sites.csv", "../elsewhere.csv")
    assert call("check", town.folder, "--allow", town.folder.parent).code == 0
    monkeypatch.setenv(ALLOWED, "")
    assert call("--allow", town.folder, "check", town.folder).code == 2
    assert "--allow" in call("check", town.folder, "--allow", town.folder / "none").err


@pytest.mark.parametrize("name", ["s\0.csv", "\ud800.csv", "s" * 5000 + ".csv"])
def test_names_that_no_file_can_have(town: Town, name: str) -> None:
    done = call("check", town.folder, "--set", f"sites={json.dumps({'file': name})}")
    assert done.code == 2
    assert "Traceback" not in done.err


def deflated(name: str, size: int) -> bytes:
    """A zip file of a few kilobytes with one member of so many bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"0" * size)
    return made.getvalue()


BOMBS: dict[str, Callable[[], bytes]] = {
    "s.csv": lambda: b"site_id,x,y\n" + b"1,2,3\n" * 400_000,
    "s.csv.gz": lambda: gzip.compress(b"site_id,x,y\n" + b"1,2,3\n" * 400_000),
    "s.xlsx": lambda: deflated("xl/worksheets/sheet1.xml", 2_000_000),
    "s.ods": lambda: deflated("content.xml", 2_000_000),
    "s.gpkg": lambda: b"SQLite format 3\0" + bytes(2_000_000),
    "s.geojson": lambda: b"[" * 2_000_000,
}


@pytest.mark.parametrize("name", list(BOMBS))
def test_files_have_a_limit_also_when_unpacked(
    town: Town, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LIMIT, "1")
    town.path(name).write_bytes(BOMBS[name]())
    town.yaml("sites.csv", name)
    (problem,) = town.problems()
    assert problem.code == "too-large"
    assert LIMIT in problem.mend


@pytest.mark.parametrize(
    "text", ["," * 20_000, "a," * 20_000 + "b\n1", "a,b\n" + "," * 400_000], ids=str.__len__
)
def test_tables_have_a_limit_in_cells(
    town: Town, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LIMIT, "1")
    town.write("sites.csv", text)
    (problem,) = town.problems()
    assert problem.code == "too-large"


def sheet(path: Path, *cells: tuple[int, int, str]) -> None:
    book = xlsxwriter.Workbook(path)
    page = book.add_worksheet()
    for row, line in enumerate([["site_id", "x", "y"], *_SITES]):
        page.write_row(row, 0, line)
    for cell in cells:
        page.write_string(*cell)
    book.close()


_SITES = [["S1", 401300.0, 4501250.0], ["S2", 401800.0, 4501150.0], ["S3", 401500.0, 4500700.0]]
LAST_ROW, LAST_COLUMN = 1_048_575, 16_383


@pytest.mark.parametrize("cell", [(LAST_ROW, LAST_COLUMN), (LAST_ROW, 199), (LAST_ROW, 5000)])
def test_a_ghost_cell_far_away_is_an_error_and_no_abort(town: Town, cell: tuple[int, int]) -> None:
    sheet(town.path("s.xlsx"), (*cell, "x"))
    town.yaml("sites.csv", "s.xlsx")
    assert town.codes() == ["too-large"]


@pytest.mark.parametrize("cell", [(LAST_ROW, 0), (LAST_ROW, 4), (9, LAST_COLUMN)])
def test_a_stray_blank_changes_nothing(town: Town, cell: tuple[int, int]) -> None:
    sheet(town.path("s.xlsx"), (*cell, " "))
    town.yaml("sites.csv", "s.xlsx")
    assert "S3" in set(town.read().sites["site_id"])


def package(path: Path, blob: bytes, *more: str) -> None:
    """A GeoPackage of one feature, with statements of one's own."""
    with sqlite3.connect(path) as file:
        file.executescript(
            """
            CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT);
            CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, srs_id INT);
            CREATE TABLE gpkg_spatial_ref_sys
              (srs_id INT, organization TEXT, organization_coordsys_id INT);
            INSERT INTO gpkg_contents VALUES ('places', 'features');
            INSERT INTO gpkg_geometry_columns VALUES ('places', 'geom', 1);
            INSERT INTO gpkg_spatial_ref_sys VALUES (1, 'EPSG', 32649);
            """
        )
        if not any("places" in text for text in more):
            file.execute("CREATE TABLE places (geom BLOB, site_id TEXT)")
            file.execute("INSERT INTO places VALUES (?, 'S1')", (blob,))
        file.executescript("".join(more))
    file.close()


HEADER = b"GP\0\1" + struct.pack("<i", 32649)
POINT = struct.pack("<BIdd", 1, 1, 401300.0, 4501250.0)


def nested(kind: int, depth: int) -> bytes:
    return HEADER + struct.pack("<BII", 1, kind, 1) * depth + POINT


@pytest.mark.parametrize(
    "blob",
    [
        nested(7, 30_000),
        nested(6, 30_000),
        nested(1005, 30_000),
        nested(4, 2),
        b"GP",
        b"\0" * 99,
        HEADER + POINT[:-1],
        HEADER + struct.pack("<BII", 1, 2, 2**32 - 1),
        "text",
        7,
    ],
    ids=lambda blob: f"{str(blob)[:24]} {len(str(blob))}",
)
def test_shapes_that_end_the_process_are_refused(town: Town, blob: bytes) -> None:
    package(town.path("s.gpkg"), blob)
    town.yaml("sites.csv", "s.gpkg")
    assert town.codes() == ["unreadable-file"]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW places AS SELECT load_extension('x') AS geom, 'S1' AS site_id;",
        "CREATE VIEW places AS WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i FROM n) SELECT 1;",
        "CREATE TABLE places (a, g AS (hex(zeroblob(400000000))));INSERT INTO places VALUES(1);",
    ],
    ids=lambda text: text[:45],
)
def test_a_database_computes_nothing_large(town: Town, statement: str) -> None:
    package(town.path("s.gpkg"), b"", statement)
    town.yaml("sites.csv", "s.gpkg")
    assert town.codes() == ["unreadable-file"]


def test_the_file_that_was_digested_is_the_one_that_was_read(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    whole = os.fdopen

    def counted(descriptor: int, mode: str) -> IO[bytes]:
        read.append(descriptor)
        return cast("IO[bytes]", whole(descriptor, mode))

    monkeypatch.setattr(os, "fdopen", counted)
    assert len(town.read().digests) == len(read)


def test_systems_that_name_files_are_refused(town: Town) -> None:
    for text in (
        "+proj=utm +zone=49 +nadgrids=/dev/zero",
        "+proj=utm +zone=49 +geoidgrids=@http://127.0.0.1/x",
        "+init=/dev/zero:1",
    ):
        town.overrides = {"crs": json.dumps(text)}
        assert "unknown-crs" in town.codes(), text


def garbled(content: bytes, part: str, how: str) -> bytes:
    """An archive in which one part cannot be unpacked."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        one = book.getinfo(part)
    head = content.index(one.filename.encode(), one.header_offset) + len(one.filename)
    changed = bytearray(content)
    if how == "data":
        changed[head + 2 : head + 20] = b"\xff" * 18
    else:  # of a password, or in a way that nobody knows
        entry = content.index(b"PK\x01\x02", 0)
        while content[entry + 46 : entry + 46 + len(part)] != part.encode():
            entry = content.index(b"PK\x01\x02", entry + 1)
        changed[entry + (8 if how == "password" else 10)] = 1 if how == "password" else 99
    return bytes(changed)


@pytest.mark.parametrize("how", ["data", "password", "method"])
@pytest.mark.parametrize("part", ["docProps/core.xml", "xl/workbook.xml"])
def test_a_workbook_that_cannot_be_unpacked_is_said_to_be_another(
    plan: Path, part: str, how: str
) -> None:
    path = plan / "plan.xlsx"
    path.write_bytes(garbled(path.read_bytes(), part, how))
    done = call("verify", plan)
    assert done.code == (6 if part == "docProps/core.xml" else 0)
    assert "plan.xlsx: " in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("how", ["data", "password", "method"])
@pytest.mark.parametrize("part", ["xl/styles.xml", "xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_a_sheet_that_cannot_be_unpacked_is_read_or_refused(
    town: Town, part: str, how: str
) -> None:
    sheet(town.path("s.xlsx"))
    whole = town.path("s.xlsx").read_bytes()
    town.path("s.xlsx").write_bytes(garbled(whole, part, how))
    town.yaml("sites.csv", "s.xlsx")
    assert town.codes() in (["unreadable-file"], ["too-large"], [])


BEGINNINGS = (b"<c ", b"<c>", b"<x:c r='A1'>", b"<c r='A1'><f>")
INSIDE = (b"<f>", b"<f ", b"<v ", b"<v>")


@pytest.mark.parametrize("beginning", [*BEGINNINGS, *(b"<c r='A1'>|" + one for one in INSIDE)])
def test_cells_that_only_begin_take_no_time_squared(town: Town, beginning: bytes) -> None:
    """A comment of beginnings: looked through to the end from each, it would take minutes."""
    sheet(town.path("s.xlsx"))
    with zipfile.ZipFile(town.path("s.xlsx")) as book:
        parts = {one: book.read(one) for one in book.namelist()}
    name = "xl/worksheets/sheet1.xml"
    cell, _, inside = beginning.rpartition(b"|")
    end = b"</c>" if cell else b""
    comment = b"<!--" + cell + inside * 300_000 + end + b"--><sheetData>"
    parts[name] = parts[name].replace(b"<sheetData>", comment)
    # Percents, so that the cells are looked through at all.
    parts["xl/styles.xml"] = parts["xl/styles.xml"].replace(b'numFmtId="0"', b'numFmtId="10"', 9)
    with zipfile.ZipFile(town.path("s.xlsx"), "w", zipfile.ZIP_DEFLATED) as book:
        for one, part in parts.items():
            book.writestr(one, part)
    town.yaml("sites.csv", "s.xlsx")
    town.problems()
