"""Time, memory and size of the report of a run folder, one process a part.

    python benchmarks/report_times.py runs/reykjavik [runs/baotou ...]

Prints a Markdown table: the parts one by one, then `siting report` as a whole. Each line includes
the start of Python and the confirmation of the plan from its inputs.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from by_commands import siting

PARTS = ("page", "workbook", "layers", "document", "pictures", "geojson")
_MB = 1e6


def measure(run: Path, part: str | None) -> str:
    """One line of the table: seconds, peak memory and megabytes written."""
    with tempfile.TemporaryDirectory() as folder:
        only = ["--only", part] if part else []
        took, megabytes = siting("report", str(run), "-o", folder, *only)
        size = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
    name = part or "all but geojson"
    cells = [run.name, name, f"{took:.1f} s", f"{megabytes:,.0f} MB"]
    return "| " + " | ".join([*cells, f"{size / _MB:.1f} MB"]) + " |"


def main(runs: list[str]) -> None:
    """Measures every run folder that is named."""
    print("| run | part | seconds | peak memory | written |")
    print("|---|---|---:|---:|---:|")
    for run in runs:
        for part in (*PARTS, None):
            print(measure(Path(run), part), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
