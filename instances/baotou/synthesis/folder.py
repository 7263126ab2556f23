"""Writes the instance folder: the same source gives the same bytes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from siting.generate.folder import slices, write_table
from siting.inputs import Instance, StraightLineTravel, Walking
from siting.units import Currency, parse_speed
from synthesis.circles import circle_table, draw_circles
from synthesis.offers import category_table, draw_offers
from synthesis.outlets import draw_outlets
from synthesis.people import draw_residents
from synthesis.sites import draw_sites
from synthesis.source import CRS, Source, read_source

DETOUR = 1.25
SPEED = "4 km/h"
SPEEDS = {"elderly": "50 m/min", "children": "60 m/min"}
BUDGET = 20_000_000
NAME = "包头(合成数据)Baotou (synthetic)"
NOTE = (
    "合成数据,不是包头实况:居民点、网点、点位与造价均为按公开总数和假设生成,不得用于实际决策。"
    "70 个试点圈的网点分类合计、单位与社区名称为公开数据。 "
    "Synthetic, not the real Baotou: demand points, outlets, sites and costs are drawn from "
    "published totals and assumptions; not for real decisions. "
    "Walks: straight lines x 1.25, 15 minutes = 1,000 m."
)
_YAML = f"""\
# Rebuilt by rebuild.py; see README.md for what is fact and what is assumed.
siting_instance: 1
name: "{NAME}"
note: "{NOTE}"
crs: {CRS}
money: {{unit: CNY, shown_in: 万元}}
budget: {BUDGET} CNY
residents: {{file: residents.csv.gz}}
outlets: {{file: outlets.csv.gz}}
sites: {{file: sites.csv.gz}}
categories: {{file: categories.csv}}
offers: {{file: offers.csv.gz}}
travel: {{straight_line: {{detour: {DETOUR}}}}}
walking: {{speed: {SPEED}, groups: {{{", ".join(f"{g}: {v}" for g, v in SPEEDS.items())}}}}}
# Assumed: how groups change a year; it counts where years are planned (--years).
growth: {{elderly: 3%, infants: -3%}}
# Assumed: what separates the grades is for each city to say.
grades:
  基础型: {{basic: 80%}}
  提升型: {{basic: 90%, quality: 10}}
  品质型: {{basic: 100%, quality: 20}}
"""


def write_folder(source: Path, out: Path) -> None:
    """Writes the tables and `instance.yaml`.

    Args:
        source: Folder with the tables that the city is drawn from.
        out: Folder to write; files of the same names are replaced.
    """
    out.mkdir(parents=True, exist_ok=True)
    for name, table in _tables(read_source(source)).items():
        write_table(slices(table), out / name)
    (out / "instance.yaml").write_text(_YAML, encoding="utf-8", newline="\n")


def _tables(source: Source) -> dict[str, pd.DataFrame]:
    circles = draw_circles(source)
    residents = draw_residents(source, circles)
    outlets = draw_outlets(source, circles, residents)
    sites = draw_sites(circles, residents)
    categories = category_table()
    city = Instance(
        name=NAME,
        crs=CRS,
        currency=Currency("CNY", "万元"),
        budget=float(BUDGET),
        residents=residents,
        outlets=outlets,
        sites=sites,
        categories=categories,
        offers=pd.DataFrame(),
        travel=StraightLineTravel(DETOUR),
        walking=Walking(parse_speed(SPEED), {g: parse_speed(v) for g, v in SPEEDS.items()}),
    )
    levels = {unit.unit: unit.price_level for unit in source.units}
    return {
        "residents.csv.gz": residents,
        "outlets.csv.gz": outlets,
        "sites.csv.gz": sites,
        "categories.csv": categories,
        "offers.csv.gz": draw_offers(city, categories, levels),
        "circles.csv": circle_table(circles),
    }
