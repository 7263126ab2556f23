"""Inputs: reads and checks an instance folder.

`read_instance` reports every problem at once, with its place, what was found, what was expected and
what to do.
"""

from siting.inputs.catalogue import load_catalogue
from siting.inputs.instance import (
    CATEGORY_SEPARATOR,
    Grade,
    Instance,
    NetworkTravel,
    StraightLineTravel,
    TableTravel,
    Travel,
    Walking,
    split_categories,
)
from siting.inputs.reader import read_instance
from siting.inputs.template import write_template
from siting.inputs.walking import PRESETS, describe_walking

__all__ = [
    "CATEGORY_SEPARATOR",
    "PRESETS",
    "Grade",
    "Instance",
    "NetworkTravel",
    "StraightLineTravel",
    "TableTravel",
    "Travel",
    "Walking",
    "describe_walking",
    "load_catalogue",
    "read_instance",
    "split_categories",
    "write_template",
]
