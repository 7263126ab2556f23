"""Writes a plan into its run folder."""

from __future__ import annotations

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
from siting.plan.certificate import write_certificate
from siting.plan.plan import Plan
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
    if plan.certificate is not None:
        write_certificate(plan.certificate, plan.certified_bound, folder)
    content = to_json(plan)
    content["instance"]["folder"] = _relative(plan.instance.folder, folder)
    content["instance"]["overrides"] = dict(overrides or {})
    content["instance"]["changes"] = dict(changes or {})
    target = folder / PLAN_FILE
    part = target.with_suffix(".json.part")
    part.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    part.replace(target)
    return target


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
        "objective": plan.objective,
        "baseline": plan.baseline,
        "bound": _number(plan.bound),
        "certified_bound": _number(plan.certified_bound),
        "relative_gap": _number(plan.relative_gap),
        "gain_gap": _number(plan.gain_gap),
        "termination": asdict(plan.termination),
        "spend": plan.spend,
        "budget": instance.budget,
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
