"""The model spec against the instance: does what the spec names exist there."""

from __future__ import annotations

from collections.abc import Iterator

from siting.blocks.contract import Block, Incompatibility
from siting.blocks.locked_in.spec import LockedIn
from siting.blocks.locked_out.spec import LockedOut
from siting.blocks.names import category_ids
from siting.errors import InputError, Problem
from siting.inputs.instance import Instance, split_categories
from siting.inputs.yaml_marks import YamlPath
from siting.language import tr
from siting.model.model_spec import ModelSpec, WeightedSum


def check_fit(instance: Instance, spec: ModelSpec) -> tuple[Problem, ...]:
    """Finds everything the spec asks for that the instance does not have.

    Args:
        instance: Where it would be solved.
        spec: What would be solved.

    Returns:
        Every problem; those of severity `warning` do not stop a solve.
    """
    return tuple(
        _problem(spec, path, found)
        for path, block in _blocks(spec)
        for found in (
            *block.incompatibilities(instance),
            *_contradictions(instance, spec, block),
        )
    )


def refuse_incompatible(instance: Instance, spec: ModelSpec) -> None:
    """Refuses a spec that names what the instance does not have.

    Raises:
        InputError: With every problem.
    """
    problems = check_fit(instance, spec)
    if any(problem.severity == "error" for problem in problems):
        raise InputError(problems)


def _blocks(spec: ModelSpec) -> Iterator[tuple[YamlPath, Block]]:
    """Every block with its place in the spec."""
    for number, entry in enumerate(spec.maximise):
        if isinstance(entry, WeightedSum):
            for part, (block, _weight) in enumerate(entry.parts):
                yield ("maximise", number, "sum", part, block.block), block
        else:
            yield ("maximise", number, entry.block), entry
    for number, constraint in enumerate(spec.subject_to):
        yield ("subject_to", number, constraint.block), constraint


def _problem(spec: ModelSpec, path: YamlPath, found: Incompatibility) -> Problem:
    return Problem(
        code=found.code,
        where=spec.where((*path, *found.path)),
        found=found.found,
        expected=found.expected,
        mend=found.remedy,
        severity=found.severity,
    )


def _contradictions(instance: Instance, spec: ModelSpec, block: Block) -> Iterator[Incompatibility]:
    """Offers that one block locks in and another locks out."""
    if not isinstance(block, LockedIn):
        return
    out = set().union(
        *(_offers_out(instance, b) for b in spec.subject_to if isinstance(b, LockedOut))
    )
    for offer in sorted(block.offer_ids(instance)):
        if offer in out:
            yield Incompatibility(
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
    offers, known = instance.offers, category_ids(instance)
    named = {known[name] for name in block.categories if name in known}
    lines = split_categories(offers["categories"])
    rows = set(lines.loc[lines["category"].isin(named), "row"])
    ids = zip(offers["offer_id"], offers["site_id"], strict=True)
    named_offers, named_sites = block.offer_ids(instance), block.site_ids(instance)
    return {
        offer
        for row, (offer, site) in enumerate(ids)
        if offer in named_offers or site in named_sites or row in rows
    }
