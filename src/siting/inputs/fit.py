"""The model spec against the instance: does what the spec names exist there."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from siting.errors import Problem
from siting.inputs.blocks import LockedIn, LockedOut, Misfit
from siting.inputs.instance import Instance, split_categories
from siting.inputs.model_spec import ModelSpec
from siting.language import tr


def check_fit(instance: Instance, spec: ModelSpec) -> tuple[Problem, ...]:
    """Finds everything the spec asks for that the instance does not have.

    Args:
        instance: Where it would be solved.
        spec: What would be solved.

    Returns:
        Every problem; those of severity `warning` do not stop a solve.
    """
    parts = (("maximise", spec.maximise), ("subject_to", spec.subject_to))
    return tuple(
        _problem(spec, (part, position, block.block), misfit)
        for part, blocks in parts
        for position, block in enumerate(blocks)
        for misfit in (*block.misfits(instance), *_contradictions(instance, spec, block))
    )


def _problem(spec: ModelSpec, path: tuple[str | int, ...], misfit: Misfit) -> Problem:
    return Problem(
        code=misfit.code,
        where=spec.where((*path, *misfit.path)),
        found=misfit.found,
        expected=misfit.expected,
        mend=misfit.mend,
        severity=misfit.severity,
    )


def _contradictions(instance: Instance, spec: ModelSpec, block: object) -> Iterator[Misfit]:
    """Offers that one block locks in and another locks out."""
    if not isinstance(block, LockedIn):
        return
    out = set().union(
        *(_offers_out(instance, b) for b in spec.subject_to if isinstance(b, LockedOut))
    )
    for offer in block.offers:
        if offer in out:
            yield Misfit(
                ("offers",),
                "locks-contradict",
                tr(
                    "the offer '{offer}', which locked_out excludes by its id, site or category",
                    offer=offer,
                ),
                tr("offers that are locked in or locked out, not both"),
                tr("Take it out of one of the two."),
            )


def _offers_out(instance: Instance, block: LockedOut) -> set[str]:
    offers = instance.offers
    lines = split_categories(offers["categories"])
    rows = lines.loc[lines["category"].isin(block.categories), "row"].to_numpy()
    by_category = pd.Series(range(len(offers)), index=offers.index).isin(rows)
    out = offers["offer_id"].isin(block.offers) | offers["site_id"].isin(block.sites) | by_category
    return set(offers.loc[out, "offer_id"])
