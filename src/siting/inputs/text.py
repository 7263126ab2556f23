"""Texts of files: their encoding, and cells of other formats as text."""

from __future__ import annotations

import json

from siting.inputs.characters import decode_text
from siting.language import tr

__all__ = ["cell_text", "decode_text"]


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
