"""Strangers' troubles: small inputs through the commands, and which tests try each kind."""

from __future__ import annotations

import ast
import gzip
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from broken_town import Town
from bureau_folder import OUTLETS, Bureau, make_bureau, write_csv
from command import call
from test_incomplete_extracts import negative, ways_first, without_nodes
from test_mixed_sources import mixed
from troubles import (
    ENCRYPTED,
    GRID,
    HEAD,
    PEOPLE,
    ROWS,
    Spoil,
    changed_extract,
    decimal_commas,
    grid_of_a_text,
    grid_of_shapes,
    in_geojson,
    in_ten_thousands,
    mixed_ends,
    moved,
    old_excel_with_password,
    open_document_with_password,
    with_book,
    with_categories,
    with_cell,
    with_deleted,
    with_encoding,
    with_ends,
    with_format,
    with_hidden,
    with_money,
    with_open_writer,
    with_other_rows,
    with_pages,
    with_password,
    with_people,
    with_quotes,
    with_rows_alone,
    with_separator,
    with_shapes,
    with_sign,
    with_two_places,
    with_well_known_text,
)

TESTS = Path(__file__).parents[2]


def by_ledgers(folder: Path) -> Bureau:
    return make_bureau(folder)


def beside_osm(folder: Path) -> Bureau:
    return mixed(folder, layers=["streets", "outlets"])


def on_streets(folder: Path) -> Bureau:
    return mixed(folder, layers=["streets"])


Road = Callable[[Path], Bureau]
ROADS = pytest.mark.parametrize("road", [by_ledgers, beside_osm])


def forms(*tables: dict[str, list[Spoil]]) -> pytest.MarkDecorator:
    """Every form of every kind."""
    named = [(one, f"{kind} {at}") for table in tables for kind, made in table.items()
             for at, one in enumerate(made)]  # fmt: skip
    return pytest.mark.parametrize("spoil", [pytest.param(one, id=name) for one, name in named])


# --- inputs that are refused, in three forms each, from ledgers alone and beside OSM --------------

# One short name alone cannot be told from rare Chinese.
KOREAN = "번호 이름 구역 행복아파트 강남구 푸른약국 서초동"
REFUSED: dict[str, list[Spoil]] = {
    "found a quote": [
        *map(with_quotes, (2, 4, 6)), with_quotes(2, 3), with_quotes(2, 6), with_quotes(4, 5)
    ],
    "bad-number": [
        *map(with_people, ("1860①", "820²", "12½")),
        *map(with_people, ("17%", "17.0%", "100%")),
        *map(with_cell, ("#N/A", "#REF!", "#DIV/0!")),
        *map(with_cell, ("=2*15", "=SUM(B2:B3)", "=B2")),
        *(with_categories("步行时间(分钟)", one) for one in ("#N/A", "=2*15", "#REF!")),
        *(with_categories("权重", one) for one in ("#N/A", "=2*15", "#REF!")),
        *(decimal_commas("1500", one) for one in ("1500,0", "1.500,0", "0,15")),
    ],
    "bad-coordinate": [
        decimal_commas(".", ","), decimal_commas("109.84;", "109,84;"),
        with_well_known_text("SRID=4326;POINT ({} {})"), with_well_known_text("MULTIPOINT ({} {})"),
    ],
    "a header and no rows": [*map(with_rows_alone, ("", "\n\n", ",,,\n"))],
    "fractions-of-people": [*map(with_people, ("0.17", "5.5", "1200.4"))],
    "neither UTF-8 nor GB18030": [
        with_encoding("cp1252", "Café Orléans"),
        with_encoding("cp949", KOREAN),
        with_encoding("shift_jis", "ひまわり薬局"),
    ],
    "ends before its last record": [
        with_shapes((".dbf", 40)), with_shapes((".dbf", 90)), with_shapes((".shp", 30))
    ],
    "5 shapes, and": [with_other_rows(1), with_other_rows(1, 2), with_other_rows(*range(9))],
    "found several points": [*map(with_two_places, ("r.geojson", "r.gpkg", "r.shp"))],
    "close the program": [with_pages("-wal"), with_pages("-journal"), with_open_writer],
    "protected by a password": [
        with_password("r.xlsx", ENCRYPTED),
        with_password("r.xls", old_excel_with_password()),
        with_password("r.ods", open_document_with_password()),
    ],
    "no-cost": [*map(with_money, ("PHP", "EUR", "ISK"))],
    "only their proportions matter": [
        *(with_categories("权重", one) for one in ("1e10", "5e9", "9e14"))
    ],
}  # fmt: skip


@ROADS
@forms(REFUSED)
def test_what_would_change_is_refused(road: Road, spoil: Spoil, tmp_path: Path) -> None:
    bureau = road(tmp_path)
    said = next(one for one, made in REFUSED.items() if spoil in made)
    spoil(bureau)
    assert said in bureau.refused()


# Ledgers alone have no extract.
@pytest.mark.parametrize("road", [beside_osm, on_streets])
@pytest.mark.parametrize("change", [ways_first, negative, without_nodes])
def test_ways_before_nodes_are_refused(
    road: Road, change: Callable[[str], str], tmp_path: Path
) -> None:
    bureau = road(tmp_path)
    changed_extract(change)(bureau)
    assert "osmium sort" in bureau.refused()


# --- inputs that are read as they were meant ------------------------------------------------------

READ: dict[str, list[Spoil]] = {
    "line ends": [with_ends("\r"), with_ends("\r\n"), mixed_ends],
    "separators": [*map(with_separator, (";", "\t", "|")), with_separator("，")],
    "ten thousands": [
        in_ten_thousands("常住人口(万人)", ""), in_ten_thousands("常住人口", "万"),
        with_format('0.00"万"', 1e4), with_format('0.0"千人"', 1e3),
    ],
    "hidden first sheets": [*(with_book(count, False, None) for count in (1, 2, 3))],
    "merged districts": [
        with_book(0, True, None), with_book(1, True, None), with_book(0, True, (40, 9))
    ],
    "a stray blank": [
        with_book(0, False, at) for at in ((1_048_575, 0), (40, 16_383), (900, 900))
    ],
    "encodings": [*map(in_geojson, ("gb18030", "gbk", "utf-8-sig"))],
    "well-known text": [
        *map(with_well_known_text, ("POINT ({} {})", "point({} {})", "POINT Z ({} {} 1050)"))
    ],
}  # fmt: skip
# Read, too, and said in the findings.
SAID: dict[str, list[Spoil]] = {
    "hidden rows": [with_hidden(1), with_hidden(2, 3), with_hidden(5)],
    "empty numbers": [*(with_categories("步行时间(分钟)", one) for one in ("待定", None, "—"))],
    "characters that nobody sees": [*map(with_sign, ("\x01", "\u202e", "\u200b"))],
}


@ROADS
@forms(READ, SAID)
def test_what_is_odd_is_read_as_it_was_meant(road: Road, spoil: Spoil, tmp_path: Path) -> None:
    bureau = road(tmp_path)
    spoil(bureau)
    instance = bureau.run()
    people = instance.residents
    assert dict(zip(people["name"], people["residents"], strict=True)) == PEOPLE
    if "district" in people:
        assert set(people["district"]) == {"昆区"}
    assert bureau.unaccounted(instance) == []
    said = [kind for kind, made in SAID.items() if spoil in made]
    assert set(said) <= bureau.kinds().keys()


@ROADS
@pytest.mark.parametrize("rows", [(0,), (1,), (1, 3)])
def test_deleted_rows_are_said(road: Road, rows: tuple[int, ...], tmp_path: Path) -> None:
    bureau = road(tmp_path)
    with_deleted(*rows)(bureau)
    assert bureau.people() == {n: v for at, (n, v) in enumerate(PEOPLE.items()) if at not in rows}
    assert len(bureau.kinds()["rows that are marked as deleted"]) == len(rows)


@ROADS
@pytest.mark.parametrize("code", ["0%", "0.00%", "0.0%;[Red]-0.0%"])
def test_percent_cells_are_shares(road: Road, code: str, tmp_path: Path) -> None:
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


GRIDS = [grid_of_a_text, grid_of_shapes("g.gpkg", 0), grid_of_shapes("g.geojson", 0.0005)]


@ROADS
@pytest.mark.parametrize("spoil", GRIDS)
def test_grids_of_people_keep_their_fractions(road: Road, spoil: Spoil, tmp_path: Path) -> None:
    bureau = road(tmp_path)
    spoil(bureau)
    assert sorted(bureau.run().residents["residents"]) == sorted(one[2] for one in GRID)


@pytest.mark.parametrize("road", [by_ledgers, on_streets])
@pytest.mark.parametrize(
    "spoil", [moved("outlets", 0.3, 0.1), moved("sites", -0.2, 0), moved("outlets", 0, 0.5)]
)
def test_a_layer_that_reaches_nobody_is_named(road: Road, spoil: Spoil, tmp_path: Path) -> None:
    bureau = road(tmp_path)
    spoil(bureau)
    assert "reaches-nobody" in [one.code for one in bureau.run().warnings]


@pytest.mark.parametrize("road", [by_ledgers, on_streets])
@pytest.mark.parametrize("left", ["no key", "an empty list", "none that is open"])
def test_outlets_may_be_absent(road: Road, left: str, tmp_path: Path) -> None:
    bureau = road(tmp_path)
    if left == "no key":
        del bureau.mapping["outlets"]
    elif left == "an empty list":
        bureau.mapping["outlets"] = []
    else:
        write_csv(
            bureau.folder / "outlets.csv",
            [("网点名称", "业态", "经度", "纬度"), *((n, "不认识", *at) for n, _, *at in OUTLETS)],
        )
    assert bureau.run().outlets.empty


OTHER_FILES = ["x.csv", "x.xlsx", "x.geojson"]


@ROADS
@pytest.mark.parametrize("name", OTHER_FILES)
def test_a_file_with_none_of_the_columns_is_one_problem(
    road: Road, name: str, tmp_path: Path
) -> None:
    bureau = road(tmp_path)
    frame = pd.DataFrame({"a": ["1"], "b": ["2"]})
    if name == "x.csv":
        frame.to_csv(bureau.folder / name, index=False)
    elif name == "x.xlsx":
        frame.to_excel(bureau.folder / name, index=False)
    else:
        in_geojson("utf-8")(bureau)
        (bureau.folder / "r.geojson").rename(bureau.folder / name)
        bureau.mapping["residents"]["columns"] = {"name": "小区名称", "residents": "常住人口"}
    bureau.mapping["residents"]["file"] = name
    problem = bureau.refused()
    assert "[missing-header]" in problem
    assert "none of the columns that the mapping names; the file has" in problem


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


def in_kilometres(edges: str, name: str = "edges.csv") -> Callable[[Town], None]:
    """Edges of 700 and 806 m in a straight line; no road of `prepare` reads lengths of anybody."""

    def spoil(town: Town) -> None:
        town.add_network()
        text = f"from_node,to_node,metres\n{edges}\n"
        if name.endswith(".gz"):
            town.path(name).write_bytes(gzip.compress(text.encode()))
            town.yaml("edges: edges.csv", f"edges: {name}")
        else:
            town.write(name, text)

    return spoil


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (cell_of_minutes("=2*15"), "found '=2*15'"),
        (cell_of_minutes("#N/A"), "found '#N/A'"),
        (semicolons, "semicolons"),
        (cell_of_minutes("#REF!"), "found '#REF!'"),
        (in_kilometres("1,2,0.7\n2,3,0.82"), "shorter than the straight line"),
        (in_kilometres("1,2,0.7\n2,3,820.5"), "shorter than the straight line"),
        (in_kilometres("1,2,0.7\n2,3,0.82", "e.csv.gz"), "shorter than the straight line"),
    ],
)
def test_check_says_what_is_odd_in_an_instance(
    spoil: Callable[[Town], None], said: str, tmp_path: Path
) -> None:
    town = Town(tmp_path)
    spoil(town)
    done = call("check", town.folder)
    assert said in done.out + done.err


@pytest.mark.parametrize("name", ["Resident_ID", "RESIDENT_ID", "resident_Id"])
def test_a_name_in_other_letters_is_suggested(name: str, tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.replace("residents.csv", "resident_id", name)
    (problem,) = town.problems()
    assert f"Did you mean '{name}'?" in problem.mend


@pytest.mark.parametrize("file", ["residents.csv", "sites.csv", "outlets.csv"])
def test_columns_of_another_table_are_one_problem(file: str, tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.yaml(f"{{file: {file}}}", f"{{file: {file}, columns: {{name: 名称, x: 经度, y: 纬度}}}}")
    (problem,) = town.problems()
    assert problem.code == "missing-header"
    assert "none of the columns that 'columns' names; the file has" in problem.found


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

# Those of this file try at least three forms each, from ledgers alone and beside OSM.
INDEX = {
    "quotes": """
        test_nothing_vanishes test_what_would_change_is_refused
        test_damaged_files test_a_quote_that_is_never_closed_is_refused_with_its_row
        test_damaged_files test_two_stray_quotes_do_not_swallow_rows
    """,
    "digits that are none": """
        test_nothing_vanishes test_what_would_change_is_refused
        test_comparing_tables test_digits_that_are_none_are_refused
    """,
    "percent cells": """
        test_nothing_vanishes test_what_would_change_is_refused
        test_nothing_vanishes test_percent_cells_are_shares
        test_damaged_files test_percents_errors_and_empty_formulas_stay_visible
        test_clerks_tables test_cells_of_opendocument_are_what_they_show
        test_clerks_tables test_cells_of_old_excel_are_what_they_show
    """,
    "ten thousands": """
        test_nothing_vanishes test_what_would_change_is_refused
        test_nothing_vanishes test_what_is_odd_is_read_as_it_was_meant
        test_silent_changes test_a_unit_in_the_name_of_a_column_counts
        test_silent_changes test_a_unit_that_only_a_format_shows_is_read
        test_comparing_tables test_fractions_of_people_are_refused
    """,
    "empty cells": """
        test_nothing_vanishes test_what_would_change_is_refused
        test_nothing_vanishes test_what_is_odd_is_read_as_it_was_meant
        test_clerks_tables test_a_number_of_the_catalogue_is_said_where_it_is_taken
    """,
    "hidden sheets and rows": """
        test_nothing_vanishes test_what_is_odd_is_read_as_it_was_meant
        test_damaged_files test_a_hidden_first_sheet_is_not_read
        test_silent_changes test_hidden_rows_are_said_to_be_read
    """,
    "merged cells": """
        test_nothing_vanishes test_what_is_odd_is_read_as_it_was_meant
        test_damaged_files test_a_cell_merged_down_counts_for_all_its_rows
        test_silent_changes test_a_block_merged_both_ways_fills_its_first_column
    """,
    "shapefiles": """
        test_nothing_vanishes test_what_would_change_is_refused
        test_nothing_vanishes test_deleted_rows_are_said
        test_damaged_files test_a_cut_table_of_a_shapefile_is_refused
        test_damaged_files test_a_table_of_other_rows_than_shapes_is_refused
        test_damaged_files test_an_empty_table_of_a_shapefile_is_refused
        test_silent_changes test_deleted_rows_of_a_shapefile_are_accounted_for
    """,
    "several points": """
        test_nothing_vanishes test_what_would_change_is_refused
        test_damaged_files test_points_of_two_places_are_refused
    """,
    "encodings": """
        test_nothing_vanishes test_what_would_change_is_refused
        test_nothing_vanishes test_what_is_odd_is_read_as_it_was_meant
        test_damaged_files test_other_encodings_do_not_pass_as_chinese
        test_damaged_files test_geojson_in_either_encoding
    """,
    "money": """
        test_nothing_vanishes test_what_would_change_is_refused
        test_comparing_tables test_the_catalogue_has_no_costs_in_another_currency
        test_comparing_tables test_costs_of_the_catalogue_are_said_in_every_output
    """,
    "a layer that reaches nobody": """
        test_nothing_vanishes test_a_layer_that_reaches_nobody_is_named
        test_comparing_tables test_a_layer_that_reaches_nobody_is_named
    """,
    # Ledgers alone have none; both commands that read extracts are tried.
    "buildings of OSM": """
        test_incomplete_extracts test_a_multipolygon_is_a_building_without_its_courtyard
        test_incomplete_extracts test_a_building_without_one_node_is_counted
        test_incomplete_extracts test_a_relation_that_lacks_a_part_is_counted
        test_objects_of_osm_are_accounted_for test_buildings_and_outlets_are_found_or_counted
        test_objects_of_osm_are_accounted_for test_the_command_of_osm_says_what_was_left_out
        test_objects_of_osm_are_accounted_for test_the_mapping_of_any_source_says_what_was_left_out
    """,
    "pending WAL": """
        test_nothing_vanishes test_what_would_change_is_refused
        test_damaged_files test_pending_pages_of_a_geopackage_stay_where_they_are
        test_silent_changes test_a_geopackage_of_a_writer_that_ended_is_not_read
    """,
    "line ends": """
        test_nothing_vanishes test_what_is_odd_is_read_as_it_was_meant
        test_damaged_files test_mixed_line_ends_and_a_break_in_quotes
        test_silent_changes test_a_break_in_a_cell_comes_back_from_an_instance
    """,
    "large priorities": """
        test_nothing_vanishes test_what_would_change_is_refused
        test_numbers_and_texts test_weights_are_bounded_together_also_where_each_is_small
    """,
    "separators": """
        test_nothing_vanishes test_what_would_change_is_refused
        test_nothing_vanishes test_what_is_odd_is_read_as_it_was_meant
        test_damaged_files test_other_separators_are_named
        test_silent_changes test_ledgers_with_any_separator
    """,
    "passwords": """
        test_nothing_vanishes test_what_would_change_is_refused
        test_damaged_files test_a_password_is_called_a_password
    """,
    # Ledgers alone have no extract.
    "ways before nodes": """
        test_nothing_vanishes test_ways_before_nodes_are_refused
        test_incomplete_extracts test_ways_without_their_nodes_are_named
    """,
    "unseen characters": """
        test_nothing_vanishes test_what_is_odd_is_read_as_it_was_meant
        test_numbers_and_texts test_unseen_characters_of_every_kind_reach_no_report
    """,
    # Lengths are read by instances alone; `prepare` measures them on the shapes.
    "kilometres for metres": """
        test_nothing_vanishes test_check_says_what_is_odd_in_an_instance
    """,
    "other tables than the mapping's": """
        test_nothing_vanishes test_a_file_with_none_of_the_columns_is_one_problem
        test_nothing_vanishes test_columns_of_another_table_are_one_problem
    """,
    # Ledgers and the tables beside OSM are read whatever the letters.
    "capital letters": """
        test_nothing_vanishes test_a_name_in_other_letters_is_suggested
    """,
    "well-known text": """
        test_nothing_vanishes test_what_would_change_is_refused
        test_nothing_vanishes test_what_is_odd_is_read_as_it_was_meant
    """,
    "grids of people": """
        test_nothing_vanishes test_grids_of_people_keep_their_fractions
        test_mixed_sources test_a_hex_grid_with_streets_outlets_and_corners_of_osm
        test_population_raster test_memory_is_bounded_for_a_large_raster
    """,
    "optional layers": """
        test_nothing_vanishes test_outlets_may_be_absent
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
