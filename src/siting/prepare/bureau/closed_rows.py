"""Places that a ledger lists and that may not be open: closed, or not built yet."""

from __future__ import annotations

import re

import pandas as pd

from siting.inputs.checks import place
from siting.inputs.header_units import plain
from siting.inputs.tables import Table
from siting.language import quoted, tr
from siting.prepare.bureau.findings import Findings
from siting.prepare.bureau.ledgers import FILTER, Ledger

_STATE = (
    "停业|停营业|停止营业|歇业|关闭|关停|停用|停办|停运|注销|撤销|撤并|拆除|拆迁|倒闭|闭店|关门|作废|筹建|在建|拟建|"
    "待建|新建中|规划|未开业|未营业|未启用|不可用|closed|planned|underconstruction"
)
_WHOLE = re.compile(rf"(已|暂|暂时|临时|拟|正在)?({_STATE})(中|的)?([(].*)?")
_PART = re.compile(
    rf"[(\[【](已|暂|暂时|临时|拟|正在)?({_STATE})(中)?[)\]】]|^(拟建|在建|筹建|待建)"
)


def note_closed(ledger: Ledger, findings: Findings) -> None:
    """Says which rows are read though a cell of theirs says that the place is not open.

    Columns that the mapping filters by are left alone: what they let through is meant.
    """
    filtered = {ledger.headers[one] for one in ledger.columns if one.startswith(FILTER)}
    found: dict[tuple[str, str], list[int]] = {}
    for row in ledger.rows:
        for name, cell in zip(ledger.named, ledger.grid.cells[row - 1], strict=False):
            text = plain(cell)
            if name not in filtered and (_WHOLE.fullmatch(text) or _PART.search(text)):
                found.setdefault((name, cell), []).append(row)
    for (name, cell), rows in found.items():
        where = place(Table(ledger.grid.label, pd.DataFrame()), rows, None)
        what = tr("{name} is {cell}: {rows}", name=name, cell=quoted(cell), rows=where)
        done = tr("read as all others; if they are not meant, filter by 'where_not'")
        findings.add(ledger.finding("not-open", rows[0], what, done))
