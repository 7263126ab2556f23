"""Writes an instance folder: the same content is always the same bytes."""

from __future__ import annotations

import gzip
import io
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

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

    The gzip header carries neither a time nor a name, so that equal tables are equal files.
    """
    text = frame.to_csv(index=False, lineterminator="\n").encode("utf-8")
    path.write_bytes(_gzip(text) if path.suffix == ".gz" else text)


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
