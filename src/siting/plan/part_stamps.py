"""The plan's digest inside the files of its report, so that each says which plan it is of."""

from __future__ import annotations

import io
import re
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

from siting.inputs.files import ARCHIVE_FAULTS

_MARK = "siting-plan"
_OFFICE, _PROPERTIES = (".xlsx", ".docx"), "docProps/core.xml"
_KEYWORDS = re.compile(rb"<cp:keywords>[^<]*</cp:keywords>|<cp:keywords\s*/>")
_LARGEST = 1 << 20
# What people fill in, edit or open in a program that writes into it.
EDITED = (".xlsx", ".docx", ".gpkg")


def stamp(path: Path, digest: str) -> None:
    """Writes the digest of its plan into a file whose format has a place for it.

    Raises:
        OSError: The file cannot be written.
    """
    if path.suffix == ".html":
        mark = f'<meta name="{_MARK}" content="{digest}">'.encode()
        path.write_bytes(path.read_bytes().replace(b"<head>", b"<head>" + mark, 1))
    elif path.suffix == ".gpkg":
        with closing(sqlite3.connect(path)) as file, file:
            file.execute("CREATE TABLE siting_plan (digest TEXT NOT NULL)")
            file.execute("INSERT INTO siting_plan VALUES (?)", (digest,))
    elif path.suffix in _OFFICE:
        path.write_bytes(_stamped_office(path.read_bytes(), digest))


def _stamped_office(content: bytes, digest: str) -> bytes:
    """The same file with a keyword among the properties that office programs keep."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for member in old.infolist():
            part = old.read(member)
            if member.filename == _PROPERTIES:
                mark = f"<cp:keywords>{_MARK} {digest}</cp:keywords>".encode()
                part = _KEYWORDS.sub(b"", part)
                part = part.replace(b"</cp:coreProperties>", mark + b"</cp:coreProperties>")
            new.writestr(member, part, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def carries(name: str, content: bytes, digest: str) -> bool:
    """Whether a file says that it is of this plan."""
    if Path(name).suffix not in _OFFICE:
        return digest.encode() in content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file, file.open(_PROPERTIES) as part:
            return f"{_MARK} {digest}".encode() in part.read(_LARGEST)
    except ARCHIVE_FAULTS:
        return False
