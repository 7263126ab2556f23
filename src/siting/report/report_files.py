"""Writes the files of a report into the run folder, and tells which could not be written."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path

from siting.errors import reason
from siting.plan.run_folder import write_parts
from siting.report.facts import Facts

Paths = tuple[Path, ...]
_Writer = Callable[[Facts, Path], Paths]


class ReportPart(StrEnum):
    """What a report consists of.

    Attributes:
        PAGE: `report.html`, which opens offline in any browser.
        WORKBOOK: `plan.xlsx`, the tables of the bureau.
        LAYERS: `plan.gpkg`, styled layers for QGIS.
        DOCUMENT: `plan.docx`, a summary for a leader's desk.
        PICTURES: `figures/*.png`, maps and charts for slides.
        GEOJSON: `geojson/*.geojson`, the layers in longitude and latitude.
    """

    PAGE = "page"
    WORKBOOK = "workbook"
    LAYERS = "layers"
    DOCUMENT = "document"
    PICTURES = "pictures"
    GEOJSON = "geojson"


# The file or folder of each part, in the run folder.
TARGETS = {
    ReportPart.PAGE: "report.html",
    ReportPart.WORKBOOK: "plan.xlsx",
    ReportPart.LAYERS: "plan.gpkg",
    ReportPart.DOCUMENT: "plan.docx",
    ReportPart.PICTURES: "figures",
    ReportPart.GEOJSON: "geojson",
}
# What every solve leaves behind, and what is written on request.
WITH_PLAN = (ReportPart.WORKBOOK, ReportPart.LAYERS, ReportPart.PAGE)
COMPLETE = tuple(kind for kind in ReportPart if kind is not ReportPart.GEOJSON)


@dataclass(frozen=True)
class Written:
    """What was written of a report.

    Attributes:
        files: Every file.
        failures: What could not be written and why, e.g. a workbook that is open in Excel.
        missing: Names of the files or folders that they would have been.
    """

    files: Paths
    failures: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def write_report(
    facts: Facts,
    folder: Path,
    kinds: Sequence[ReportPart] = WITH_PLAN,
    on_kind: Callable[[ReportPart], object] = lambda _: None,
    shown: Path | None = None,
    *,
    run: Path | None = None,
) -> Written:
    """Writes the wanted parts of a report; one that cannot be written does not stop the others.

    Args:
        facts: What the report tells.
        folder: The run folder; it exists.
        kinds: Which parts.
        on_kind: Called before each of them.
        shown: What messages and the page call the folder, where it is one to write aside in.
        run: The run folder that the page names, where the report stands elsewhere.
    """
    run = run or shown or folder
    writers: dict[ReportPart, _Writer] = {
        **_WRITERS,
        ReportPart.PAGE: partial(_page, run=run),
        ReportPart.DOCUMENT: partial(_document, run=run),
    }
    files: list[Path] = []
    failures: list[str] = []
    missing: list[str] = []
    for kind in kinds:
        on_kind(kind)
        try:
            files += writers[kind](facts, folder / TARGETS[kind])
        except OSError as error:
            failures.append(f"{(shown or folder) / TARGETS[kind]}: {reason(error)}")
            missing.append(TARGETS[kind])
            _remove(folder / TARGETS[kind])
    return Written(tuple(files), tuple(failures), tuple(missing))


def add_report(
    facts: Facts,
    folder: Path,
    kinds: Sequence[ReportPart] = WITH_PLAN,
    on_kind: Callable[[ReportPart], object] = lambda _: None,
) -> Written:
    """Writes the wanted parts into the run folder of their plan, which then names each of them.

    Raises:
        InputError: There is no plan, or another process writes into the folder.
        OSError: Nothing can be written; then all is as it was.
    """
    made: list[Written] = []

    def write(new: Path) -> tuple[str, ...]:
        made.append(write_report(facts, new, kinds, on_kind, folder))
        return made[0].missing

    put = write_parts(folder, write)
    blocked = [f"{path}: {os.strerror(errno.EISDIR)}" for path in put.blocked]
    return replace(made[0], files=put.files, failures=(*made[0].failures, *blocked))


def _remove(half: Path) -> None:
    """Takes away what was written of a part before it failed."""
    if half.is_dir() and not half.is_symlink():
        shutil.rmtree(half, ignore_errors=True)
    elif half.is_file() or half.is_symlink():
        half.unlink()


# Each loads what it needs itself: the terminal summary needs none of it.


def _page(facts: Facts, path: Path, run: Path) -> Paths:
    from siting.report.page import write_page  # noqa: PLC0415

    return (write_page(facts, path, run=run),)


def _workbook(facts: Facts, path: Path) -> Paths:
    from siting.report.workbook import write_workbook  # noqa: PLC0415

    return (write_workbook(facts, path),)


def _layers(facts: Facts, path: Path) -> Paths:
    from siting.report.geopackage import write_geopackage  # noqa: PLC0415

    return (write_geopackage(facts, path),)


def _document(facts: Facts, path: Path, run: Path) -> Paths:
    from siting.report.document import write_document  # noqa: PLC0415

    return (write_document(facts, path, run=run),)


def _pictures(facts: Facts, path: Path) -> Paths:
    from siting.report.pictures import write_pictures  # noqa: PLC0415

    return write_pictures(facts, path)


def _geojson(facts: Facts, path: Path) -> Paths:
    from siting.report.geojson import write_geojson  # noqa: PLC0415

    return write_geojson(facts, path)


_WRITERS: dict[ReportPart, _Writer] = {
    ReportPart.WORKBOOK: _workbook,
    ReportPart.LAYERS: _layers,
    ReportPart.PICTURES: _pictures,
    ReportPart.GEOJSON: _geojson,
}
