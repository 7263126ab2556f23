"""Texts of files: their encoding, and cells of other formats as text."""

from __future__ import annotations

import json

from siting.inputs.characters import decode_text
from siting.language import tr

__all__ = ["cell_text", "decode_text", "no_formula"]

# Spreadsheets for East Asia take the wide signs for the narrow ones.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


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


def no_formula(cell: object) -> object:
    """A cell of a CSV file: a text that spreadsheets would take for a formula, behind `'`."""
    is_formula = isinstance(cell, str) and cell.lstrip().startswith(_FORMULA)
    return f"'{cell}" if is_formula else cell
