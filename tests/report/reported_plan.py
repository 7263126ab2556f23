"""A plan of the template town, and of variants of it, to report on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from siting.coverage import compute_coverage
from siting.inputs import Instance, read_instance, write_template
from siting.model import ModelSpec, formulate, read_model
from siting.plan import Plan, make_plan
from siting.solve import SolveSettings, solve


def template(folder: Path, **changes: Any) -> Instance:
    """The template instance, with some of its parts replaced."""
    written = folder / "town"
    if not written.exists():
        write_template(written)
    return replace(read_instance(written), **changes)


def planned(instance: Instance, spec: ModelSpec | None = None) -> Plan:
    """The best plan of a model, the annual one if no other is given."""
    spec, coverage = spec or read_model("annual-plan"), compute_coverage(instance)
    program = formulate(instance, coverage, spec)
    result = solve(program, SolveSettings(relative_gap=0, isolate=False, threads=1))
    return make_plan(instance, coverage, spec, program, result)
