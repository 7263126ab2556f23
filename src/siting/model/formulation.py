"""From an instance, its coverage and a model spec to a program: the gate out of geography."""

from __future__ import annotations

from siting.blocks.arrays import OfferArrays
from siting.blocks.registry import block_builder
from siting.blocks.variables import Variables
from siting.blocks.writer import ModelWriter
from siting.coverage import Coverage
from siting.inputs.instance import Instance
from siting.model.fit import refuse_incompatible
from siting.model.model_spec import GoalSpec, ModelSpec
from siting.program import Program, ProgramBuilder
from siting.program.builder import GoalTerms


def formulate(instance: Instance, coverage: Coverage, spec: ModelSpec) -> Program:
    """Writes the program of a model spec on an instance.

    Raises:
        InputError: The spec names what the instance does not have.
    """
    refuse_incompatible(instance, spec)
    data, builder = OfferArrays(instance, coverage), ProgramBuilder()
    variables = Variables(data, builder)
    variables.make_choose()
    goals = [_goal(goal, ModelWriter(data, variables, builder)) for goal in spec.goals]
    for name, block in spec.constraints:
        writer = ModelWriter(data, variables, builder, section=name)
        block_builder(block.block).build(block, writer)
    return builder.build(goals)


def _goal(goal: GoalSpec, model: ModelWriter) -> GoalTerms:
    """What one goal counts, with more of it the better."""
    terms = GoalTerms(goal.name, goal.within)
    for block, weight in goal.parts:
        part = ModelWriter(model.data, model.variables, model.program)
        block_builder(block.block).build(block, part)
        turned = weight if block.sense == "maximise" else -weight
        terms.add(part.objective, part.offset, turned)
    return terms
