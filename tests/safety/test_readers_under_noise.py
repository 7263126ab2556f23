"""Every reader against spoiled files: it reads them or says what is wrong, and nothing else."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import geopandas
import pytest
from broken_town import TRAVEL, Town
from command import copied, solved_once
from shapely.geometry import LineString, Point

from siting.errors import InputError
from siting.inputs import read_instance
from siting.plan import verify

Spoil = Callable[[random.Random, bytes], bytes]
_TOKENS = (
    *(b"\0", b"\xff", b"\x1b[2J", b"=1+1", b"1e999", b"NaN", b"-1", b"null", b"{}", b"[]", b'"'),
    *(b",", b"\n", b"\r", b"9" * 400, b"&a *a", b"!!python/object:os.system", b"\xef\xbf\xbe"),
    *(b"../../etc/passwd", b"/dev/zero", b"http://127.0.0.1:9/", b"\xe2\x80\xae", b"PK\x03\x04"),
)


def flipped(draw: random.Random, content: bytes) -> bytes:
    at = draw.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << draw.randrange(8))]) + content[at + 1 :]


def cut(draw: random.Random, content: bytes) -> bytes:
    return content[: draw.randrange(len(content))]


def doubled(draw: random.Random, content: bytes) -> bytes:
    at, to = sorted(draw.randrange(len(content)) for _ in range(2))
    return content[:to] + content[at:]


def filled(draw: random.Random, content: bytes) -> bytes:
    at = draw.randrange(len(content))
    return content[:at] + draw.choice(_TOKENS) + content[at + draw.randrange(4) :]


def shouted(draw: random.Random, content: bytes) -> bytes:
    """Four bytes that are lengths and counts in binary formats, as large as they get."""
    at = draw.randrange(len(content))
    return (
        content[:at]
        + draw.choice((b"\xff" * 4, b"\x7f\xff\xff\xff", b"\0" * 4))
        + content[at + 4 :]
    )


SPOILS: tuple[Spoil, ...] = (flipped, cut, doubled, filled, shouted)
FORMATS = ("csv", "csv.gz", "xlsx", "gpkg", "geojson", "barriers.gpkg", "shp", "dbf", "shx")


def as_layer(town: Town) -> geopandas.GeoDataFrame:
    frame = town.frame("sites.csv")
    places = geopandas.points_from_xy(frame["x"].astype(float), frame["y"].astype(float))
    return geopandas.GeoDataFrame(frame.drop(columns=["x", "y"]), geometry=places, crs=32649)


def saved(town: Town, name: str) -> str:
    """Writes the sites in a format, or barriers in one, and gives the file that can be spoiled."""
    suffix = name.rpartition(".")[2]
    if name == "barriers.gpkg" or suffix in ("shp", "dbf", "shx"):
        kind = "gpkg" if suffix == "gpkg" else "shp"
        lines = [LineString([(401000, 4500000), (402000, 4502000)]), Point(401500, 4501000)][:1]
        geopandas.GeoDataFrame({"n": ["a"]}, geometry=lines, crs=32649).to_file(
            town.path(f"b.{kind}")
        )
        town.yaml(TRAVEL, f"straight_line: {{barriers: b.{kind}}}")
        return f"b.{suffix}"
    file = f"s.{name}"
    if suffix in ("gpkg", "geojson"):
        as_layer(town).to_file(town.path(file))
    elif name == "csv.gz":
        town.frame("sites.csv").to_csv(town.path(file), index=False)
    elif suffix == "csv":
        shutil.copyfile(town.path("sites.csv"), town.path(file))
    else:
        town.frame("sites.csv").to_excel(town.path(file), index=False, engine="xlsxwriter")
    town.yaml("sites.csv", file)
    return file


def spoilt(path: Path, count: int, seed: int) -> Iterator[int]:
    """Puts spoiled contents in the place of a file, one after the other."""
    whole, draw = path.read_bytes(), random.Random(seed)  # noqa: S311 - no secret
    for number in range(count):
        content = whole
        for _ in range(draw.choice((1, 1, 2, 8))):
            content = draw.choice(SPOILS)(draw, content) or whole
        path.write_bytes(content)
        yield number
    path.write_bytes(whole)


def said_properly(read: Callable[[], Any]) -> None:
    with suppress(InputError):
        read()


COUNTS = [pytest.param(12, id="few"), pytest.param(2000, id="many", marks=pytest.mark.slow)]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("name", FORMATS)
def test_tables_and_layers(tmp_path: Path, name: str, count: int) -> None:
    town = Town(tmp_path)
    file = saved(town, name)
    for _ in spoilt(town.path(file), count, seed=len(name)):
        said_properly(town.read)


@pytest.mark.parametrize("count", COUNTS)
def test_instance_yaml(tmp_path: Path, count: int) -> None:
    town = Town(tmp_path)
    for _ in spoilt(town.path("instance.yaml"), count, seed=1):
        said_properly(lambda: read_instance(town.folder))


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("name", ["plan.json", "certificate.json", "certificate.npz", "plan.xlsx"])
def test_run_folders(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, name: str, count: int
) -> None:
    run = copied(solved_once(tmp_path_factory.getbasetemp() / "solved"), tmp_path)[1]
    whole = (run / name).read_bytes()
    same = json.loads(whole) if name.endswith("json") else whole
    for _ in spoilt(run / name, count, seed=2):
        now = (run / name).read_bytes()
        try:
            found = verify(run)
        except InputError:
            continue
        noticed = found.disagreements or found.remarks
        assert noticed or (name.endswith("json") and json.loads(now) == same) or now == whole
