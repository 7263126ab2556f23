"""A page read back as a reader's program would: its elements, their texts, and its data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from reported_plan import planned, template

from siting.inputs import Instance
from siting.plan import Plan, write_plan
from siting.report.facts import collect_facts
from siting.report.page import write_page

DAY = date(2026, 11, 23)
SECTIONS = [
    "overview",
    "indicators",
    "map",
    "coverage",
    "money",
    "gaps",
    "tasks",
    "places",
    "basis",
    "model",
    "recheck",
]
_EMPTY = {"meta", "br", "link", "img", "input", "path", "use"}


@dataclass
class Element:
    """One element: its name, attributes, and all text inside it; `|` ends the cells of a table."""

    tag: str
    attrs: dict[str, str]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """All elements of a page in the order of their openings."""

    source: str
    elements: list[Element] = field(default_factory=list)
    _open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in _EMPTY:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass
        if tag in ("td", "th"):
            self.handle_data("|")

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, tag: str | None = None, **attrs: str) -> Iterator[Element]:
        """Elements of a name with these attributes; `data_x` stands for `data-x`, '' for any."""
        wanted = {name.replace("_", "-"): value for name, value in attrs.items()}
        for element in self.elements:
            if tag in (None, element.tag) and all(
                name in element.attrs and value in ("", element.attrs[name])
                for name, value in wanted.items()
            ):
                yield element

    def one(self, tag: str | None = None, **attrs: str) -> Element:
        """The only such element."""
        (element,) = self.all(tag, **attrs)
        return element

    def table(self, caption: str) -> list[list[str]]:
        """The cells of a table, row by row, head and foot among them."""
        (found,) = (table for table in self.all("table") if caption in table.text)
        lines = (line.strip() for line in found.text.split("\n"))
        return [line.removesuffix("|").split("|") for line in lines if line.endswith("|")]

    @property
    def data(self) -> dict[str, Any]:
        """What the page's script is given."""
        found: dict[str, Any] = json.loads(self.one("script", id="page-data").text)
        return found

    def rows(self, grid: str) -> list[dict[str, Any]]:
        """The rows of a list by the keys of its columns."""
        told = self.data["grids"][grid]
        keys = [one["key"] for one in told["fields"]]
        return [dict(zip(keys, row, strict=True)) for row in told["rows"]]

    def numbers(self, figure: str) -> dict[str, float]:
        """The exact numbers behind a key figure."""
        attrs = self.one(data_figure=figure).attrs
        return {
            name.removeprefix("data-"): float(value)
            for name, value in attrs.items()
            if name.startswith("data-") and name != "data-figure"
        }


def circled(folder: Path, **changes: Any) -> Instance:
    """The template town with two living circles, one of which straddles the districts."""
    town = template(folder)
    north = "North"
    residents = town.residents.assign(
        circle=[north if y > 4501000 else "South" for y in town.residents["y"]]
    )
    sites = town.sites.assign(circle=[north if y > 4501000 else "South" for y in town.sites["y"]])
    return template(folder, **({"residents": residents, "sites": sites} | changes))


def written(plan: Plan, folder: Path) -> tuple[Page, dict[str, Any]]:
    """The page of a plan as it is on disk, and the plan.json beside it."""
    told = json.loads(write_plan(plan, folder).read_text(encoding="utf-8"))
    path = write_page(collect_facts(plan), folder / "report.html", DAY)
    return Page(path.read_text(encoding="utf-8")), told


def page_of(instance: Instance, folder: Path) -> Page:
    """The page of the best plan of an instance."""
    folder.mkdir(exist_ok=True)
    return written(planned(instance), folder)[0]
