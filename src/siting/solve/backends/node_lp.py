"""The linear relaxation of a program, solved again and again within other column bounds.

GLOP goes on from the basis where it was: without its preprocessing a changed bound costs tens of
dual simplex steps instead of thousands. It is spoken to in MathOpt's messages: the objects that
MathOpt makes of an answer take four times as long as the simplex method itself.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

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
    sparse_containers_pb2,
)
from ortools.math_opt.core.python import solver as core
from ortools.math_opt.python import mathopt
from scipy.sparse import csr_array, diags_array, eye_array, hstack

from siting.program import Domain, Program, Section
from siting.solve.backends.mathopt import to_basis, to_model
from siting.solve.result import Basis

Floats = NDArray[np.float64]

# Simplex steps at a node before it is begun afresh in another way.
_STEPS, _STEPS_A_ROW = 5_000, 10


_FROM_THE_LAST_BASIS = {"use_preprocessing": False, "use_dual_simplex": True}
_AFRESH = (
    {"use_preprocessing": True, "use_dual_simplex": True, "perturb_costs_in_dual_simplex": True},
    {"use_preprocessing": True, "use_dual_simplex": False},
)


@dataclass(frozen=True)
class NodeSolution:
    """What the relaxation of a node says.

    Attributes:
        values: Shape (columns,); empty where there is no solution.
        multipliers: Of the rows, shape (rows,).
        is_infeasible: Whether there is no solution; then the multipliers are a ray.
    """

    values: Floats
    multipliers: Floats
    is_infeasible: bool = False


class NodeLP:
    """A relaxation whose column bounds change from node to node.

    Args:
        program: The program; wholeness is ignored.
        basis: Where it begins; one that does not fit the program is left aside.
    """

    def __init__(self, program: Program, basis: Basis | None = None) -> None:
        self._program = self._whole = program
        # Without preprocessing GLOP does not scale, and amounts far apart would keep it for ever.
        self._scale = _row_scale(program)
        model = to_model(_scaled(program, self._scale), relaxed=True)
        self._message = model.export_model()
        self._solver = _new_solver(self._message)
        self._changed: set[int] = set()
        self._start = model_parameters_pb2.ModelSolveParametersProto()
        if basis is not None and basis.fits(program.shape):
            self._start.initial_basis.CopyFrom(to_basis(model, basis).to_proto())

    def solve(self, fixed: Mapping[int, float], seconds: float) -> NodeSolution | None:
        """Solves it with some columns fixed; None where it failed or the time was too short."""
        end = time.monotonic() + seconds
        self._move_bounds(fixed)
        found = self._run(seconds, _FROM_THE_LAST_BASIS)
        for parameters in _AFRESH:
            if found is not None or time.monotonic() >= end:
                break
            # It may go round in circles from where it is.
            self._solver = _new_solver(self._message)
            self._changed = set(np.flatnonzero(self._narrowed()).tolist())
            self._move_bounds(fixed)
            found = self._run(end - time.monotonic(), parameters)
        return found

    def _narrowed(self) -> NDArray[np.bool_]:
        """Columns whose bounds are narrower than in the message that makes a solver."""
        lower, upper = self._program.lower, self._program.upper
        changed: NDArray[np.bool_] = (lower != self._whole.lower) | (upper != self._whole.upper)
        return changed

    def narrow(self, lower: Floats, upper: Floats) -> None:
        """Takes narrower column bounds for good, each of shape (columns,)."""
        changed = (lower != self._program.lower) | (upper != self._program.upper)
        self._program = replace(self._program, lower=lower, upper=upper)
        self._changed |= set(np.flatnonzero(changed).tolist())

    def _run(self, seconds: float, how: Mapping[str, bool]) -> NodeSolution | None:
        """Solves it in one way; None where that failed, or took too many steps or too long."""
        glop = glop_pb2.GlopParameters(**how)
        glop.max_number_of_iterations = _STEPS + _STEPS_A_ROW * self._program.shape[0]
        limit = dt.timedelta(seconds=max(0.01, min(seconds, 86_400.0)))
        params = mathopt.SolveParameters(time_limit=limit, glop=glop).to_proto()
        nothing = callback_pb2.CallbackRegistrationProto()
        try:
            result = self._solver.solve(params, self._start, None, nothing, None, None)
        except Exception:  # noqa: BLE001 - MathOpt raises its own types only in part
            return None
        self._start = model_parameters_pb2.ModelSolveParametersProto()
        return self._read(result)

    def ray(self, fixed: Mapping[int, float], seconds: float) -> Floats | None:
        """Multipliers that show that nothing keeps all rows, from an elastic relaxation.

        Every row may be broken at a price of 1: the multipliers of the cheapest way are a ray.
        """
        program = self._program
        lower, upper = program.lower.copy(), program.upper.copy()
        columns = list(fixed)
        lower[columns] = upper[columns] = list(fixed.values())
        elastic = _elastic(replace(program, lower=lower, upper=upper))
        found = NodeLP(elastic).solve({}, seconds)
        return None if found is None or found.is_infeasible else found.multipliers

    def _move_bounds(self, fixed: Mapping[int, float]) -> None:
        """Fixes these columns, and no others."""
        moved = sorted(self._changed | fixed.keys())
        if moved:
            lower, upper = self._program.lower, self._program.upper
            update = model_update_pb2.ModelUpdateProto()
            for part, bounds in (
                (update.variable_updates.lower_bounds, lower),
                (update.variable_updates.upper_bounds, upper),
            ):
                part.ids.extend(moved)
                part.values.extend(float(fixed.get(c, bounds[c])) for c in moved)
            if not self._solver.update(update):
                raise RuntimeError("GLOP does not take other bounds")
        self._changed = set(fixed)

    def _read(self, result: result_pb2.SolveResultProto) -> NodeSolution | None:
        rows, columns = self._program.shape
        reason = result.termination.reason
        if reason == result_pb2.TERMINATION_REASON_OPTIMAL:
            best = result.solutions[0]
            multipliers = _dense(best.dual_solution.dual_values, rows) * self._scale
            return NodeSolution(_dense(best.primal_solution.variable_values, columns), multipliers)
        if reason in _INFEASIBLE:
            rays = result.dual_rays
            ray = _dense(rays[0].dual_values, rows) if len(rays) else np.zeros(rows)
            return NodeSolution(np.empty(0), ray * self._scale, is_infeasible=True)
        return None


_INFEASIBLE = (
    result_pb2.TERMINATION_REASON_INFEASIBLE,
    result_pb2.TERMINATION_REASON_INFEASIBLE_OR_UNBOUNDED,
)


def _new_solver(message: model_pb2.ModelProto) -> core.Solver:
    return core.new(mathopt.SolverType.GLOP.value, message, parameters_pb2.SolverInitializerProto())


def _dense(vector: sparse_containers_pb2.SparseDoubleVectorProto, size: int) -> Floats:
    """A vector of a message, shape (size,)."""
    dense = np.zeros(size)
    dense[np.array(vector.ids, dtype=np.int64)] = np.array(vector.values)
    return dense


def _row_scale(program: Program) -> Floats:
    """What makes the largest coefficient of each row 1, shape (rows,)."""
    if 0 in program.shape:
        return np.ones(program.shape[0])
    largest = abs(program.matrix).max(axis=1).toarray().ravel()
    return np.asarray(np.where(largest > 0, 1.0 / np.where(largest > 0, largest, 1.0), 1.0))


def _scaled(program: Program, scale: Floats) -> Program:
    """The program with each row times a number."""
    matrix = csr_array(diags_array(scale) @ program.matrix)
    return replace(
        program,
        matrix=matrix,
        row_lower=program.row_lower * scale,
        row_upper=program.row_upper * scale,
    )


def _elastic(program: Program) -> Program:
    """The program with a column a row that lets it be exceeded, and one that lets it fall short."""
    rows, columns = program.shape
    own = eye_array(rows, format="csr")
    most = 1e9 + abs(program.matrix).sum()
    sections = (*program.columns, Section("slack", columns, columns + 2 * rows, ()))
    return replace(
        program,
        columns=sections,
        objective=np.concatenate([np.zeros(columns), np.full(2 * rows, -1.0)]),
        offset=0.0,
        matrix=csr_array(hstack([program.matrix, -own, own], format="csr")),
        lower=np.concatenate([program.lower, np.zeros(2 * rows)]),
        upper=np.concatenate([program.upper, np.full(2 * rows, float(most))]),
        domain=np.concatenate(
            [program.domain, np.full(2 * rows, Domain.CONTINUOUS, dtype=np.int8)]
        ),
        further=(),
    )
