"""Says `locked_out` plainly."""

from __future__ import annotations

from collections.abc import Iterator

from siting.blocks.contract import Row
from siting.blocks.locked_out.spec import LockedOut
from siting.blocks.names import category_ids
from siting.blocks.plain_inputs import PlainInputs, ruled_out


def rows(block: LockedOut, inputs: PlainInputs) -> Iterator[Row]:
    """No offer that is named, or whose site or category is, is chosen."""
    known = category_ids(inputs.instance)
    categories = {known[name] for name in block.categories}
    offers, sites = block.offer_ids(inputs.instance), block.site_ids(inputs.instance)
    for offer in inputs.offers:
        named = offer.id in offers or offer.site in sites
        if named or categories & set(offer.categories):
            yield ruled_out(inputs, offer.id)
