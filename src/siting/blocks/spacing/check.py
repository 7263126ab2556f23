"""Says `spacing` plainly."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from siting.blocks.contract import Column, Row, Sum
from siting.blocks.plain_inputs import PlainInputs, PlainOffer, parts_of
from siting.blocks.spacing.spec import Spacing
from siting.coverage.neighbours import near_outlets, near_sites


def rows(block: Spacing, inputs: PlainInputs) -> Iterator[Row]:
    """At most one of each two offers that are too near, and none too near to an outlet."""
    near = near_sites(inputs.instance, block.metres, strictly=True)
    number = {site: position for position, site in enumerate(inputs.sites)}
    for name in block.ids(inputs.instance):
        offers = [offer for offer in inputs.offers if name in offer.categories]
        for position, one in enumerate(offers):
            at = number[one.site]
            close = set(near.indices[near.indptr[at] : near.indptr[at + 1]].tolist())
            for other in offers[position + 1 :]:
                if number[other.site] in close:
                    yield Row(
                        (one.id, other.id, name), _sum(inputs.years, one, other), upper=Fraction(1)
                    )
        taken = {t: _sites_near_outlets(block, inputs, name, t) for t in inputs.years}
        for offer in offers:
            years = tuple(t for t in inputs.years if offer.site in taken[t])
            if years:
                yield Row((offer.id, "outlet", name), _sum(years, offer), upper=Fraction(0))


def _sum(years: tuple[int, ...], *offers: PlainOffer) -> Sum:
    return Sum({Column("choose", (o.id, t)): Fraction(1) for o in offers for t in years})


def _sites_near_outlets(block: Spacing, inputs: PlainInputs, name: str, year: int) -> set[str]:
    """Sites too near to an outlet of the category that is open at the end of a year."""
    if not block.existing:
        return set()
    near = near_outlets(inputs.instance, block.metres, strictly=True)
    joined = inputs.in_year(year).instance.outlets["categories"].tolist()
    outlets = {k for k, cell in enumerate(joined) if name in parts_of(cell)}
    return {
        site
        for n, site in enumerate(inputs.sites)
        if outlets & set(near.indices[near.indptr[n] : near.indptr[n + 1]].tolist())
    }
