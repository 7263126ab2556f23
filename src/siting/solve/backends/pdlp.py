"""Adapter to OR-Tools PDLP, a first-order method for linear relaxations too large for a simplex.

Called by its own interface rather than through MathOpt: arrays go over as they are, without a copy
entry by entry, and a solve can go on from where another stopped.
"""

from __future__ import annotations

import numpy as np
from ortools.pdlp import solve_log_pb2, solvers_pb2
from ortools.pdlp.python import pdlp
from scipy.sparse import csc_array

from siting.program.program import Program
from siting.solve.backends.contract import Failure, Relaxation

_USABLE = (
    solve_log_pb2.TERMINATION_REASON_OPTIMAL,
    solve_log_pb2.TERMINATION_REASON_TIME_LIMIT,
)


def relax(
    program: Program,
    *,
    time_limit: float,
    tolerance: float,
    threads: int = 1,
    start: Relaxation | None = None,
) -> Relaxation | Failure:
    """Solves the linear relaxation by PDLP (Applegate et al. 2021, arXiv 2106.04756).

    Args:
        program: The program; wholeness is ignored.
        time_limit: Seconds; what has been reached by then is the answer.
        tolerance: Relative distance of objective and bound, and of the rows from their limits.
        threads: Cores to use.
        start: A relaxation of the same program to go on from.

    Returns:
        What it reached, or why it failed.
    """
    settings = _settings(time_limit, tolerance, threads)
    # It minimises.
    answer = pdlp.primal_dual_hybrid_gradient(_quadratic(program), settings, _start(start))
    reason = answer.solve_log.termination_reason
    if reason not in _USABLE:
        return Failure(solve_log_pb2.TerminationReason.Name(reason))
    return Relaxation(np.asarray(answer.primal_solution), -np.asarray(answer.dual_solution))


def _quadratic(program: Program) -> pdlp.QuadraticProgram:
    rows, columns = program.shape
    arrays = pdlp.QuadraticProgram()
    arrays.resize_and_initialize(columns, rows)
    arrays.objective_vector = -program.objective
    arrays.objective_offset = -program.offset
    arrays.constraint_matrix = csc_array(program.matrix)
    arrays.constraint_lower_bounds = program.row_lower
    arrays.constraint_upper_bounds = program.row_upper
    arrays.variable_lower_bounds = program.lower
    arrays.variable_upper_bounds = program.upper
    return arrays


def _settings(
    time_limit: float, tolerance: float, threads: int
) -> solvers_pb2.PrimalDualHybridGradientParams:
    settings = solvers_pb2.PrimalDualHybridGradientParams()
    settings.num_threads = threads
    # It looks at the clock every 64 iterations and needs a while to hand its answer over.
    settings.termination_criteria.time_sec_limit = max(0.8 * time_limit, time_limit - 30.0)
    # The bound that it measures its progress by is then the one that its multipliers prove, and it
    # stops once that is close, not only once the multipliers stand still.
    settings.handle_some_primal_gradients_on_finite_bounds_as_residuals = False
    optimality = settings.termination_criteria.simple_optimality_criteria
    optimality.eps_optimal_relative = tolerance
    optimality.eps_optimal_absolute = tolerance
    return settings


def _start(relaxation: Relaxation | None) -> pdlp.PrimalAndDualSolution | None:
    if relaxation is None:
        return None
    start = pdlp.PrimalAndDualSolution()
    start.primal_solution = relaxation.values
    start.dual_solution = -relaxation.multipliers
    return start
