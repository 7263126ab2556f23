"""Says `covered_share` plainly."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from siting.blocks.contract import Row, Sum
from siting.blocks.covered_share.spec import CoveredShare
from siting.blocks.exact import exact, from_fractions
from siting.blocks.plain_inputs import PlainInputs


def rows(block: CoveredShare, inputs: PlainInputs) -> Iterator[Row]:
    """People newly covered, against the share of all less those who are covered already."""
    for year in block.years(inputs.instance):
        for value in block.values_of_each(inputs.instance) or (None,):
            total, already, weights = weighed(block, inputs, value, year)
            zeros = [Fraction(0)] * len(weights)
            every = [w for t in inputs.years for w in (weights if t == year else zeros)]
            yield Row(
                (value, year) if block.each else (year,),
                Sum(every={"covered": from_fractions(every)}),
                lower=exact(block.at_least) * total - already,
            )


def weighed(
    block: CoveredShare, inputs: PlainInputs, value: str | None, year: int
) -> tuple[Fraction, Fraction, list[Fraction]]:
    """People who count, those of them who are covered already, and the weight of each pair."""
    here = _homes(block, inputs, value)
    wanted = [
        k for k in block.categories(inputs.instance) if block.each != "category" or k == value
    ]
    people = {
        name: inputs.in_year(year).people(block.group or inputs.categories[name].group).fractions()
        for name in wanted
    }
    served = {name: inputs.settled(name, year) for name in wanted}
    total = sum((people[k][i] for k in wanted for i in here), Fraction(0))
    already = sum((people[k][i] for k in wanted for i in here if served[k][i]), Fraction(0))
    names = list(inputs.categories)
    weights = [
        people[names[k]][i] if names[k] in people and i in here else Fraction(0)
        for i, k in zip(inputs.pairs.resident.tolist(), inputs.pairs.category.tolist(), strict=True)
    ]
    return total, already, weights


def _homes(block: CoveredShare, inputs: PlainInputs, value: str | None) -> set[int]:
    """Positions of the demand points that are meant."""
    here = set(range(len(inputs.residents)))
    for kind in ("district", "circle"):
        wanted = {value} if block.each == kind else set(getattr(block, kind))
        if wanted:
            here &= {i for i, place in enumerate(inputs.place(kind)) if place in wanted}
    return here
