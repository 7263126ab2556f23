"""A folder of Excel files to fill in, with a small example, its mapping and how to fill it in."""

from __future__ import annotations

import datetime as dt
import importlib.resources
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from siting.inputs.catalogue import load_catalogue
from siting.inputs.template import require_empty
from siting.prepare.bureau import template_data as data
from siting.prepare.bureau.bureau_mapping_file import MAPPING_FILE

_TEXTS = {"prepare.yaml": MAPPING_FILE, "guide.md": "填表说明.md"}
_MODES = ("新建", "改造", "引进", "叠加")
_OPTIONS = "选项"
# The same bytes each time: the date in the file's properties is fixed.
_MADE = dt.datetime(2025, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)
_SPARE_ROWS = 500
_Choices = dict[int, Sequence[str]]


@dataclass(frozen=True)
class _Form:
    """One Excel file.

    Attributes:
        file: Its name.
        title: The merged title above the header.
        header: Names of the columns; `group|name` stands under a merged group.
        rows: The example.
        widths: Width of each column, in characters.
        notes: Lines under the table.
        merge: Columns whose equal cells are merged downwards.
        totals: Columns that are added up in a last row.
        choices: What may be chosen in a column.
    """

    file: str
    title: str
    header: tuple[str, ...]
    rows: list[data.Row]
    widths: tuple[int, ...]
    notes: tuple[str, ...]
    choices: _Choices
    merge: tuple[int, ...] = ()
    totals: tuple[int, ...] = ()


def write_bureau_template(folder: str | Path) -> Path:
    """Writes the folder: five Excel files, `prepare.yaml` and `填表说明.md`, in Chinese.

    Raises:
        InputError: The folder has files already; nothing is overwritten.
    """
    target = require_empty(folder)
    for form in _forms():
        _write_form(target / form.file, form)
    texts = importlib.resources.files("siting.prepare.bureau").joinpath("template")
    for source, name in _TEXTS.items():
        (target / name).write_bytes(texts.joinpath(source).read_bytes())
    return target


def _forms() -> tuple[_Form, ...]:
    districts = tuple(dict.fromkeys(circle.district for circle in data.CIRCLES))
    return (_estates(districts), _outlets(), _sites(districts), _offers(), _categories())


def _estates(districts: Sequence[str]) -> _Form:
    return _Form(
        "小区台账.xlsx",
        "一刻钟便民生活圈小区台账（示例，数据均为虚构）",
        ("旗县区", "街道", "生活圈", "小区名称", "经度", "纬度",
         "人口（人）|常住人口", "人口（人）|60岁以上", "人口（人）|0-3岁", "人口（人）|6-17岁"),
        data.estates(),
        (12, 14, 14, 18, 12, 12, 12, 12, 10, 10),
        ("注：经纬度从高德地图拾取（GCJ-02）；人口填常住人口，不是户籍人口。",
         "填表人：        审核：        填表日期："),
        {0: districts},
        merge=(0, 1, 2),
        totals=(6, 7, 8, 9),
    )  # fmt: skip


def _outlets() -> _Form:
    return _Form(
        "网点台账.xlsx",
        "现有商业网点台账（示例，数据均为虚构）",
        ("网点名称", "业态", "兼营业态", "经度", "纬度", "地址"),
        data.outlets(),
        (22, 20, 20, 12, 12, 24),
        ("注：一店多能的，主营填“业态”，其余填“兼营业态”，多项用顿号隔开。",),
        {},
    )


def _sites(districts: Sequence[str]) -> _Form:
    return _Form(
        "候选点位.xlsx",
        "可新增网点的候选点位（示例，数据均为虚构）",
        ("编号", "点位名称", "旗县区", "生活圈", "经度", "纬度", "可用面积（平方米）",
         "可容纳业态数", "可布置业态"),
        data.sites(),
        (8, 24, 12, 14, 12, 12, 16, 14, 44),
        ("注：经纬度为手机定位（WGS84）；“可布置业态”不填表示不限。",),
        {2: districts},
    )  # fmt: skip


def _offers() -> _Form:
    return _Form(
        "备选项目.xlsx",
        "备选建设项目（示例，金额均为假设）",
        ("点位名称", "业态", "建设方式", "建筑面积（平方米）", "总投资（万元）",
         "财政资金（万元）"),
        data.offers(),
        (24, 26, 12, 18, 16, 16),
        ("注：一个点位可以列多个备选项目，由模型在其中选择；财政资金是本级要出的钱，含在总投资里。",),
        {2: _MODES},
    )  # fmt: skip


def _categories() -> _Form:
    basic = load_catalogue().query("tier == 'basic'")
    rows: list[data.Row] = [
        (
            row["name_zh"],
            int(row["standard_minutes"]),
            row["investment"] / 1e4,
            row["cost"] / 1e4,
            "" if row["floor_area_m2"] != row["floor_area_m2"] else row["floor_area_m2"],
        )
        for row in basic.to_dict("records")
    ]
    return _Form(
        "业态目录.xlsx",
        "本年度计划的业态（造价为假设值，请改成本地数据）",
        ("业态", "步行时间（分钟）", "总投资（万元）", "财政资金（万元）", "面积（平方米）"),
        rows,
        (40, 16, 14, 16, 14),
        ("注：删去不列入计划的业态；名称须是业态目录中的名称。",),
        {},
    )


# --- Excel --------------------------------------------------------------------------------------


def _write_form(path: Path, form: _Form) -> None:
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": _MADE})
        formats = _formats(book)
        sheet = book.add_worksheet("台账")
        names = [row["name_zh"] for row in load_catalogue().to_dict("records")]
        options = {0: names} if form.file == "网点台账.xlsx" else {}
        sheet.merge_range(0, 0, 0, len(form.header) - 1, form.title, formats["title"])
        first = _write_header(sheet, form, formats["head"])
        last = _write_rows(sheet, form, first, formats)
        for at, note in enumerate(form.notes):
            sheet.write(last + at, 0, note, formats["note"])
        for column, width in enumerate(form.widths):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(first, 0)
        _validate(sheet, form.choices, first)
        if options:
            _offer_names(book, sheet, names, first)


def _formats(book: Any) -> dict[str, Any]:  # noqa: ANN401 - xlsxwriter has no types
    base = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
    edge = base | {"border": 1}
    return {
        "title": book.add_format(base | {"bold": True, "font_size": 16, "align": "center"}),
        "head": book.add_format(
            edge | {"bold": True, "align": "center", "text_wrap": True, "bg_color": "#DDEBF7"}
        ),
        "cell": book.add_format(edge),
        "degrees": book.add_format(edge | {"num_format": "0.000000"}),
        "total": book.add_format(edge | {"bold": True}),
        "note": book.add_format(base | {"italic": True}),
    }


def _write_header(sheet: Any, form: _Form, style: Any) -> int:  # noqa: ANN401
    """Writes one row, or two where there are groups; gives back the first row under it."""
    split = [name.split("|") for name in form.header]
    if all(len(parts) == 1 for parts in split):
        sheet.write_row(1, 0, form.header, style)
        return 2
    groups = [parts[0] if len(parts) > 1 else "" for parts in split]
    for column, parts in enumerate(split):
        if len(parts) == 1:
            sheet.merge_range(1, column, 2, column, parts[0], style)
        else:
            sheet.write(2, column, parts[1], style)
    for group in dict.fromkeys(name for name in groups if name):
        at = [column for column, name in enumerate(groups) if name == group]
        sheet.merge_range(1, at[0], 1, at[-1], group, style)
    return 3


def _write_rows(sheet: Any, form: _Form, first: int, formats: dict[str, Any]) -> int:  # noqa: ANN401
    """Writes the example and its totals; gives back the first row under them."""
    for number, row in enumerate(form.rows):
        for column, cell in enumerate(row):
            degrees = form.header[column] in ("经度", "纬度")
            style = formats["degrees" if degrees else "cell"]
            sheet.write(first + number, column, cell, style)
    for column in form.merge:
        _merge_equal(sheet, [row[: column + 1] for row in form.rows], (first, column), formats)
    last = first + len(form.rows)
    if not form.totals:
        return last
    sheet.write(last, 0, "合计", formats["total"])
    for column in form.totals:
        total = sum(int(str(row[column])) for row in form.rows)
        sheet.write(last, column, total, formats["total"])
    return last + 1


def _merge_equal(
    sheet: Any,  # noqa: ANN401
    keys: Sequence[data.Row],
    corner: tuple[int, int],
    formats: dict[str, Any],
) -> None:
    first, column = corner
    starts = [at for at, key in enumerate(keys) if at == 0 or key != keys[at - 1]]
    for start, end in zip(starts, [*starts[1:], len(keys)], strict=True):
        if end - start > 1:
            cells = (first + start, column, first + end - 1, column)
            sheet.merge_range(*cells, keys[start][-1], formats["cell"])


def _validate(sheet: Any, choices: _Choices, first: int) -> None:  # noqa: ANN401
    for column, words in choices.items():
        rule = {"validate": "list", "source": list(words), "error_type": "warning"}
        sheet.data_validation(first, column, first + _SPARE_ROWS, column, rule)


def _offer_names(book: Any, sheet: Any, names: Sequence[str], first: int) -> None:  # noqa: ANN401
    """The types to choose from are too many for a rule itself, so they have a sheet of theirs."""
    other = book.add_worksheet(_OPTIONS)
    other.write_column(0, 0, names)
    other.hide()
    source = f"='{_OPTIONS}'!$A$1:$A${len(names)}"
    rule = {"validate": "list", "source": source, "error_type": "information"}
    sheet.data_validation(first, 1, first + _SPARE_ROWS, 2, rule)
