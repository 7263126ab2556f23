"""What a city has at one time: now, or once the tasks up to a year are carried out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.coverage import Coverage, GapTable, Walks, coverage_with, find_gaps
from siting.coverage.readings import open_in
from siting.inputs import Instance
from siting.report.facts import Facts


@dataclass(frozen=True)
class Stage:
    """One time.

    Attributes:
        instance: The city.
        year: The year whose tasks are the last that count; None for now, 0 where the plan is of a
            single year without a name.
        coverage: Who has what.
        gaps: What is missing where.
        built: The offers that are carried out by then.
    """

    instance: Instance
    year: int | None
    coverage: Coverage
    gaps: GapTable
    built: pd.DataFrame

    @property
    def minutes(self) -> NDArray[np.float64]:
        """Walks to the nearest of each category, shape (residents, categories), in minutes."""
        names = self.instance.category_names
        return np.stack([self.coverage[name].minutes for name in names], axis=1)


def stage_now(instance: Instance, coverage: Coverage, walks: Walks) -> Stage:
    """The city as it is."""
    gaps = find_gaps(instance, coverage, walks)
    return Stage(instance, None, coverage, gaps, instance.offers.iloc[:0])


def stages_of(facts: Facts) -> tuple[Stage, ...]:
    """Now, and after each year of a plan, the last of which is after the plan."""
    instance, chosen = facts.instance, facts.plan.chosen
    now = Stage(instance, None, facts.before, facts.gaps_before, chosen.iloc[:0])
    years = sorted(instance.years) or [0]
    last = Stage(instance, years[-1], facts.after, facts.gaps_after, chosen)
    return (now, *(_after(facts, year) for year in years[:-1]), last)


def _after(facts: Facts, year: int) -> Stage:
    instance, walks = facts.instance, facts.walks
    built = facts.plan.chosen[facts.plan.chosen["year"] <= year]
    there = open_in(instance, year)
    coverage = coverage_with(there, facts.before, walks, built)
    known = facts.gaps_before if there is instance else None
    gaps = find_gaps(there, coverage, walks, built, known)
    return Stage(instance, year, coverage, gaps, built)
