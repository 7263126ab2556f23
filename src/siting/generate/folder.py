"""Writes an instance folder row by row: the same content is always the same bytes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from siting.errors import InputError, Problem
from siting.inputs import Instance, StraightLineTravel

FILES = {
    "residents": "residents.csv.gz",
    "outlets": "outlets.csv.gz",
    "sites": "sites.csv.gz",
    "categories": "categories.csv",
    "offers": "offers.csv.gz",
}
# Rows that are turned into text at a time.
CHUNK = 50_000

Tables = Mapping[str, Iterable[pd.DataFrame]]


@dataclass(frozen=True)
class Header:
    """What `instance.yaml` says besides the names of the files.

    Attributes:
        name: What people call the instance.
        note: What a reader must know of the data.
        crs: Of every x and y.
        budget: Public money, a whole number of CNY.
        detour: Factor on straight lines.
        shown_in: How amounts are shown.
        speeds: Metres a minute by demand group; `all` is everyone else.
    """

    name: str
    note: str
    crs: str
    budget: float
    detour: float
    shown_in: str = "元"
    speeds: Mapping[str, float] = field(default_factory=lambda: {"all": 80.0})

    def to_yaml(self) -> str:
        """The text of `instance.yaml`."""
        own = [f"{group}: {speed!r} m/min" for group, speed in self.speeds.items()]
        groups = f", groups: {{{', '.join(own[1:])}}}" if own[1:] else ""
        lines = [
            "siting_instance: 1",
            f"name: {json.dumps(self.name, ensure_ascii=False)}",
            f"note: {json.dumps(self.note, ensure_ascii=False)}",
            f"crs: {self.crs}",
            f"money: {{unit: CNY, shown_in: {self.shown_in}}}",
            f"budget: {self.budget:.0f} CNY",
            *(f"{role}: {{file: {file}}}" for role, file in FILES.items()),
            f"travel: {{straight_line: {{detour: {self.detour!r}}}}}",
            f"walking: {{speed: {self.speeds['all']!r} m/min{groups}}}",
        ]
        return "\n".join(lines) + "\n"


def write_instance(
    instance: Instance, out: Path, readme: str, *, on_stage: Callable[[str], None] | None = None
) -> None:
    """Writes an instance whose walks are straight lines; reading the folder gives it back.

    Args:
        instance: With amounts in CNY and a whole budget.
        out: Folder to make.
        readme: Text of its `README.md`.
        on_stage: Told of each file before it is written.

    Raises:
        InputError: The folder has files already.
        TypeError: Walks are not straight lines, have barriers, or are those of a winter.
    """
    if not isinstance(instance.travel, StraightLineTravel):
        raise TypeError("only straight lines are written; this instance has another way of travel")
    if instance.travel.barriers is not None or instance.walking.winter != "none":
        raise TypeError("neither barriers nor winters are written; this instance has them")
    header = Header(
        instance.name,
        instance.note,
        instance.crs,
        float(instance.budget or 0.0),
        instance.travel.detour,
        instance.currency.shown_in,
        {"all": instance.walking.speed, **instance.walking.groups},
    )
    tables = {role: slices(getattr(instance, role)) for role in FILES}
    write_folder(out, header, readme, tables, on_stage=on_stage)


def write_folder(
    out: Path,
    header: Header,
    readme: str,
    tables: Tables,
    *,
    on_stage: Callable[[str], None] | None = None,
) -> None:
    """Writes a folder from tables that come in parts.

    Args:
        out: Folder to make.
        header: Of `instance.yaml`.
        readme: Text of `README.md`.
        tables: Consecutive parts of each table, by the names of `FILES`.
        on_stage: Told of each file before it is written.

    Raises:
        InputError: The folder has files already.
    """
    _refuse_occupied(out)
    out.mkdir(parents=True, exist_ok=True)
    for role, parts in tables.items():
        if on_stage:
            on_stage(f"writing {FILES[role]}")
        write_table(parts, out / FILES[role])
    for name, text in (("README.md", readme), ("instance.yaml", header.to_yaml())):
        (out / name).write_text(text, encoding="utf-8", newline="\n")


def slices(frame: pd.DataFrame, chunk: int = CHUNK) -> Iterator[pd.DataFrame]:
    """A table in parts, with columns of whole numbers as such; an empty one is one part."""
    whole = [
        name
        for name in frame.select_dtypes("number")
        if np.array_equal(frame[name], np.trunc(frame[name]))
    ]
    for start in range(0, max(len(frame), 1), chunk):
        part = frame.iloc[start : start + chunk]
        yield part.astype(dict.fromkeys(whole, np.int64))


def write_table(parts: Iterable[pd.DataFrame], path: Path) -> None:
    """Writes consecutive parts of a table as one CSV file in UTF-8; `.gz` is compressed.

    The gzip header carries neither a time nor a name, and the compressor sees one stream, so that
    equal tables are equal files however they were cut.
    """
    with path.open("wb") as raw:
        if path.suffix != ".gz":
            _write_parts(parts, raw.write)
            return
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as packed:
            _write_parts(parts, packed.write)


def _write_parts(parts: Iterable[pd.DataFrame], write: Callable[[bytes], object]) -> None:
    for number, part in enumerate(parts):
        text = part.to_csv(index=False, header=number == 0, lineterminator="\n")
        write(text.encode("utf-8"))


def _refuse_occupied(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        problem = Problem(
            code="folder-not-empty",
            where=str(out),
            found="files that the generated ones would mix with",
            expected="an empty or a new folder",
            mend="Name another folder.",
        )
        raise InputError([problem])
