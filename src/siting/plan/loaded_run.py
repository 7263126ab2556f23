"""A plan of a run folder, as whole as on the day it was made, once its inputs confirm it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from siting.blocks.plain_model import PlainModel
from siting.coverage import Coverage, Walks, compute_coverage, measure_walks
from siting.errors import InputError, Problem, VerificationError
from siting.language import tr
from siting.model import ModelSpec
from siting.model.plain import say_plainly
from siting.plan.judgement import chosen_offers, complete_residents, coverage_by, coverage_by_group
from siting.plan.plan import Plan, PlanGoal
from siting.plan.plan_file import PLAN_FILE, PlanFile, read_plan_file
from siting.plan.verify import Verification, check, dated_choices, inputs_of
from siting.solve import Backend, Limit, Reason, SolveSettings, Termination, TracePoint


@dataclass(frozen=True)
class LoadedRun:
    """A plan with what it was judged by.

    Attributes:
        plan: The plan, confirmed by its inputs.
        coverage: Who is within the standard of what, with nothing added.
        walks: Walking distances of the instance.
    """

    plan: Plan
    coverage: Coverage
    walks: Walks


def load_run(folder: Path, instance: Path | None = None) -> LoadedRun:
    """Reads the plan of a run folder again, with its inputs, and confirms it.

    Args:
        folder: The run folder.
        instance: The instance folder, if it has moved since.

    Raises:
        InputError: The plan or its instance cannot be read.
        VerificationError: The plan says something else than its inputs give.
    """
    file = read_plan_file(folder)
    inputs, spec = inputs_of(file, instance)
    walks = measure_walks(inputs)
    coverage = compute_coverage(inputs, walks)
    model = say_plainly(inputs, coverage, spec)
    found = check(file, model, walks)
    if not found.holds:
        raise VerificationError(list(found.disagreements))
    return LoadedRun(_plan(file, spec, model, coverage, found), coverage, walks)


def _plan(
    file: PlanFile, spec: ModelSpec, model: PlainModel, coverage: Coverage, found: Verification
) -> Plan:
    says, judgement, instance = file.content, found.judgement, model.inputs.instance
    when = dated_choices(file, model)
    try:
        settings, termination = _settings(says.get("settings") or {}), _termination(says)
        trace = tuple(TracePoint(**point) for point in says.get("trace") or ())
        goals = tuple(_goal(model, goal) for goal in says["goals"])
    except (TypeError, ValueError, KeyError) as error:
        raise InputError([_odd(file, error)]) from None
    return Plan(
        instance=instance,
        spec=spec,
        model=model,
        settings=settings,
        chosen=chosen_offers(instance, coverage, when),
        goals=goals,
        termination=termination,
        spend=judgement.spend,
        coverage=found.coverage,
        by_group=coverage_by_group(instance, judgement),
        by_district=coverage_by(instance, judgement, "district"),
        complete=complete_residents(instance, judgement),
        judgement=judgement,
        certificate=found.certificate,
        trace=trace,
        seconds=says.get("seconds") or {},
        versions=says.get("versions") or {},
    )


def _goal(model: PlainModel, said: Mapping[str, Any]) -> PlanGoal:
    (spec,) = (goal for goal in model.goals if goal.name == said["name"])
    best = math.inf if spec.sense == "maximise" else -math.inf
    certified, solver = (
        best if said.get(key) is None else float(said[key])
        for key in ("certified_bound", "solver_bound")
    )
    return PlanGoal(
        name=spec.name,
        sense=spec.sense,
        objective=float(said["objective"]),
        baseline=float(said["baseline"]),
        certified_bound=certified,
        solver_bound=solver,
        within=spec.within,
        floor=None if said.get("floor") is None else float(said["floor"]),
    )


def _settings(said: Mapping[str, Any]) -> SolveSettings:
    """What the file says of the settings; an older version knew fewer of them."""
    known = {field.name for field in fields(SolveSettings)}
    given = {key: value for key, value in said.items() if key in known}
    if "backend" in given:
        given["backend"] = Backend(given["backend"])
    return SolveSettings(**given)


def _termination(says: Mapping[str, Any]) -> Termination:
    said = says.get("termination") or {}
    limit = said.get("limit")
    return Termination(
        reason=Reason(said["reason"]),
        limit=None if limit is None else Limit(limit),
        detail=str(said.get("detail") or ""),
    )


def _odd(file: PlanFile, error: Exception) -> Problem:
    return Problem(
        code="odd-plan",
        where=str(file.folder / PLAN_FILE),
        found=tr("settings, termination or trace that cannot be read ({error})", error=error),
        expected=tr("the plan.json of a run folder"),
        mend=tr("Solve again with this version."),
    )
