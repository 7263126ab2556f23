"""Tables as CSV files that people open in a spreadsheet."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from siting.inputs.text import no_formula


def save_csv(rows: pd.DataFrame, path: Path) -> None:
    """Writes a table as CSV in UTF-8 with BOM, which Excel opens as it is; no text is a formula.

    Raises:
        OSError: The file cannot be written.
    """
    plain = rows.map(no_formula).rename(columns=no_formula)
    plain.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")
