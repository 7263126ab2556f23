"""Adapter to OR-Tools MathOpt.

HiGHS and GSCIP solve whole programs; HiGHS and GLOP solve linear relaxations.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt
from ortools.math_opt.solvers import highs_pb2
from ortools.math_opt.solvers.gscip import gscip_pb2

from siting.program.program import Domain, Program
from siting.solve.backends.contract import (
    BackendResult,
    Failure,
    MipTask,
    OnProgress,
    Relaxation,
    Relaxer,
)
from siting.solve.result import Limit, Reason, Termination
from siting.solve.settings import Backend

Floats = NDArray[np.float64]

_SOLVERS = {Backend.HIGHS: mathopt.SolverType.HIGHS, Backend.GSCIP: mathopt.SolverType.GSCIP}
# More than these are an error to them.
_GSCIP_THREADS = 64
# Of the time for a relaxation; the rest goes to handing it over.
_HANDED_OVER = 0.8
# Of that, for barrier, which may come to nothing.
_FIRST_SHARE = 0.75
_LONGEST = 10 * 365 * 86_400.0
_REASONS = {
    mathopt.TerminationReason.OPTIMAL: Reason.OPTIMAL,
    mathopt.TerminationReason.FEASIBLE: Reason.FEASIBLE,
    mathopt.TerminationReason.INFEASIBLE: Reason.INFEASIBLE,
    # Every column is bounded, so a program cannot be unbounded.
    mathopt.TerminationReason.INFEASIBLE_OR_UNBOUNDED: Reason.INFEASIBLE,
    mathopt.TerminationReason.NO_SOLUTION_FOUND: Reason.NO_SOLUTION,
}
_HEURISTICS = (
    "mip_heuristic_run_rins",
    "mip_heuristic_run_rens",
    "mip_heuristic_run_root_reduced_cost",
)
_HIGHS_LINE = re.compile(
    r"^\s*[A-Za-z]?\s+\d+\s+\d+\s+\d+\s+[\d.]+%\s+(?P<bound>[-+.\deinf]+)\s+(?P<best>[-+.\deinf]+)\s"
)


def to_model(program: Program, *, relaxed: bool = False) -> mathopt.Model:
    """Hands a program over in bulk, as arrays, with the sense of its objective."""
    proto = model_pb2.ModelProto()
    rows, columns = program.shape
    variables = proto.variables
    variables.ids.extend(range(columns))
    variables.lower_bounds.extend(program.lower.tolist())
    variables.upper_bounds.extend(program.upper.tolist())
    whole = (program.domain == Domain.INTEGER) & (not relaxed)
    variables.integers.extend(whole.tolist())
    proto.objective.maximize = True
    proto.objective.offset = program.offset
    earning = np.flatnonzero(program.objective)
    proto.objective.linear_coefficients.ids.extend(earning.tolist())
    proto.objective.linear_coefficients.values.extend(program.objective[earning].tolist())
    proto.linear_constraints.ids.extend(range(rows))
    proto.linear_constraints.lower_bounds.extend(program.row_lower.tolist())
    proto.linear_constraints.upper_bounds.extend(program.row_upper.tolist())
    matrix = program.matrix.copy()
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    row = np.repeat(np.arange(rows), np.diff(matrix.indptr))
    proto.linear_constraint_matrix.row_ids.extend(row.tolist())
    proto.linear_constraint_matrix.column_ids.extend(matrix.indices.tolist())
    proto.linear_constraint_matrix.coefficients.extend(matrix.data.tolist())
    return mathopt.Model.from_model_proto(proto)


def search(task: MipTask, report: OnProgress) -> BackendResult:
    """Solves a whole program with HiGHS or GSCIP.

    Args:
        task: Program, limits, seed, hint; HiGHS leaves improving solutions in `task.scratch`.
        report: Called with (incumbent, bound) as the solver's log tells them.
    """
    model = to_model(task.program)
    start = mathopt.ModelSolveParameters()
    if task.hint is not None:
        hint = {v: float(task.hint[v.id]) for v in model.variables()}
        start.solution_hints.append(mathopt.SolutionHint(variable_values=hint))
    solver = _SOLVERS[task.backend]
    try:
        result = mathopt.solve(
            model,
            solver,
            params=_parameters(task),
            model_params=start,
            msg_cb=_listener(report) if task.backend is Backend.HIGHS else None,
        )
    except Exception as error:  # noqa: BLE001 - MathOpt raises its own types only in part
        return BackendResult(None, np.inf, _fault(error))
    return _read(result, task.program)


def _parameters(task: MipTask) -> mathopt.SolveParameters:
    highs = highs_pb2.HighsOptionsProto()
    # An offer that is 1e-6 short of whole would overspend a budget once it is whole.
    highs.double_options["mip_feasibility_tolerance"] = 1e-9
    highs.string_options["parallel"] = "on" if task.threads > 1 else "off"
    if task.proof_only:
        highs.double_options["mip_heuristic_effort"] = 0.0
        # These start at the root whatever the effort, and each solves a program of its own.
        for name in _HEURISTICS:
            highs.bool_options[name] = False
    if task.scratch is not None:
        highs.bool_options["mip_improving_solution_save"] = True
        highs.string_options["mip_improving_solution_file"] = str(task.scratch)
    gscip = gscip_pb2.GScipParameters()
    # SCIP forgives a row this share of its limit; its own 1e-6 would overspend a budget.
    gscip.real_params["numerics/feastol"] = 1e-9
    return mathopt.SolveParameters(
        time_limit=_duration(task.time_limit),
        relative_gap_tolerance=task.relative_gap,
        # Left alone, both solvers call a gap of up to 1e-6 or 1e-4 optimal.
        absolute_gap_tolerance=0.0,
        random_seed=task.seed,
        # HiGHS inside MathOpt refuses a number of threads.
        threads=min(task.threads, _GSCIP_THREADS) if task.backend is Backend.GSCIP else None,
        highs=highs,
        gscip=gscip,
    )


def _duration(seconds: float) -> dt.timedelta:
    """Seconds, or ten years where a number says that there is no limit."""
    return dt.timedelta(seconds=min(seconds, _LONGEST))


def _listener(report: OnProgress) -> Callable[[Sequence[str]], None]:
    def listen(lines: Sequence[str]) -> None:
        for line in lines:
            match = _HIGHS_LINE.match(line)
            if match:
                bound, best = float(match["bound"]), float(match["best"])
                report(best if np.isfinite(best) else None, bound if np.isfinite(bound) else None)

    return listen


def _read(result: mathopt.SolveResult, program: Program) -> BackendResult:
    reason = _REASONS.get(result.termination.reason, Reason.ERROR)
    detail = result.termination.detail
    values = None
    if result.solutions and result.solutions[0].primal_solution is not None:
        found = result.solutions[0].primal_solution.variable_values
        values = np.zeros(program.shape[1])
        values[[v.id for v in found]] = list(found.values())
    limit = Limit.TIME if result.termination.limit == mathopt.Limit.TIME else None
    bound = result.termination.objective_bounds.dual_bound
    if reason is Reason.OPTIMAL:
        limit = None
    return BackendResult(values, float(bound), Termination(reason, limit, detail))


def _fault(error: BaseException) -> Termination:
    """The cause of a MathOpt error; its own wrapping can hide it in `__context__`."""
    cause = error.__context__ if error.__context__ is not None else error
    if "TIME" in str(cause).upper() and "LIMIT" in str(cause).upper():
        return Termination(Reason.NO_SOLUTION, Limit.TIME, str(cause))
    return Termination(Reason.ERROR, None, f"{type(cause).__name__}: {cause}")


def relax(program: Program, relaxer: Relaxer, *, time_limit: float) -> Relaxation | Failure | None:
    """Solves the linear relaxation, or returns None if the time was too short for any multipliers.

    Where the algorithm that was asked for comes to nothing in most of the time, the dual simplex
    method of HiGHS begins afresh: out of time, it has multipliers.

    Args:
        program: The program; wholeness is ignored.
        relaxer: Simplex or barrier; for PDLP see `pdlp`, for rows as needed `covering_lp`.
        time_limit: Seconds.
    """
    end = time.monotonic() + time_limit
    model = to_model(program, relaxed=True)
    if relaxer is Relaxer.BARRIER:
        found = _relax_by_highs(model, program, _FIRST_SHARE * time_limit, barrier=True)
        if isinstance(found, Relaxation) and found.is_solved:
            return found
    return _relax_by_highs(model, program, max(0.0, end - time.monotonic()))


def _relax_by_highs(
    model: mathopt.Model, program: Program, seconds: float, *, barrier: bool = False
) -> Relaxation | Failure | None:
    params = mathopt.SolveParameters(time_limit=_duration(_HANDED_OVER * seconds))
    if barrier:
        params.lp_algorithm = mathopt.LPAlgorithm.BARRIER
    try:
        result = mathopt.solve(model, mathopt.SolverType.HIGHS, params=params)
    except Exception as error:  # noqa: BLE001 - MathOpt raises its own types only in part
        return Failure(_fault(error).detail)
    return _read_relaxation(result, *program.shape)


def _read_relaxation(result: mathopt.SolveResult, rows: int, columns: int) -> Relaxation | None:
    """What there is of a relaxation: a dual simplex out of time has multipliers and no values."""
    is_solved = result.termination.reason == mathopt.TerminationReason.OPTIMAL
    for solution in result.solutions:
        if solution.dual_solution is None or (is_solved and solution.primal_solution is None):
            continue
        values, multipliers = np.zeros(columns), np.zeros(rows)
        dual = solution.dual_solution.dual_values
        multipliers[[r.id for r in dual]] = list(dual.values())
        if is_solved:
            primal = solution.primal_solution.variable_values
            values[[v.id for v in primal]] = list(primal.values())
        return Relaxation(values, multipliers, is_solved)
    return None
