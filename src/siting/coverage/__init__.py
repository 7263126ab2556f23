"""Coverage: who walks where within the standard."""

from siting.coverage.relation import CategoryCoverage, Coverage, compute_coverage
from siting.coverage.walks import Walks, measure_walks

__all__ = ["CategoryCoverage", "Coverage", "Walks", "compute_coverage", "measure_walks"]
