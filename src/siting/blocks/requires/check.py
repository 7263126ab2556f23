"""Says `requires` plainly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

from siting.blocks.contract import Column, Row, Sum
from siting.blocks.plain_inputs import PlainInputs, parts_of
from siting.blocks.requires.spec import Requires
from siting.coverage.neighbours import near_outlets, near_sites


def rows(block: Requires, inputs: PlainInputs) -> Iterator[Row]:
    """An offer in a year, less all up to that year that give what it needs, is not above 0."""
    asking = block.ids(inputs.instance, block.category)
    giving = block.ids(inputs.instance, block.needs)
    near, has = _near_sites(block, inputs), _sites_with_outlets(block, inputs)
    at = defaultdict(list)
    for offer in inputs.offers:
        if giving & set(offer.categories):
            at[offer.site].append(offer.id)
    lacking = [
        offer
        for offer in inputs.offers
        if asking & set(offer.categories)
        and not giving & set(offer.categories)
        and offer.site not in has
    ]
    for year in inputs.years:
        for offer in lacking:
            terms = {Column("choose", (offer.id, year)): Fraction(1)}
            for other in (one for site in near[offer.site] for one in at[site]):
                for before in (t for t in inputs.years if t <= year):
                    terms[Column("choose", (other, before))] = Fraction(-1)
            yield Row((offer.id, year), Sum(terms), upper=Fraction(0))


def _near_sites(block: Requires, inputs: PlainInputs) -> dict[str, set[str]]:
    """The sites within the metres of each site, itself among them."""
    names, matrix = list(inputs.sites), near_sites(inputs.instance, block.within_metres)
    return {
        name: {name}
        | {names[k] for k in matrix.indices[matrix.indptr[n] : matrix.indptr[n + 1]].tolist()}
        for n, name in enumerate(names)
    }


def _sites_with_outlets(block: Requires, inputs: PlainInputs) -> set[str]:
    """Sites with an outlet within the metres that will do."""
    if not block.existing:
        return set()
    giving = block.ids(inputs.instance, block.needs)
    last = inputs.in_year(inputs.years[-1]).instance
    will_do = {
        n for n, joined in enumerate(last.outlets["categories"]) if giving & set(parts_of(joined))
    }
    matrix = near_outlets(inputs.instance, block.within_metres)
    return {
        name
        for n, name in enumerate(inputs.sites)
        if will_do & set(matrix.indices[matrix.indptr[n] : matrix.indptr[n + 1]].tolist())
    }
