"""Says `complete_share` plainly."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from siting.blocks.complete_share.spec import CompleteShare
from siting.blocks.contract import Row, Sum
from siting.blocks.exact import exact, from_fractions
from siting.blocks.plain_families import completable, complete_already, complete_name
from siting.blocks.plain_inputs import PlainInputs


def rows(block: CompleteShare, inputs: PlainInputs) -> Iterator[Row]:
    """People who become complete, against the share of all less those who are so already."""
    required = block.required(inputs.instance)
    name, can_be = complete_name(inputs, required), completable(inputs, required).tolist()
    for year in block.years(inputs.instance):
        people = inputs.in_year(year).people(block.group or "all").fractions()
        already = complete_already(inputs, required, year).tolist()
        for value in block.values_of_each(inputs.instance) or (None,):
            homes = _homes(block, inputs, value)
            total = sum((people[i] for i in homes), Fraction(0))
            now = [people[i] for i in homes if already[i]]
            weights = [people[i] if i in homes else Fraction(0) for i in can_be]
            every = [w if t == year else Fraction(0) for t in inputs.years for w in weights]
            yield Row(
                (value, year) if block.each else (year,),
                Sum(every={name: from_fractions(every)}),
                lower=exact(block.at_least) * total - sum(now, Fraction(0)),
            )


def _homes(block: CompleteShare, inputs: PlainInputs, value: str | None) -> set[int]:
    """Positions of the demand points that are meant."""
    here = set(range(len(inputs.residents)))
    for kind in ("district", "circle"):
        wanted = {value} if block.each == kind else set(getattr(block, kind))
        if wanted:
            here &= {i for i, place in enumerate(inputs.place(kind)) if place in wanted}
    return here
