"""From an instance, its coverage and a model spec to a program: the gate out of geography."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.coverage import Coverage
from siting.errors import InputError
from siting.inputs import Instance, ModelSpec, check_fit
from siting.model.blocks import BUILDERS
from siting.model.data import ModelData
from siting.model.readable import ReadableModel
from siting.program.builder import ProgramBuilder
from siting.program.program import Domain, Program

if TYPE_CHECKING:
    import pulp


def formulate(instance: Instance, coverage: Coverage, spec: ModelSpec) -> Program:
    """Writes the program of a model spec on an instance.

    Raises:
        InputError: The spec names what the instance does not have.
    """
    _refuse_misfits(instance, spec)
    data = ModelData(instance, coverage)
    builder = ProgramBuilder()
    builder.add_columns("choose", (data.offer_ids,), domain=Domain.INTEGER)
    for block in (*spec.maximise, *spec.subject_to):
        BUILDERS[block.block].arrays(block, data, builder)
    return builder.build()


def write_pulp(instance: Instance, coverage: Coverage, spec: ModelSpec) -> pulp.LpProblem:
    """Writes the same model in PuLP, with names a person would choose, for reading and export.

    PuLP holds an object for each term: use it up to some hundred thousand terms.

    Raises:
        InputError: The spec names what the instance does not have.
    """
    import pulp  # noqa: PLC0415 - only readers and exporters pay for it

    _refuse_misfits(instance, spec)
    data = ModelData(instance, coverage)
    model = ReadableModel(pulp.LpProblem("siting", pulp.LpMaximize))
    variables = model.variables([f"choose[{offer}]" for offer in data.offer_ids], whole=True)
    model.add |= dict(zip(data.offer_ids, variables, strict=True))
    for block in (*spec.maximise, *spec.subject_to):
        BUILDERS[block.block].pulp(block, data, model)
    model.keep_unused()
    return model.problem


def _refuse_misfits(instance: Instance, spec: ModelSpec) -> None:
    problems = check_fit(instance, spec)
    if any(problem.severity == "error" for problem in problems):
        raise InputError(problems)
