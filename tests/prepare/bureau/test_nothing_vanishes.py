"""Strangers' troubles: small inputs through the commands, and which tests try each kind."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import geopandas
import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from broken_town import Town
from bureau_folder import ESTATES, OUTLETS, Bureau, make_bureau, write_csv
from command import call
from shapely.geometry import Point
from test_mixed_sources import mixed

TESTS = Path(__file__).parents[2]
HEAD = ("小区名称", "常住人口", "经度", "纬度")
ROWS = [(name, people, lon, lat) for name, lon, lat, people, _ in ESTATES]
PEOPLE = {name: people for name, people, _, _ in ROWS}

# --- inputs that are refused, in three forms each, from ledgers alone and beside OSM --------------


def with_text(bureau: Bureau, text: str | bytes) -> None:
    content = text if isinstance(text, bytes) else text.encode()
    (bureau.folder / "r.csv").write_bytes(content)
    bureau.mapping["residents"]["file"] = "r.csv"


def lines() -> list[str]:
    return [",".join(map(str, row)) for row in [HEAD, *ROWS]]


def with_quotes(*at: int) -> Callable[[Bureau], None]:
    """Quotes that open a name, and close the next one."""

    def spoil(bureau: Bureau) -> None:
        made = lines()
        for number, row in enumerate(at):
            name, _, rest = made[row - 1].partition(",")
            made[row - 1] = f'{name}",{rest}' if number else f'"{name},{rest}'
        with_text(bureau, "\n".join(made) + "\n")

    return spoil


def with_people(cell: str, header: str = "常住人口") -> Callable[[Bureau], None]:
    def spoil(bureau: Bureau) -> None:
        text = "\n".join(lines()).replace("常住人口", header).replace(",1500,", f",{cell},")
        with_text(bureau, text)
        bureau.mapping["residents"]["columns"]["residents"] = header

    return spoil


def with_cell(cell: str) -> Callable[[Bureau], None]:
    """A cell of Excel as openpyxl writes it: formulas without values, errors."""

    def spoil(bureau: Bureau) -> None:
        book = openpyxl.Workbook()
        for row in [HEAD, *ROWS]:
            book.active.append(row)
        book.active["B4"] = cell
        book.save(bureau.folder / "r.xlsx")
        bureau.mapping["residents"]["file"] = "r.xlsx"

    return spoil


def with_encoding(encoding: str, name: str) -> Callable[[Bureau], None]:
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


def with_shapes(*lost: tuple[str, int]) -> Callable[[Bureau], None]:
    """A shapefile of which parts end too early."""

    def spoil(bureau: Bureau) -> None:
        columns = {"name": list(PEOPLE), "people": list(PEOPLE.values())}
        places = [Point(lon, lat) for _, _, lon, lat in ROWS]
        path = bureau.folder / "r.shp"
        geopandas.GeoDataFrame(columns, geometry=places, crs=4326).to_file(path)
        for suffix, count in lost:
            part = path.with_suffix(suffix)
            part.write_bytes(part.read_bytes()[:-count])
        names = {"name": "name", "residents": "people"}
        bureau.mapping["residents"] = {"file": "r.shp", "crs": "WGS84", "columns": names}

    return spoil


def with_money(unit: str) -> Callable[[Bureau], None]:
    def spoil(bureau: Bureau) -> None:
        bureau.mapping["instance"] = {"money": {"unit": unit}, "budget": f"500000 {unit}"}

    return spoil


# One short name alone cannot be told from rare Chinese.
KOREAN = "번호 이름 구역 행복아파트 강남구 푸른약국 서초동"
REFUSED: dict[str, tuple[str, list[Callable[[Bureau], None]]]] = {
    "a quote that never closes": ("found a quote", [*map(with_quotes, (2, 4, 6))]),
    "two stray quotes": (
        "found a quote", [with_quotes(2, 3), with_quotes(2, 6), with_quotes(4, 5)]
    ),
    "digits that are none": ("bad-number", [*map(with_people, ("1860①", "820²", "12½"))]),
    "fractions of people": ("fractions-of-people", [*map(with_people, ("0.17", "5.5", "1200.4"))]),
    "errors of Excel": ("bad-number", [*map(with_cell, ("#N/A", "#REF!", "#DIV/0!"))]),
    "formulas without values": ("bad-number", [*map(with_cell, ("=2*15", "=SUM(B2:B3)", "=B2"))]),
    "other encodings": (
        "neither UTF-8 nor GB18030",
        [
            with_encoding("cp1252", "Café Orléans"),
            with_encoding("cp949", KOREAN),
            with_encoding("shift_jis", "ひまわり薬局"),
        ],
    ),
    "a cut shapefile": (
        "ends before its last record",
        [with_shapes((".dbf", 40)), with_shapes((".dbf", 90)), with_shapes((".shp", 30))],
    ),
    "costs in another currency": ("no-cost", [*map(with_money, ("PHP", "EUR", "ISK"))]),
}  # fmt: skip
SPOILED = [(kind, at) for kind, (_, forms) in REFUSED.items() for at in range(len(forms))]


def by_ledgers(folder: Path) -> Bureau:
    return make_bureau(folder)


def beside_osm(folder: Path) -> Bureau:
    return mixed(folder, layers=["streets", "outlets"])


ROADS = pytest.mark.parametrize("road", [by_ledgers, beside_osm])


@ROADS
@pytest.mark.parametrize(("kind", "form"), SPOILED)
def test_what_would_change_is_refused(
    road: Callable[[Path], Bureau], kind: str, form: int, tmp_path: Path
) -> None:
    bureau = road(tmp_path)
    said, forms = REFUSED[kind]
    forms[form](bureau)
    assert said in bureau.refused()


# --- inputs that are read as they were meant ------------------------------------------------------


def with_ends(end: str) -> Callable[[Bureau], None]:
    return lambda bureau: with_text(bureau, end.join([*lines(), ""]))


def mixed_ends(bureau: Bureau) -> None:
    with_text(
        bureau, "".join(line + end for line, end in zip(lines(), "\r\n\r\r\n\r", strict=True))
    )


def with_book(hidden: int, merged: bool, stray: tuple[int, int] | None) -> Callable[[Bureau], None]:
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


READ: dict[str, list[Callable[[Bureau], None]]] = {
    "line ends": [with_ends("\r"), with_ends("\r\n"), mixed_ends],
    "hidden first sheets": [*(with_book(count, False, None) for count in (1, 2, 3))],
    "merged districts": [
        with_book(0, True, None), with_book(1, True, None), with_book(0, True, (40, 9))
    ],
    "a stray blank": [
        with_book(0, False, at) for at in ((1_048_575, 0), (40, 16_383), (900, 900))
    ],
}  # fmt: skip


@ROADS
@pytest.mark.parametrize(
    ("kind", "form"), [(k, at) for k, f in READ.items() for at in range(len(f))]
)
def test_what_is_odd_is_read_as_it_was_meant(
    road: Callable[[Path], Bureau], kind: str, form: int, tmp_path: Path
) -> None:
    bureau = road(tmp_path)
    READ[kind][form](bureau)
    instance = bureau.run()
    people = instance.residents
    assert dict(zip(people["name"], people["residents"], strict=True)) == PEOPLE
    if "district" in people:
        assert set(people["district"]) == {"昆区"}
    assert bureau.unaccounted(instance) == []


@ROADS
@pytest.mark.parametrize("code", ["0%", "0.00%", "0.0%;[Red]-0.0%"])
def test_percent_cells_are_shares(
    road: Callable[[Path], Bureau], code: str, tmp_path: Path
) -> None:
    bureau = road(tmp_path)
    with xlsxwriter.Workbook(bureau.folder / "r.xlsx") as book:
        sheet, percent = book.add_worksheet(), book.add_format({"num_format": code})
        for number, row in enumerate([(*HEAD, "60岁以上"), *((*row, 0.17) for row in ROWS)]):
            sheet.write_row(number, 0, row[:4])
            sheet.write(number, 4, row[4], percent if number else None)
    bureau.mapping["residents"] |= {"file": "r.xlsx"}
    bureau.mapping["residents"]["columns"]["groups"] = {"elderly": "60岁以上"}
    people = bureau.run().residents
    assert people["elderly"].sum() == sum(round(one * 0.17) for one in PEOPLE.values())


# --- instances ------------------------------------------------------------------------------------


def cell_of_minutes(cell: str) -> Callable[[Town], None]:
    def spoil(town: Town) -> None:
        book = openpyxl.Workbook()
        book.active.append(["category", "standard_minutes"])
        book.active.append(["convenience_store", 8])
        book.active.append(["pharmacy", cell])
        book.active.append(["canteen", 15])
        book.save(town.path("data.xlsx"))
        town.yaml("categories: {file: categories.csv", "categories: {file: data.xlsx")

    return spoil


def semicolons(town: Town) -> None:
    text = town.text("residents.csv").replace(".", ",").replace(",", ";", 1)
    rows = [line.replace(",", ";") for line in text.splitlines()]
    town.write("residents.csv", "\n".join(rows))


def in_kilometres(town: Town) -> None:
    town.add_network()
    town.write("edges.csv", "from_node,to_node,metres\n1,2,0.7\n2,3,0.82\n")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (cell_of_minutes("=2*15"), "found '=2*15'"),
        (cell_of_minutes("#N/A"), "found '#N/A'"),
        (semicolons, "semicolons"),
        (in_kilometres, "shorter than the straight line"),
    ],
)
def test_check_says_what_is_odd_in_an_instance(
    spoil: Callable[[Town], None], said: str, tmp_path: Path
) -> None:
    town = Town(tmp_path)
    spoil(town)
    done = call("check", town.folder)
    assert said in done.out + done.err


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_the_command_prepares_what_any_program_saved(end: str, tmp_path: Path) -> None:
    bureau = make_bureau(tmp_path)
    rows = [("网点名称", "业态", "经度", "纬度"), *OUTLETS]
    (bureau.folder / "outlets.csv").write_bytes(
        end.join(",".join(map(str, row)) for row in rows).encode()
    )
    bureau.run()
    done = call("prepare", bureau.folder / "prepare.yaml", "-o", bureau.out)
    assert (done.code, done.err) == (0, "")
    assert len(pd.read_csv(bureau.out / "outlets.csv")) == len(OUTLETS)


# --- which tests try each kind --------------------------------------------------------------------

INDEX = {
    "quotes": """
        test_damaged_files test_a_quote_that_is_never_closed_is_refused_with_its_row
        test_damaged_files test_two_stray_quotes_do_not_swallow_rows
    """,
    "digits that are none": """
        test_comparing_tables test_digits_that_are_none_are_refused
    """,
    "percent cells": """
        test_damaged_files test_percents_errors_and_empty_formulas_stay_visible
        test_clerks_tables test_cells_of_opendocument_are_what_they_show
        test_clerks_tables test_cells_of_old_excel_are_what_they_show
    """,
    "ten thousands": """
        test_silent_changes test_a_unit_in_the_name_of_a_column_counts
        test_silent_changes test_a_unit_that_only_a_format_shows_is_read
        test_comparing_tables test_fractions_of_people_are_refused
    """,
    "empty cells": """
        test_clerks_tables test_a_number_of_the_catalogue_is_said_where_it_is_taken
    """,
    "hidden sheets and rows": """
        test_damaged_files test_a_hidden_first_sheet_is_not_read
        test_silent_changes test_hidden_rows_are_said_to_be_read
    """,
    "merged cells": """
        test_damaged_files test_a_cell_merged_down_counts_for_all_its_rows
        test_silent_changes test_a_block_merged_both_ways_fills_its_first_column
    """,
    "shapefiles": """
        test_damaged_files test_a_cut_table_of_a_shapefile_is_refused
        test_damaged_files test_a_table_of_other_rows_than_shapes_is_refused
        test_damaged_files test_an_empty_table_of_a_shapefile_is_refused
        test_silent_changes test_deleted_rows_of_a_shapefile_are_accounted_for
    """,
    "several points": """
        test_damaged_files test_points_of_two_places_are_refused
    """,
    "encodings": """
        test_damaged_files test_other_encodings_do_not_pass_as_chinese
        test_damaged_files test_geojson_in_either_encoding
    """,
    "money": """
        test_comparing_tables test_the_catalogue_has_no_costs_in_another_currency
        test_comparing_tables test_costs_of_the_catalogue_are_said_in_every_output
    """,
    "a layer that reaches nobody": """
        test_comparing_tables test_a_layer_that_reaches_nobody_is_named
    """,
    "buildings of OSM": """
        test_incomplete_extracts test_a_multipolygon_is_a_building_without_its_courtyard
        test_incomplete_extracts test_a_building_without_one_node_is_counted
        test_objects_of_osm_are_accounted_for test_buildings_and_outlets_are_found_or_counted
    """,
    "pending WAL": """
        test_damaged_files test_pending_pages_of_a_geopackage_stay_where_they_are
        test_silent_changes test_a_geopackage_of_a_writer_that_ended_is_not_read
    """,
    "line ends": """
        test_damaged_files test_mixed_line_ends_and_a_break_in_quotes
        test_silent_changes test_a_break_in_a_cell_comes_back_from_an_instance
    """,
    "large priorities": """
        test_numbers_and_texts test_weights_are_bounded_together_also_where_each_is_small
    """,
    "separators": """
        test_damaged_files test_other_separators_are_named
        test_silent_changes test_ledgers_with_any_separator
    """,
    "passwords": """
        test_damaged_files test_a_password_is_called_a_password
    """,
    "ways before nodes": """
        test_incomplete_extracts test_ways_without_their_nodes_are_named
    """,
    "unseen characters": """
        test_numbers_and_texts test_unseen_characters_of_every_kind_reach_no_report
    """,
    "grids of people": """
        test_mixed_sources test_a_hex_grid_with_streets_outlets_and_corners_of_osm
        test_population_raster test_memory_is_bounded_for_a_large_raster
    """,
    "optional layers": """
        test_optional_layers test_an_instance_without_outlets
        test_clerks_tables test_a_mapping_without_outlets
        test_clerks_tables test_a_mapping_on_a_plane_of_its_own
    """,
}


def test_each_kind_is_tried_by_tests_that_there_are() -> None:
    named = {line.strip() for tests in INDEX.values() for line in tests.strip().splitlines()}
    known = {
        f"{path.stem} {node.name}"
        for path in TESTS.rglob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    assert named <= known, named - known


def test_rows_are_kept_where_nothing_is_wrong(tmp_path: Path) -> None:
    bureau = make_bureau(tmp_path)
    write_csv(bureau.folder / "residents.csv", [HEAD, *ROWS])
    assert bureau.people() == PEOPLE
