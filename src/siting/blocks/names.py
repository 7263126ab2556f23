"""Names that a model may use: ids, or what people call things."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from siting.blocks.contract import Incompatibility
from siting.blocks.years import horizon
from siting.inputs.instance import Instance
from siting.inputs.schema_problems import close_match
from siting.language import phrase, tr
from siting.units import listed


def category_ids(instance: Instance) -> dict[str, str]:
    """Every name of a category (id, Chinese, English) with its id; ids win over names."""
    frame = instance.categories
    known: dict[str, str] = {}
    for column in ("name_en", "name_zh", "category"):
        if column in frame:
            pairs = zip(frame[column], frame["category"], strict=True)
            known |= {name: key for name, key in pairs if isinstance(name, str) and name}
    return known


def ids_by_name(instance: Instance, kind: str) -> dict[str, str]:
    """Every id of the offers or sites, and every name that only one of them has, with the id.

    Args:
        instance: The inputs.
        kind: `offer` or `site`.
    """
    frame = instance.offers if kind == "offer" else instance.sites
    ids = [str(one) for one in frame[f"{kind}_id"]]
    names = list(frame["name"]) if "name" in frame else []
    often = Counter(names)
    known = {
        name: one
        for one, name in zip(ids, names, strict=False)
        if isinstance(name, str) and name and often[name] == 1
    }
    return known | {one: one for one in ids}


def places(instance: Instance, kind: str, *, of_sites: bool = True) -> tuple[str, ...]:
    """The districts or circles that residents (and sites) name, in order."""
    found: set[str] = set()
    for frame in (instance.residents, instance.sites)[: 1 + of_sites]:
        if kind in frame:
            found |= {name for name in frame[kind] if isinstance(name, str) and name}
    return tuple(sorted(found))


def unknown(
    setting: str, noun: str, names: Iterable[str], known: Iterable[str]
) -> Iterator[Incompatibility]:
    """One incompatibility for each name that the instance does not know.

    Of a mapping from names to ids any name will do, and the ids are shown.
    """
    every = dict.fromkeys(known)
    shown = dict.fromkeys(known.values()) if isinstance(known, Mapping) else every
    for name in names:
        if name not in every:
            yield Incompatibility(
                (setting,),
                f"unknown-{noun}",
                tr("the unknown {noun} '{name}'", noun=tr(noun), name=name),
                tr("one of {names}", names=listed(list(shown), 10)),
                close_match(name, every) + tr("Correct the name or take it out."),
            )


def unknown_years(years: Iterable[int], instance: Instance) -> Iterator[Incompatibility]:
    """One incompatibility for each year that the instance does not plan."""
    planned = horizon(instance)
    expected = tr("no year, as instance.yaml plans none")
    if instance.years:
        expected = tr("one of {names}", names=listed([str(one) for one in planned], 10))
    for year in years:
        if year not in planned:
            yield Incompatibility(
                ("year",),
                "unknown-year",
                tr("the year {year}, which is not planned", year=year),
                expected,
                tr("Correct the year, or add it to 'years' of instance.yaml."),
            )


class OfHomes(Protocol):
    """Settings that name districts and circles where people live, or run over each of them."""

    @property
    def district(self) -> tuple[str, ...]:
        """Districts by name."""

    @property
    def circle(self) -> tuple[str, ...]:
        """Circles by name."""

    @property
    def each(self) -> str | None:
        """`district`, `circle`, or nothing."""


def homes(instance: Instance, kind: str) -> tuple[str, ...]:
    """The districts or circles where residents live, in order."""
    return places(instance, kind, of_sites=False)


def unknown_homes(block: OfHomes, instance: Instance) -> Iterator[Incompatibility]:
    """One incompatibility for each district or circle in which no resident lives.

    Args:
        block: Settings with `district`, `circle` and `each`.
        instance: Where they live.
    """
    for kind, noun in (("district", phrase("district")), ("circle", phrase("circle"))):
        known = homes(instance, kind)
        yield from unknown(kind, noun, getattr(block, kind), known)
        if block.each == kind and not known:
            yield Incompatibility(
                ("each",),
                "no-places",
                tr("'each: {kind}', and no resident names one", kind=kind),
                tr("a column '{kind}' in the residents", kind=kind),
                tr("Add the column or take 'each' out."),
            )
