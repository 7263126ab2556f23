"""What a planner reads for each typical mistake, word for word."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import pytest
from broken_town import GOLDEN, TRAVEL, Town, check_golden
from pyproj import Transformer

from siting.errors import Problem

Break = Callable[[Town], None]
INPUTS: dict[str, Break] = {}
MODELS = {
    "model-unknown-category": "  - allowed_categories: {only: [pharmcy]}\n",
    "model-unknown-offer": "  - locked_in: {offers: ['S1:cantene']}\n",
    "model-unknown-site": "  - locked_out: {sites: [S9]}\n",
    "model-unknown-block": "  - bugdet: {}\n",
    "model-unknown-setting": "  - budget: {most: 100万}\n",
    "model-misplaced-block": "  - covered_residents: {}\n",
    "model-bare-budget": "  - budget: {at_most: 8000000}\n",
    "model-wrong-currency": "  - budget: {at_most: 8000000 EUR}\n",
    "model-negative-slots": "  - site_slots: {default: -1}\n",
    "model-two-blocks-in-one": "  - budget: {}\n    site_slots: {}\n",
    "model-locks-contradict": "  - locked_in: {offers: ['S1:canteen']}\n"
    "  - locked_out: {categories: [canteen]}\n",
    "model-budget-limits-cross": "  - budget: {at_most: 100万, at_least: 200万}\n",
    "model-budget-of-unknown-part": "  - budget: {at_most: 50万, district: [Nrth], mode: reuse}\n",
    "model-count-no-limit": "  - count: {category: canteen}\n",
    "model-count-limits-cross": "  - count: {at_least: 3, at_most: 2}\n",
    "model-sites-by-category": "  - count: {of: sites, category: canteen, at_most: 3}\n",
    "model-count-of-unknown-year": "  - count: {at_least: 1, year: 2031, each: circle}\n",
    "model-share-above-one": "  - covered_share: {at_least: 60}\n",
    "model-share-of-unknown-people": "  - covered_share: {at_least: 60%, group: eldery, tier: x}\n",
    "model-complete-share-above-all": "  - complete_share: {at_least: 120%}\n",
    "model-negative-area": "  - site_area: {default: -3}\n",
    "model-requires-nothing-known": "  - requires: {category: canten, needs: pharmacy}\n",
    "model-hub-of-a-short-list": "  - hub: {of: [canteen], of_at_least: 2, site: S9}\n",
    "model-excludes-nothing": "  - excludes: {category: canteen}\n",
    "model-spacing-without-metres": "  - spacing: {category: pharmcy, metres: 0}\n",
    "model-catchment-of-nobody": "  - catchment: {at_least: 0, who: all}\n",
    "model-earliest-without-years": "  - earliest: {}\n",
    "model-places-of-no-kind": "  - complete_places_floor: {at_least: 3, place: circle, tier: x}\n",
    "model-share-of-no-place": "  - covered_share: {at_least: 60%, each: circle, year: 2031}\n",
}
GOALS = {
    "model-worst-of-complete-categories": "[worst_share: {each: category, of: complete, tier: x}]",
    "model-worth-that-grows": "[covered_residents: {worth: {5 min: 0.4, 10 min: 1}, group: x}]",
    "model-cover-in-two-ways": "[covered_residents: {worth: {5 min: 1}, backup: 20%}]",
    "model-capacity-of-nothing": "[covered_residents: {capacity: {canten: 0, canteens: 5}}]",
    "model-scenarios-alike": "[scenarios: {of: {a: {}, b: {}, c: {people: {pets: 2}}}}]",
    "model-scenario-of-what": "[scenarios: {of: {a: {ground: sand}}, by: median}]",
    "model-scenario-of-no-column": "[scenarios: {of: {a: {}, b: {people: {all: residents_2035}}}}]",
    "model-goal-of-unknown-year": "[covered_residents: {year: 2031}]",
    "model-walking-without-steps": "[least_walking: {cap: 20 min, step: 7 min}]",
    "model-least-of-what-money": "[least_money: {of: al}]",
    "model-places-of-unknown-kind": "[complete_places: {place: ring, category: [pharmcy]}]",
    "model-unknown-tier": "[complete_residents: {tier: basics, category: pharmcy}]",
    "model-goal-twice": "[covered_residents, sum: [{covered_residents: {}, weight: 2}]]",
    "model-weight-of-nothing": "[sum: [{covered_residents: {}, weight: 0}]]",
    "model-within-everything": "[covered_residents: {within: 100%}, complete_residents]",
}


def mistake(do: Break) -> Break:
    """Registers a way to break the template; its name is that of the golden file."""
    INPUTS[do.__name__.replace("_", "-")] = do
    return do


# --- YAML ---------------------------------------------------------------------------------------


@mistake
def unknown_key(town: Town) -> None:
    town.yaml("budget: 100万", "bugdet: 100万")


@mistake
def unknown_nested_key(town: Town) -> None:
    town.yaml("speed: 80 m/min", "sped: 80 m/min")


@mistake
def duplicate_key(town: Town) -> None:
    town.yaml("sites: {file: sites.csv}", "sites: {file: sites.csv}\nbudget: 900万")


@mistake
def missing_key(town: Town) -> None:
    town.yaml("residents: {file: residents.csv}\n", "")


@mistake
def missing_crs(town: Town) -> None:
    town.replace("instance.yaml", "crs: EPSG:32649 ", "# ")


@mistake
def bare_budget(town: Town) -> None:
    town.yaml("budget: 100万", "budget: 1000000")


@mistake
def bare_speed(town: Town) -> None:
    town.yaml("elderly: 50 m/min", "elderly: 50")


@mistake
def speed_out_of_range(town: Town) -> None:
    town.yaml("speed: 80 m/min", "speed: 80 km/h")


@mistake
def wrong_type(town: Town) -> None:
    town.yaml("detour: 1.25", "detour: far")


@mistake
def detour_too_small(town: Town) -> None:
    town.yaml("detour: 1.25", "detour: 0.8")


@mistake
def unknown_preset(town: Town) -> None:
    town.yaml("speed: 80 m/min", "preset: planing")


@mistake
def preset_and_speed(town: Town) -> None:
    town.yaml("speed: 80 m/min", "speed: 80 m/min\n  preset: adult")


@mistake
def growth_of_unknown_group(town: Town) -> None:
    town.yaml("budget: 100万", "budget: 100万\ngrowth: {eldery: 4%, all: 1%}")


@mistake
def growth_out_of_range(town: Town) -> None:
    town.yaml("budget: 100万", "budget: 100万\ngrowth: {all: 120%}")


@mistake
def unknown_winter(town: Town) -> None:
    town.yaml("speed: 80 m/min", "winter: snow")


@mistake
def crossings_without_barriers(town: Town) -> None:
    town.yaml(TRAVEL, "straight_line: {crossings: {file: sites.csv}}")


@mistake
def barriers_in_a_table(town: Town) -> None:
    town.yaml(TRAVEL, "straight_line: {barriers: {file: sites.csv}}")


@mistake
def barriers_that_are_points_or_areas(town: Town) -> None:
    point = {"type": "Point", "coordinates": [401500, 4501000]}
    corners = [[401000, 4501000], [402000, 4501000], [402000, 4500900], [401000, 4501000]]
    add_barriers(town, point, LINE, {"type": "Polygon", "coordinates": [corners]})


@mistake
def barriers_without_a_line(town: Town) -> None:
    add_barriers(town)


@mistake
def barriers_without_crossings(town: Town) -> None:
    add_barriers(town, LINE)


@mistake
def barriers_in_the_wrong_zone(town: Town) -> None:
    add_barriers(town, LINE, crs="EPSG:32655")


@mistake
def crossings_far_from_barriers(town: Town) -> None:
    add_barriers(town, LINE)
    rows = "401500,4500950,\n401500,4500985,\n401600,4501100,30\n401700,4501000,0\n"
    town.write("crossings.csv", f"x,y,open_within\n{rows}")
    town.yaml("barriers: {", "crossings: crossings.csv, barriers: {")


@mistake
def crossings_that_open_nothing(town: Town) -> None:
    add_barriers(town, LINE)
    town.write("crossings.csv", "x,y\n401500,4500950\n401500,4500985\n401600,4501100\n")
    town.yaml("barriers: {", "crossings: crossings.csv, barriers: {")


LINE = {"type": "LineString", "coordinates": [[401000, 4501000], [402500, 4501000]]}


def add_barriers(town: Town, *shapes: Mapping[str, object], crs: str = "EPSG:32649") -> None:
    """Writes shapes as GeoJSON and names them as barriers."""
    features = [{"type": "Feature", "properties": {}, "geometry": shape} for shape in shapes]
    content = {"type": "FeatureCollection", "features": features}
    town.write("barriers.geojson", json.dumps(content))
    town.yaml(TRAVEL, f"straight_line: {{barriers: {{file: barriers.geojson, crs: {crs}}}}}")


@mistake
def yaml_traps(town: Town) -> None:
    town.yaml("name: Example town", "name: no")
    town.yaml("speed: 80 m/min", "speed: 12:30")


@mistake
def yaml_syntax(town: Town) -> None:
    town.yaml("sites: {file: sites.csv}", "sites: {file: sites.csv")


@mistake
def two_ways_of_travel(town: Town) -> None:
    town.yaml(TRAVEL, f"{TRAVEL}\n  table: {{file: sites.csv}}")


@mistake
def no_way_of_travel(town: Town) -> None:
    town.yaml(TRAVEL, "straight_line:")


@mistake
def budget_in_other_money(town: Town) -> None:
    town.yaml("budget: 100万", "budget: 100万 EUR")


@mistake
def wrong_shown_in(town: Town) -> None:
    town.yaml("shown_in: 万元", "shown_in: 万")


@mistake
def unknown_override(town: Town) -> None:
    town.overrides = {"walking.sped": "70 m/min", "budget": "70"}


# --- files and headers --------------------------------------------------------------------------


@mistake
def missing_file(town: Town) -> None:
    town.yaml("{file: sites.csv}", "{file: site.csv}")


@mistake
def unknown_encoding(town: Town) -> None:
    town.path("outlets.csv").write_bytes(b"outlet_id,x,y,categories\n\xff\xfe\x00,1,2,canteen\n")


@mistake
def not_excel(town: Town) -> None:
    town.path("sites.csv").rename(town.path("sites.xlsx"))
    town.yaml("sites.csv", "sites.xlsx")


@mistake
def unknown_format(town: Town) -> None:
    town.path("sites.csv").rename(town.path("sites.docx"))
    town.yaml("sites.csv", "sites.docx")


@mistake
def missing_sheet(town: Town) -> None:
    town.frame("sites.csv").to_excel(town.path("s.xlsx"), sheet_name="候选点位", index=False)
    town.yaml("{file: sites.csv}", "{file: s.xlsx, sheet: 候选点}")


@mistake
def semicolons(town: Town) -> None:
    town.write("sites.csv", town.text("sites.csv").replace(";", "|").replace(",", ";"))


@mistake
def ragged(town: Town) -> None:
    town.replace("sites.csv", "Market hall", "Market hall, first floor")


@mistake
def open_quote(town: Town) -> None:
    town.replace("sites.csv", "Market hall", '"Market hall')


@mistake
def title_above_the_header(town: Town) -> None:
    town.write("residents.csv", "2026年居民台账,,,,,\n" + town.text("residents.csv"))


@mistake
def missing_column(town: Town) -> None:
    town.replace("residents.csv", ",residents,", ",resident,")


@mistake
def missing_renamed_column(town: Town) -> None:
    town.yaml("{file: residents.csv}", "{file: residents.csv, columns: {residents: 人口}}")


@mistake
def duplicate_column(town: Town) -> None:
    town.replace("residents.csv", ",elderly,", ",residents,")


@mistake
def empty_table(town: Town) -> None:
    town.write("sites.csv", "site_id,x,y,slots\n\n")


@mistake
def no_categories(town: Town) -> None:
    town.write("categories.csv", "category,cost\n")


@mistake
def empty_file(town: Town) -> None:
    town.write("sites.csv", "")


# --- cells --------------------------------------------------------------------------------------


@mistake
def duplicate_id(town: Town) -> None:
    town.cells("residents.csv", "resident_id", {5: "R01", 9: "R02"})


@mistake
def missing_id(town: Town) -> None:
    town.cells("sites.csv", "site_id", {3: " "})


@mistake
def bad_residents(town: Town) -> None:
    values = {3: "约600", 4: "1,200", 5: "-5", 6: "", 7: "nan", 8: "３００人"}
    town.cells("residents.csv", "residents", values)


@mistake
def many_bad_rows(town: Town) -> None:
    town.column("residents.csv", "residents", ["unknown"] * 12)


@mistake
def total_row(town: Town) -> None:
    town.write("residents.csv", town.text("residents.csv") + "合计,,,9090,2010,\n")


@mistake
def bad_group_count(town: Town) -> None:
    town.cells("residents.csv", "elderly", {3: "-1", 4: ""})


@mistake
def group_exceeds_residents(town: Town) -> None:
    town.cells("residents.csv", "elderly", {3: "9000"})


@mistake
def nobody(town: Town) -> None:
    town.column("residents.csv", "residents", [0] * 12)
    town.column("residents.csv", "elderly", [0] * 12)


@mistake
def missing_coordinates(town: Town) -> None:
    town.cells("residents.csv", "x", {3: "", 4: "NaN"})


@mistake
def negative_cost(town: Town) -> None:
    town.cells("categories.csv", "cost", {2: "-1", 3: "8万"})


@mistake
def bad_standard_and_tier(town: Town) -> None:
    town.cells("categories.csv", "standard_minutes", {2: "0"})
    town.cells("categories.csv", "tier", {3: "premium"})


@mistake
def broken_slots(town: Town) -> None:
    town.cells("sites.csv", "slots", {2: "1.5"})


@mistake
def unknown_category_needs_more(town: Town) -> None:
    town.write("categories.csv", "category,cost\nconvenience_store,90000\nrepair_pont,3000\n")
    town.write("outlets.csv", "outlet_id,x,y,categories\n")
    town.drop("sites.csv", "allowed_categories")


@mistake
def assumed_costs(town: Town) -> None:
    town.drop("categories.csv", "cost")


# --- between tables -----------------------------------------------------------------------------


@mistake
def unknown_category_in_outlets(town: Town) -> None:
    town.cells("outlets.csv", "categories", {3: "convenience_store;pharmcy"})


@mistake
def unknown_category_in_sites(town: Town) -> None:
    town.cells("sites.csv", "allowed_categories", {3: "canteens"})


@mistake
def category_not_planned(town: Town) -> None:
    town.cells("outlets.csv", "categories", {2: "pharmacy;laundry"})


@mistake
def nothing_allowed(town: Town) -> None:
    town.cells("sites.csv", "allowed_categories", {2: "laundry"})


@mistake
def unknown_group(town: Town) -> None:
    town.cells("categories.csv", "group", {4: "seniors"})


@mistake
def unknown_group_speed(town: Town) -> None:
    town.yaml("{elderly: 50 m/min}", "{eldery: 50 m/min}")


@mistake
def offers_that_do_not_fit(town: Town) -> None:
    town.add_offers()
    town.cells("offers.csv", "site_id", {2: "S11"})
    town.cells("offers.csv", "categories", {3: "convenience_store;cantine", 4: ""})
    town.cells("offers.csv", "mode", {2: "rebuild"})


@mistake
def investment_below_cost(town: Town) -> None:
    town.add_offers()
    town.cells("offers.csv", "investment", {2: "4"})


@mistake
def unknown_node(town: Town) -> None:
    town.add_network()
    town.cells("edges.csv", "to_node", {3: "4"})
    town.cells("edges.csv", "metres", {2: "-700"})


@mistake
def walks_of_strangers(town: Town) -> None:
    town.add_walks()
    town.cells("travel.csv", "resident_id", {2: "R99"})
    town.cells("travel.csv", "outlet_id", {4: "E9"})
    town.cells("travel.csv", "minutes", {3: "-4"})


@mistake
def walks_twice_or_nowhere(town: Town) -> None:
    town.add_walks()
    town.write("travel.csv", town.text("travel.csv") + "R02,S1,,5\nR03,,,5\n")


@mistake
def walks_without_outlets(town: Town) -> None:
    town.add_walks()
    town.drop("travel.csv", "outlet_id")
    town.save("travel.csv", town.frame("travel.csv").head(2))


@mistake
def walks_in_two_measures(town: Town) -> None:
    town.add_walks()
    town.column("travel.csv", "metres", [1, 2, 3])


# --- geography ----------------------------------------------------------------------------------


@mistake
def crs_without_authority(town: Town) -> None:
    town.yaml("crs: EPSG:32649", "crs: 32649")


@mistake
def unknown_crs(town: Town) -> None:
    town.yaml("crs: EPSG:32649", "crs: EPSG:99999")


def to_degrees(town: Town, *names: str) -> None:
    transformer = Transformer.from_crs("EPSG:32649", "EPSG:4326", always_xy=True)
    for name in names:
        frame = town.frame(name)
        x, y = transformer.transform(frame["x"].astype(float), frame["y"].astype(float))
        town.save(name, frame.assign(x=pd.Series(x).round(6), y=pd.Series(y).round(6)))


@mistake
def geographic_crs(town: Town) -> None:
    to_degrees(town, "residents.csv", "outlets.csv", "sites.csv")
    town.yaml("crs: EPSG:32649", "crs: EPSG:4326")


@mistake
def crs_in_feet(town: Town) -> None:
    town.yaml("crs: EPSG:32649", "crs: EPSG:2263")


@mistake
def degrees_in_metric_crs(town: Town) -> None:
    to_degrees(town, "sites.csv")


@mistake
def swapped_longitude_and_latitude(town: Town) -> None:
    to_degrees(town, "outlets.csv")
    town.replace("outlets.csv", "outlet_id,x,y", "outlet_id,y,x")
    town.yaml("{file: outlets.csv}", "{file: outlets.csv, crs: EPSG:4326}")


@mistake
def northing_first(town: Town) -> None:
    town.replace("residents.csv", "resident_id,x,y", "resident_id,y,x")


@mistake
def wrong_zone(town: Town) -> None:
    town.yaml("crs: EPSG:32649", "crs: EPSG:32651")
    for name in ("residents", "outlets", "sites"):
        town.yaml(f"{{file: {name}.csv}}", f"{{file: {name}.csv, crs: EPSG:32649}}")


@mistake
def stray_row(town: Town) -> None:
    town.cells("residents.csv", "y", {4: "450140"})


@mistake
def stray_row_outside(town: Town) -> None:
    town.cells("residents.csv", "x", {4: "4018500"})


@mistake
def tables_far_apart(town: Town) -> None:
    town.move("sites.csv", 0, -300_000)


@pytest.mark.parametrize("name", INPUTS)
def test_input_message(name: str, tmp_path: Path) -> None:
    town = Town(tmp_path)
    INPUTS[name](town)
    problems = town.problems()
    assert problems
    check_golden(name, problems)


def model_problems(name: str, folder: Path) -> tuple[Problem, ...]:
    """What is said of one of the wrong models."""
    if name in GOALS:
        return Town(folder).misfits("  - budget: {}\n", GOALS[name])
    return Town(folder).misfits(MODELS[name])


@pytest.mark.parametrize("name", [*MODELS, *GOALS])
def test_model_message(name: str, tmp_path: Path) -> None:
    problems = model_problems(name, tmp_path)
    assert problems
    check_golden(name, problems)


def test_model_asks_for_columns_that_sites_lack(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.drop("sites.csv", "slots")
    town.drop("sites.csv", "allowed_categories")
    check_golden(
        "model-limits-nothing", town.misfits("  - site_slots: {}\n  - allowed_categories: {}\n")
    )


def test_model_asks_for_slots_that_one_site_lacks(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.cells("sites.csv", "slots", {3: ""})
    check_golden("model-blank-slots", town.misfits("  - site_slots: {}\n"))


def test_model_without_any_budget(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.yaml("budget: 100万 ", "# ")
    check_golden("model-no-budget", town.misfits("  - budget: {}\n"))


def test_every_golden_message_says_where_what_and_what_to_do() -> None:
    for file in GOLDEN.glob("*.txt"):
        for part in file.read_text(encoding="utf-8").strip().split("\n\n"):
            _, sentence = part.split("\n", 1)
            assert ": found " in sentence, file
            assert "; expected " in sentence, file
            assert sentence.endswith((".", "?")), file
