"""Writes an instance folder: the same content is always the same bytes."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from pandas.api.types import is_numeric_dtype

from siting.inputs.text import no_formula

_NUMBER = re.compile(r"[+-]?[\d.]*(?:[eE][+-]?\d+)?")
FILES = {
    "residents": "residents.csv.gz",
    "outlets": "outlets.csv",
    "sites": "sites.csv",
    "categories": "categories.csv",
    "offers": "offers.csv.gz",
    "nodes": "nodes.csv.gz",
    "edges": "edges.csv.gz",
}


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Writes a table as CSV in UTF-8; a name that ends in `.gz` is compressed.

    A text that is no number and begins like a formula gets `'` before it.
    The gzip header carries neither a time nor a name, so that equal tables are equal files.
    """
    texts = [name for name in frame if not is_numeric_dtype(frame[name])]
    frame = frame.assign(**{str(name): frame[name].map(_plain) for name in texts})
    text = frame.to_csv(index=False, lineterminator="\n").encode("utf-8")
    path.write_bytes(_gzip(text) if path.suffix == ".gz" else text)


def _plain(cell: object) -> object:
    """Names come from strangers, and people open these files in spreadsheets."""
    return cell if isinstance(cell, str) and _NUMBER.fullmatch(cell) else no_formula(cell)


def _gzip(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with gzip.GzipFile("", "wb", compresslevel=9, fileobj=buffer, mtime=0) as stream:
        stream.write(data)
    return buffer.getvalue()


def write_instance_folder(
    out: Path, tables: Mapping[str, pd.DataFrame], texts: Mapping[str, str]
) -> None:
    """Writes tables by the names of `FILES` and texts by their file names; makes the folder."""
    out.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        write_csv(frame, out / FILES[name])
    for name, text in texts.items():
        (out / name).write_text(text, encoding="utf-8", newline="\n")
