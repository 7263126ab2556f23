"""A model spec on an instance, said plainly."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from siting.blocks.contract import Block, ObjectiveBlock, Sense
from siting.blocks.exact import exact
from siting.blocks.plain_inputs import PlainInputs
from siting.blocks.plain_model import PlainModel, plain_model
from siting.coverage import Coverage
from siting.inputs.instance import Instance
from siting.model.fit import refuse_incompatible
from siting.model.model_spec import ModelSpec


def say_plainly(instance: Instance, coverage: Coverage, spec: ModelSpec) -> PlainModel:
    """Says rows and goals of a model in exact numbers, from the inputs alone.

    Raises:
        InputError: The spec names what the instance does not have, or numbers cannot be added
            exactly.
    """
    refuse_incompatible(instance, spec)
    goals = [
        (goal.name, goal.sense, goal.within, _weighted(goal.parts, goal.sense))
        for goal in spec.goals
    ]
    return plain_model(PlainInputs(instance, coverage), goals, spec.constraints)


def _weighted(
    parts: Sequence[tuple[ObjectiveBlock, float]], sense: Sense
) -> list[tuple[Block, Fraction]]:
    """Each part with its weight; in a maximised sum what is to be small counts with a minus."""
    return [
        (block, exact(weight) if block.sense == sense else -exact(weight))
        for block, weight in parts
    ]
