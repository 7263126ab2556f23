"""The blocks a model spec may name: objectives and constraints, with their settings.

A new block is one class here; the registry finds it. What a block needs of an instance is checked
by its own `misfits`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from siting.errors import UnitError
from siting.inputs.instance import Instance
from siting.inputs.schema_problems import close_match
from siting.language import phrase, quoted, tr
from siting.units import Currency, listed, parse_money

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Misfit:
    """One thing a block asks for that the instance does not have; `path` is inside the block."""

    path: tuple[str, ...]
    code: str
    found: str
    expected: str
    mend: str
    severity: Severity = "error"


class Block(BaseModel):
    """Base of all blocks: frozen, no unknown settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    block: ClassVar[str] = ""

    def misfits(self, instance: Instance) -> Iterator[Misfit]:  # noqa: ARG002 - for subclasses
        """Yields what this block asks for that the instance does not have."""
        yield from ()

    def settings(self) -> dict[str, object]:
        """The settings that were given, as plain values."""
        return self.model_dump(mode="json", exclude_defaults=True)


class ObjectiveBlock(Block):
    """What is made as large as possible."""


class ConstraintBlock(Block):
    """What every plan must keep."""


Names = Annotated[tuple[str, ...], Field(strict=False)]


class CoveredResidents(ObjectiveBlock):
    """Most residents covered, over all categories, weighted by priority."""

    block: ClassVar[str] = "covered_residents"


class Budget(ConstraintBlock):
    """The public money of the plan is at most the budget."""

    block: ClassVar[str] = "budget"
    at_most: str | None = Field(
        None, description="an amount with its unit, e.g. 800万; else the instance's budget"
    )

    @field_validator("at_most", mode="before")
    @classmethod
    def _has_unit(cls, value: object) -> object:
        """Refuses a bare number; the currency is checked against the instance later."""
        if value is None or (isinstance(value, str) and not _is_bare(value)):
            return value
        expected = tr("an amount with its unit, e.g. '8000000 CNY' or '800万'")
        raise UnitError(value, expected, tr("Write the unit behind the number."))

    def amount(self, currency: Currency) -> float | None:
        """The block's own budget in units of the currency, or None for the instance's.

        Raises:
            UnitError: The text is no amount of this currency.
        """
        return None if self.at_most is None else parse_money(self.at_most, currency)

    def misfits(self, instance: Instance) -> Iterator[Misfit]:
        """No amount anywhere, or one in another currency."""
        if self.at_most is None and instance.budget is None:
            yield Misfit(
                (),
                "no-budget",
                tr("no budget, neither here nor in the instance"),
                tr("an amount of public money"),
                tr("Add 'budget: 800万' to instance.yaml, give --budget, or set 'at_most' here."),
            )
        try:
            self.amount(instance.currency)
        except UnitError as error:
            found = quoted(error.found)
            yield Misfit(("at_most",), "bad-value", found, error.expected, error.mend)


def _is_bare(text: str) -> bool:
    try:
        float(text.replace(",", ""))
    except ValueError:
        return False
    return True


class SiteSlots(ConstraintBlock):
    """At most as many added categories at a site as it has slots."""

    block: ClassVar[str] = "site_slots"
    default: int | None = Field(
        None, ge=0, description="slots of a site that names none, a whole number of at least 0"
    )

    def misfits(self, instance: Instance) -> Iterator[Misfit]:
        """Sites without slots and no default."""
        if self.default is not None:
            return
        if "slots" not in instance.sites:
            yield Misfit(
                (),
                "no-slots",
                tr("sites without a column 'slots', and no default"),
                tr("the slots of each site, or a default for all"),
                tr("As it is, this block limits nothing. Add the column or write {default: 2}."),
                "warning",
            )
            return
        blank = list(instance.sites.loc[instance.sites["slots"].isna(), "site_id"])
        if blank:
            yield Misfit(
                (),
                "no-slots",
                tr(
                    "no slots at {count:,} of {all:,} sites: {names}",
                    count=len(blank),
                    all=len(instance.sites),
                    names=listed(blank, 10),
                ),
                tr("the slots of each site, or a default for those without"),
                tr("Fill the column 'slots' of the sites or write {default: 2}."),
            )


class CategoryOncePerSite(ConstraintBlock):
    """At most one offer of a category at a site."""

    block: ClassVar[str] = "category_once_per_site"


class AllowedCategories(ConstraintBlock):
    """Only categories that the site, and the block where it names some, allow."""

    block: ClassVar[str] = "allowed_categories"
    only: Names | None = Field(
        None,
        description="a list of categories that may be added anywhere, e.g. [pharmacy, canteen]",
    )

    def misfits(self, instance: Instance) -> Iterator[Misfit]:
        """Unknown categories, or nothing that restricts anything."""
        yield from _unknown("only", phrase("category"), self.only or (), instance.category_names)
        if self.only is None and "allowed_categories" not in instance.sites:
            yield Misfit(
                (),
                "no-allowed-categories",
                tr("sites without a column 'allowed_categories', and no list 'only'"),
                tr("the categories that each site, or the model, allows"),
                tr("As it is, this block limits nothing. Add the column or write {only: [...]}."),
                "warning",
            )


class LockedIn(ConstraintBlock):
    """Offers that are decided: every plan contains them."""

    block: ClassVar[str] = "locked_in"
    offers: Names = Field(description="a list of offer ids in quotes")

    def misfits(self, instance: Instance) -> Iterator[Misfit]:
        """Unknown offers."""
        yield from _unknown("offers", phrase("offer"), self.offers, instance.offers["offer_id"])


class LockedOut(ConstraintBlock):
    """Offers that are out: those named, and all at these sites or with any of these categories."""

    block: ClassVar[str] = "locked_out"
    offers: Names = Field((), description="a list of offer ids in quotes")
    sites: Names = Field((), description="a list of site ids in quotes")
    categories: Names = Field((), description="a list of categories, e.g. [pharmacy]")

    def misfits(self, instance: Instance) -> Iterator[Misfit]:
        """Unknown offers, sites or categories."""
        yield from _unknown("offers", phrase("offer"), self.offers, instance.offers["offer_id"])
        yield from _unknown("sites", phrase("site"), self.sites, instance.sites["site_id"])
        yield from _unknown(
            "categories", phrase("category"), self.categories, instance.category_names
        )


def _unknown(
    setting: str, noun: str, names: Iterable[str], known: Iterable[str]
) -> Iterator[Misfit]:
    """One misfit for each name that the instance does not know."""
    every = dict.fromkeys(known)
    for name in names:
        if name not in every:
            yield Misfit(
                (setting,),
                f"unknown-{noun}",
                tr("the unknown {noun} '{name}'", noun=tr(noun), name=name),
                tr("one of {names}", names=listed(list(every), 10)),
                close_match(name, every) + tr("Correct the name or take it out."),
            )


OBJECTIVES: Mapping[str, type[ObjectiveBlock]] = MappingProxyType(
    {kind.block: kind for kind in ObjectiveBlock.__subclasses__()}
)
CONSTRAINTS: Mapping[str, type[ConstraintBlock]] = MappingProxyType(
    {kind.block: kind for kind in ConstraintBlock.__subclasses__()}
)
BLOCKS: Mapping[str, type[Block]] = MappingProxyType({**OBJECTIVES, **CONSTRAINTS})
