"""A workbook opened again: its tables as lists of cells by heading."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from reported_plan import planned, template

from siting.inputs import Instance
from siting.language import Language, in_language
from siting.report.facts import Facts, collect_facts
from siting.report.workbook import write_workbook

Line = dict[str, Any]


class OpenedBook:
    """A workbook as it is on disk, with formulas or with the values that they carry."""

    def __init__(self, path: Path, *, values: bool = True) -> None:
        self.path = path
        self.book = openpyxl.load_workbook(path, data_only=values)

    def __getitem__(self, title: str) -> Any:
        return self.book[title]

    @property
    def titles(self) -> list[str]:
        return list(self.book.sheetnames)

    def head(self, title: str) -> int:
        """The row of a table's headings, from 1."""
        return int(str(self.book[title].freeze_panes).lstrip("ABCDEFG")) - 1

    def headings(self, title: str) -> list[str]:
        cells = self.book[title][self.head(title)]
        texts = [str(cell.value) for cell in cells if cell.value is not None]
        return [text.replace("\n（", "（").replace("\n", " ") for text in texts]

    def lines(self, title: str) -> list[Line]:
        """The lines of a table without its total."""
        sheet, headings = self.book[title], self.headings(title)
        last = int(sheet.auto_filter.ref.split(":")[1].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        rows = sheet.iter_rows(min_row=self.head(title) + 1, max_row=last, values_only=True)
        return [dict(zip(headings, row, strict=False)) for row in rows]

    def total(self, title: str) -> Line:
        """The line below the table."""
        sheet, row = self.book[title], self.head(title) + len(self.lines(title)) + 1
        values = [cell.value for cell in sheet[row]]
        return dict(zip(self.headings(title), values, strict=False))

    def pairs(self, title: str) -> dict[str, str]:
        rows = self.book[title].iter_rows(max_col=2, values_only=True)
        return {name: text for name, text in rows if text is not None}

    def texts(self, title: str) -> list[str]:
        """Every text of a sheet, row by row."""
        rows = self.book[title].iter_rows(values_only=True)
        return [value for row in rows for value in row if isinstance(value, str)]


def told(instance: Instance) -> Facts:
    """The facts of the best plan."""
    return collect_facts(planned(instance))


def in_circles(folder: Path, **changes: Any) -> Instance:
    """The template town with two circles, streets, and an offer of two categories."""
    town = template(folder)
    pair = town.offers.iloc[[0]].assign(
        offer_id="S1:both", categories="pharmacy;canteen", cost=430_000.0, investment=600_000.0
    )
    residents = town.residents.assign(
        circle=["Mill" if x < 401_700 else "Hill" for x in town.residents["x"]]
    )
    sites = town.sites.assign(
        circle=["Mill", "Hill", "Mill", "Hill"], subdistrict=["Old", "", "New", "New"]
    )
    offers = town.offers[town.offers["offer_id"] != "S1:canteen"]
    whole = replace(
        town,
        residents=residents,
        sites=sites,
        offers=pd.concat([offers, pair], ignore_index=True),
    )
    return replace(whole, **changes)


def written(facts: Facts, path: Path, language: Language = "en") -> Path:
    with in_language(language):
        return write_workbook(facts, path)
