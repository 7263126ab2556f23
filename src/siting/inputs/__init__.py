"""Inputs: reads and checks an instance folder and a model spec.

`read_instance` gives an `Instance`, `read_model` a `ModelSpec`, `check_fit` says whether the two
go together. Each reports every problem at once, with its place, what was found, what was expected
and what to do.
"""

from siting.inputs.blocks import (
    BLOCKS,
    AllowedCategories,
    Block,
    Budget,
    CategoryOncePerSite,
    ConstraintBlock,
    CoveredResidents,
    LockedIn,
    LockedOut,
    ObjectiveBlock,
    SiteSlots,
)
from siting.inputs.catalogue import load_catalogue
from siting.inputs.fit import check_fit
from siting.inputs.instance import (
    CATEGORY_SEPARATOR,
    Instance,
    NetworkTravel,
    StraightLineTravel,
    TableTravel,
    Travel,
    Walking,
    split_categories,
)
from siting.inputs.model_spec import ModelSpec, known_models, read_model
from siting.inputs.reader import read_instance
from siting.inputs.template import write_template
from siting.inputs.walking import PRESETS, describe_walking

__all__ = [
    "BLOCKS",
    "CATEGORY_SEPARATOR",
    "PRESETS",
    "AllowedCategories",
    "Block",
    "Budget",
    "CategoryOncePerSite",
    "ConstraintBlock",
    "CoveredResidents",
    "Instance",
    "LockedIn",
    "LockedOut",
    "ModelSpec",
    "NetworkTravel",
    "ObjectiveBlock",
    "SiteSlots",
    "StraightLineTravel",
    "TableTravel",
    "Travel",
    "Walking",
    "check_fit",
    "describe_walking",
    "known_models",
    "load_catalogue",
    "read_instance",
    "read_model",
    "split_categories",
    "write_template",
]
