"""Writes a plan into its run folder."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.inputs.changes import Changes
from siting.inputs.walking import walking_facts
from siting.plan.certificate_files import certificate_parts
from siting.plan.plan import Plan, PlanGoal
from siting.plan.plan_file import FORMAT, PLAN_FILE


def write_plan(
    plan: Plan,
    folder: Path,
    overrides: Mapping[str, str] | None = None,
    changes: Changes | None = None,
) -> Path:
    """Writes `plan.json`, whole or not at all, and the certificate of its bound.

    Args:
        plan: The plan.
        folder: The run folder; made if it is missing.
        overrides: Settings of the instance that were changed for this run.
        changes: Changes of its tables, which the plan's instance has already.

    Returns:
        The path of `plan.json`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = to_json(plan)
    content["instance"]["folder"] = _relative(plan.instance.folder, folder)
    content["instance"]["overrides"] = dict(overrides or {})
    content["instance"]["changes"] = dict(changes or {})
    parts = {} if plan.certificate is None else certificate_parts(plan.certificate, plan.model)
    content["certificate"] = {name: _digest(part) for name, part in parts.items()}
    parts[PLAN_FILE] = (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
    _put_in_place(folder, parts)
    return folder / PLAN_FILE


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _put_in_place(folder: Path, parts: Mapping[str, bytes]) -> None:
    """Writes files aside and renames them, `plan.json` last: it names the digests of the others."""
    for name, content in parts.items():
        (folder / f"{name}.part").write_bytes(content)
    for name in parts:
        (folder / f"{name}.part").replace(folder / name)


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
        "chosen": _chosen_lines(plan.chosen),
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


def _chosen_lines(chosen: pd.DataFrame) -> list[dict[str, Any]]:
    lines = _lines(chosen)
    for line in lines:
        line["categories"] = [part.strip() for part in str(line["categories"]).split(";")]
    return lines


def _lines(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A frame as one object a line, blanks as null."""
    plain = frame.astype(object).where(frame.notna(), None)
    columns = [str(column) for column in plain.columns]
    return [dict(zip(columns, line, strict=True)) for line in plain.to_numpy(object).tolist()]
