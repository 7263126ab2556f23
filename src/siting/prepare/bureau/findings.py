"""What the import noticed: one line for every row that was left out or changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import xlsxwriter

from siting.errors import Problem
from siting.language import tr

FINDINGS_FILE = "findings.xlsx"


@dataclass(frozen=True)
class Finding:
    """One thing that was noticed in a source.

    Attributes:
        kind: A key of `kind_titles`.
        file: Name of the source file.
        sheet: Sheet or layer; empty where the file has one table only.
        row: Row of the sheet as a person sees it, or number of the feature; None: the whole table.
        last: Last row, where one line stands for several rows in a block.
        what: What stands there.
        done: What was done about it.
        left_out: Whether the rows are not in the instance.
    """

    kind: str
    file: str
    sheet: str
    row: int | None
    what: str
    done: str
    left_out: bool = False
    last: int | None = None

    @property
    def rows(self) -> range:
        """The rows it stands for."""
        return range(0) if self.row is None else range(self.row, (self.last or self.row) + 1)

    @property
    def place(self) -> str:
        """The rows as people write them: `12` or `12-15`."""
        if self.row is None:
            return ""
        return f"{self.row}-{self.last}" if self.last and self.last > self.row else str(self.row)


@dataclass
class Findings:
    """The findings of one import, as they come up."""

    lines: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Notes one finding."""
        self.lines.append(finding)

    def counts(self) -> dict[str, int]:
        """Lines by kind, in the order of the kinds."""
        counted = dict.fromkeys(kind_titles(), 0)
        for one in self.lines:
            counted[one.kind] += 1
        return {kind: number for kind, number in counted.items() if number}

    def titled(self) -> dict[str, int]:
        """The same with what people call each kind."""
        titles = kind_titles()
        return {titles[kind]: number for kind, number in self.counts().items()}


def kind_titles() -> dict[str, str]:
    """What people call each kind of finding."""
    return {
        "title": tr("titles and headers"),
        "blank": tr("blank rows"),
        "total": tr("rows of totals"),
        "note": tr("notes"),
        "repeated-header": tr("repeated headers and column numbers"),
        "no-coordinates": tr("rows without coordinates"),
        "deleted": tr("rows that are marked as deleted"),
        "hidden": tr("hidden rows"),
        "unseen": tr("characters that nobody sees"),
        "filtered": tr("rows that the mapping leaves out"),
        "no-people": tr("rows without people"),
        "zero-people": tr("rows with 0 people"),
        "merged-duplicate": tr("duplicates, merged"),
        "possible-duplicate": tr("possible duplicates, kept"),
        "no-category": tr("outlets without a category"),
        "not-planned": tr("categories outside the plan"),
        "unmapped-type": tr("types that no category was given to"),
        "several-categories": tr("outlets of several categories"),
        "not-open": tr("places that may not be open"),
        "empty-category": tr("categories without an outlet"),
        "outside-districts": tr("points outside every district"),
        "other-district": tr("district as written differs from the map"),
        "district-filled": tr("district taken from the map"),
        "outside-circles": tr("points outside every living circle"),
        "other-circle": tr("circle as written differs from the map"),
        "circle-filled": tr("circle taken from the map"),
        "far-from-street": tr("points far from any street"),
        "street-left-out": tr("streets left out"),
        "estimated": tr("estimated numbers"),
        "households": tr("households counted as people"),
        "no-outlet": tr("objects of OSM that are no outlets"),
        "no-home": tr("buildings that nobody lives in"),
        "household-size": tr("people that do not fit their households"),
        "shares": tr("groups from shares"),
        "blank-number": tr("empty numbers"),
        "registered": tr("registered instead of resident population"),
        "filled-down": tr("merged cells filled down"),
        "assumed-cost": tr("costs that are assumptions of the catalogue"),
        "doubt": tr("doubts from comparing tables"),
        "coordinate-system": tr("coordinate systems worth a look"),
        "unknown-site": tr("offers for sites that were left out"),
    }


def write_findings(folder: Path, findings: Findings, problems: Sequence[Problem] = ()) -> Path:
    """Writes `findings.xlsx`: a summary, every line, and what the import was refused for.

    Args:
        folder: Where to; made if it does not exist.
        findings: What was noticed.
        problems: What stopped the import, if anything.

    Returns:
        The file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FINDINGS_FILE
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        titles = kind_titles()
        if problems:
            _sheet(book, tr("refused"), _problem_rows(problems))
        _sheet(book, tr("summary"), _summary_rows(findings, titles))
        _sheet(book, tr("findings"), _finding_rows(findings, titles))
    return path


def _problem_rows(problems: Sequence[Problem]) -> Iterable[Sequence[object]]:
    yield tr("where"), tr("found"), tr("expected"), tr("what to do")
    for one in problems:
        yield one.where, one.found, one.expected, one.mend


def _summary_rows(findings: Findings, titles: Mapping[str, str]) -> Iterable[Sequence[object]]:
    yield tr("kind"), tr("number of findings"), tr("rows left out")
    for kind, number in findings.counts().items():
        out = sum(len(one.rows) for one in findings.lines if one.kind == kind and one.left_out)
        yield titles[kind], number, out


def _finding_rows(findings: Findings, titles: Mapping[str, str]) -> Iterable[Sequence[object]]:
    yield (
        tr("file"),
        tr("sheet"),
        tr("row"),
        tr("kind"),
        tr("what"),
        tr("what was done"),
        tr("state"),
    )
    for one in findings.lines:
        kept = tr("left out") if one.left_out else tr("kept")
        yield one.file, one.sheet, one.place, titles[one.kind], one.what, one.done, kept


# xlsxwriter comes without types.
def _sheet(book, name: str, rows: Iterable[Sequence[object]]) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "bg_color": "#DDEBF7"})
    widths: list[int] = []
    count = 0
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row, bold if number == 0 else None)
        long = [min(60, max(8, 2 * len(str(cell)))) for cell in row]
        widths = [max(pair) for pair in zip(widths, long, strict=True)] if widths else long
        count = number
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, count, len(widths) - 1)
