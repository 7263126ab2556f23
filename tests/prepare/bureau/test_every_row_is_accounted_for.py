"""The accounting law: each row of a source is in the instance or left out with a reason."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bureau_folder import Bureau, make_bureau, write_xlsx
from hypothesis import given
from hypothesis import strategies as st

from laws import on
from siting.errors import InputError
from siting.inputs.schemas import FileEntry
from siting.inputs.tables import open_source, read_table
from siting.prepare.bureau.cell_grids import read_grid

NAMES = st.sampled_from(
    ["阳光家园", "A座\n二期", 'say "hi"', "合计", "注:以上", "", "x,y", "和平里"]
)
PEOPLE = st.sampled_from(["1200", "约80", "0.3万", "", "—", "0", "35人", "1,200"])
GOOD = (("109.84", "40.64"), ("109.85", "40.65"), ("109°50′24″", "40°39′"), ("109.841,40.64", ""))
PLACE = st.sampled_from([*GOOD, *GOOD, ("", ""), ("0", "0"), ("无", "无")])
STATE = st.sampled_from(["正常", "已停业", ""])
ROWS = st.lists(
    st.tuples(NAMES, PEOPLE, PLACE, STATE).map(lambda row: (*row[:2], *row[2], row[3])),
    min_size=1,
    max_size=12,
)
# Files of which hardly anything can be used are refused as a whole.
REFUSED = {"no-coordinates", "empty-table"}
HEAD = ("小区名称", "常住人口", "经度", "纬度", "状态")
ENDS = st.sampled_from(["\n", "\r\n", "\r"])


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def as_csv(rows: list[tuple[str, ...]], end: str) -> str:
    return end.join(",".join(quoted(cell) for cell in row) for row in [HEAD, *rows]) + end


def imported(bureau: Bureau, file: str) -> None:
    """Imports the ledger, and holds every row of it against the instance and the findings."""
    bureau.mapping["residents"] |= {"file": file, "where_not": {"状态": "已停业"}}
    try:
        instance = bureau.run()
    except InputError as error:
        if not {one.code for one in error.problems} <= REFUSED:
            raise
        return
    people = bureau.mapping["residents"]["file"]
    assert [row for row in bureau.unaccounted(instance) if row.startswith(people)] == []


@on(25)
@given(ROWS, ENDS)
def test_rows_of_a_csv_ledger(rows: list[tuple[str, ...]], end: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bureau = make_bureau(Path(folder))
        path = bureau.folder / "r.csv"
        path.write_bytes(as_csv(rows, end).encode())
        imported(bureau, "r.csv")


@on(15)
@given(ROWS)
def test_rows_of_an_excel_ledger(rows: list[tuple[str, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bureau = make_bureau(Path(folder))
        write_xlsx(bureau.folder / "r.xlsx", [HEAD, *rows])
        imported(bureau, "r.xlsx")


KINDS = st.sampled_from(["便利店", "药店;快递", "棋牌室", "不认识", "", "合计", "社区菜店、早餐店"])
OTHERS = st.lists(
    st.tuples(NAMES, KINDS, PLACE, STATE).map(lambda row: (*row[:2], *row[2], row[3])),
    min_size=1,
    max_size=12,
)


@on(25)
@given(OTHERS, ENDS)
def test_rows_of_a_ledger_of_outlets(rows: list[tuple[str, ...]], end: str) -> None:
    others("outlets", "业态", rows, end)


@on(25)
@given(OTHERS, ENDS)
def test_rows_of_a_list_of_sites(rows: list[tuple[str, ...]], end: str) -> None:
    others("sites", "可布置业态", rows, end)


def others(role: str, column: str, rows: list[tuple[str, ...]], end: str) -> None:
    """Imports outlets or sites of such rows, and holds every one against the instance."""
    with tempfile.TemporaryDirectory() as folder:
        bureau = make_bureau(Path(folder))
        name = "点位名称" if role == "sites" else "网点名称"
        head = (name, column, *HEAD[2:])
        text = end.join(",".join(quoted(cell) for cell in row) for row in [head, *rows]) + end
        (bureau.folder / "o.csv").write_bytes(text.encode())
        columns = bureau.mapping[role]["columns"]
        columns |= {"types": [column]} if role == "outlets" else {"allowed": column}
        bureau.mapping[role] |= {"file": "o.csv", "where_not": {"状态": "已停业"}}
        try:
            instance = bureau.run()
        except InputError as error:
            if not {one.code for one in error.problems} <= {*REFUSED, "unknown-category"}:
                raise
            return
        assert [row for row in bureau.unaccounted(instance) if row.startswith("o.csv")] == []


@on(60)
@given(ROWS, ENDS)
def test_both_roads_read_the_same_cells(rows: list[tuple[str, ...]], end: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "r.csv").write_bytes(as_csv(rows, end).encode())
        table = read_table(open_source(folder, FileEntry(file="r.csv"))).frame
        grid = read_grid(folder, "r.csv", None, "")
    kept = [row for row in rows if any(row)]
    assert [tuple(row) for row in table.to_numpy(object)] == kept
    stripped = [tuple(cell.strip() for cell in row) for row in rows]
    assert [tuple(row) for row in grid.cells[1:]] == stripped
