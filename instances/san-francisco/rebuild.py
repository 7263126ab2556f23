"""Rebuilds the tables of this folder from a wheel of spopt: `python rebuild.py spopt-*.whl`.

Only the standard library and pyproj are used. The same wheel gives the same bytes.
"""

# ruff: noqa: INP001 - a script, no package
from __future__ import annotations

import csv
import gzip
import io
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

from pyproj import Transformer

HERE = Path(__file__).parent
DATA = "spopt/tests/test_locate/data/"
WALKS = "SF_network_distance_candidateStore_16_censusTract_205_new.csv"
TRACTS = "SF_demand_205_centroid_uniform_weight.csv"
STORES = "SF_store_site_16_longlat.csv"


def rows_of(wheel: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    """One file of the wheel as dictionaries."""
    text = wheel.read(DATA + name).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def write(name: str, header: str, lines: Iterable[Iterable[object]]) -> None:
    """Writes a table; `.gz` without a time stamp, so that the bytes stay the same."""
    text = "\n".join([header, *(",".join(map(str, line)) for line in lines)]) + "\n"
    content = text.encode("utf-8")
    if name.endswith(".gz"):
        buffer = io.BytesIO()
        with gzip.GzipFile("", "wb", 9, buffer, mtime=0) as file:
            file.write(content)
        content = buffer.getvalue()
    (HERE / name).write_bytes(content)


def main(path: str) -> None:
    """Writes residents, sites and walks."""
    with zipfile.ZipFile(path) as wheel:
        walks, tracts, stores = (rows_of(wheel, name) for name in (WALKS, TRACTS, STORES))
    place = Transformer.from_crs("EPSG:4269", "EPSG:26910", always_xy=True)

    def xy(row: dict[str, str]) -> list[str]:
        return [f"{v:.1f}" for v in place.transform(float(row["long"]), float(row["lat"]))]

    people = {row["DestinationName"]: int(row["demand"]) for row in walks}
    if any(people[row["NAME"]] != int(row["POP2000"]) for row in tracts):
        raise SystemExit("the two files disagree on the people of a tract")
    write(
        "residents.csv",
        "resident_id,x,y,residents",
        [(row["NAME"], *xy(row), people[row["NAME"]]) for row in tracts],
    )
    write("sites.csv", "site_id,x,y", [(row["NAME"], *xy(row)) for row in stores])
    write(
        "travel.csv.gz",
        "resident_id,site_id,metres",
        [(r["DestinationName"], r["name"], f"{float(r['distance']):.3f}") for r in walks],
    )


if __name__ == "__main__":
    main(sys.argv[1])
