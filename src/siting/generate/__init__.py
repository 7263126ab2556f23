"""Synthetic instances from a seed: towns in memory, cities and published kinds of any size."""

from siting.generate.bds import BdsCover, BdsSize, bds_cover
from siting.generate.bds_folder import BdsProblem, write_bds
from siting.generate.city import CitySize, generate_city, write_city
from siting.generate.town import TownSize, generate_town

__all__ = [
    "BdsCover",
    "BdsProblem",
    "BdsSize",
    "CitySize",
    "TownSize",
    "bds_cover",
    "generate_city",
    "generate_town",
    "write_bds",
    "write_city",
]
