"""A plan of a run folder, as whole as on the day it was made, once its inputs confirm it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from siting.coverage import Coverage, Walks, compute_coverage, measure_walks
from siting.errors import InputError, Problem, VerificationError
from siting.inputs import Instance, ModelSpec
from siting.language import tr
from siting.plan.certificate import Certificate, read_certificate
from siting.plan.judgement import complete_residents, coverage_by, coverage_by_group
from siting.plan.plan import Plan, chosen_offers
from siting.plan.plan_file import PLAN_FILE, PlanFile, read_plan_file
from siting.plan.verify import Verification, check, inputs_of
from siting.solve import Backend, Limit, Reason, SolveSettings, Termination, TracePoint


@dataclass(frozen=True)
class Reread:
    """A plan with what it was judged by.

    Attributes:
        plan: The plan, confirmed by its inputs.
        coverage: Who is within the standard of what, with nothing added.
        walks: Walking distances of the instance.
    """

    plan: Plan
    coverage: Coverage
    walks: Walks


def reread_plan(folder: Path, instance: Path | None = None) -> Reread:
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
    found = check(file, inputs, spec, walks)
    if not found.holds:
        raise VerificationError(list(found.disagreements))
    coverage = compute_coverage(inputs, walks)
    try:
        plan = _plan(file, inputs, spec, coverage, found)
    except (TypeError, ValueError, KeyError) as error:
        raise InputError([_odd(file, error)]) from None
    return Reread(plan, coverage, walks)


def _plan(
    file: PlanFile, instance: Instance, spec: ModelSpec, coverage: Coverage, found: Verification
) -> Plan:
    says, judgement = file.content, found.judgement
    return Plan(
        instance=instance,
        spec=spec,
        settings=_settings(says.get("settings") or {}),
        chosen=chosen_offers(instance, coverage, file.chosen),
        objective=judgement.objective,
        baseline=judgement.baseline,
        bound=_or_infinite(says.get("bound")),
        certified_bound=_or_infinite(says.get("certified_bound")),
        relative_gap=_or_infinite(says.get("relative_gap")),
        termination=_termination(says.get("termination") or {}),
        spend=judgement.spend,
        coverage=found.coverage,
        by_group=coverage_by_group(instance, judgement),
        by_district=coverage_by(instance, judgement, "district"),
        complete=complete_residents(instance, judgement),
        judgement=judgement,
        certificate=_certificate(file),
        trace=tuple(TracePoint(**point) for point in says.get("trace") or ()),
        seconds=says.get("seconds") or {},
        versions=says.get("versions") or {},
    )


def _settings(said: Mapping[str, Any]) -> SolveSettings:
    """What the file says of the settings; an older version knew fewer of them."""
    known = {field.name for field in fields(SolveSettings)}
    given = {key: value for key, value in said.items() if key in known}
    if "backend" in given:
        given["backend"] = Backend(given["backend"])
    return SolveSettings(**given)


def _termination(said: Mapping[str, Any]) -> Termination:
    limit = said.get("limit")
    return Termination(
        reason=Reason(said["reason"]),
        limit=None if limit is None else Limit(limit),
        detail=str(said.get("detail") or ""),
    )


def _certificate(file: PlanFile) -> Certificate | None:
    return None if file.content.get("certified_bound") is None else read_certificate(file.folder)


def _or_infinite(said: object) -> float:
    """JSON has no infinity: null is what is not known."""
    return float(said) if isinstance(said, (int, float)) else math.inf


def _odd(file: PlanFile, error: Exception) -> Problem:
    return Problem(
        code="odd-plan",
        where=str(file.folder / PLAN_FILE),
        found=tr("settings, termination or trace that cannot be read ({error})", error=error),
        expected=tr("the plan.json of a run folder"),
        mend=tr("Solve again with this version."),
    )
