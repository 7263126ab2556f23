"""Says `count` plainly."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from siting.blocks.contract import Column, Row, Sum
from siting.blocks.count.spec import Count
from siting.blocks.exact import ExactVector
from siting.blocks.plain_families import used_sites
from siting.blocks.plain_inputs import PlainInputs
from siting.blocks.scope_plain import Dated, scoped


def rows(block: Count, inputs: PlainInputs) -> Iterator[Row]:
    """How many of the offers that are meant are chosen, against the limits."""
    for key, offers in scoped(block, inputs):
        yield Row(
            key,
            Sum(dict.fromkeys(_counted(block, offers), Fraction(1)), every=_none(block, inputs)),
            lower=None if block.at_least is None else Fraction(block.at_least),
            upper=None if block.at_most is None else Fraction(block.at_most),
        )


def _counted(block: Count, offers: list[Dated]) -> list[Column]:
    """The offers, or their sites, each once."""
    if block.of == "sites":
        return [Column("used", (site,)) for site in dict.fromkeys(o.site for o, _ in offers)]
    return [Column("choose", (offer.id, year)) for offer, year in offers]


def _none(block: Count, inputs: PlainInputs) -> dict[str, ExactVector]:
    """A coefficient of 0 for each site, so that a sum names the family even without terms."""
    if block.of == "offers":
        return {}
    return {"used": ExactVector(np.zeros(len(used_sites(inputs)), dtype=np.int64))}
