"""The plan: what is added where, what it brings, and how far it can be from the best."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version

import numpy as np
import pandas as pd

from siting import __version__
from siting.coverage import Coverage, Walks
from siting.errors import VerificationError
from siting.inputs import Instance, ModelSpec, split_categories
from siting.language import tr
from siting.plan.certificate import Certificate, derive_bound
from siting.plan.certify import make_certificate
from siting.plan.judgement import (
    Judgement,
    complete_residents,
    coverage_by,
    coverage_by_category,
    coverage_by_group,
    judge,
)
from siting.program.program import Program
from siting.solve import SolveResult, SolveSettings, Termination, TracePoint, relative_gap

# The solver's objective and the judge's are sums of the same numbers in another order.
_AGREEMENT = 1e-6
_PACKAGES = ("numpy", "scipy", "pandas", "geopandas", "pulp", "ortools")


@dataclass(frozen=True)
class Plan:
    """A verified plan.

    Attributes:
        instance: The inputs it was made for.
        spec: The model it was made with.
        settings: How it was solved.
        chosen: The chosen offers with their columns, and `newly_covered` (people of the category's
            group who had it nowhere near, summed over its categories) and `only_here` (those of
            them whom nothing else in the plan reaches).
        objective: Priority-weighted residents covered, over all categories.
        baseline: The same with nothing added.
        bound: No plan is better than this.
        certified_bound: The part of it that follows by arithmetic from multipliers.
        relative_gap: (bound - objective) / max(1, |objective|).
        termination: Why the solve stopped.
        spend: Public money of the chosen offers.
        coverage: By category: `category`, `group`, `residents`, `before`, `after`.
        by_group: By demand group and category.
        by_district: By district and category; empty without districts.
        complete: People with every required category, before and after.
        judgement: Who is covered, before and after.
        certificate: Multipliers that prove `certified_bound`, or None.
        trace: Progress of the solve.
        seconds: Wall time by stage.
        versions: Of the packages that made it.
    """

    instance: Instance
    spec: ModelSpec
    settings: SolveSettings
    chosen: pd.DataFrame
    objective: float
    baseline: float
    bound: float
    certified_bound: float
    relative_gap: float
    termination: Termination
    spend: float
    coverage: pd.DataFrame
    by_group: pd.DataFrame
    by_district: pd.DataFrame
    complete: tuple[float, float]
    judgement: Judgement
    certificate: Certificate | None = None
    trace: tuple[TracePoint, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def gain(self) -> float:
        """What the plan adds to the objective."""
        return self.objective - self.baseline

    @property
    def gain_gap(self) -> float:
        """(bound - objective) relative to what the plan adds: the stricter reading of the gap."""
        return max(0.0, self.bound - self.objective) / max(1.0, self.gain)


def make_plan(
    instance: Instance,
    coverage: Coverage,
    spec: ModelSpec,
    program: Program,
    result: SolveResult,
    walks: Walks | None = None,
) -> Plan:
    """Turns a solution back into places and money, and lets the judge confirm it.

    Args:
        instance: The inputs.
        coverage: Their coverage.
        spec: The model.
        program: What `formulate` made of these three.
        result: What `solve` made of that.
        walks: Walking distances of the instance, if they were measured already.

    Raises:
        ValueError: The result has no solution.
        VerificationError: Objective, spend or a constraint is not what the inputs give.
    """
    if result.values is None or result.objective is None:
        raise ValueError("there is no solution to make a plan of")
    add = program.section("choose")
    ids = [str(offer) for offer in add.ids[0][result.values[add.slice] > 0.5]]
    judgement = judge(instance, spec, ids, walks)
    _refuse(judgement, result)
    certificate, certified = None, np.inf
    if result.multipliers is not None:
        certificate = make_certificate(instance, program, result.multipliers)
        certified = derive_bound(instance, coverage, spec, certificate)
    # A bound that came from the multipliers is replaced by the one anyone can derive from them.
    bound = certified if result.bound >= result.certified_bound else result.bound
    bound = max(bound, judgement.objective)
    return Plan(
        instance=instance,
        spec=spec,
        settings=result.settings,
        chosen=chosen_offers(instance, coverage, ids),
        objective=judgement.objective,
        baseline=judgement.baseline,
        bound=bound,
        certified_bound=certified,
        relative_gap=relative_gap(judgement.objective, bound),
        termination=result.termination,
        spend=judgement.spend,
        coverage=coverage_by_category(instance, judgement),
        by_group=coverage_by_group(instance, judgement),
        by_district=coverage_by(instance, judgement, "district"),
        complete=complete_residents(instance, judgement),
        judgement=judgement,
        certificate=certificate,
        trace=result.trace,
        seconds=result.seconds,
        versions=versions(),
    )


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide a plan."""
    return {
        "siting": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in _PACKAGES},
    }


def _refuse(judgement: Judgement, result: SolveResult) -> None:
    problems = list(judgement.violations)
    claimed = float(result.objective or 0.0)
    if abs(claimed - judgement.objective) > _AGREEMENT * max(1.0, abs(claimed)):
        problems.append(
            tr(
                "objective: the solver says {claimed}, the inputs give {judged}",
                claimed=claimed,
                judged=judgement.objective,
            )
        )
    if problems:
        raise VerificationError(problems)


def chosen_offers(instance: Instance, coverage: Coverage, ids: list[str]) -> pd.DataFrame:
    """The chosen offers, those first that bring most alone: see `Plan.chosen`."""
    offers = instance.offers[instance.offers["offer_id"].isin(ids)].reset_index(drop=True)
    site = pd.Index(instance.sites["site_id"]).get_indexer(offers["site_id"])
    lines = split_categories(offers["categories"]).drop_duplicates()
    newly, only = np.zeros(len(offers)), np.zeros(len(offers))
    groups = dict(zip(instance.categories["category"], instance.categories["group"], strict=True))
    for category, rows in lines.groupby("category")["row"]:
        here = coverage[str(category)]
        people = instance.people(groups[str(category)]).to_numpy(float)
        reach = here.reach[:, site[rows]].toarray().astype(bool) & ~here.served[:, None]
        alone = reach.sum(axis=1) == 1
        newly[rows] += people @ reach
        only[rows] += (people * alone) @ reach
    frame = offers.assign(newly_covered=newly, only_here=only)
    return frame.sort_values("only_here", ascending=False, kind="stable", ignore_index=True)
