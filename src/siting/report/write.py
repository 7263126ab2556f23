"""Writes every file of a report into the run folder."""

from __future__ import annotations

from pathlib import Path

from siting.plan import Plan


def write_report(plan: Plan, folder: Path) -> tuple[Path, ...]:
    """Writes `plan.xlsx` (the task list) and `plan.gpkg` (the layers for a GIS).

    Args:
        plan: The plan.
        folder: The run folder; it exists.

    Returns:
        The files.
    """
    # XlsxWriter and geopandas take a second to load; the terminal summary needs neither.
    from siting.report.geopackage import write_geopackage  # noqa: PLC0415
    from siting.report.workbook import write_workbook  # noqa: PLC0415

    return write_workbook(plan, folder / "plan.xlsx"), write_geopackage(plan, folder / "plan.gpkg")
