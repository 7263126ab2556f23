"""A linear program that GLOP solves again and again, with other bounds and with more rows.

GLOP goes on from the basis where it was: without its preprocessing a changed bound costs tens of
dual simplex steps instead of thousands. It is spoken to in MathOpt's messages: the objects that
MathOpt makes of an answer take four times as long as the simplex method itself.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.glop import parameters_pb2 as glop_pb2
from ortools.math_opt import (
    callback_pb2,
    model_parameters_pb2,
    model_pb2,
    model_update_pb2,
    parameters_pb2,
    result_pb2,
    solution_pb2,
    sparse_containers_pb2,
)
from ortools.math_opt.core.python import solver as core
from ortools.math_opt.python import mathopt
from scipy.sparse import csr_array, vstack

Floats = NDArray[np.float64]
Index = NDArray[np.int64]

# Simplex steps of a solve before it is begun afresh in another way.
_STEPS, _STEPS_A_ROW = 5_000, 10

_FROM_THE_LAST_BASIS = {"use_preprocessing": False, "use_dual_simplex": True}
_AFRESH = (
    {"use_preprocessing": True, "use_dual_simplex": True, "perturb_costs_in_dual_simplex": True},
    {"use_preprocessing": True, "use_dual_simplex": False},
)
_INFEASIBLE = (
    result_pb2.TERMINATION_REASON_INFEASIBLE,
    result_pb2.TERMINATION_REASON_INFEASIBLE_OR_UNBOUNDED,
)


@dataclass(frozen=True)
class Basis:
    """Where a simplex method ended, for another to begin at; any basis is a mere hint.

    Attributes:
        columns: Status of each column in the numbers of MathOpt's `BasisStatus`, shape (columns,).
        rows: Of each row, shape (rows,).
    """

    columns: NDArray[np.int8]
    rows: NDArray[np.int8]

    def fits(self, shape: tuple[int, int]) -> bool:
        """Whether a program of so many rows and columns could have this basis."""
        return shape == (len(self.rows), len(self.columns))


@dataclass(frozen=True)
class LinearProgram:
    """Maximise `objective @ x` within bounds of columns and of rows.

    Attributes:
        objective: Shape (columns,).
        matrix: Shape (rows, columns).
        row_lower: Shape (rows,), -inf where there is none.
        row_upper: Shape (rows,), inf where there is none.
        lower: Shape (columns,).
        upper: Shape (columns,), inf where there is none.
    """

    objective: Floats
    matrix: csr_array
    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats

    def with_more(self, more: LinearProgram) -> LinearProgram:
        """This program, then the further columns and rows of another, whose matrix is over all."""
        rows, columns = self.matrix.shape[0], len(self.objective) + len(more.objective)
        own = csr_array(
            (self.matrix.data, self.matrix.indices, self.matrix.indptr), shape=(rows, columns)
        )
        return LinearProgram(
            np.concatenate([self.objective, more.objective]),
            csr_array(vstack([own, more.matrix], format="csr")),
            np.concatenate([self.row_lower, more.row_lower]),
            np.concatenate([self.row_upper, more.row_upper]),
            np.concatenate([self.lower, more.lower]),
            np.concatenate([self.upper, more.upper]),
        )


@dataclass(frozen=True)
class GlopAnswer:
    """What a solve says.

    Attributes:
        values: Shape (columns,); empty where there is no solution.
        multipliers: Of the rows, shape (rows,); a ray where there is no solution.
        is_infeasible: Whether there is no solution.
        is_cut_off: Whether it stopped since no solution is as good as the limit; it has no values.
        basis: Where it ended, None where there is no solution.
    """

    values: Floats
    multipliers: Floats
    is_infeasible: bool = False
    is_cut_off: bool = False
    basis: Basis | None = None


class Glop:
    """A linear program inside GLOP.

    Args:
        linear: The program.
        basis: Where it begins; one that does not fit is left aside.
    """

    def __init__(self, linear: LinearProgram, basis: Basis | None = None) -> None:
        self._linear = linear
        self._solver = _new_solver(linear)
        self._start = _NO_START if basis is None else self._start_at(basis)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self._linear.row_lower), len(self._linear.objective)

    def set_bounds(self, columns: Index, lower: Floats, upper: Floats) -> None:
        """Gives columns other bounds, each of shape (columns,)."""
        if len(columns) == 0:
            return
        update = model_update_pb2.ModelUpdateProto()
        ids = columns.tolist()
        for part, bounds, mine in (
            (update.variable_updates.lower_bounds, lower, self._linear.lower),
            (update.variable_updates.upper_bounds, upper, self._linear.upper),
        ):
            part.ids.extend(ids)
            part.values.extend(bounds.tolist())
            mine[columns] = bounds
        self._update(update)

    def extend(self, more: LinearProgram, basis: Basis | None) -> None:
        """Adds columns and rows.

        Args:
            more: The new ones; its matrix is over all columns, old and new.
            basis: Of the whole, where the next solve begins.
        """
        rows, columns = self.shape
        update = model_update_pb2.ModelUpdateProto()
        _write_columns(update.new_variables, more, columns)
        _write_sparse(
            update.objective_updates.linear_coefficients,
            np.arange(columns, columns + len(more.objective)),
            more.objective,
        )
        _write_rows(update.new_linear_constraints, more, rows)
        _write_matrix(update.linear_constraint_matrix_updates, more.matrix, rows)
        self._linear = self._linear.with_more(more)
        self._update(update)
        self._start = _NO_START if basis is None else self._start_at(basis)

    def solve(self, seconds: float, limit: float = -np.inf) -> GlopAnswer | None:
        """Solves it from where it was; None where it failed or the time was too short.

        Args:
            seconds: At most so long.
            limit: It may stop once the multipliers show that no solution is as good as this.
        """
        end = time.monotonic() + seconds
        found = self._run(seconds, _FROM_THE_LAST_BASIS, limit)
        for parameters in _AFRESH:
            if found is not None or time.monotonic() >= end:
                break
            # It may go round in circles from where it is.
            self._solver, self._start = _new_solver(self._linear), _NO_START
            found = self._run(end - time.monotonic(), parameters)
        return found

    def _update(self, update: model_update_pb2.ModelUpdateProto) -> None:
        if not self._solver.update(update):
            raise RuntimeError("GLOP does not take the update")

    def _run(
        self, seconds: float, how: Mapping[str, bool], cut_off: float = -np.inf
    ) -> GlopAnswer | None:
        """Solves it in one way; None where that failed, or took too many steps or too long."""
        glop = glop_pb2.GlopParameters(**how, objective_lower_limit=cut_off)
        glop.max_number_of_iterations = _STEPS + _STEPS_A_ROW * self.shape[0]
        limit = dt.timedelta(seconds=max(0.01, min(seconds, 86_400.0)))
        params = mathopt.SolveParameters(time_limit=limit, glop=glop).to_proto()
        nothing = callback_pb2.CallbackRegistrationProto()
        try:
            result = self._solver.solve(params, self._start, None, nothing, None, None)
        except Exception:  # noqa: BLE001 - MathOpt raises its own types only in part
            return None
        self._start = _NO_START
        return self._read(result, cut_off)

    def _read(self, result: result_pb2.SolveResultProto, cut_off: float) -> GlopAnswer | None:
        rows, columns = self.shape
        reason = result.termination.reason
        if reason == result_pb2.TERMINATION_REASON_OPTIMAL:
            best = result.solutions[0]
            return GlopAnswer(
                _dense(best.primal_solution.variable_values, columns),
                _dense(best.dual_solution.dual_values, rows),
                basis=_read_basis(best.basis, rows, columns),
            )
        if reason in _INFEASIBLE:
            rays = result.dual_rays
            ray = _dense(rays[0].dual_values, rows) if len(rays) else np.zeros(rows)
            return GlopAnswer(np.empty(0), ray, is_infeasible=True)
        dual = result.solutions[0].dual_solution if len(result.solutions) else None
        if dual is not None and dual.objective_value < cut_off:
            return GlopAnswer(np.empty(0), _dense(dual.dual_values, rows), is_cut_off=True)
        return None

    def _start_at(self, basis: Basis) -> model_parameters_pb2.ModelSolveParametersProto:
        start = model_parameters_pb2.ModelSolveParametersProto()
        if basis.fits(self.shape):
            for into, status in (
                (start.initial_basis.variable_status, basis.columns),
                (start.initial_basis.constraint_status, basis.rows),
            ):
                into.ids.extend(range(len(status)))
                into.values.extend(status.tolist())
        return start


_NO_START = model_parameters_pb2.ModelSolveParametersProto()


def _new_solver(linear: LinearProgram) -> core.Solver:
    message = model_pb2.ModelProto()
    _write_columns(message.variables, linear, 0)
    _write_rows(message.linear_constraints, linear, 0)
    _write_matrix(message.linear_constraint_matrix, linear.matrix, 0)
    message.objective.maximize = True
    _write_sparse(
        message.objective.linear_coefficients, np.arange(len(linear.objective)), linear.objective
    )
    return core.new(mathopt.SolverType.GLOP.value, message, parameters_pb2.SolverInitializerProto())


def _write_columns(into: model_pb2.VariablesProto, linear: LinearProgram, first: int) -> None:
    count = len(linear.objective)
    into.ids.extend(range(first, first + count))
    into.lower_bounds.extend(linear.lower.tolist())
    into.upper_bounds.extend(linear.upper.tolist())
    into.integers.extend([False] * count)


def _write_rows(into: model_pb2.LinearConstraintsProto, linear: LinearProgram, first: int) -> None:
    into.ids.extend(range(first, first + len(linear.row_lower)))
    into.lower_bounds.extend(linear.row_lower.tolist())
    into.upper_bounds.extend(linear.row_upper.tolist())


def _write_matrix(
    into: sparse_containers_pb2.SparseDoubleMatrixProto, matrix: csr_array, first: int
) -> None:
    ordered = matrix.copy()
    ordered.sum_duplicates()
    rows = np.repeat(np.arange(first, first + ordered.shape[0]), np.diff(ordered.indptr))
    some = ordered.data != 0
    into.row_ids.extend(rows[some].tolist())
    into.column_ids.extend(ordered.indices[some].tolist())
    into.coefficients.extend(ordered.data[some].tolist())


def _write_sparse(
    into: sparse_containers_pb2.SparseDoubleVectorProto, ids: Index, values: Floats
) -> None:
    some = values != 0
    into.ids.extend(ids[some].tolist())
    into.values.extend(values[some].tolist())


def _dense(vector: sparse_containers_pb2.SparseDoubleVectorProto, size: int) -> Floats:
    """A vector of a message, shape (size,)."""
    dense = np.zeros(size)
    dense[np.array(vector.ids, dtype=np.int64)] = np.array(vector.values)
    return dense


def _read_basis(found: solution_pb2.BasisProto, rows: int, columns: int) -> Basis | None:
    if len(found.variable_status.ids) != columns:
        return None
    basis = Basis(np.zeros(columns, dtype=np.int8), np.zeros(rows, dtype=np.int8))
    for status, into in (
        (found.variable_status, basis.columns),
        (found.constraint_status, basis.rows),
    ):
        into[np.array(status.ids, dtype=np.int64)] = np.array(status.values)
    return basis
