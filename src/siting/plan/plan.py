"""The plan: what is added where, what it brings, and how far it can be from the best."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from importlib.metadata import version

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting import __version__
from siting.blocks.contract import Sense
from siting.blocks.plain_model import PlainModel
from siting.coverage import Coverage, Walks
from siting.errors import VerificationError
from siting.inputs import Instance
from siting.language import tr
from siting.model import ModelSpec
from siting.model.plain import say_plainly
from siting.plan.certificate import Certificate, GoalCertificate
from siting.plan.certify import make_certificate
from siting.plan.derivation import derive_bound
from siting.plan.goal_checks import CLOSED
from siting.plan.judgement import (
    JudgedGoal,
    Judgement,
    chosen_offers,
    complete_residents,
    coverage_by,
    coverage_by_category,
    coverage_by_group,
    judge,
)
from siting.program import Program
from siting.solve import (
    GoalResult,
    Limit,
    Reason,
    SolveResult,
    SolveSettings,
    Termination,
    TracePoint,
    relative_gap,
)

# The solver's objective and the judge's are sums of the same numbers in another order.
_AGREEMENT = 1e-6
_PACKAGES = ("numpy", "scipy", "pandas", "geopandas", "pulp", "ortools")


@dataclass(frozen=True)
class PlanGoal:
    """One goal of a plan; values are as the planner means them.

    Attributes:
        name: The goal.
        sense: Whether more or less of it is better.
        objective: What the plan reaches.
        baseline: What is reached with nothing added.
        certified_bound: No plan is better, by arithmetic from the certificate; infinite (of the
            better sign) where there is no proof.
        solver_bound: No plan is better, on the word of a solver alone; likewise.
        within: Share that it may give up for the goals after it.
        floor: What later goals had to leave of it; None of the last goal.
    """

    name: str
    sense: Sense
    objective: float
    baseline: float
    certified_bound: float
    solver_bound: float
    within: float = 0.0
    floor: float | None = None

    @property
    def bound(self) -> float:
        """The better of the two bounds, and never on the wrong side of the objective."""
        if self.sense == "maximise":
            return max(self.objective, min(self.certified_bound, self.solver_bound))
        return min(self.objective, max(self.certified_bound, self.solver_bound))

    @property
    def relative_gap(self) -> float:
        """|bound - objective| / max(1, |objective|)."""
        return _gap(self.objective, self.bound)

    @property
    def certified_gap(self) -> float:
        """The same of the certified bound alone."""
        return _gap(self.objective, self.certified_bound)

    @property
    def is_proven_optimal(self) -> bool:
        """Whether the certificate leaves no room for a better plan."""
        return self.certified_gap <= CLOSED

    @property
    def gain(self) -> float:
        """What the plan adds to the goal, or takes from it where less is better."""
        turn = 1 if self.sense == "maximise" else -1
        return turn * (self.objective - self.baseline)


def _gap(objective: float, bound: float) -> float:
    return relative_gap(0.0, abs(bound - objective) / max(1.0, abs(objective)))


@dataclass(frozen=True)
class Plan:
    """A verified plan.

    Attributes:
        instance: The inputs it was made for.
        spec: The model it was made with.
        model: The same on these inputs, said plainly.
        settings: How it was solved.
        chosen: The chosen offers with their columns, `year` where several are planned, and
            `newly_covered` (people of the category's group who had it nowhere near, summed over its
            categories) and `only_here` (those of them whom nothing else in the plan reaches).
        goals: What it reaches and how far that can be from the best, the most important goal first.
        termination: Why the solve stopped.
        spend: Public money of the chosen offers.
        coverage: By category: `category`, `group`, `residents`, `before`, `after`.
        by_group: By demand group and category.
        by_district: By district and category; empty without districts.
        complete: People with every required category, before and after.
        judgement: Who is covered, before and after.
        certificate: What proves the certified bounds, or None.
        trace: Progress of the solve.
        seconds: Wall time by stage.
        versions: Of the packages that made it.
    """

    instance: Instance
    spec: ModelSpec
    model: PlainModel = field(repr=False)
    settings: SolveSettings
    chosen: pd.DataFrame
    goals: tuple[PlanGoal, ...]
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
    def objective(self) -> float:
        """What it reaches of the most important goal."""
        return self.goals[0].objective

    @property
    def baseline(self) -> float:
        """The same with nothing added."""
        return self.goals[0].baseline

    @property
    def bound(self) -> float:
        """No plan is better in the most important goal."""
        return self.goals[0].bound

    @property
    def certified_bound(self) -> float:
        """The bound of the most important goal that its certificate proves."""
        return self.goals[0].certified_bound

    @property
    def relative_gap(self) -> float:
        """Gap of the most important goal."""
        return self.goals[0].relative_gap

    @property
    def gain(self) -> float:
        """What the plan adds to the most important goal."""
        return self.goals[0].gain

    @property
    def gain_gap(self) -> float:
        """(bound - objective) relative to what the plan adds: the stricter reading of the gap."""
        return abs(self.bound - self.objective) / max(1.0, abs(self.gain))

    def price(self, section: str) -> float | None:
        """What one more unit of a limit is worth to the most important goal, by its certificate.

        Args:
            section: Name of rows of the model, e.g. `budget`: a single one.
        """
        proofs = self.certificate.goals if self.certificate else ()
        found = proofs[0].sections.get(section) if proofs else None
        if found is None:
            return 0.0 if proofs else None
        (numerator,), (scale,) = found.numerators.tolist(), self.model.sections[section].scale
        return float(Fraction(numerator * scale, 1 << found.exponent))

    @property
    def when(self) -> dict[str, int]:
        """The year of each chosen offer."""
        years = self.model.inputs.years
        built = self.chosen["year"] if "year" in self.chosen else [years[0]] * len(self.chosen)
        return dict(zip(self.chosen["offer_id"], map(int, built), strict=True))


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
        VerificationError: Objective, a constraint or a bound is not what the inputs give.
    """
    if result.values is None or result.objective is None:
        raise ValueError("there is no solution to make a plan of")
    model = say_plainly(instance, coverage, spec)
    when = chosen_in(program, result.values)
    judgement = judge(model, when, walks)
    _refuse(model, judgement, program, result)
    certificates = _certificates(model, program, result.goals)
    goals = tuple(
        _goal(model, judged, found, certificate)
        for judged, found, certificate in zip(
            judgement.goals, result.goals, certificates, strict=True
        )
    )
    _refuse_impossible_bounds(goals)
    proofs = tuple(one for one in certificates if one is not None)
    return Plan(
        instance=instance,
        spec=spec,
        model=model,
        settings=result.settings,
        chosen=chosen_offers(instance, coverage, when),
        goals=goals,
        termination=_settled(result.termination, goals, result.settings.relative_gap),
        spend=judgement.spend,
        coverage=coverage_by_category(instance, judgement),
        by_group=coverage_by_group(instance, judgement),
        by_district=coverage_by(instance, judgement, "district"),
        complete=complete_residents(instance, judgement),
        judgement=judgement,
        certificate=Certificate(proofs) if proofs else None,
        trace=result.trace,
        seconds=result.seconds,
        versions=versions(),
    )


def chosen_in(program: Program, values: NDArray[np.float64]) -> dict[str, int]:
    """The year of each offer that a solution chooses, by its id."""
    choose = program.section("choose")
    taken = values[choose.slice] > 0.5
    offers, years = (part[taken].tolist() for part in choose.ids)
    return dict(zip(offers, years, strict=True))


def _certificates(
    model: PlainModel, program: Program, found: Sequence[GoalResult]
) -> list[GoalCertificate | None]:
    """A certificate for each goal that has multipliers."""
    floors: dict[str, float] = {}
    certificates = []
    for goal, said in zip(found, model.goals, strict=True):
        certificates.append(make_certificate(model, program, goal, said.name, floors))
        if goal.floor is not None:
            floors = {**floors, said.name: goal.floor if said.sense == "maximise" else -goal.floor}
    return certificates


def _goal(
    model: PlainModel, judged: JudgedGoal, found: GoalResult, certificate: GoalCertificate | None
) -> PlanGoal:
    turn = 1.0 if judged.sense == "maximise" else -1.0
    certified = turn * np.inf
    if certificate is not None:
        certified = derive_bound(model, certificate)
    spec = next(goal for goal in model.goals if goal.name == judged.name)
    return PlanGoal(
        name=judged.name,
        sense=judged.sense,
        objective=float(judged.value),
        baseline=float(judged.baseline),
        certified_bound=certified,
        solver_bound=turn * found.solver_bound,
        within=spec.within,
        floor=None if found.floor is None else turn * found.floor,
    )


def _settled(termination: Termination, goals: tuple[PlanGoal, ...], target: float) -> Termination:
    """Why it stopped, where only a certificate makes a plan optimal."""
    if all(goal.is_proven_optimal for goal in goals):
        return Termination(Reason.OPTIMAL, None, termination.detail)
    if termination.reason is not Reason.OPTIMAL:
        return termination
    met = all(goal.relative_gap <= target for goal in goals)
    return Termination(Reason.FEASIBLE, Limit.GAP if met else None, termination.detail)


@cache
def _installed(package: str) -> str:
    return version(package)


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide a plan."""
    return {
        "siting": __version__,
        "python": platform.python_version(),
        **{name: _installed(name) for name in _PACKAGES},
    }


def _refuse(model: PlainModel, judgement: Judgement, program: Program, result: SolveResult) -> None:
    problems = list(judgement.violations)
    assert result.values is not None  # noqa: S101 - asked before
    claims = [program.value(result.values), *(g.value(result.values) for g in program.further)]
    for claimed, goal, judged in zip(claims, model.goals, judgement.goals, strict=True):
        value = float(goal.in_sense(judged.value))
        # A column that is no whole number may be left below what the choices give it.
        whole = all(model.families[name].is_whole for name in goal.terms)
        apart = abs(claimed - value) if whole else claimed - value
        if apart > _AGREEMENT * max(1.0, abs(claimed)):
            problems.append(
                tr(
                    "{name}: the solver says {claimed}, the inputs give {judged}",
                    name=goal.name,
                    claimed=claimed,
                    judged=value,
                )
            )
    if problems:
        raise VerificationError(problems)


def _refuse_impossible_bounds(goals: tuple[PlanGoal, ...]) -> None:
    """A certified bound that the plan itself beats is a fault, never to be clipped."""
    problems = [
        tr(
            "{name}: the certificate proves {bound}, and the plan reaches {objective}",
            name=goal.name,
            bound=goal.certified_bound,
            objective=goal.objective,
        )
        for goal in goals
        if (goal.objective > goal.certified_bound) == (goal.sense == "maximise")
        and goal.objective != goal.certified_bound
    ]
    if problems:
        raise VerificationError(problems)
