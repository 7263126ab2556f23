"""A small invented city in Baotou as a bureau would send it, and ways to spoil it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter
import yaml
from pyproj import CRS, Transformer
from python_calamine import CalamineWorkbook

from siting.errors import InputError
from siting.inputs import Instance, read_instance
from siting.language import in_language
from siting.prepare.bureau import prepare_bureau
from siting.prepare.bureau.cell_grids import EXCEL, read_grid
from siting.prepare.coordinates import Datum, from_wgs84
from translatable import english_in

Rows = Sequence[Sequence[object]]
Merge = tuple[int, int, int, int]

AREA = {"west": 109.3, "south": 40.2, "east": 111.4, "north": 42.7}
# Name, longitude and latitude in WGS84, people, aged 60 and over.
ESTATES = (
    ("阳光家园", 109.8400, 40.6400, 1200, 250),
    ("锦绣小区", 109.8450, 40.6420, 900, 180),
    ("和平里", 109.8500, 40.6390, 1500, 410),
    ("新苑小区", 109.8420, 40.6450, 700, 120),
    ("百合园", 109.8480, 40.6460, 2100, 380),
)
OUTLETS = (
    ("惠民便利店", "便利店", 109.8410, 40.6410),
    ("康源大药房", "药店", 109.8470, 40.6440),
    ("老街早餐铺", "早餐店", 109.8490, 40.6400),
)
SITES = (
    ("阳光家园", 109.8401, 40.6402),
    ("锦绣小区", 109.8451, 40.6419),
    ("和平里", 109.8502, 40.6391),
    ("原锅炉房", 109.8440, 40.6430),
)
CATEGORIES = ["便利店", "药店", "早餐店"]


def degrees(places: Sequence[tuple[float, float]], datum: Datum = "WGS84") -> list[list[float]]:
    """WGS84 points in another of the three systems."""
    moved: list[list[float]] = from_wgs84(np.array(places), datum).tolist()
    return moved


def metres(places: Sequence[tuple[float, float]], code: int) -> list[list[float]]:
    """WGS84 points in a projected system, east before north, to 1 cm."""
    there = Transformer.from_crs(4326, CRS.from_epsg(code), always_xy=True)
    return [[round(one, 2) for one in there.transform(*place)] for place in places]


def write_xlsx(path: Path, rows: Rows, merges: Sequence[Merge] = (), sheet: str = "台账") -> None:
    """Writes cells as they are; merged blocks take the cell at their corner."""
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False}) as book:
        page = book.add_worksheet(sheet)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
        for top, left, bottom, right in merges:
            page.merge_range(top, left, bottom, right, rows[top][left])


def write_csv(path: Path, rows: Rows, encoding: str = "utf-8") -> None:
    """Writes cells with commas; none of them may hold one."""
    text = "\n".join(",".join(str(cell) for cell in row) for row in rows) + "\n"
    path.write_bytes(text.encode(encoding))


@dataclass
class Bureau:
    """A folder of three CSV files in WGS84 with its mapping, to be changed before the import."""

    folder: Path
    mapping: dict[str, Any]

    def residents(self, rows: Rows, merges: Sequence[Merge] = (), **columns: Any) -> None:
        """Replaces the ledger of estates by an Excel file; columns are laid over the mapping's."""
        write_xlsx(self.folder / "小区.xlsx", rows, merges)
        self.mapping["residents"]["file"] = "小区.xlsx"
        self.mapping["residents"]["columns"] |= columns

    def points(self, role: str, xy: Sequence[Sequence[object]], crs: str) -> None:
        """Replaces the coordinates of one file, and what the mapping says of their system."""
        head, *rows = (line.split(",") for line in self.text(role).splitlines())
        rows = [[*row[:-2], str(x), str(y)] for row, (x, y) in zip(rows, xy, strict=True)]
        write_csv(self.folder / f"{role}.csv", [head, *rows])
        self.mapping[role]["crs"] = crs

    def text(self, role: str) -> str:
        return (self.folder / f"{role}.csv").read_text(encoding="utf-8")

    def run(self) -> Instance:
        """Imports the folder and reads the instance."""
        # Through JSON, so that no part is an alias of another.
        plain = json.loads(json.dumps(self.mapping))
        text = yaml.safe_dump(plain, allow_unicode=True, sort_keys=False)
        (self.folder / "prepare.yaml").write_text(text, encoding="utf-8")
        prepare_bureau(self.folder, self.out)
        return read_instance(self.out)

    @property
    def out(self) -> Path:
        return self.folder / "instance"

    def problems(self) -> list[str]:
        """Imports the folder, which must be refused, in both languages; the English problems."""
        with in_language("zh"):
            chinese = self._refusals()
        english = self._refusals()
        assert len(chinese) == len(english)
        for text in chinese:
            assert "发现" in text
            assert english_in(text) == [], text
        return english

    def _refusals(self) -> list[str]:
        try:
            self.run()
        except InputError as error:
            return [f"[{one.code}] {one}" for one in error.problems]
        raise AssertionError("it was not refused")

    def refused(self) -> str:
        """The one problem for which the import is refused."""
        problems = self.problems()
        assert len(problems) == 1, problems
        return problems[0]

    def findings(self) -> list[dict[str, str]]:
        """Every line of findings.xlsx."""
        book = CalamineWorkbook.from_path(self.out / "findings.xlsx")
        head, *rows = book.get_sheet_by_name("findings").to_python()
        return [dict(zip(map(str, head), map(str, row), strict=True)) for row in rows]

    def kinds(self) -> dict[str, list[str]]:
        """What was found, by kind."""
        kinds: dict[str, list[str]] = {}
        for one in self.findings():
            kinds.setdefault(one["kind"], []).append(one["what"])
        return kinds

    def people(self) -> dict[str, float]:
        """People of the imported instance by the name of the estate."""
        frame = self.run().residents
        return dict(zip(frame["name"], frame["residents"], strict=True))

    def unaccounted(self, instance: Instance) -> list[str]:
        """Rows of any source that are neither in the instance nor among what was left out."""
        known: set[tuple[str, int]] = set()
        for frame in (instance.residents, instance.outlets, instance.sites):
            for source in frame["source"]:
                file, _, row = source.rpartition(":")
                known.add((file.partition("#")[0], int(row)))
        for one in self.findings():
            if one["state"] == "left out" and one["row"]:
                first, _, last = one["row"].partition("-")
                rows = range(int(first), int(last or first) + 1)
                known |= {(one["file"], row) for row in rows}
        return [
            f"{file}:{row}"
            for file, count in self._row_counts().items()
            for row in range(1, count + 1)
            if (file, row) not in known
        ]

    def _row_counts(self) -> dict[str, int]:
        entries = [
            entry
            for role in ("residents", "outlets", "sites")
            for entry in (
                self.mapping[role] if isinstance(self.mapping[role], list) else [self.mapping[role]]
            )
        ]
        return {
            entry["file"]: len(read_grid(self.folder, entry["file"], entry.get("sheet"), "").cells)
            for entry in entries
            if Path(entry["file"]).suffix in (*EXCEL, ".csv")
        }


def make_bureau(folder: Path) -> Bureau:
    """Writes the three ledgers as plain CSV in WGS84, and a mapping that fits them."""
    folder.mkdir(parents=True, exist_ok=True)
    estates = [(name, people, old, lon, lat) for name, lon, lat, people, old in ESTATES]
    write_csv(
        folder / "residents.csv", [("小区名称", "常住人口", "老人", "经度", "纬度"), *estates]
    )
    write_csv(folder / "outlets.csv", [("网点名称", "业态", "经度", "纬度"), *OUTLETS])
    write_csv(folder / "sites.csv", [("点位名称", "经度", "纬度"), *SITES])
    place = {"x": "经度", "y": "纬度"}
    mapping = {
        "siting_bureau": 1,
        "name": "小城",
        "crs": "EPSG:4546",
        "area": dict(AREA),
        "instance": {"budget": "20万"},
        "categories": list(CATEGORIES),
        "residents": {
            "file": "residents.csv",
            "crs": "WGS84",
            "columns": {"name": "小区名称", "residents": "常住人口", **place},
        },
        "outlets": {
            "file": "outlets.csv",
            "crs": "WGS84",
            "columns": {"name": "网点名称", "types": ["业态"], **place},
        },
        "sites": {
            "file": "sites.csv",
            "crs": "WGS84",
            "columns": {"name": "点位名称", **place},
        },
    }
    return Bureau(folder, mapping)
