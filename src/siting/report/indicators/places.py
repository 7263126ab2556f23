"""The indicators of each living circle (or district, or the city) at one time."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.inputs import Instance
from siting.report.facts import place_names, required_categories
from siting.report.indicators.campaigns import campaigns_met
from siting.report.indicators.stages import Stage
from siting.report.ledger_columns import answers, numbers, share_numbers, texts

BELOW = ""


def place_indicators(stage: Stage) -> pd.DataFrame:
    """One row a place where somebody lives and which has a name, in the order of the names.

    Columns `place`, `residents`, `required` (categories), `have` (required ones that it does not
    lack), `completeness` (have / required), `complete` (whether it lacks none), `quality` (further
    categories that it does not lack), one column a pair of `CAMPAIGNS`, `chains`, `chain_known`
    (outlets inside that are chains, and of which that is known), `area`, `households`,
    `satisfaction` (NaN where the data do not say), `grade` (the name of the highest that it meets;
    empty below all, or where the instance has none).
    """
    instance, rows = stage.instance, stage.gaps.rows
    people = _people(stage)
    rows = rows[rows["place"].isin(people.index)]
    frame = pd.DataFrame({"residents": people})
    required = rows["category"].isin(required_categories(instance))
    frame["required"] = rows[required].groupby("place").size().reindex(frame.index)
    frame["have"] = frame["required"] - rows[required].groupby("place")["missing"].sum()
    frame["completeness"] = frame["have"] / frame["required"]
    frame["complete"] = frame["have"] == frame["required"]
    frame["quality"] = _quality(rows[~required], frame.index)
    frame = frame.join(campaigns_met(instance, rows, frame.index)).join(
        _ledgers(stage, frame.index)
    )
    frame["grade"] = _grades(instance, frame)
    return frame.rename_axis("place").reset_index()


def homes(stage: Stage) -> NDArray[np.object_]:
    """The place of each demand point."""
    return place_names(stage.instance.residents, stage.gaps.place_kind, stage.instance)


def _people(stage: Stage) -> pd.Series[float]:
    people = pd.Series(stage.instance.people("all").to_numpy(float))
    sums = people.groupby(homes(stage)).sum()
    return sums[(sums > 0) & (sums.index != "")]


def _quality(rows: pd.DataFrame, places: pd.Index) -> pd.Series[int]:
    """Further categories that each place has: not missing, and at least one outlet."""
    has = rows[~rows["missing"] & (rows["have"] > 0)]
    return has.groupby("place").size().reindex(places).fillna(0).astype(int)


def _ledgers(stage: Stage, places: pd.Index) -> pd.DataFrame:
    """What only the bureau's own columns say of each place."""
    instance, kind = stage.instance, stage.gaps.place_kind
    outlets, residents, home = instance.outlets, instance.residents, homes(stage)
    inside = place_names(outlets, kind, instance)
    if kind != "city":
        inside = texts(outlets, kind).to_numpy(object)
    chain, area = answers(outlets, "chain"), numbers(outlets, "area")
    frame = pd.DataFrame(index=places)
    frame["chains"] = _sum(chain, inside, places)
    frame["chain_known"] = _sum(chain.notna().astype(float).where(chain.notna()), inside, places)
    frame["area"] = _sum(area, inside, places) + _built_area(stage, places)
    frame["households"] = _sum(numbers(residents, "households"), home, places)
    frame["satisfaction"] = _mean(
        share_numbers(residents, "satisfaction"), instance.people("all"), home, places
    )
    return frame


def _sum(
    values: pd.Series[float], places: NDArray[np.object_], wanted: pd.Index
) -> pd.Series[float]:
    """Sums by place; NaN where no row has a value."""
    sums = values.astype(float).reset_index(drop=True).groupby(places).sum(min_count=1)
    return sums.reindex(wanted)


def _built_area(stage: Stage, places: pd.Index) -> pd.Series[float]:
    """Floor area that the tasks up to this stage add in each place; 0 where none is known."""
    built, instance = stage.built, stage.instance
    sites = instance.sites.set_index("site_id").reindex(built["site_id"])
    home = place_names(sites, stage.gaps.place_kind, instance)
    area = built.get("floor_area_m2", pd.Series(np.nan, index=built.index))
    return _sum(area, home, places).fillna(0.0)


def _mean(
    values: pd.Series[float],
    people: pd.Series[float],
    places: NDArray[np.object_],
    wanted: pd.Index,
) -> pd.Series[float]:
    """Means by place, weighed by the people of whom there is a value."""
    weight = people.astype(float).where(values.notna())
    sums = _sum(values * weight, places, wanted)
    return sums / _sum(weight, places, wanted)


def _grades(instance: Instance, frame: pd.DataFrame) -> pd.Series[str]:
    """The last grade of the instance's table whose limits each place meets."""
    grade = pd.Series(BELOW, index=frame.index, dtype=object)
    for name, asked in instance.grades.items():
        met = (frame["completeness"] >= asked.basic - 1e-12) & (frame["quality"] >= asked.quality)
        if asked.satisfaction > 0:
            met &= frame["satisfaction"] >= asked.satisfaction - 1e-12
        grade = grade.mask(met, name)
    return grade


def communities(stage: Stage, places: pd.DataFrame) -> pd.DataFrame:
    """One row a community of the residents' table: `community`, `place`, `complete`, `grade`.

    Its place is where most of its people live, the first by name where two have as many; a
    community outside every place is complete in none.
    """
    residents = stage.instance.residents
    frame = pd.DataFrame(
        {
            "community": texts(residents, "community").to_numpy(object),
            "place": homes(stage),
            "people": stage.instance.people("all").to_numpy(float),
        }
    )
    frame = frame[frame["community"] != ""]
    sums = frame.groupby(["community", "place"])["people"].sum().reset_index()
    sums = sums.sort_values(["community", "people", "place"], ascending=[True, False, True])
    first = sums.drop_duplicates("community")[["community", "place"]]
    first = first.merge(places[["place", "complete", "grade"]], on="place", how="left")
    complete = first["complete"].eq(other=True)
    grades = first["grade"].fillna(BELOW)
    return pd.DataFrame(first.assign(complete=complete, grade=grades).reset_index(drop=True))
