"""Coverage: who walks where within the standard."""

from siting.coverage.gaps import GapTable, find_gaps
from siting.coverage.needs import PlaceNeeds, place_needs
from siting.coverage.relation import CategoryCoverage, Coverage, compute_coverage, coverage_with
from siting.coverage.walks import Walks, measure_walks

__all__ = [
    "CategoryCoverage",
    "Coverage",
    "GapTable",
    "PlaceNeeds",
    "Walks",
    "compute_coverage",
    "coverage_with",
    "find_gaps",
    "measure_walks",
    "place_needs",
]
