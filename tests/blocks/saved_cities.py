"""Random cities as instance folders, and their plans as run folders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from random_models import draw_city

from siting.coverage import compute_coverage
from siting.generate.folder import write_instance
from siting.inputs import Instance, read_instance
from siting.model import ModelSpec, formulate
from siting.plan import Plan, make_plan, write_plan
from siting.solve import SolveSettings, solve

ENGINE = SolveSettings(relative_gap=0, isolate=False, time_limit=30, threads=1)


@dataclass(frozen=True)
class SavedRun:
    """A plan and the folder that it is in."""

    plan: Plan
    folder: Path


def save_city(seed: int, folder: Path) -> Instance:
    """A random city whose walks are straight lines, written and read again."""
    city = _in_its_zone(draw_city(seed, travel="line"))
    if not folder.exists():
        write_instance(city, folder, "")
        settings = folder / "instance.yaml"
        years = ", ".join(f"{year}: {money} CNY" for year, money in city.years.items())
        text = settings.read_text(encoding="utf-8")
        settings.write_text(text + (f"years: {{{years}}}\n" if years else ""), encoding="utf-8")
    return read_instance(folder)


def _in_its_zone(city: Instance) -> Instance:
    """The city where its coordinate system has places; the reader refuses others."""
    moved = {
        role: table.assign(x=table["x"] + 400_000, y=table["y"] + 4_500_000)
        for role in ("residents", "outlets", "sites")
        for table in [getattr(city, role)]
    }
    return replace(city, **moved)


def plan_of(instance: Instance, spec: ModelSpec, settings: SolveSettings = ENGINE) -> Plan | None:
    """The best plan, or None where there is none."""
    coverage = compute_coverage(instance)
    program = formulate(instance, coverage, spec)
    result = solve(program, settings)
    if result.values is None:
        return None
    return make_plan(instance, coverage, spec, program, result)


def save_run(plan: Plan, folder: Path) -> SavedRun:
    """The plan in a run folder."""
    write_plan(plan, folder)
    return SavedRun(plan, folder)


def with_goal(spec: ModelSpec, goal: str, settings: dict[str, object]) -> ModelSpec:
    """The model with another goal, by name."""
    said = {**spec.to_dict(), "maximise": [{goal: settings}]}
    return replace(ModelSpec.from_dict(said), name=spec.name)
