"""What many solves of one question gave, as the files of a sweep tell it, and its headline."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pandas as pd

from siting.language import joined, language, phrase, tr
from siting.units import Currency

# The money whose effect the headline tells, and the one that prices are for: a tenth of it.
_STEP, _TENTH = 100_000.0, 10.0
_WAN = 10_000.0


@dataclass(frozen=True)
class SweepResults:
    """The tables of one sweep; amounts are in the currency's unit, the rest in residents.

    Attributes:
        name: What the files are about, e.g. the name of the instance.
        note: What is to be known of the data.
        currency: The money of the sweep.
        points: One row a point: `point`, `name`, `instance`, `parameters` (a dict), `draw`,
            `staged`, `family`, `folder` (within `points/`), `status`, `error`, and the results
            `objective`, `baseline`, `gain`, `bound`, `certified_bound`, `relative_gap`, `budget`,
            `asked_budget`, `spend`, `complete_after`, `seconds`; NaN where unknown;
            `sense` of the goal.
        choices: One row a point and chosen offer: `point`, `offer_id`, `site_id`, `categories`,
            `cost`, `newly_covered`.
        frontier: One row a family and budget: see `siting sweep`; the columns `staged_*` and
            `regret*` are blank where nothing was solved in stages.
        core: How often each offer is chosen: `instance`, `asked_budget`, `offer_id`, `site_id`,
            `categories`, `times`, `of`, `share`.
        spread: One row an instance, budget and measure: `points`, `least`, `q05` to `q95`, `most`,
            `mean`.
        tornado: One row an instance and parameter: `base`, `low`, `low_value`, `high`,
            `high_value` (values in words, empty for the base), `swing`.
        counts: What the goal counts, with its unit; nothing for people newly covered.
        counts_money: Whether the goal is money: then the least, and nothing is gained.
        pages: Folders of the points that have a page of their own, `report.html`.
        families: What each family is called; one without a name needs none.
        categories: What categories are called.
        offers: What chosen offers are called: their site and what they add.
    """

    name: str
    note: str
    currency: Currency
    points: pd.DataFrame
    choices: pd.DataFrame
    frontier: pd.DataFrame
    core: pd.DataFrame
    spread: pd.DataFrame
    tornado: pd.DataFrame
    counts: str = ""
    counts_money: bool = False
    pages: frozenset[str] = frozenset()
    families: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    offers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def done(self) -> pd.DataFrame:
        """The points that have a plan."""
        return self.points[self.points["status"].eq("done")]

    @cached_property
    def draws(self) -> pd.DataFrame:
        """The points of draws that have a plan; none where nothing was drawn."""
        return self.done[self.done["draw"].notna() & ~self.done["staged"].astype(bool)]

    @cached_property
    def curve(self) -> pd.DataFrame:
        """The frontier without that of single draws, unknown bounds blank.

        `label` is the family's name, `certified` the bound that follows by arithmetic, tightened
        to the least gain of the larger budgets, and `next_low` and `next_high` are the prices up to
        the next budget. `turn` is -1 where less of the goal is better, else 1, so that
        turn * (value - baseline) is what a value gains.
        """
        drawn = set(self.points.loc[self.points["draw"].notna(), "point"])
        rows = self.frontier[~self.frontier["point"].isin(drawn)]
        rows = rows.replace([math.inf, -math.inf], math.nan).reset_index(drop=True)
        free = self.done[~self.done["staged"].astype(bool)]
        bounds = free.drop_duplicates(["family", "budget"]).set_index(["family", "budget"])
        keys = pd.MultiIndex.from_frame(rows[["family", "budget"]])
        certified = bounds["certified_bound"].astype(float).reindex(keys).to_numpy()
        rows = rows.assign(
            label=rows["family"].map(lambda family: self.families.get(family, "")),
            certified=pd.Series(certified, rows.index).replace([math.inf, -math.inf], math.nan),
            turn=rows["sense"].map({"maximise": 1.0, "minimise": -1.0}),
        )
        family = rows.groupby("family", sort=False)
        turned = (rows["turn"] * rows["certified"])[::-1].astype(float)
        least = rows["turn"] * turned.groupby(rows["family"], sort=False).cummin()
        following = family[["price_low", "price_high"]].shift(-1)
        return rows.assign(
            certified=least, next_low=following["price_low"], next_high=following["price_high"]
        )

    @cached_property
    def curves(self) -> list[pd.DataFrame]:
        """The frontier of each family."""
        return [part for _, part in self.curve.groupby("family", sort=False)]

    @property
    def is_staged(self) -> bool:
        """Whether budgets were solved in stages too."""
        return bool(self.curve["staged_objective"].notna().any())

    @cached_property
    def repeated_core(self) -> pd.DataFrame:
        """The core where several plans were made for one budget: elsewhere it says nothing."""
        return self.core[self.core["of"] > 1].reset_index(drop=True)

    @cached_property
    def swings(self) -> pd.DataFrame:
        """The tornado, if anything but the budget was varied alone."""
        return self.tornado if self.tornado["parameter"].ne("budget").any() else self.tornado[:0]

    @cached_property
    def step(self) -> float:
        """The money whose effect the headline tells: 100,000, or less where budgets are small."""
        most = float(self.done["budget"].max()) if len(self.done) else math.nan
        if not most > 0:
            return _STEP
        return min(_STEP, 10.0 ** math.floor(math.log10(most)))

    @property
    def less_is_better(self) -> bool:
        """Whether the goal is to have less of something."""
        return bool(self.done["sense"].eq("minimise").any())

    @property
    def gained(self) -> str:
        """What the gain counts, as the title of an axis or column."""
        if not self.counts:
            return tr("newly covered people")
        if self.counts_money:
            return self.counts
        form = phrase("saved: {goal}") if self.less_is_better else phrase("gained: {goal}")
        return tr(form, goal=self.counts)

    @property
    def told(self) -> str:
        """The column that says what a plan brings: against nothing added, but for money."""
        return "objective" if self.counts_money else "gain"

    @property
    def unit_money(self) -> float:
        """The money that prices are for: a tenth of `step`, so 10,000 for a city."""
        return self.step / _TENTH

    def money(self, amount: float) -> str:
        """An amount in words, in 万元 where it is Chinese and large."""
        chinese = self.currency.unit == "CNY" and amount >= _WAN
        return (replace(self.currency, shown_in="万元") if chinese else self.currency).show(amount)

    def place(self, instance: str) -> str:
        """The instance's name where there are several, else nothing."""
        several = self.points["instance"].nunique() > 1
        return instance.rstrip("/").rpartition("/")[2] if several else ""

    def group(self, instance: str, budget: float) -> str:
        """What points of one instance and asked budget are called."""
        money = "" if math.isnan(budget) else self.currency.show(budget)
        return " ".join(part for part in (self.place(instance), money) if part)

    def adds(self, categories: str) -> str:
        """Categories in words."""
        codes = (code.strip() for code in str(categories).split(";"))
        return joined(self.categories.get(code, code) for code in codes)


def sweep_headline(results: SweepResults) -> str:
    """What came of the sweep in a few sentences; `**` stands around what weighs most."""
    if results.done.empty:
        return tr("**No point has a plan.** The table of points says why.")
    if results.curve.empty:
        return _without_curve(results)
    part = results.curves[0]
    label = str(part["label"].iloc[0])
    named = [tr("For {family}:", family=label)] if len(results.curves) > 1 and label else []
    return sentences([*named, *_at_the_knee(results, part), _at_the_top(results, part)])


def between(low: float, high: float) -> str:
    """An interval in words: `1,200 to 1,300`; one number where both ends look the same."""
    texts = [f"{end:,.0f}" for end in (low, high)]
    if math.isnan(high):
        return tr("at least {low}", low=texts[0])
    return texts[0] if texts[0] == texts[1] else tr("{low} to {high}", low=texts[0], high=texts[1])


def _without_curve(results: SweepResults) -> str:
    # With nothing added least money is spent: what a plan reaches says more than what it saves.
    values = results.done["objective" if results.counts else "gain"].astype(float)
    if len(results.draws) > 1:
        return _of_draws(results)
    return _told(
        results,
        phrase("**{done:,}** of {all:,} points have a plan; it newly covers **{range}** people."),
        phrase("**{done:,}** of {all:,} points have a plan; {counts}: **{range}**."),
        done=len(results.done),
        all=len(results.points),
        range=between(values.min(), values.max()),
    )


def _told(results: SweepResults, of_people: str, of_goal: str, **values: object) -> str:
    """One of two sentences: whether the goal is people newly covered, or something else."""
    return tr(
        of_goal if results.counts else of_people,
        gained=results.gained,
        counts=results.counts,
        **values,
    )


def _of_draws(results: SweepResults) -> str:
    """How the draws of the first instance lie, at its largest budget."""
    lie = results.spread[results.spread["measure"].eq(results.told)]
    lie = lie[lie["instance"].eq(lie["instance"].iloc[0])]
    row: dict[Any, Any] = lie.sort_values("asked_budget", na_position="first").iloc[-1].to_dict()
    named = results.group(str(row["instance"]), float(row["asked_budget"]))
    said = _told(
        results,
        phrase(
            "In half of {draws:,} draws the plan newly covers at least **{middle:,.0f}** people; "
            "in nine of ten it is {range}."
        ),
        phrase(
            "{gained}: at least **{middle:,.0f}** in half of {draws:,} draws; in nine of ten it "
            "is {range}."
        ),
        draws=row["points"],
        middle=row["q50"],
        range=between(row["q05"], row["q95"]),
    )
    return sentences([*([tr("For {family}:", family=named)] if named else []), said])


def sentences(texts: Iterable[str]) -> str:
    """Sentences behind each other: Chinese puts no space between them."""
    return ("" if language() == "zh" else " ").join(texts)


# With so few budgets nothing can be said of how a curve bends.
_FEW = 3


def _at_the_knee(results: SweepResults, part: pd.DataFrame) -> list[str]:
    """What the knee brings, and what the money behind it does; or that there is none."""
    knee = part[part["knee"].astype(bool)]
    if knee.empty:
        return [tr("The curve has no clear knee.")] if len(part) > _FEW else []
    row: dict[Any, Any] = knee.iloc[0].to_dict()
    bends = _told(
        results,
        phrase("The curve bends at **{budget}**, which newly cover {gain:,.0f} people."),
        phrase("The curve bends at **{budget}**; {gained}: {gain:,.0f}."),
        budget=results.currency.show(row["budget"]),
        gain=row["gain"],
    )
    if math.isnan(row["next_low"]):
        return [bends]
    after = tr(
        "From there the next {step} bring **{range}** more.",
        step=results.money(results.step),
        range=between(results.step * row["next_low"], results.step * row["next_high"]),
    )
    return [bends, after]


def _at_the_top(results: SweepResults, part: pd.DataFrame) -> str:
    row: dict[Any, Any] = part.iloc[-1].to_dict()
    budget = results.currency.show(row["budget"])
    if math.isnan(row["price"]):
        return _told(
            results,
            phrase("The largest budget, {budget}, newly covers **{gain:,.0f}**."),
            phrase("The largest budget is {budget}; {gained}: **{gain:,.0f}**."),
            budget=budget,
            gain=row["gain"],
        )
    return tr(
        "At the top, {budget}, the next {step} bring about **{more:,.0f}** by the shadow price.",
        budget=budget,
        step=results.money(results.step),
        more=results.step * row["price"],
    )
