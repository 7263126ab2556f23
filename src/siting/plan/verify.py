"""Re-checks a plan on disk from its inputs, without any solver.

Coverage, spend and objective are recomputed; the certified bound is derived from its multipliers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeGuard

import pandas as pd

from siting.coverage import Walks, compute_coverage
from siting.errors import InputError, Problem
from siting.inputs import CATEGORY_SEPARATOR, Instance, ModelSpec, read_instance
from siting.inputs.changes import apply_changes
from siting.inputs.walking import describe_walking, walking_facts
from siting.language import phrase, tr
from siting.plan.certificate import derive_bound, read_certificate
from siting.plan.judgement import (
    Judgement,
    complete_residents,
    coverage_by,
    coverage_by_category,
    coverage_by_group,
    judge,
)
from siting.plan.plan_file import PLAN_FILE, PlanFile, read_plan_file

_AGREEMENT = 1e-6
_DIFFERENCE = phrase("{name}: plan.json says {said}, the inputs give {given}")
_NUMBERS = (phrase("residents"), phrase("before"), phrase("after"))


@dataclass(frozen=True)
class Verification:
    """What the inputs give for a plan, and where the plan says something else.

    Attributes:
        judgement: Recomputed effects.
        coverage: Recomputed coverage by category.
        disagreements: Each with both numbers; empty when the plan holds.
        certified_bound: Derived from the certificate, or None where the plan claims none.
        walking: The reading of walks that it was recomputed with.
        note: What a reader must know of the data.
    """

    judgement: Judgement
    coverage: pd.DataFrame
    disagreements: tuple[str, ...]
    certified_bound: float | None = None
    walking: str = ""
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether the plan says what its inputs give."""
        return not self.disagreements


def verify(folder: Path, instance: Path | None = None) -> Verification:
    """Re-checks the plan of a run folder.

    Args:
        folder: The run folder.
        instance: The instance folder, if it has moved since.

    Raises:
        InputError: The plan or its instance cannot be read.
    """
    file = read_plan_file(folder)
    inputs, spec = inputs_of(file, instance)
    return check(file, inputs, spec)


def inputs_of(file: PlanFile, instance: Path | None = None) -> tuple[Instance, ModelSpec]:
    """Reads again what a plan was made from: the instance as it was solved, and the model.

    Args:
        file: The plan.
        instance: The instance folder, if it has moved since.

    Raises:
        InputError: One of them cannot be read.
    """
    said = file.content["instance"]
    source = instance or file.instance_folder
    if not source.is_dir():
        raise InputError([_nowhere(file, source)])
    read = read_instance(source, overrides=said.get("overrides") or {})
    read = apply_changes(read, said.get("changes") or {})
    spec = ModelSpec.from_dict(file.content["model"], "plan.json model")
    return replace(read, budget=file.content.get("budget", read.budget)), spec


def _nowhere(file: PlanFile, source: Path) -> Problem:
    return Problem(
        code="instance-moved",
        where=str(file.folder / PLAN_FILE),
        found=tr("a plan of the instance {folder}, which is no folder", folder=source),
        expected=tr("the instance folder that it was solved from"),
        mend=tr("Put it back, or name where it is now with --instance."),
    )


def check(
    file: PlanFile, instance: Instance, spec: ModelSpec, walks: Walks | None = None
) -> Verification:
    """Compares what a plan file says with what the inputs give."""
    judgement = judge(instance, spec, file.chosen, walks)
    coverage = coverage_by_category(instance, judgement)
    says = file.content
    problems = list(_changed_files(says["instance"].get("digests", {}), instance.digests))
    problems += judgement.violations
    complete = complete_residents(instance, judgement)
    pairs = {
        tr("objective"): (says["objective"], judgement.objective),
        tr("baseline"): (says.get("baseline", judgement.baseline), judgement.baseline),
        tr("spend"): (says["spend"], judgement.spend),
        tr("complete before"): (says["complete"]["before"], complete[0]),
        tr("complete after"): (says["complete"]["after"], complete[1]),
        **_coverage_pairs(says["coverage"], coverage, ("category",)),
        **_coverage_pairs(
            says.get("coverage_by_group", []),
            coverage_by_group(instance, judgement),
            ("group", "category"),
        ),
        **_coverage_pairs(
            says.get("coverage_by_district", []),
            coverage_by(instance, judgement, "district"),
            ("district", "category"),
        ),
        **_cost_pairs(says["chosen"], instance.offers),
    }
    problems += [
        tr(_DIFFERENCE, name=name, said=_show(said), given=_show(given))
        for name, (said, given) in pairs.items()
        if not _agree(said, given)
    ]
    problems += _misplaced(says["chosen"], instance.offers)
    problems += _other_walking(says.get("walking"), walking_facts(instance))
    problems += _bound_problems(says)
    certified, weak = _certified_bound(file, instance, spec, walks)
    return Verification(
        judgement,
        coverage,
        (*problems, *weak),
        certified,
        describe_walking(instance),
        instance.note,
    )


def _certified_bound(
    file: PlanFile, instance: Instance, spec: ModelSpec, walks: Walks | None
) -> tuple[float | None, list[str]]:
    """The bound that the certificate proves, and whether the plan claims a better one."""
    said = file.content.get("certified_bound")
    if said is None:
        return None, []
    try:
        certificate = read_certificate(file.folder)
        coverage = compute_coverage(instance, walks)
        derived = derive_bound(instance, coverage, spec, certificate)
    except InputError as error:
        return None, [str(problem) for problem in error.problems]
    except ValueError as error:
        return None, [str(error)]
    if _is_number(said) and derived <= said:
        return derived, []
    return derived, [
        tr(
            "certified_bound: plan.json says {said}, the certificate proves {derived}",
            said=_show(said),
            derived=_show(derived),
        )
    ]


def _changed_files(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return [
        tr(
            "{name}: the file is not the one the plan was made from "
            "(digest {then} then, {now} now)",
            name=name,
            then=then.get(name, tr("none"))[:12],
            now=now.get(name, tr("none"))[:12],
        )
        for name in sorted(set(then) | set(now))
        if then.get(name) != now.get(name)
    ]


def _other_walking(said: object, given: Mapping[str, Any]) -> list[str]:
    """Where the plan states other walks; plans of older versions state none."""
    if said is None:
        return []
    stated = said if isinstance(said, dict) else {}
    return [
        tr(
            "walking, {key}: plan.json says {said}, the inputs give {given}",
            key=key,
            said=repr(stated.get(key)),
            given=repr(value),
        )
        for key, value in given.items()
        if stated.get(key) != value
    ]


def _coverage_pairs(
    said: list[dict[str, Any]], given: pd.DataFrame, keys: tuple[str, ...]
) -> dict[str, tuple[Any, Any]]:
    """Every number of a coverage table, said and given, by what its key columns name."""
    lines = {tuple(line.get(key) for key in keys): line for line in said}
    return {
        " ".join([*map(str, place), tr(number)]): (lines.get(place, {}).get(number), row[number])
        for row in given.to_dict(orient="records")
        for place in [tuple(row[key] for key in keys)]
        for number in _NUMBERS
    }


def _cost_pairs(said: list[dict[str, Any]], offers: pd.DataFrame) -> dict[str, tuple[Any, Any]]:
    costs = offers.set_index("offer_id")["cost"]
    return {
        tr("cost of {offer}", offer=line["offer_id"]): (
            line.get("cost"),
            float(costs[line["offer_id"]]),
        )
        for line in said
        if line["offer_id"] in costs.index
    }


def _misplaced(said: list[dict[str, Any]], offers: pd.DataFrame) -> list[str]:
    """Chosen offers that the plan puts at another site or fills with other categories."""
    known = {row["offer_id"]: row for row in offers.to_dict(orient="records")}
    problems = []
    for line in said:
        offer = known.get(line["offer_id"])
        if offer is None:
            continue
        inside = sorted(part.strip() for part in offer["categories"].split(CATEGORY_SEPARATOR))
        pairs = {
            tr("site of {offer}", offer=line["offer_id"]): (line.get("site_id"), offer["site_id"]),
            tr("categories of {offer}", offer=line["offer_id"]): (
                sorted(line.get("categories") or []),
                inside,
            ),
        }
        problems += [
            tr(_DIFFERENCE, name=name, said=repr(says), given=repr(given))
            for name, (says, given) in pairs.items()
            if says != given
        ]
    return problems


def _bound_problems(says: Mapping[str, Any]) -> list[str]:
    """Whether the bound is above the objective and the gap is theirs; null where none is known."""
    bound, objective, said = says.get("bound"), says["objective"], says.get("relative_gap")
    if bound is None:
        form = phrase("relative_gap: plan.json says {said} without a bound")
        return [] if said is None else [tr(form, said=_show(said))]
    if not (_is_number(bound) and _is_number(objective)):
        return [tr("bound: plan.json says {said}, expected a number", said=_show(bound))]
    problems = []
    if bound < objective - _AGREEMENT * max(1.0, abs(objective)):
        problems.append(
            tr(
                "bound: plan.json says {said}, below its objective {objective}",
                said=_show(bound),
                objective=_show(objective),
            )
        )
    gap = max(0.0, bound - objective) / max(1.0, abs(objective))
    if not _agree(said, gap):
        problems.append(
            tr(
                "relative_gap: plan.json says {said}, its objective and bound give {given}",
                said=_show(said),
                given=_show(gap),
            )
        )
    return problems


def _is_number(said: object) -> TypeGuard[float]:
    """Whether a file says a finite number; JSON may hold anything, even NaN."""
    return isinstance(said, (int, float)) and not isinstance(said, bool) and math.isfinite(said)


def _agree(said: object, given: float) -> bool:
    if not _is_number(said):
        return False
    return abs(said - given) <= _AGREEMENT * max(1.0, abs(given))


def _show(number: object) -> str:
    if not _is_number(number):
        return repr(number)
    return f"{number:,.6g}" if 0 < abs(number) < 1 else f"{number:,.2f}"
