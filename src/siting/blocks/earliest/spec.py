"""Settings and words of `earliest`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from siting.blocks.contract import ConstraintBlock, Incompatibility
from siting.inputs.instance import Instance
from siting.language import phrase, tr


class Earliest(ConstraintBlock):
    """No offer is built before its earliest year: the column `earliest` of the offers."""

    block: ClassVar[str] = "earliest"
    formula: ClassVar[str] = r"\sum_{t < t_o} x_{ot} = 0 \quad \forall o \in O"
    reads: ClassVar[str] = phrase(
        "An offer with a year in its column 'earliest' is built in that year or later; one without "
        "in any year."
    )
    breach: ClassVar[str] = phrase("earliest: offer {id} is built before its year")

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """No years are planned, or no offer has an earliest year."""
        if not instance.years:
            yield Incompatibility(
                (),
                "no-years",
                tr("no years, as instance.yaml plans none"),
                tr("the money of each year, e.g. {example}", example="2026=600万,2027=500万"),
                tr("Add 'years' to instance.yaml, give --years, or take the block out."),
            )
        if "earliest" not in instance.offers or instance.offers["earliest"].isna().all():
            yield Incompatibility(
                (),
                "no-earliest",
                tr("no offer with an earliest year"),
                tr("a column 'earliest' in the offers, e.g. 2027"),
                tr("Fill the column where something cannot be built at once."),
                "warning",
            )
