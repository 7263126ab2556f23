"""Re-checks a plan on disk from its inputs, without any solver.

Coverage, spend and objective are recomputed; the certified bound is derived from its multipliers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from siting.blocks.plain_model import PlainModel
from siting.coverage import Walks, compute_coverage, measure_walks
from siting.errors import InputError, Problem
from siting.inputs import CATEGORY_SEPARATOR, Instance, read_instance
from siting.inputs.changes import apply_changes
from siting.inputs.walking import describe_walking, walking_facts
from siting.language import phrase, tr
from siting.model.model_spec import ModelSpec
from siting.model.plain import say_plainly
from siting.plan.agreement import DIFFERENCE, agree, is_number, show
from siting.plan.certificate import Certificate
from siting.plan.certificate_files import read_certificate
from siting.plan.derivation import derive_bound
from siting.plan.goal_checks import check_floors, check_goals
from siting.plan.judgement import (
    Judgement,
    chosen_offers,
    complete_residents,
    coverage_by,
    coverage_by_category,
    coverage_by_group,
    judge,
)
from siting.plan.part_checks import check_certificate, check_digest, check_parts
from siting.plan.plan_file import PLAN_FILE, PlanFile, read_plan_file

_NUMBERS = (phrase("residents"), phrase("before"), phrase("after"))
_CHOSEN = ("cost", "investment", "mode", "floor_area_m2", "newly_covered", "only_here")


@dataclass(frozen=True)
class Verification:
    """What the inputs give for a plan, and where the plan says something else.

    Attributes:
        judgement: Recomputed effects.
        coverage: Recomputed coverage by category.
        disagreements: Each with both numbers; empty when the plan holds.
        certified_bounds: Derived from the certificate, by goal; empty where the plan has none.
        certificate: The certificate, or None.
        walking: The reading of walks that it was recomputed with.
        note: What a reader must know of the data.
        model: The model on its instance, said plainly.
        remarks: What is odd of the report's files and no disagreement.
    """

    judgement: Judgement
    coverage: pd.DataFrame
    disagreements: tuple[str, ...]
    certified_bounds: Mapping[str, float] = field(default_factory=dict)
    certificate: Certificate | None = None
    walking: str = ""
    note: str = ""
    model: PlainModel | None = field(default=None, repr=False)
    remarks: tuple[str, ...] = ()

    @property
    def certified_bound(self) -> float | None:
        """What is proven of the most important goal, or None."""
        return self.certified_bounds.get(self.judgement.goals[0].name)

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
    walks = measure_walks(inputs)
    found = check(file, say_plainly(inputs, compute_coverage(inputs, walks), spec), walks)
    parts = check_parts(file)
    disagreements = (*found.disagreements, *parts.disagreements)
    return replace(found, disagreements=disagreements, remarks=parts.remarks)


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
    budget = _money(file.content.get("budget", read.budget))
    return replace(read, budget=budget, years=_yearly(file.content.get("years"), read)), spec


def _yearly(said: object, read: Instance) -> Mapping[int, float]:
    """Each year's money as a file says it, where it names the years of the instance."""
    if not isinstance(said, dict) or {str(year) for year in read.years} != set(said):
        return read.years
    return {year: _money(said[str(year)]) or 0.0 for year in read.years}


def _money(said: object) -> float | None:
    """A budget as a file says it; what is no amount is refused as the plan's disagreement."""
    return float(said) if is_number(said) else None


def _nowhere(file: PlanFile, source: Path) -> Problem:
    return Problem(
        code="instance-moved",
        where=str(file.folder / PLAN_FILE),
        found=tr("a plan of the instance {folder}, which is no folder", folder=source),
        expected=tr("the instance folder that it was solved from"),
        mend=tr("Put it back, or name where it is now with --instance."),
    )


def dated_choices(file: PlanFile, model: PlainModel) -> dict[str, int]:
    """The year of each chosen offer, by its id; the first year where the file names none."""
    first = model.inputs.years[0]
    return {offer: first if year is None else int(year) for offer, year in file.when}


def check(file: PlanFile, model: PlainModel, walks: Walks) -> Verification:
    """Compares what a plan file says with what the inputs give.

    Args:
        file: The plan.
        model: Its model on its instance, said plainly.
        walks: Walking distances of the instance.
    """
    instance = model.inputs.instance
    when = dated_choices(file, model)
    judgement = judge(model, when, walks)
    coverage = coverage_by_category(instance, judgement)
    planned = {offer: year for offer, year in when.items() if year in model.inputs.years}
    chosen = chosen_offers(instance, model.inputs.coverage, planned)
    says = file.content
    problems = list(check_digest(says))
    problems += _changed_files(says["instance"].get("digests", {}), instance.digests)
    problems += judgement.violations
    if len(set(file.chosen)) != len(file.chosen):
        problems.append(tr("an offer is chosen twice"))
    problems += [
        tr(DIFFERENCE, name=name, said=show(said), given=show(given))
        for name, (said, given) in _figures(says, instance, judgement, coverage, chosen).items()
        if not _agrees(said, given)
    ]
    problems += _misplaced(says["chosen"], chosen)
    problems += _other_walking(says.get("walking"), walking_facts(instance))
    certificate, bounds, weak = _certified(file, model)
    problems += [*weak, *check_goals(says, judgement, model, bounds)]
    return Verification(
        judgement,
        coverage,
        tuple(problems),
        bounds,
        certificate,
        describe_walking(instance),
        instance.note,
        model,
    )


def _figures(
    says: Mapping[str, Any],
    instance: Instance,
    judgement: Judgement,
    coverage: pd.DataFrame,
    chosen: pd.DataFrame,
) -> dict[str, tuple[Any, Any]]:
    """Every figure of a plan with what the inputs give, by its name."""
    complete = complete_residents(instance, judgement)
    return {
        tr("spend"): (says["spend"], judgement.spend),
        tr("complete before"): (says["complete"].get("before"), complete[0]),
        tr("complete after"): (says["complete"].get("after"), complete[1]),
        **_table_pairs(says["coverage"], coverage, ("category",), ("group", *_NUMBERS)),
        **_table_pairs(
            says.get("coverage_by_group"),
            coverage_by_group(instance, judgement),
            ("group", "category"),
        ),
        **_table_pairs(
            says.get("coverage_by_district"),
            coverage_by(instance, judgement, "district"),
            ("district", "category"),
        ),
        **_table_pairs(says["chosen"], chosen, ("offer_id",), _CHOSEN),
    }


def _certified(
    file: PlanFile, model: PlainModel
) -> tuple[Certificate | None, dict[str, float], list[str]]:
    """The certificate, the bound that it proves of each goal, and what is wrong with it."""
    if not file.content.get("certificate"):
        return None, {}, []
    bounds: dict[str, float] = {}
    try:
        weak = list(check_certificate(file))
        certificate = read_certificate(file.folder, model)
        for goal in certificate.goals:
            bounds[goal.goal] = derive_bound(model, goal)
    except InputError as error:
        return None, {}, [str(problem) for problem in error.problems]
    except ValueError as error:
        return None, {}, [str(error)]
    return certificate, bounds, [*weak, *check_floors(file.content, certificate)]


def _changed_files(said: object, now: Mapping[str, str]) -> list[str]:
    then = {name: str(digest) for name, digest in _object(said).items()}
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
    stated = _object(said)
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


def _object(said: object) -> dict[str, Any]:
    return said if isinstance(said, dict) else {}


def _table_pairs(
    said: object, given: pd.DataFrame, keys: tuple[str, ...], columns: Sequence[str] = _NUMBERS
) -> dict[str, tuple[Any, Any]]:
    """Every value of a table, said and given, by what its key columns name."""
    lines = [_object(line) for line in said] if isinstance(said, list) else []
    known = {repr([line.get(key) for key in keys]): line for line in lines}
    pairs = {
        " ".join([*map(str, place), tr(column)]): (
            known.get(repr(place), {}).get(column),
            None if pd.isna(row[column]) else row[column],
        )
        for row in given.to_dict(orient="records")
        for place in [[row[key] for key in keys]]
        for column in columns
        if column in given
    }
    more = tr("lines by {what}", what=", ".join(keys))
    return pairs | {more: (len(lines), len(given))}


def _agrees(said: object, given: object) -> bool:
    """Whether a file says a number, up to the rounding of sums, or a text or a blank exactly."""
    return agree(said, given) if isinstance(given, (int, float)) else said == given


def _misplaced(said: list[dict[str, Any]], chosen: pd.DataFrame) -> list[str]:
    """Chosen offers that the plan puts at another site or fills with other categories."""
    known = {row["offer_id"]: row for row in chosen.to_dict(orient="records")}
    problems = []
    for line in said:
        offer = known.get(line["offer_id"])
        if offer is None:
            continue
        inside = sorted(part.strip() for part in offer["categories"].split(CATEGORY_SEPARATOR))
        named = line.get("categories")
        pairs = {
            tr("site of {offer}", offer=line["offer_id"]): (line.get("site_id"), offer["site_id"]),
            tr("categories of {offer}", offer=line["offer_id"]): (
                sorted(map(str, named)) if isinstance(named, list) else named,
                inside,
            ),
        }
        problems += [
            tr(DIFFERENCE, name=name, said=repr(says), given=repr(given))
            for name, (says, given) in pairs.items()
            if says != given
        ]
    return problems
