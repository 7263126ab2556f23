"""Says `allowed_categories` plainly."""

from __future__ import annotations

from collections.abc import Iterator

from siting.blocks.allowed_categories.spec import AllowedCategories
from siting.blocks.contract import Row
from siting.blocks.names import category_ids
from siting.blocks.plain_inputs import PlainInputs, ruled_out


def rows(block: AllowedCategories, inputs: PlainInputs) -> Iterator[Row]:
    """Each offer with a category that its site or the model does not allow is out."""
    known = category_ids(inputs.instance)
    only = None if block.only is None else {known[name] for name in block.only}
    for offer in inputs.offers:
        here = inputs.sites[offer.site].allowed
        added = set(offer.categories)
        if (here and added - here) or (only is not None and added - only):
            yield ruled_out(inputs, offer.id)
