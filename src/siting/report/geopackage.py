"""The plan as layers for a GIS, in the instance's own coordinate system."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.plan import Plan
from siting.report.tasks import task_list


def write_geopackage(plan: Plan, path: Path) -> Path:
    """Writes the layers `chosen`, `residents`, `outlets` and `sites` into one GeoPackage."""
    path.unlink(missing_ok=True)
    layers = {
        "chosen": task_list(plan),
        "residents": _residents(plan),
        "outlets": plan.instance.outlets,
        "sites": plan.instance.sites,
    }
    # QGIS shows it among the properties of the layer.
    about = {"DESCRIPTION": f"{plan.instance.name}. {plan.instance.note}".strip()}
    for name, frame in layers.items():
        points = _points(frame, plan.instance.crs)
        points.to_file(path, layer=name, driver="GPKG", layer_metadata=about)
    return path


def _residents(plan: Plan) -> pd.DataFrame:
    """Demand points with the number of categories they have, and `has_...` for each category.

    That is 0 where the category is out of reach, 1 where it was within it, 2 newly so.
    """
    before, after = plan.judgement.before, plan.judgement.after
    status = np.where(before, 1, np.where(after, 2, 0)).astype(np.int16)
    names = [f"has_{name}" for name in plan.instance.category_names]
    # Columns of these names that came with the data give way.
    residents = plan.instance.residents.drop(columns=names, errors="ignore")
    counted = residents.assign(
        categories_before=before.sum(axis=1), categories_after=after.sum(axis=1)
    )
    return pd.concat([counted, pd.DataFrame(status, residents.index, names)], axis=1)


def _points(frame: pd.DataFrame, crs: str) -> gpd.GeoDataFrame:
    geometry = gpd.points_from_xy(frame["x"], frame["y"])
    fields = frame.drop(columns=["x", "y"])
    return gpd.GeoDataFrame(
        fields.set_axis(_field_names(fields), axis=1), geometry=geometry, crs=crs
    )


def _field_names(frame: pd.DataFrame) -> list[str]:
    """Names that a GeoPackage can hold: it has `fid` and `geom` of its own and ignores case."""
    used = {"fid", "geom", "geometry"}
    names = []
    for column in map(str, frame.columns):
        name, number = column, 1
        while name.lower() in used:
            name, number = f"{column}_{number}", number + 1
        used.add(name.lower())
        names.append(name)
    return names
