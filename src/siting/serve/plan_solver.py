"""Inputs kept warm, and requests answered from them: repaired at once, then solved and proven."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.coverage import Coverage
from siting.coverage.readings import coverage_in_year
from siting.errors import SitingError
from siting.inputs import Instance, split_categories
from siting.language import tr
from siting.model import formulate
from siting.plan import LoadedRun, Plan, load_run, make_plan, write_plan
from siting.plan.conflict import find_conflict
from siting.plan.plan import chosen_in
from siting.program import Program
from siting.report.conflict_texts import conflict_lines
from siting.report.goal_texts import how_it_ended
from siting.report.page.packing import pack_bits
from siting.serve.calls import SolveControl, Stop
from siting.serve.city import City
from siting.serve.plan_requests import RequestInputs, model_file, read_request, shell_command
from siting.serve.records import (
    Choice,
    Figures,
    FrontierPoint,
    Goal,
    PlanRequest,
    Preview,
    Progress,
)
from siting.solve import (
    Reason,
    SolveResult,
    SolveSettings,
    TracePoint,
    WarmStart,
    relative_gap,
    restart,
    solve,
)
from siting.sweep.point_starts import read_starts, write_start

Floats = NDArray[np.float64]

MODEL_FILE = "model.yaml"
# Plans that are kept as they are, for comparing and for reports; each takes some ten megabytes.
_KEPT = 3
# Plans to begin at.
_STARTS = 3
_FRONTIER_GAP, _FRONTIER_SECONDS = 0.002, 30.0
# Of each solve that finds out which wishes conflict.
_CONFLICT_GAP, _CONFLICT_SECONDS = 0.005, 10.0


class StartPoint(NamedTuple):
    """A folder to begin at, and the money that its plan had."""

    folder: Path
    budget: float


class NoPlanError(SitingError):
    """A solve ended without a plan; the text says why."""


class PlanSolver:
    """Answers requests of one city.

    Args:
        city: What they are about.
    """

    def __init__(self, city: City) -> None:
        self.city = city
        self._runs: OrderedDict[Path, LoadedRun] = OrderedDict()
        # Plans are solved in one thread and read in another.
        self._runs_lock = Lock()
        self._starts: list[StartPoint] = []

    def read(self, request: PlanRequest) -> RequestInputs:
        """A request read against the inputs, which stay in memory."""
        return read_request(self.city, request)

    def add_start(self, folder: Path, budget: float | None) -> None:
        """Lets later solves begin at what a run folder holds."""
        self._starts.append(StartPoint(folder, budget or 0.0))

    def answer(
        self, request: PlanRequest, folder: Path, control: SolveControl, parent: Path | None = None
    ) -> Figures:
        """Solves a request and writes its run folder: a first plan within seconds, then the proof.

        Args:
            request: What is asked.
            folder: The run folder to write.
            control: Who is told of it, and may end it.
            parent: The run folder of the plan at hand.

        Raises:
            InputError: With every problem of the request.
            NoPlanError: There is no plan, none was found in time, or nobody wants it.
        """
        begun = time.monotonic()
        read = self.read(request)
        program = formulate(read.instance, read.inputs.coverage, read.spec)
        result = self._solve(read, request, program, control, parent)
        if control.cancelled():
            raise NoPlanError(tr("it was cancelled"))
        if result.values is None:
            raise NoPlanError(_why(read, result, control.stop))
        inputs = read.inputs
        plan = make_plan(inputs.instance, inputs.coverage, read.spec, program, result, inputs.walks)
        plan = replace(plan, seconds={**plan.seconds, "all": time.monotonic() - begun})
        self._write(read, request, folder, plan)
        write_start(result, program, folder)
        self._keep(folder, LoadedRun(plan, inputs.coverage, inputs.walks))
        return figures_of(plan)

    def adopt(self, request: PlanRequest, folder: Path, source: Path) -> Figures:
        """Takes over the plan of a run folder from elsewhere, once its inputs confirm it.

        Raises:
            InputError: It cannot be read.
            VerificationError: It does not hold.
        """
        run, read = load_run(source), self.read(request)
        self._write(read, request, folder, run.plan)
        program = formulate(read.instance, read.inputs.coverage, read.spec)
        write_start(WarmStart(values=_values_of(run.plan, program)), program, folder)
        self._keep(folder, run)
        return figures_of(run.plan)

    def _write(self, read: RequestInputs, request: PlanRequest, folder: Path, plan: Plan) -> None:
        """Writes a plan with the model file that gives it again, and begins at it from now on."""
        write_plan(plan, folder, read.overrides, read.changes)
        command = shell_command(read, request, folder)
        (folder / MODEL_FILE).write_text(model_file(read.spec, command), encoding="utf-8")
        self.add_start(folder, read.instance.budget)

    def _solve(
        self,
        read: RequestInputs,
        request: PlanRequest,
        program: Program,
        control: SolveControl,
        parent: Path | None,
    ) -> SolveResult:
        begun = time.monotonic()
        starts = read_starts(self._nearest(read.instance.budget or 0.0, parent), program)
        known = restart(program, starts, gap=request.gap)
        if known is not None and known.values is not None:
            control.news(_preview(read, program, known.values))
        settings = SolveSettings(time_limit=request.time_limit, relative_gap=request.gap)
        given = [start for start in (known, *starts) if start is not None]
        return solve(
            program,
            settings,
            start=given,
            stop=control.stop,
            on_progress=lambda point: control.news(_progress(point, time.monotonic() - begun)),
        )

    def _nearest(self, budget: float, parent: Path | None) -> Sequence[Path]:
        """The plan at hand, the last one, and those of the nearest money."""
        near = sorted(self._starts, key=lambda known: abs(known.budget - budget))
        last = [known.folder for known in self._starts[-1:]]
        found = [parent] if parent is not None else []
        return list(dict.fromkeys([*found, *last, *(k.folder for k in near)]))[:_STARTS]

    def frontier_point(
        self, share: float, folder: Path, control: SolveControl
    ) -> FrontierPoint | None:
        """What a share of the instance's money can do under the annual plan, while nobody waits."""
        budget = self.instance_budget
        if budget is None:
            return None
        money = share * budget
        request = PlanRequest(budget=money, gap=_FRONTIER_GAP, time_limit=_FRONTIER_SECONDS)
        read = self.read(request)
        program = formulate(read.instance, read.inputs.coverage, read.spec)
        result = self._solve(read, request, program, control, None)
        if result.values is None or control.stop():
            return None
        folder.mkdir(parents=True, exist_ok=True)
        write_start(result, program, folder)
        self.add_start(folder, read.instance.budget)
        bound = result.bound if math.isfinite(result.bound) else None
        return FrontierPoint(budget=money, objective=result.objective, bound=bound)

    @property
    def instance_budget(self) -> float | None:
        """The money that the instance names, if it names one sum."""
        return None if self.city.instance.years else self.city.instance.budget

    def run(self, folder: Path) -> LoadedRun:
        """The plan of a run folder, confirmed by its inputs.

        Raises:
            InputError: It cannot be read.
            VerificationError: It does not hold.
        """
        with self._runs_lock:
            known = self._runs.get(folder)
        run = known or load_run(folder)
        self._keep(folder, run)
        return run

    def _keep(self, folder: Path, run: LoadedRun) -> None:
        with self._runs_lock:
            self._runs[folder] = run
            self._runs.move_to_end(folder)
            while len(self._runs) > _KEPT:
                self._runs.popitem(last=False)


def figures_of(plan: Plan) -> Figures:
    """What a plan came to, as its record."""
    certified = plan.goals[0].certified_gap
    return Figures(
        goals=tuple(
            Goal(
                name=goal.name,
                objective=goal.objective,
                baseline=goal.baseline,
                bound=goal.bound if math.isfinite(goal.bound) else None,
                gap=goal.relative_gap if math.isfinite(goal.relative_gap) else None,
            )
            for goal in plan.goals
        ),
        certified_gap=certified if math.isfinite(certified) else None,
        spend=plan.spend,
        offers=len(plan.chosen),
        complete_before=plan.complete[0],
        complete_after=plan.complete[1],
        seconds=float(plan.seconds.get("all", 0.0)),
        ended=how_it_ended(plan),
    )


def covered_with(
    coverage: Coverage, instance: Instance, offers: Sequence[str]
) -> NDArray[np.bool_]:
    """Who has what with some offers built, shape (residents, categories)."""
    chosen = instance.offers[instance.offers["offer_id"].isin(set(offers))]
    coverage = coverage_in_year(instance, coverage, max(instance.years, default=0))
    sites = pd.Index(instance.sites["site_id"]).get_indexer(chosen["site_id"].to_numpy())
    lines = split_categories(chosen["categories"]).drop_duplicates()
    found = np.stack([coverage[name].served for name in instance.category_names], axis=1).copy()
    for category, rows in lines.groupby("category")["row"]:
        here = sites[rows.to_numpy(np.int64)]
        reached = np.asarray(coverage[str(category)].reach[:, here].sum(axis=1)).ravel() > 0
        found[:, instance.category_names.index(str(category))] |= reached
    return found


def _values_of(plan: Plan, program: Program) -> Floats:
    """The choices of a plan as values of a program's columns; what follows from them is left 0."""
    values, choose = np.zeros(program.shape[1]), program.section("choose")
    # Where the inputs name no years there is one, which a plan does not say.
    key = ["offer_id", "year"] if "year" in plan.chosen else ["offer_id"]
    taken = set(plan.chosen[key].itertuples(index=False, name=None))
    values[choose.slice] = [ids[: len(key)] in taken for ids in zip(*choose.ids, strict=True)]
    return values


def choices_of(instance: Instance, offers: Sequence[str]) -> tuple[Choice, ...]:
    """The records of some offers."""
    chosen = instance.offers[instance.offers["offer_id"].isin(set(offers))]
    columns = ["offer_id", "site_id", "categories", "cost"]
    return tuple(
        Choice(
            offer_id=str(offer),
            site_id=str(site),
            categories=tuple(part.strip() for part in str(categories).split(";")),
            cost=float(cost),
        )
        for offer, site, categories, cost in chosen[columns].itertuples(index=False, name=None)
    )


def _preview(read: RequestInputs, program: Program, values: Floats) -> Preview:
    offers = list(chosen_in(program, values))
    covered = covered_with(read.inputs.coverage, read.instance, offers)
    chosen = choices_of(read.instance, offers)
    return Preview(scenario=0, chosen=chosen, covered=pack_bits(covered))


def _progress(point: TracePoint, seconds: float) -> Progress:
    gap = math.inf if point.bound is None else relative_gap(point.incumbent, point.bound)
    return Progress(
        scenario=0,
        seconds=seconds,
        phase=str(point.phase),
        incumbent=point.incumbent,
        bound=point.bound,
        gap=gap if math.isfinite(gap) else None,
    )


def _why(read: RequestInputs, result: SolveResult, stop: Stop) -> str:
    """Why there is no plan, with the wishes that conflict."""
    if result.termination.reason is not Reason.INFEASIBLE:
        return tr("no plan was found in time; give it more, or fewer wishes")
    instance, coverage = read.instance, read.inputs.coverage
    asked = SolveSettings(time_limit=_CONFLICT_SECONDS, relative_gap=_CONFLICT_GAP, isolate=False)
    found = find_conflict(instance, coverage, read.spec, asked, stop)
    lines = conflict_lines(found, instance, coverage)
    return tr("no plan keeps all wishes: {why}", why="; ".join(lines))
