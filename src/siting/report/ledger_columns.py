"""Columns of a bureau's own tables that reports know, by the names that bureaus give them."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

_NAMES: dict[str, tuple[str, ...]] = {
    "district": ("district", "旗县区", "区县", "所属区"),
    "circle": ("circle", "生活圈", "所属生活圈"),
    "subdistrict": ("subdistrict", "街道", "街道镇", "街道乡镇", "所属街道"),
    "community": ("community", "社区", "社区名称", "所属社区"),
    "lead_unit": ("lead_unit", "牵头单位", "牵头部门"),
    "unit": ("unit", "responsible_unit", "责任单位"),
    "deadline": ("deadline", "完成时限", "完成时间", "时限"),
    "progress": ("progress", "进度", "进展"),
    "funding": ("funding", "funding_source", "资金来源"),
    "remarks": ("remarks", "备注"),
    "chain": ("chain", "is_chain", "是否连锁", "连锁"),
    "area": ("floor_area_m2", "area_m2", "营业面积", "建筑面积", "面积"),
    "status": ("status", "状态", "经营状态", "营业状态"),
    "households": ("households", "户数", "总户数", "居民户数"),
    "satisfaction": ("satisfaction", "满意度", "居民满意度"),
    "source": ("source",),
}
_YES = ("是", "yes", "y", "true", "1", "1.0", "连锁", "有")
_NO = ("否", "no", "n", "false", "0", "0.0", "非连锁", "无", "单体")
_UNITS = r"\s*(?:㎡|m²|m2|平方米|平米|户|人)\s*$"
_BRACKETS = re.compile(r"[((（\[].*?[))）\]]")


def find_column(frame: pd.DataFrame, what: str) -> str | None:
    """The first column of a table that holds this, by one of its names.

    Units do not matter, nor what stands above a heading: `人口/户数`.
    """
    last = {str(name).rpartition("/")[2].strip().lower(): str(name) for name in frame.columns}
    bare = {
        _BRACKETS.sub("", str(name)).strip().lower(): str(name) for name in reversed(frame.columns)
    }
    plain = {re.sub(r"[()（）\s]", "", str(name)).lower(): str(name) for name in frame.columns}
    known = {**last, **bare, **plain}
    return next((known[name] for name in _NAMES[what] if name in known), None)


def texts(frame: pd.DataFrame, what: str) -> pd.Series[str]:
    """What the column says in each row; empty texts where there is none."""
    column = find_column(frame, what)
    if column is None:
        return pd.Series("", index=frame.index, dtype=object)
    return frame[column].fillna("").astype(str).str.strip()


def numbers(frame: pd.DataFrame, what: str) -> pd.Series[float]:
    """The column's numbers of at least 0; NaN where a row has none. `95%` is 0.95."""
    column = find_column(frame, what)
    if column is None:
        return pd.Series(np.nan, index=frame.index, dtype=float)
    cells = frame[column].astype(str).str.replace(_UNITS, "", regex=True)
    cells = cells.str.normalize("NFKC").str.strip().str.replace(",", "")
    percent = cells.str.fullmatch(r"[0-9.]+\s*[%％]")
    found = pd.to_numeric(cells.str.rstrip("%％ "), errors="coerce")
    found = found.where(~percent, found / 100)
    return found.where(np.isfinite(found) & (found >= 0))


def answers(frame: pd.DataFrame, what: str) -> pd.Series[float]:
    """1 where the column says yes, 0 where it says no, NaN where it says neither."""
    said = texts(frame, what).str.lower()
    values = np.select([said.isin(_YES), said.isin(_NO)], [1.0, 0.0], np.nan)
    return pd.Series(values, index=frame.index)


def share_numbers(frame: pd.DataFrame, what: str) -> pd.Series[float]:
    """The column as shares from 0 to 1: a whole column beyond 1 is read as percent."""
    found = numbers(frame, what)
    if found.max() > 1:
        found = found.where(found <= 1, found / 100) if found.min() > 1 else found / 100
    return found.where(found <= 1)
