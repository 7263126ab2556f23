"""Writes a plan into its run folder."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.errors import InputError
from siting.folder_lock import locked
from siting.inputs.changes import Changes
from siting.inputs.further_columns import further_columns
from siting.inputs.layouts import SITES
from siting.inputs.walking import walking_facts
from siting.plan.certificate_files import certificate_parts
from siting.plan.part_stamps import stamp
from siting.plan.plan import Plan, PlanGoal
from siting.plan.plan_file import FORMAT, LOG_FILE, OURS, PLAN_FILE, plan_digest, read_plan_file
from siting.plan.staging import files_in, replacing


@dataclass(frozen=True)
class PartsWritten:
    """What became of new parts of a run folder.

    Attributes:
        files: What was put in place.
        blocked: What a folder of the same name keeps out.
    """

    files: tuple[Path, ...]
    blocked: tuple[Path, ...]


def write_plan(
    plan: Plan,
    folder: Path,
    overrides: Mapping[str, str] | None = None,
    changes: Changes | None = None,
) -> Path:
    """Writes `plan.json` and the certificate of its bound: both or neither.

    Reports that an older plan has left in the folder go.

    Args:
        plan: The plan.
        folder: The run folder; made if it is missing.
        overrides: Settings of the instance that were changed for this run.
        changes: Changes of its tables, which the plan's instance has already.

    Returns:
        The path of `plan.json`.
    """
    content = to_json(plan)
    content["instance"]["folder"] = _relative(plan.instance.folder, folder)
    content["instance"]["overrides"] = dict(overrides or {})
    content["instance"]["changes"] = dict(changes or {})
    files = {} if plan.certificate is None else certificate_parts(plan.certificate, plan.model)
    content["certificate"] = {name: _digest(part) for name, part in files.items()}
    content["digest"] = plan_digest(content)
    content["parts"] = {}
    with replacing(folder, _outdated(folder)) as new:
        for name, part in files.items():
            (new / name).write_bytes(part)
        _write_json(new, content)
    return folder / PLAN_FILE


def write_parts(folder: Path, write: Callable[[Path], Collection[str]]) -> PartsWritten:
    """Adds parts to a run folder: reports of its plan, each with the digest of the plan.

    Args:
        folder: The run folder, with a plan.
        write: Writes the parts into another folder, and gives the names of those that it could
            not write, which the plan names, too.

    Returns:
        The new files, and those that could not be put in place, for a folder has their name.

    Raises:
        InputError: There is no plan, or another process writes into the folder.
        OSError: Something cannot be written; then all is as it was.
    """
    with locked(folder):
        content = read_plan_file(folder).content
        with replacing(folder) as new:
            failed = write(new)
            names = files_in(new)
            for name in (blocked := [name for name in names if (folder / name).is_dir()]):
                (new / name).unlink()
                names.remove(name)
            for name in names:
                stamp(new / name, str(content.get("digest")))
            digests = {name: _digest((new / name).read_bytes()) for name in names}
            digests.pop(LOG_FILE, None)
            gone = dict.fromkeys((*failed, *blocked))
            content["parts"] = {**_said_parts(content), **gone, **digests}
            _write_json(new, content)
    return PartsWritten(*(tuple(folder / name for name in some) for some in (names, blocked)))


def _outdated(folder: Path) -> set[str]:
    """What an older plan has written into the folder."""
    try:
        said = _said_parts(read_plan_file(folder).content) if folder.is_dir() else {}
    except InputError:  # there is none, or none that can be read
        said = {}
    return {*OURS, *(name for name in said if Path(name).parts[:1] in {(one,) for one in OURS})}


def _said_parts(content: Mapping[str, Any]) -> dict[str, Any]:
    said = content.get("parts")
    return dict(said) if isinstance(said, dict) else {}


def _write_json(folder: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    (folder / PLAN_FILE).write_bytes(text.encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _relative(target: Path, start: Path) -> str:
    try:
        return Path(os.path.relpath(target.resolve(), start.resolve())).as_posix()
    except ValueError:  # another drive on Windows
        return target.resolve().as_posix()


def to_json(plan: Plan) -> dict[str, Any]:
    """A plan as plain values; the keys are a contract (docs/files.md)."""
    instance = plan.instance
    settings = {key: value for key, value in asdict(plan.settings).items() if key != "isolate"}
    settings["without"] = sorted(plan.settings.without)
    return {
        "siting_plan": FORMAT,
        "instance": {
            "name": instance.name,
            "note": instance.note,
            "digests": dict(instance.digests),
        },
        "model": plan.spec.to_dict(),
        "settings": settings,
        "goals": [_goal(goal) for goal in plan.goals],
        "objective": plan.objective,
        "baseline": plan.baseline,
        "bound": _number(plan.bound),
        "certified_bound": _number(plan.certified_bound),
        "relative_gap": _number(plan.relative_gap),
        "gain_gap": _number(plan.gain_gap),
        "termination": asdict(plan.termination),
        "spend": plan.spend,
        "budget": instance.budget,
        "years": {str(year): money for year, money in instance.years.items()},
        "currency": asdict(instance.currency),
        "walking": walking_facts(instance),
        "chosen": _chosen_lines(plan),
        "coverage": _lines(plan.coverage),
        "coverage_by_group": _lines(plan.by_group),
        "coverage_by_district": _lines(plan.by_district),
        "complete": {"before": plan.complete[0], "after": plan.complete[1]},
        "trace": [asdict(point) for point in plan.trace],
        "seconds": {stage: round(seconds, 3) for stage, seconds in plan.seconds.items()},
        "versions": dict(plan.versions),
    }


def _goal(goal: PlanGoal) -> dict[str, Any]:
    return {
        "name": goal.name,
        "sense": goal.sense,
        "objective": goal.objective,
        "baseline": goal.baseline,
        "bound": _number(goal.bound),
        "certified_bound": _number(goal.certified_bound),
        "solver_bound": _number(goal.solver_bound),
        "relative_gap": _number(goal.relative_gap),
        "certified_gap": _number(goal.certified_gap),
        "within": goal.within,
        "floor": goal.floor,
    }


def _number(value: float) -> float | None:
    """JSON has no infinity: what is not known is null."""
    return value if np.isfinite(value) else None


def _chosen_lines(plan: Plan) -> list[dict[str, Any]]:
    """The chosen offers, each with the further columns of its site."""
    lines, sites = _lines(plan.chosen), plan.instance.sites
    further = _lines(sites[further_columns(sites, SITES)])
    there = dict(zip(sites["site_id"], further, strict=True))
    for line in lines:
        if said := there[line["site_id"]]:
            line["site"] = said
        line["categories"] = [part.strip() for part in str(line["categories"]).split(";")]
    return lines


def _lines(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A frame as one object a line, blanks as null."""
    plain = frame.astype(object).where(frame.notna(), None)
    columns = [str(column) for column in plain.columns]
    return [dict(zip(columns, line, strict=True)) for line in plain.to_numpy(object).tolist()]
