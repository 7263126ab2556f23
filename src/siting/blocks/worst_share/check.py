"""Says `worst_share` plainly."""

from __future__ import annotations

from fractions import Fraction

from siting.blocks.contract import Column, Sum
from siting.blocks.plain_inputs import PlainInputs
from siting.blocks.plain_worst import worst_name
from siting.blocks.worst_share.spec import WorstShare


def value(block: WorstShare, inputs: PlainInputs) -> Sum:
    """The smallest share at the end of the last year."""
    required = block.required(inputs.instance)
    name = worst_name(block.each, block.of, block.group or "", required)
    return Sum({Column(name, (inputs.years[-1],)): Fraction(1)})
