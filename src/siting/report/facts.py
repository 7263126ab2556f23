"""Everything a report says, worked out once: its files only choose words, shapes and colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.coverage import (
    Coverage,
    GapTable,
    Walks,
    compute_coverage,
    coverage_with,
    find_gaps,
    measure_walks,
)
from siting.coverage.readings import open_in
from siting.inputs import Instance, split_categories
from siting.plan import Plan
from siting.report.tasks import task_list

if TYPE_CHECKING:
    from siting.report.indicators import Indicators
    from siting.report.indicators.stages import Stage

CURVE_MINUTES = np.arange(0.0, 31.0)


@dataclass(frozen=True)
class Facts:
    """A plan with all that reports tell of it, each table worked out when it is first asked for.

    Attributes:
        plan: The plan; every figure here agrees with its `plan.json`.
        before: Coverage with nothing added.
        after: Coverage with the plan.
        walks: Walking distances of the instance.
    """

    plan: Plan
    before: Coverage
    after: Coverage
    walks: Walks

    @property
    def instance(self) -> Instance:
        """What the plan is for."""
        return self.plan.instance

    @cached_property
    def tasks(self) -> pd.DataFrame:
        """The task list: see `task_list`."""
        return task_list(self.plan)

    @cached_property
    def gaps_before(self) -> GapTable:
        """What is missing now, by place and category."""
        return find_gaps(self.instance, self.before, self.walks)

    @cached_property
    def gaps_after(self) -> GapTable:
        """What is missing once the plan is carried out."""
        chosen, there = self.plan.chosen, open_in(self.instance)
        known = self.gaps_before if there is self.instance else None
        return find_gaps(there, self.after, self.walks, chosen, known)

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """Now, and after each year of the plan."""
        from siting.report.indicators.stages import stages_of  # noqa: PLC0415 - needs facts itself

        return stages_of(self)

    @cached_property
    def indicators(self) -> Indicators:
        """What a bureau reports of the circles, at each stage."""
        from siting.report.indicators import Indicators  # noqa: PLC0415 - needs facts itself

        return Indicators(self.stages)

    @cached_property
    def gaps(self) -> pd.DataFrame:
        """The rows of `gaps_before` with `have_after`, `missing_after`, `uncovered_after`, ...

        `median_after` and `worst_after` are minutes to the nearest, outlet or addition.
        """
        keys = ["place", "category"]
        renamed = {
            "have": "have_after",
            "missing": "missing_after",
            "uncovered": "uncovered_after",
            "median_minutes": "median_after",
            "worst_minutes": "worst_after",
        }
        after = self.gaps_after.rows[[*keys, *renamed]].rename(columns=renamed)
        return self.gaps_before.rows.merge(after, on=keys, how="left", validate="1:1")

    @cached_property
    def by_category(self) -> pd.DataFrame:
        """One row a category: `category`, `name_zh`, `name_en`, `tier`, `group`, ...

        Then `standard_minutes`, `residents`, `before`, `after` (people of its group), `added`
        (offers that add it), and of these offers `cost` and `investment`, shared equally among the
        categories that one offer adds.
        """
        names = self.instance.categories[
            ["category", "name_zh", "name_en", "tier", "standard_minutes"]
        ]
        frame = self.plan.coverage.merge(names, on="category", how="left")
        money = self.money.groupby("category")[["added", "cost", "investment"]].sum()
        money = money.reindex(frame["category"]).fillna(0.0)
        return frame.assign(**{str(name): money[name].to_numpy() for name in money})

    @cached_property
    def by_place(self) -> pd.DataFrame:
        """One row a living circle (or district, or the city): see `places`.

        Columns `place`, `residents`, `complete_before`, `complete_after` (people with every
        required category), `required` (categories), `have_before`, `have_after` (required ones the
        place does not lack), `whole_before`, `whole_after` (whether it lacks none), `added`,
        `cost`, `investment`, `newly_covered` (people who get at least one category more).
        """
        frame = _people_by_place(self).join(_lacks_by_place(self), how="left")
        spent = self.tasks.assign(place=self.task_places)
        sums = spent.groupby("place").agg(
            added=("offer_id", "size"), cost=("cost", "sum"), investment=("investment", "sum")
        )
        frame = frame.join(sums, how="outer").fillna(
            {"added": 0, "cost": 0.0, "investment": 0.0, "residents": 0.0}
        )
        return frame.rename_axis("place").reset_index()

    @cached_property
    def places(self) -> NDArray[np.object_]:
        """The place of each demand point, shape (residents,)."""
        return place_names(self.instance.residents, self.gaps_before.place_kind, self.instance)

    @cached_property
    def task_places(self) -> NDArray[np.object_]:
        """The place of each row of `tasks`."""
        kind = self.gaps_before.place_kind
        return place_names(self.tasks, kind, self.instance)

    @property
    def newly_covered(self) -> float:
        """People who get at least one category of their group that they did not have."""
        return float(_gaining(self).sum())

    @property
    def whole_places(self) -> tuple[int, int, int]:
        """Places that lack no required category before and after, and all places with residents.

        Who lives outside all of them counts at none.
        """
        lived = self.by_place[(self.by_place["residents"] > 0) & (self.by_place["place"] != "")]
        before, after = (int(lived[name].sum()) for name in ("whole_before", "whole_after"))
        return before, after, len(lived)

    @cached_property
    def money(self) -> pd.DataFrame:
        """One row a chosen offer and category: `offer_id`, `district`, `circle`, `category`, ...

        Then `added` (1), `cost` and `investment` (shares of the offer's); sums are the plan's.
        """
        lines = split_categories(self.plan.chosen["categories"]).drop_duplicates()
        row = lines["row"].to_numpy(np.int64)
        count = np.bincount(row, minlength=len(self.tasks))[row]
        frame = self.tasks.iloc[row][["offer_id", "district", "circle"]].reset_index(drop=True)
        shares = {
            name: self.tasks[name].to_numpy(float)[row] / count for name in ("cost", "investment")
        }
        return frame.assign(category=lines["category"].to_numpy(), added=1, **shares)

    def minutes_curve(self, category: str | None = None) -> pd.DataFrame:
        """Share of people with the nearest of a category (or every required one) within m minutes.

        Columns `minutes` (0 to 30), `before`, `after`.
        """
        categories = [category] if category else list(required_categories(self.instance))
        group = _group_of(self.instance, category) if category else "all"
        people = self.instance.people(group)
        shares = [
            _share_within(people, [coverage[name].minutes for name in categories])
            for coverage in (self.before, self.after)
        ]
        return pd.DataFrame({"minutes": CURVE_MINUTES, "before": shares[0], "after": shares[1]})

    @cached_property
    def reached(self) -> csr_array:
        """Whom each row of `tasks` newly covers: 1 where one of its categories was out of reach.

        Shape (tasks, residents).
        """
        return _reached(self, alone=False)

    @cached_property
    def reached_alone(self) -> csr_array:
        """Of `reached` those to whom nothing else in the plan brings one of these categories."""
        return _reached(self, alone=True)


def collect_facts(
    plan: Plan, coverage: Coverage | None = None, walks: Walks | None = None
) -> Facts:
    """Gathers what reports are made of.

    Args:
        plan: The plan.
        coverage: The instance's coverage, if it was computed already.
        walks: Its walking distances, if they were measured already.
    """
    walks = walks or measure_walks(plan.instance)
    before = coverage or compute_coverage(plan.instance, walks)
    after = coverage_with(open_in(plan.instance), before, walks, plan.chosen)
    return Facts(plan, before, after, walks)


def required_categories(instance: Instance) -> Sequence[str]:
    """What a complete circle needs: the basic tier, or all categories where none is basic."""
    frame = instance.categories
    basic = frame.loc[frame["tier"] == "basic", "category"]
    return tuple(basic) or instance.category_names


def _group_of(instance: Instance, category: str) -> str:
    frame = instance.categories
    return str(frame.loc[frame["category"] == category, "group"].iloc[0])


def place_names(frame: pd.DataFrame, kind: str, instance: Instance) -> NDArray[np.object_]:
    """The place that each row of a table names; the city where places are not told apart."""
    if kind == "city" or kind not in frame:
        return np.full(len(frame), instance.name, dtype=object)
    return frame[kind].fillna("").astype(str).to_numpy(object)


def _people_by_place(facts: Facts) -> pd.DataFrame:
    required = [facts.instance.category_names.index(n) for n in required_categories(facts.instance)]
    people = facts.instance.people("all").to_numpy(float)
    judged = facts.plan.judgement
    before, after = (
        people * flags[:, required].all(axis=1) for flags in (judged.before, judged.after)
    )
    frame = pd.DataFrame(
        {
            "residents": people,
            "complete_before": before,
            "complete_after": after,
            "newly_covered": _gaining(facts),
        }
    )
    return frame.groupby(facts.places).sum()


def _gaining(facts: Facts) -> NDArray[np.float64]:
    """People at each demand point who get a category that they had nowhere near.

    Where categories of several groups come, the largest group counts, so nobody is counted twice.
    """
    judged, instance = facts.plan.judgement, facts.instance
    people = np.stack(
        [instance.people(str(group)).to_numpy(float) for group in instance.categories["group"]],
        axis=1,
    )
    return np.asarray((people * (judged.after & ~judged.before)).max(axis=1, initial=0.0))


def _lacks_by_place(facts: Facts) -> pd.DataFrame:
    rows = facts.gaps[facts.gaps["category"].isin(required_categories(facts.instance))]
    lacks = rows.groupby("place").agg(
        required=("category", "size"), before=("missing", "sum"), after=("missing_after", "sum")
    )
    return pd.DataFrame(
        {
            "required": lacks["required"],
            "have_before": lacks["required"] - lacks["before"],
            "have_after": lacks["required"] - lacks["after"],
            "whole_before": lacks["before"] == 0,
            "whole_after": lacks["after"] == 0,
        }
    )


def _share_within(
    people: pd.Series[float], minutes: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Share of people whose nearest of every category is within each minute of the curve."""
    farthest = np.max(np.stack(minutes), axis=0)
    within = farthest[None, :] <= CURVE_MINUTES[:, None] + 1e-9
    return np.asarray(within @ people.to_numpy(float) / max(float(people.sum()), 1.0))


def _reached(facts: Facts, *, alone: bool) -> csr_array:
    """Tasks x residents, 1 where a category of the task was out of reach and is not with it."""
    instance, chosen = facts.instance, facts.plan.chosen
    site = pd.Index(instance.sites["site_id"]).get_indexer(chosen["site_id"])
    lines = split_categories(chosen["categories"]).drop_duplicates()
    shape = (len(chosen), len(instance.residents))
    total = csr_array(shape, dtype=np.int64)
    for category, rows in lines.groupby("category")["row"]:
        here = facts.before[str(category)]
        task = rows.to_numpy(np.int64)
        reach = csr_array(here.reach[:, site[task]].astype(np.int64).T)
        lives = instance.people(_group_of(instance, str(category))).to_numpy(float) > 0
        wanted = lives & ~here.served
        if alone:
            wanted &= np.asarray(reach.sum(axis=0)) == 1
        kept = (reach * wanted[None, :]).tocoo()
        total = total + csr_array((kept.data, (task[kept.row], kept.col)), shape=shape)
    total.eliminate_zeros()
    return csr_array((np.ones(total.nnz, dtype=np.int8), total.indices, total.indptr), shape)
