"""Strangers' troubles as changes of a bureau's folder: each spoils one ledger in one form."""

from __future__ import annotations

import io
import shutil
import sqlite3
import struct
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import geopandas
import openpyxl
import xlsxwriter
from bureau_folder import ESTATES, OUTLETS, SITES, Bureau, degrees, write_csv
from shapely.geometry import MultiPoint, Point, box

Spoil = Callable[[Bureau], None]
HEAD = ("小区名称", "常住人口", "经度", "纬度")
ROWS = [(name, people, lon, lat) for name, lon, lat, people, _ in ESTATES]
PEOPLE = {name: people for name, people, _, _ in ROWS}


# --- texts ----------------------------------------------------------------------------------------


def with_text(bureau: Bureau, text: str | bytes) -> None:
    content = text if isinstance(text, bytes) else text.encode()
    (bureau.folder / "r.csv").write_bytes(content)
    bureau.mapping["residents"]["file"] = "r.csv"


def lines(sign: str = ",") -> list[str]:
    return [sign.join(map(str, row)) for row in [HEAD, *ROWS]]


def with_quotes(*at: int) -> Spoil:
    """Quotes that open a name, and close the next one."""

    def spoil(bureau: Bureau) -> None:
        made = lines()
        for number, row in enumerate(at):
            name, _, rest = made[row - 1].partition(",")
            made[row - 1] = f'{name}",{rest}' if number else f'"{name},{rest}'
        with_text(bureau, "\n".join(made) + "\n")

    return spoil


def with_people(cell: str, header: str = "常住人口") -> Spoil:
    def spoil(bureau: Bureau) -> None:
        text = "\n".join(lines()).replace("常住人口", header).replace(",1500,", f",{cell},")
        with_text(bureau, text)
        bureau.mapping["residents"]["columns"]["residents"] = header

    return spoil


def with_encoding(encoding: str, name: str) -> Spoil:
    """A text with a name in an encoding that is neither UTF-8 nor Chinese."""

    def spoil(bureau: Bureau) -> None:
        text = "\n".join([f"name,people,{HEAD[2]},{HEAD[3]}", *lines()[1:]])
        for theirs, ours in (("经度", "lon"), ("纬度", "lat"), ("和平里", name)):
            text = text.replace(theirs, ours)
        kept = "".join(one for one in text if one.isascii() or one in name)
        with_text(bureau, kept.encode(encoding))
        names = {"name": "name", "residents": "people", "x": "lon", "y": "lat"}
        bureau.mapping["residents"]["columns"] = names

    return spoil


def with_ends(end: str) -> Spoil:
    return lambda bureau: with_text(bureau, end.join([*lines(), ""]))


def mixed_ends(bureau: Bureau) -> None:
    with_text(
        bureau, "".join(line + end for line, end in zip(lines(), "\r\n\r\r\n\r", strict=True))
    )


def with_separator(sign: str, first: str = "") -> Spoil:
    return lambda bureau: with_text(bureau, first + "\n".join([*lines(sign), ""]))


def decimal_commas(cell: str, number: str) -> Spoil:
    """Cells of a text with semicolons, from a country whose numbers have commas."""
    return lambda bureau: with_text(bureau, "\n".join(lines(";")).replace(cell, number))


def in_ten_thousands(header: str, unit: str) -> Spoil:
    def spoil(bureau: Bureau) -> None:
        rows = [(name, f"{people / 10_000:g}{unit}", *place) for name, people, *place in ROWS]
        with_text(bureau, "\n".join(",".join(map(str, row)) for row in [HEAD, *rows]))
        text = (bureau.folder / "r.csv").read_text(encoding="utf-8")
        with_text(bureau, text.replace("常住人口", header))

    return spoil


def with_rows_alone(rows: str) -> Spoil:
    """A header, and rows that hold nothing."""
    return lambda bureau: with_text(bureau, f"{lines()[0]}\n{rows}")


def with_sign(sign: str) -> Spoil:
    """A sign that nobody sees in a name."""
    return lambda bureau: with_text(bureau, "\n".join(lines()).replace("和平", f"和{sign}平"))


def with_well_known_text(form: str) -> Spoil:
    def spoil(bureau: Bureau) -> None:
        rows = [(name, people, form.format(lon, lat)) for name, people, lon, lat in ROWS]
        write_csv(bureau.folder / "r.csv", [("小区名称", "常住人口", "坐标"), *rows])
        bureau.mapping["residents"] |= {"file": "r.csv"}
        names = {"name": "小区名称", "residents": "常住人口", "coordinates": "坐标"}
        bureau.mapping["residents"]["columns"] = names

    return spoil


# --- Excel ----------------------------------------------------------------------------------------


def with_cell(cell: str) -> Spoil:
    """A cell of Excel as openpyxl writes it: formulas without values, errors."""

    def spoil(bureau: Bureau) -> None:
        book = openpyxl.Workbook()
        for row in [HEAD, *ROWS]:
            book.active.append(row)
        book.active["B4"] = cell
        book.save(bureau.folder / "r.xlsx")
        bureau.mapping["residents"]["file"] = "r.xlsx"

    return spoil


def with_book(hidden: int, merged: bool, stray: tuple[int, int] | None) -> Spoil:
    """A workbook with hidden sheets in front, a merged district, or a blank far away."""

    def spoil(bureau: Bureau) -> None:
        with xlsxwriter.Workbook(bureau.folder / "r.xlsx") as book:
            old = [book.add_worksheet(f"旧{number}") for number in range(hidden)]
            sheet = book.add_worksheet("新")
            for number, row in enumerate([(*HEAD, "区"), *((*row, "昆区") for row in ROWS)]):
                sheet.write_row(number, 0, row)
            for one in old:
                one.write_column(0, 0, ["小区名称", "老小区"])
            sheet.activate()
            sheet.set_first_sheet()
            for one, hide in zip(old, ("hide", "very_hidden", "hide"), strict=False):
                getattr(one, hide)()
            if merged:
                sheet.merge_range(1, 4, len(ROWS), 4, "昆区")
            if stray:
                sheet.write_string(*stray, " ")
        bureau.mapping["residents"]["file"] = "r.xlsx"
        bureau.mapping["residents"]["columns"]["district"] = "区"

    return spoil


def with_format(form: str, scale: float) -> Spoil:
    """Numbers of people that only their format says the unit of."""

    def spoil(bureau: Bureau) -> None:
        with xlsxwriter.Workbook(bureau.folder / "r.xlsx") as book:
            sheet, shown = book.add_worksheet(), book.add_format({"num_format": form})
            for number, row in enumerate([HEAD, *ROWS]):
                sheet.write_row(number, 0, row)
            for number, people in enumerate(PEOPLE.values(), start=1):
                sheet.write_number(number, 1, people / scale, shown)
        bureau.mapping["residents"]["file"] = "r.xlsx"

    return spoil


def with_hidden(*rows: int) -> Spoil:
    def spoil(bureau: Bureau) -> None:
        with xlsxwriter.Workbook(bureau.folder / "r.xlsx") as book:
            sheet = book.add_worksheet()
            for number, row in enumerate([HEAD, *ROWS]):
                sheet.write_row(number, 0, row)
            for number in rows:
                sheet.set_row(number, None, None, {"hidden": True})
        bureau.mapping["residents"]["file"] = "r.xlsx"

    return spoil


def with_categories(column: str, cell: object) -> Spoil:
    """A table of categories with one cell that is no plain number."""
    head = ["业态", "步行时间(分钟)", "财政资金(万元)", "权重"]

    def spoil(bureau: Bureau) -> None:
        book = openpyxl.Workbook()
        rows: list[list[object]] = [[one, 10, 9, 1] for one in bureau.mapping.pop("categories")]
        rows[1][head.index(column)] = cell
        for row in [head, *rows]:
            book.active.append(row)
        book.save(bureau.folder / "c.xlsx")
        names = dict(zip(("category", "standard_minutes", "cost", "priority"), head, strict=True))
        bureau.mapping["category_table"] = {"file": "c.xlsx", "columns": names}

    return spoil


def with_password(name: str, content: bytes) -> Spoil:
    def spoil(bureau: Bureau) -> None:
        (bureau.folder / name).write_bytes(content)
        bureau.mapping["residents"]["file"] = name

    return spoil


def old_excel_with_password() -> bytes:
    """An old workbook with the record that says so, after the one it begins with."""
    content = bytearray(Path(__file__).with_name("old_formats.xls").read_bytes())
    at = content.index(b"\x09\x08\x10\x00\x00\x06\x05\x00") + 20
    content[at : at + 2] = b"\x2f\x00"
    return bytes(content)


def open_document_with_password() -> bytes:
    entry = '<manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/>'
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as book:
        book.writestr("META-INF/manifest.xml", f"<manifest>{entry}</manifest:file-entry>")
        book.writestr("content.xml", bytes(range(200)))
    return content.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
ENCRYPTED = OLE + "EncryptedPackage".encode("utf-16-le")


# --- layers ---------------------------------------------------------------------------------------


def write_layer(bureau: Bureau, name: str, places: Sequence[Any] = ()) -> Path:
    """The estates as a layer, whose geometry says where they are."""
    columns = {"name": list(PEOPLE), "people": list(PEOPLE.values())}
    points = places or [Point(lon, lat) for _, _, lon, lat in ROWS]
    path = bureau.folder / name
    geopandas.GeoDataFrame(columns, geometry=points, crs=4326).to_file(path)
    names = {"name": "name", "residents": "people"}
    bureau.mapping["residents"] = {"file": name, "crs": "WGS84", "columns": names}
    return path


def with_shapes(*lost: tuple[str, int]) -> Spoil:
    """A shapefile of which parts end too early."""

    def spoil(bureau: Bureau) -> None:
        path = write_layer(bureau, "r.shp")
        for suffix, count in lost:
            part = path.with_suffix(suffix)
            part.write_bytes(part.read_bytes()[:-count])

    return spoil


def with_other_rows(*rows: int) -> Spoil:
    """A shapefile with the table of another one."""

    def spoil(bureau: Bureau) -> None:
        path = write_layer(bureau, "r.shp")
        points = [Point(109.84, 40.64)] * len(rows)
        other = geopandas.GeoDataFrame({"name": "a", "people": rows}, geometry=points, crs=4326)
        other.to_file(bureau.folder / "o.shp")
        shutil.copy(bureau.folder / "o.dbf", path.with_suffix(".dbf"))

    return spoil


def with_deleted(*rows: int) -> Spoil:
    """Rows that the table of a shapefile marks as deleted."""

    def spoil(bureau: Bureau) -> None:
        path = write_layer(bureau, "r.shp").with_suffix(".dbf")
        table = bytearray(path.read_bytes())
        _, head, width = struct.unpack_from("<IHH", table, 4)
        for row in rows:
            table[head + row * width] = ord("*")
        path.write_bytes(table)

    return spoil


def with_two_places(name: str) -> Spoil:
    """A feature of two points some kilometres apart."""

    def spoil(bureau: Bureau) -> None:
        points: list[Any] = [MultiPoint([(lon, lat)]) for _, _, lon, lat in ROWS]
        points[2] = MultiPoint([(109.85, 40.639), (109.85, 40.68)])
        write_layer(bureau, name, points)

    return spoil


def with_pages(ending: str) -> Spoil:
    """A GeoPackage whose last writer ended before its pages were in it."""

    def spoil(bureau: Bureau) -> None:
        path = write_layer(bureau, "r.gpkg")
        journal = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(99)
        path.with_name(path.name + ending).write_bytes(journal)

    return spoil


def with_open_writer(bureau: Bureau) -> None:
    """A GeoPackage as it is copied while a program writes into it."""
    path = write_layer(bureau, "o.gpkg")
    base = sqlite3.connect(path)
    base.execute("pragma journal_mode=wal")
    base.execute("pragma wal_autocheckpoint=0")
    base.execute("create table more (a)")
    base.commit()
    for ending in ("", "-wal"):
        shutil.copy(f"{path}{ending}", bureau.folder / f"r.gpkg{ending}")
    base.close()
    bureau.mapping["residents"]["file"] = "r.gpkg"


def in_geojson(encoding: str) -> Spoil:
    def spoil(bureau: Bureau) -> None:
        path = write_layer(bureau, "r.geojson")
        path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))

    return spoil


# --- money, and points elsewhere ------------------------------------------------------------------


def with_money(unit: str) -> Spoil:
    def spoil(bureau: Bureau) -> None:
        bureau.mapping["instance"] = {"money": {"unit": unit}, "budget": f"500000 {unit}"}

    return spoil


def moved(role: str, east: float, north: float) -> Spoil:
    """A layer of which nothing is near anybody."""
    rows = [row[-2:] for row in (OUTLETS if role == "outlets" else SITES)]

    def spoil(bureau: Bureau) -> None:
        there = degrees([(float(lon) + east, float(lat) + north) for lon, lat in rows])
        bureau.points(role, there, "WGS84")

    return spoil


# --- grids of people ------------------------------------------------------------------------------

GRID = [(109.838 + 0.002 * at, 40.638 + 0.001 * at, 0.4 + 20 * at) for at in range(6)]


def grid_entry(file: str, **columns: str) -> dict[str, Any]:
    names = {"residents": "people", **columns}
    return {"file": file, "crs": "WGS84", "fractions": True, "columns": names}


def grid_of_a_text(bureau: Bureau) -> None:
    write_csv(bureau.folder / "g.csv", [("lon", "lat", "people"), *GRID])
    bureau.mapping["residents"] = grid_entry("g.csv", x="lon", y="lat")


def grid_of_shapes(name: str, half: float) -> Spoil:
    """Cells as areas, or as points where they have no width."""

    def spoil(bureau: Bureau) -> None:
        cells = [box(x - half, y - half, x + half, y + half) if half else Point(x, y)
                 for x, y, _ in GRID]  # fmt: skip
        frame = geopandas.GeoDataFrame({"people": [one[2] for one in GRID]}, geometry=cells)
        frame.set_crs(4326).to_file(bureau.folder / name)
        bureau.mapping["residents"] = grid_entry(name)

    return spoil


# --- extracts -------------------------------------------------------------------------------------


def changed_extract(change: Callable[[str], str]) -> Spoil:
    def spoil(bureau: Bureau) -> None:
        path = bureau.folder / "city.osm"
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    return spoil
