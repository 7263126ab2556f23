"""Synthetic instances from a seed: towns in memory; cities, blocks, published kinds of any size."""

from siting.generate.bds import BdsCover, BdsSize, bds_cover
from siting.generate.bds_folder import BdsProblem, write_bds
from siting.generate.blocks import BlocksProblem, generate_blocks, write_blocks
from siting.generate.city import CitySize, CityTraits, generate_city, write_city
from siting.generate.town import TownSize, generate_town

__all__ = [
    "BdsCover",
    "BdsProblem",
    "BdsSize",
    "BlocksProblem",
    "CitySize",
    "CityTraits",
    "TownSize",
    "bds_cover",
    "generate_blocks",
    "generate_city",
    "generate_town",
    "write_bds",
    "write_blocks",
    "write_city",
]
