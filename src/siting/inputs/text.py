"""Texts of files: their encoding, and cells of other formats as text."""

from __future__ import annotations

import json

from siting.errors import InputError, Problem
from siting.language import tr


def decode_text(content: bytes, label: str) -> str:
    """Decodes UTF-8 with or without BOM, else GB18030, which Chinese Excel writes.

    Raises:
        InputError: The bytes are neither.
    """
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    problem = Problem(
        code="unknown-encoding",
        where=label,
        found=tr("bytes that are neither UTF-8 nor GB18030 text"),
        expected=tr("a text file in UTF-8 (with or without BOM) or GB18030"),
        mend=tr("Save it again, in Excel as 'CSV UTF-8 (comma delimited)'."),
    )
    raise InputError([problem])


def cell_text(value: object) -> str:
    """A value of JSON or of a database as the text of a cell."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    try:
        return str(value)
    except ValueError:  # a whole number of thousands of digits
        return tr("a number that is too long")
