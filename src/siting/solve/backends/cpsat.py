"""Adapter to CP-SAT, which knows whole numbers only: refuses what it could only round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from siting.program.program import Domain, Program
from siting.solve.backends.contract import BackendResult, MipTask, OnProgress
from siting.solve.result import Limit, Reason, Termination

Floats = NDArray[np.float64]

_LARGEST = 2.0**50
_REASONS = {
    cp_model.OPTIMAL: Reason.OPTIMAL,
    cp_model.FEASIBLE: Reason.FEASIBLE,
    cp_model.INFEASIBLE: Reason.INFEASIBLE,
    cp_model.UNKNOWN: Reason.NO_SOLUTION,
}


@dataclass(frozen=True)
class _Scaled:
    """Numbers as whole numbers: `whole / scale` is what was given."""

    whole: NDArray[np.int64]
    scale: float


def search(task: MipTask, report: OnProgress) -> BackendResult:
    """Solves a whole program with CP-SAT, exactly, or says why it cannot.

    Args:
        task: Program, limits, seed, hint.
        report: Called with (incumbent, bound) at each new solution and bound.
    """
    program = task.program
    if np.any(program.domain == Domain.CONTINUOUS):
        return _refusal("a continuous column")
    goal = _scale(program.objective)
    if goal is None:
        return _refusal("weights that no power of ten makes whole")
    model = cp_model.CpModel()
    columns = [
        model.new_int_var(int(np.ceil(low)), int(np.floor(high)), "")
        if np.ceil(low) <= np.floor(high)
        else model.new_int_var_from_domain(cp_model.Domain.from_values([]), "")
        for low, high in zip(program.lower, program.upper, strict=True)
    ]
    if not _add_rows(model, columns, program):
        return _refusal("a row that no power of ten makes whole")
    model.maximize(cp_model.LinearExpr.weighted_sum(columns, goal.whole.tolist()))
    if task.hint is not None:
        for column, value in zip(columns, task.hint, strict=True):
            model.add_hint(column, round(float(value)))
    return _run(model, columns, task, _Reporter(report, goal.scale, program.offset))


def _run(
    model: cp_model.CpModel, columns: Sequence[cp_model.IntVar], task: MipTask, reporter: _Reporter
) -> BackendResult:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = task.time_limit
    solver.parameters.relative_gap_limit = task.relative_gap
    solver.parameters.num_workers = task.threads
    solver.parameters.random_seed = task.seed
    solver.best_bound_callback = reporter.on_bound
    status = solver.solve(model, reporter)
    reason = _REASONS.get(status, Reason.ERROR)
    values = None
    bound = np.inf
    if reason in (Reason.OPTIMAL, Reason.FEASIBLE):
        values = np.array([solver.value(column) for column in columns], dtype=float)
    if reason in (Reason.OPTIMAL, Reason.FEASIBLE, Reason.NO_SOLUTION):
        bound = reporter.unscale(solver.best_objective_bound)
    limit = Limit.TIME if reason in (Reason.FEASIBLE, Reason.NO_SOLUTION) else None
    detail = solver.status_name() if reason is Reason.ERROR else ""
    return BackendResult(values, bound, Termination(reason, limit, detail))


class _Reporter(cp_model.CpSolverSolutionCallback):  # type: ignore[misc]
    """Passes incumbents and bounds on, in the program's own scale."""

    def __init__(self, report: OnProgress, scale: float, offset: float) -> None:
        super().__init__()
        self._report, self._scale, self._offset = report, scale, offset
        self._best: float | None = None
        self._bound: float | None = None

    def unscale(self, objective: float) -> float:
        return self._offset + objective / self._scale

    def on_solution_callback(self) -> None:
        self._best = self.unscale(self.objective_value)
        self._report(self._best, self._bound)

    def on_bound(self, bound: float) -> None:
        self._bound = self.unscale(bound)
        self._report(self._best, self._bound)


def _add_rows(
    model: cp_model.CpModel, columns: Sequence[cp_model.IntVar], program: Program
) -> bool:
    """Adds the rows in whole numbers; False if one cannot be written exactly."""
    matrix = program.matrix
    for row in range(program.shape[0]):
        part = slice(matrix.indptr[row], matrix.indptr[row + 1])
        scaled = _scale(matrix.data[part])
        if scaled is None:
            return False
        # The activity is whole, so limits may be rounded inwards; a hair against 0.3 / 0.1 < 3.
        low = np.ceil(program.row_lower[row] * scaled.scale - 1e-6)
        high = np.floor(program.row_upper[row] * scaled.scale + 1e-6)
        activity = cp_model.LinearExpr.weighted_sum(
            [columns[column] for column in matrix.indices[part]], scaled.whole.tolist()
        )
        limits = [int(np.clip(limit, -(2.0**60), 2.0**60)) for limit in (low, high)]
        model.add_linear_constraint(activity, limits[0], limits[1])
    return True


def _scale(numbers: Floats) -> _Scaled | None:
    """The smallest power of ten that makes numbers whole to 12 digits, or None."""
    for power in range(10):
        scaled = numbers * 10.0**power
        whole = np.round(scaled)
        if np.abs(whole).sum() > _LARGEST:
            return None
        if np.all(np.abs(scaled - whole) <= 1e-12 * np.maximum(1.0, np.abs(scaled))):
            return _Scaled(whole.astype(np.int64), 10.0**power)
    return None


def _refusal(what: str) -> BackendResult:
    detail = f"CP-SAT works in whole numbers and the program has {what}; take another backend"
    return BackendResult(None, np.inf, Termination(Reason.ERROR, None, detail))
