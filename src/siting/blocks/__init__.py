"""The blocks of a model: one folder each, with settings, fast rows for solvers and plain rows.

`contract.py` says what a block is; `registry.py` finds them.
"""

from typing import TYPE_CHECKING

from siting.lazy import lazy_names

if TYPE_CHECKING:
    from siting.blocks.allowed_categories.spec import AllowedCategories
    from siting.blocks.budget.spec import Budget
    from siting.blocks.catchment.spec import Catchment
    from siting.blocks.category_once_per_site.spec import CategoryOncePerSite
    from siting.blocks.complete_places.spec import CompletePlaces
    from siting.blocks.complete_places_floor.spec import CompletePlacesFloor
    from siting.blocks.complete_residents.spec import CompleteResidents
    from siting.blocks.complete_share.spec import CompleteShare
    from siting.blocks.contract import Block, ConstraintBlock, ObjectiveBlock
    from siting.blocks.count.spec import Count
    from siting.blocks.covered_residents.spec import CoveredResidents
    from siting.blocks.covered_share.spec import CoveredShare
    from siting.blocks.earliest.spec import Earliest
    from siting.blocks.excludes.spec import Excludes
    from siting.blocks.hub.spec import Hub
    from siting.blocks.least_money.spec import LeastMoney
    from siting.blocks.least_walking.spec import LeastWalking
    from siting.blocks.locked_in.spec import LockedIn
    from siting.blocks.locked_out.spec import LockedOut
    from siting.blocks.registry import BLOCKS, CONSTRAINTS, OBJECTIVES
    from siting.blocks.requires.spec import Requires
    from siting.blocks.scenarios.spec import Scenarios
    from siting.blocks.site_area.spec import SiteArea
    from siting.blocks.site_slots.spec import SiteSlots
    from siting.blocks.spacing.spec import Spacing
    from siting.blocks.worst_share.spec import WorstShare

__all__ = [
    "BLOCKS",
    "CONSTRAINTS",
    "OBJECTIVES",
    "AllowedCategories",
    "Block",
    "Budget",
    "Catchment",
    "CategoryOncePerSite",
    "CompletePlaces",
    "CompletePlacesFloor",
    "CompleteResidents",
    "CompleteShare",
    "ConstraintBlock",
    "Count",
    "CoveredResidents",
    "CoveredShare",
    "Earliest",
    "Excludes",
    "Hub",
    "LeastMoney",
    "LeastWalking",
    "LockedIn",
    "LockedOut",
    "ObjectiveBlock",
    "Requires",
    "Scenarios",
    "SiteArea",
    "SiteSlots",
    "Spacing",
    "WorstShare",
]

__getattr__ = lazy_names(
    __name__,
    {
        "BLOCKS": "siting.blocks.registry",
        "CONSTRAINTS": "siting.blocks.registry",
        "OBJECTIVES": "siting.blocks.registry",
        "AllowedCategories": "siting.blocks.allowed_categories.spec",
        "Earliest": "siting.blocks.earliest.spec",
        "LeastWalking": "siting.blocks.least_walking.spec",
        "Scenarios": "siting.blocks.scenarios.spec",
        "WorstShare": "siting.blocks.worst_share.spec",
        "LeastMoney": "siting.blocks.least_money.spec",
        "CompleteShare": "siting.blocks.complete_share.spec",
        "SiteArea": "siting.blocks.site_area.spec",
        "Requires": "siting.blocks.requires.spec",
        "Hub": "siting.blocks.hub.spec",
        "Excludes": "siting.blocks.excludes.spec",
        "Spacing": "siting.blocks.spacing.spec",
        "Catchment": "siting.blocks.catchment.spec",
        "Block": "siting.blocks.contract",
        "Budget": "siting.blocks.budget.spec",
        "CategoryOncePerSite": "siting.blocks.category_once_per_site.spec",
        "CompletePlaces": "siting.blocks.complete_places.spec",
        "CompletePlacesFloor": "siting.blocks.complete_places_floor.spec",
        "CompleteResidents": "siting.blocks.complete_residents.spec",
        "ConstraintBlock": "siting.blocks.contract",
        "Count": "siting.blocks.count.spec",
        "CoveredResidents": "siting.blocks.covered_residents.spec",
        "CoveredShare": "siting.blocks.covered_share.spec",
        "LockedIn": "siting.blocks.locked_in.spec",
        "LockedOut": "siting.blocks.locked_out.spec",
        "ObjectiveBlock": "siting.blocks.contract",
        "SiteSlots": "siting.blocks.site_slots.spec",
    },
)
