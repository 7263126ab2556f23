"""Every reader as a target: a file that is whole, what reads it, and what spoils it."""

from __future__ import annotations

import itertools
import json
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import osmium
import yaml
from broken_town import TRAVEL, Town
from bureau_folder import Bureau, make_bureau, write_xlsx
from command import copied, solved_once
from shapely.geometry import LineString, box
from small_sweeps import swept
from small_town import MAPPING, write_mapping, write_osm
from small_town import town as osm_town

from proven_towns import with_part
from siting.coverage import compute_coverage
from siting.errors import InputError
from siting.inputs import read_instance
from siting.model import formulate, read_model
from siting.plan import verify
from siting.plan.vipr_check import check_vipr
from siting.prepare import prepare_osm
from siting.prepare.bureau import prepare_bureau
from siting.solve.warm_start import WarmStart
from siting.sweep import SweepIndex, read_index
from siting.sweep.claims import Owner
from siting.sweep.index import INDEX_FILE
from siting.sweep.index_care import look_at_done, mended_index, others_at_work
from siting.sweep.outcome import OUTCOME_FILE, read_outcome
from siting.sweep.point_starts import START_FILE, read_starts, write_start

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


# What may stand anywhere in a JSON or YAML file that is whole as such.
_VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        0,
        -1,
        1.5,
        10**30,
        -(10**400),
        1e308,
        float("nan"),
        float("inf"),
        "",
        "x",
        "NaN",
    ),
    *(
        [],
        {},
        [[]],
        {"x": 1},
        "x",
        "NaN",
        "=1+1",
        "../x",
        "/dev/zero",
        "9" * 400,
        "\u202e",
        "a" * 70_000,
    ),
)


def rewritten(draw: random.Random, content: bytes, form: Any) -> bytes:
    """A file with another value, or none, at some place of what it says."""
    try:
        said = form.loads(content) if form is json else yaml.safe_load(content)
    except (ValueError, yaml.YAMLError, RecursionError):
        return content
    for _ in range(draw.choice((1, 1, 2))):
        every = [(at, key) for at in _holders(said) for key in _keys(at)]
        if not every:
            break
        at, key = draw.choice(every)
        if draw.random() < 0.2:
            del at[key]
        else:
            at[key] = draw.choice((*_VALUES, draw.choice(every)[0]))
    try:
        text = json.dumps(said) if form is json else yaml.safe_dump(said, allow_unicode=True)
    except (ValueError, RecursionError):  # within itself
        return content
    return text.encode("utf-8", "surrogatepass")


def _holders(said: Any) -> Iterator[Any]:
    if isinstance(said, (dict, list)):
        yield said
        for one in said.values() if isinstance(said, dict) else said:
            yield from _holders(one)


def _keys(at: Any) -> list[Any]:
    return list(at) if isinstance(at, dict) else list(range(len(at)))


def spoilt(path: Path, seed: int) -> Iterator[int]:
    """Puts spoiled contents in the place of a file, one after the other without end."""
    whole, draw = path.read_bytes(), random.Random(seed)  # noqa: S311 - no secret
    form = {".json": json, ".geojson": json, ".yaml": yaml}.get(path.suffix)
    for number in itertools.count():
        if form is not None and number % 2:
            path.write_bytes(rewritten(draw, whole, form))
            yield number
            continue
        content = whole
        for _ in range(draw.choice((1, 1, 2, 8))):
            content = draw.choice(SPOILS)(draw, content) or whole
        path.write_bytes(content)
        yield number


@dataclass(frozen=True)
class Target:
    """A reader and the file that it reads.

    Attributes:
        path: Of the file, which is whole.
        read: Reads it. It may raise `InputError`, and nothing else.
    """

    path: Path
    read: Callable[[], Any]


Make = Callable[[Path], Target]


# --- instances ------------------------------------------------------------------------------------


def table(ending: str, folder: Path) -> Target:
    """The sites of an instance in one format."""
    town = Town(folder)
    frame, name = town.frame("sites.csv"), f"s.{ending}"
    path = town.path(name)
    if ending in ("gpkg", "geojson"):
        places = geopandas.points_from_xy(frame["x"].astype(float), frame["y"].astype(float))
        plain = frame.drop(columns=["x", "y"])
        geopandas.GeoDataFrame(plain, geometry=places, crs=32649).to_file(path)
    elif ending == "xlsx":
        write_xlsx(path, [list(frame), *frame.to_numpy().tolist()])
    else:
        frame.to_csv(path, index=False)
    town.yaml("sites.csv", name)
    return Target(path, town.read)


def barriers(ending: str, folder: Path) -> Target:
    """The barriers of an instance, as a shapefile or a GeoPackage."""
    town = Town(folder)
    name = "b.gpkg" if ending == "gpkg" else "b.shp"
    _lines([(401000, 4500000), (402000, 4502000)], 32649).to_file(town.path(name))
    town.yaml(TRAVEL, f"straight_line: {{barriers: {name}}}")
    return Target(town.path(f"b.{ending}"), town.read)


def _lines(points: list[tuple[float, float]], crs: int) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame({"n": ["a"]}, geometry=[LineString(points)], crs=crs)


def instance_yaml(folder: Path) -> Target:
    town = Town(folder)
    return Target(town.path("instance.yaml"), town.read)


def model(folder: Path) -> Target:
    path = folder / "model.yaml"
    blocks = "[budget: {at_most: 40万}, site_slots: {default: 2}, locked_in: {offers: [S1]}]"
    path.write_text(
        f"siting_model: 1\nname: m\nmaximise: [covered_residents]\nsubject_to: {blocks}\n", "utf-8"
    )
    return Target(path, partial(read_model, path))


# --- run folders and sweeps -----------------------------------------------------------------------


def run_folder(name: str, folder: Path) -> Target:
    """A file of a run folder, whose change has to be noticed."""
    run = copied(solved_once(folder.parent / "solved"), folder)[1]
    whole = (run / name).read_bytes()
    same = json.loads(whole) if name.endswith("json") else whole

    def noticed() -> None:
        now = (run / name).read_bytes()
        found = verify(run)
        noticed = found.disagreements or found.remarks
        assert noticed or (name.endswith("json") and json.loads(now) == same) or now == whole

    return Target(run / name, noticed)


def index(folder: Path) -> Target:
    """The index of a sweep."""
    swept(folder, budget="20万,40万")
    out = folder / "sweep"
    with closing(sqlite3.connect(out / INDEX_FILE)) as database:
        database.execute("PRAGMA journal_mode=DELETE")

    def read() -> None:
        found = mended_index(out)
        look_at_done(found)
        others_at_work(found)
        read_index(out)

    return Target(out / INDEX_FILE, read)


def of_a_point(name: str, folder: Path) -> Target:
    """What a point of a sweep leaves for others: how it ended, and where they may begin."""
    swept(folder, budget="20万,40万")
    (point, _) = sorted((folder / "sweep" / "points").iterdir())
    town = read_instance(folder / "town")
    program = formulate(town, compute_coverage(town), read_model("annual-plan"))
    identity = json.loads((point / OUTCOME_FILE).read_bytes())["point"]
    index = SweepIndex(folder / "sweep")

    def read() -> None:
        if name == START_FILE:
            read_starts([point], program)
        elif (outcome := read_outcome(identity, point)) is not None:
            index.record(identity, outcome, Owner.this())

    if name == START_FILE:
        write_start(
            WarmStart(np.ones(program.shape[1]), np.zeros(program.shape[0])), program, point
        )
    return Target(point / name, read)


def proof(folder: Path) -> Target:
    """A proof in VIPR, as others may have written it."""
    path = folder / "proof.vipr"
    path.write_text(with_part("tree")[0].text, encoding="utf-8")

    def read() -> None:
        with suppress(ValueError):
            check_vipr(path.read_text(encoding="utf-8", errors="replace"))

    return Target(path, read)


# --- sources of instances -------------------------------------------------------------------------


def ledger(ending: str, folder: Path) -> Target:
    """The ledger of estates of a bureau in one format."""
    bureau = make_bureau(folder)
    frame = _ledger_frame(bureau)
    name = "r.shp" if ending in ("shp", "dbf", "shx") else f"r.{ending}"
    if ending == "xlsx":
        write_xlsx(folder / name, [list(frame), *frame.to_numpy().tolist()])
    elif ending == "csv":
        frame.to_csv(folder / name, index=False)
    else:
        places = geopandas.points_from_xy(frame["经度"], frame["纬度"])
        # A shapefile keeps ten bytes of a name.
        frame = frame.rename(columns={"小区名称": "名称", "常住人口": "人口"})
        bureau.mapping["residents"]["columns"] |= {"name": "名称", "residents": "人口"}
        geopandas.GeoDataFrame(frame, geometry=places, crs=4326).to_file(
            folder / name, encoding="utf-8"
        )
    bureau.mapping["residents"]["file"] = name
    return Target(folder / f"r.{ending}", bureau.run)


def _ledger_frame(bureau: Bureau) -> geopandas.pd.DataFrame:
    rows = [line.split(",") for line in bureau.text("residents").splitlines()]
    frame = geopandas.pd.DataFrame(rows[1:], columns=rows[0])
    return frame.astype({"经度": float, "纬度": float, "常住人口": int, "老人": int})


def lines(role: str, ending: str, folder: Path) -> Target:
    """Streets or outlines of districts of a bureau."""
    bureau = make_bureau(folder)
    made = _lines([(109.83, 40.63), (109.86, 40.65)], 4326)
    if role == "districts":
        made["geometry"] = [box(109.3, 40.2, 111.4, 42.7)]
    made.to_file(folder / f"l.{ending}")
    bureau.mapping[role] = {"file": f"l.{ending}", "crs": "WGS84"}
    if role == "districts":
        bureau.mapping[role]["name"] = "n"
    return Target(folder / f"l.{ending}", bureau.run)


def raster(folder: Path) -> Target:
    """People of a bureau's city as a GeoTIFF."""
    import rasterio  # noqa: PLC0415 - an extra

    bureau = make_bureau(folder)
    del bureau.mapping["residents"]
    bureau.mapping["population"] = {"file": "p.tif"}
    place = {
        "crs": "EPSG:4326",
        "transform": rasterio.transform.from_origin(109.8, 40.7, 0.01, 0.01),
    }
    size = {"count": 1, "dtype": "float32", "height": 10, "width": 10}
    with rasterio.open(folder / "p.tif", "w", driver="GTiff", **size, **place) as file:
        file.write(np.arange(100, dtype="float32").reshape(10, 10), 1)
    return Target(folder / "p.tif", bureau.run)


def ledger_mapping(folder: Path) -> Target:
    """The mapping of a bureau."""
    bureau = make_bureau(folder)
    text = yaml.safe_dump(json.loads(json.dumps(bureau.mapping)), allow_unicode=True)
    (folder / "prepare.yaml").write_text(text, encoding="utf-8")
    return Target(folder / "prepare.yaml", lambda: prepare_bureau(folder, folder / "out"))


def extract(ending: str, folder: Path) -> Target:
    """An OSM extract, or the mapping of one."""
    path, mapping = write_osm(folder / "city.osm", osm_town()), write_mapping(folder, MAPPING)
    if ending == "osm.pbf":
        path = folder / "city.osm.pbf"
        with osmium.SimpleWriter(str(path)) as writer:
            for one in osmium.FileProcessor(str(folder / "city.osm")):
                writer.add(one)
    read = partial(prepare_osm, path, mapping, folder / "out")
    return Target(mapping if ending == "yaml" else path, read)


TARGETS: dict[str, Make] = {
    **{f"table.{one}": partial(table, one) for one in ("csv", "csv.gz", "xlsx", "gpkg", "geojson")},
    **{f"barriers.{one}": partial(barriers, one) for one in ("gpkg", "shp", "dbf", "shx")},
    "instance.yaml": instance_yaml,
    "model.yaml": model,
    **{
        f"run/{one}": partial(run_folder, one)
        for one in ("plan.json", "certificate.json", "certificate.npz", "plan.xlsx")
    },
    "index.sqlite": index,
    **{f"point/{one}": partial(of_a_point, one) for one in (OUTCOME_FILE, START_FILE)},
    "proof.vipr": proof,
    **{
        f"ledger.{one}": partial(ledger, one)
        for one in ("csv", "xlsx", "gpkg", "geojson", "shp", "dbf", "shx")
    },
    "streets.gpkg": partial(lines, "streets", "gpkg"),
    "districts.geojson": partial(lines, "districts", "geojson"),
    "people.tif": raster,
    "ledgers.yaml": ledger_mapping,
    **{f"extract.{one}": partial(extract, one) for one in ("osm", "osm.pbf", "yaml")},
}


def is_read(target: Target) -> bool:
    """Reads a file that may be spoiled; False where it was refused in a sentence."""
    try:
        target.read()
    except InputError:
        return False
    return True
