"""Says `catchment` plainly."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from siting.blocks.catchment.spec import Catchment
from siting.blocks.contract import Row
from siting.blocks.exact import exact
from siting.blocks.plain_inputs import PlainInputs, ruled_out


def rows(block: Catchment, inputs: PlainInputs) -> Iterator[Row]:
    """No offer of a category is chosen that too few people live within reach of."""
    wanted, last = block.ids(inputs.instance), inputs.in_year(inputs.years[-1])
    people = {name: _people_by_site(block, last, name) for name in wanted}
    for offer in inputs.offers:
        named = [name for name in offer.categories if name in wanted]
        if any(people[name].get(offer.site, 0) < exact(block.at_least) for name in named):
            yield ruled_out(inputs, offer.id)


def _people_by_site(block: Catchment, inputs: PlainInputs, name: str) -> dict[str, Fraction]:
    """People of the category's group within reach of each site."""
    sites, reach = list(inputs.sites), inputs.coverage[name].reach
    people = inputs.people(inputs.categories[name].group)
    served = inputs.served(name)
    sums: dict[int, int] = {}
    for i, count in enumerate(people.numerators.tolist()):
        if block.who == "everybody" or not served[i]:
            for site in reach.indices[reach.indptr[i] : reach.indptr[i + 1]].tolist():
                sums[site] = sums.get(site, 0) + count
    return {sites[k]: Fraction(total, people.denominator) for k, total in sums.items()}
