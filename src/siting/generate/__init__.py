"""Synthetic towns from a seed."""

from siting.generate.town import TownSize, generate_town

__all__ = ["TownSize", "generate_town"]
