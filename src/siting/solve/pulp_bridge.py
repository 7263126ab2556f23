"""Reads a PuLP problem into a program, so that OR-Tools solves what PuLP wrote, exactly.

PuLP's own files lose things on the way (its MPS files drop the sense of the objective unless told
otherwise), so coefficients are taken from its objects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from siting.program.program import Domain, Program, Section

if TYPE_CHECKING:
    import pulp

_LESS, _EQUAL, _GREATER = -1, 0, 1
_MAXIMISE = -1


def read_pulp(problem: pulp.LpProblem) -> Program:
    """Turns a PuLP problem into a program; a minimisation is turned round.

    Raises:
        ValueError: A variable has no finite bound; the program needs both.
    """
    variables = problem.variables()
    position = {variable.name: column for column, variable in enumerate(variables)}
    sign = 1.0 if problem.sense == _MAXIMISE else -1.0
    objective = np.zeros(len(variables))
    for variable, weight in problem.objective.items():
        objective[position[variable.name]] += sign * weight
    names = np.array([variable.name for variable in variables], dtype=object)
    matrix, lower, upper, labels = _rows(problem, position)
    return Program(
        columns=(Section("column", 0, len(variables), (names,)),),
        rows=(Section("row", 0, len(labels), (np.array(labels, dtype=object),)),),
        objective=objective,
        offset=sign * float(problem.objective.constant),
        matrix=matrix,
        row_lower=lower,
        row_upper=upper,
        lower=_bounds(variables, "lowBound"),
        upper=_bounds(variables, "upBound"),
        domain=np.array(
            [Domain.INTEGER if v.cat == "Integer" else Domain.CONTINUOUS for v in variables],
            dtype=np.int8,
        ),
    )


def _rows(
    problem: pulp.LpProblem, position: dict[str, int]
) -> tuple[csr_array, np.ndarray, np.ndarray, list[str]]:
    constraints = problem.constraints()
    data: list[float] = []
    columns: list[int] = []
    indptr = [0]
    for constraint in constraints:
        for variable, weight in constraint.items():
            data.append(float(weight))
            columns.append(position[variable.name])
        indptr.append(len(data))
    # PuLP keeps `terms + constant <= 0`.
    limits = np.array([-float(constraint.constant) for constraint in constraints])
    sense = np.array([constraint.sense for constraint in constraints])
    lower = np.where(sense == _LESS, -np.inf, limits)
    upper = np.where(sense == _GREATER, np.inf, limits)
    shape = (len(constraints), len(position))
    names = [constraint.name for constraint in constraints]
    return csr_array((data, columns, indptr), shape=shape), lower, upper, names


def _bounds(variables: list[pulp.LpVariable], side: str) -> np.ndarray:
    bounds = [getattr(variable, side) for variable in variables]
    missing = [v.name for v, b in zip(variables, bounds, strict=True) if b is None or np.isinf(b)]
    if missing:
        raise ValueError(f"{side} of {missing[0]} is not finite; give every variable both bounds")
    return np.array(bounds, dtype=float)
