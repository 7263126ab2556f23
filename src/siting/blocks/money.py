"""What several blocks ask of the money of an instance."""

from __future__ import annotations

from collections.abc import Iterator

from siting.blocks.contract import Incompatibility
from siting.inputs.instance import Instance
from siting.language import tr
from siting.units import listed


def unknown_investment(instance: Instance) -> Iterator[Incompatibility]:
    """Offers whose investment is not known, where all money is counted."""
    offers = instance.offers
    blank = offers["investment"].isna() if "investment" in offers else [True] * len(offers)
    names = list(offers.loc[blank, "offer_id"])
    if names:
        yield Incompatibility(
            ("of",),
            "no-investment",
            tr(
                "no investment of {count:,} offers: {names}",
                count=len(names),
                names=listed(names, 10),
            ),
            tr("the investment of every offer"),
            tr("Fill the column 'investment' of the offers or write {of: public}."),
        )
