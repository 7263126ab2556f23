"""Settings and words of `budget`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from siting.blocks.contract import Incompatibility, Share
from siting.blocks.money import unknown_investment
from siting.blocks.scope import OfferScope
from siting.errors import UnitError
from siting.inputs.instance import Instance
from siting.language import phrase, quoted, tr
from siting.units import Currency, parse_money


class Budget(OfferScope):
    """The money of the plan, or of a part of it, is at most the budget, or at least a floor."""

    block: ClassVar[str] = "budget"
    formula: ClassVar[str] = r"F \le \sum_{o \in O'} c_o\, x_o \le \frac{B}{1 + d}"
    reads: ClassVar[str] = phrase(
        "The public money (or the whole investment) of what is added, in all or of the named part, "
        "is at most the budget, and at least the floor where one is given. With 'dearer' the "
        "budget still holds where everything costs the share d more."
    )
    unit: ClassVar[str] = "money"
    breach: ClassVar[str] = phrase("budget{of}: spends {activity}, {limit}")
    of: Literal["public", "investment"] = Field(
        "public", description="public, or investment for all money"
    )
    at_most: str | None = Field(
        None, description="an amount with its unit, e.g. 800万; else the instance's budget"
    )
    at_least: str | None = Field(None, description="an amount with its unit, e.g. 80万")
    dearer: Share = Field(0, description="how much dearer all may become within the limit, 10%")

    @field_validator("at_most", "at_least", mode="before")
    @classmethod
    def _has_unit(cls, value: object) -> object:
        """Refuses a bare number; the currency is checked against the instance later."""
        if value is None or (isinstance(value, str) and not _is_bare(value)):
            return value
        expected = tr("an amount with its unit, e.g. '8000000 CNY' or '800万'")
        raise UnitError(str(value), expected, tr("Write the unit behind the number."))

    @property
    def is_whole_budget(self) -> bool:
        """Whether it takes its amount from the instance: no limit and no part is named."""
        return self.at_most is None and self.at_least is None

    def is_of_each_year(self, instance: Instance) -> bool:
        """Whether it keeps to the money of each year that the instance plans."""
        return self.is_whole_budget and bool(instance.years) and self.each in (None, "year")

    def amount(self, currency: Currency) -> float | None:
        """The block's own upper limit in units of the currency, or None.

        Raises:
            UnitError: The text is no amount of this currency.
        """
        return None if self.at_most is None else parse_money(self.at_most, currency)

    def floor(self, currency: Currency) -> float | None:
        """The block's lower limit in units of the currency, or None.

        Raises:
            UnitError: The text is no amount of this currency.
        """
        return None if self.at_least is None else parse_money(self.at_least, currency)

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """No amount anywhere, one in another currency, or limits that cross."""
        yield from super().incompatibilities(instance)
        if self.is_whole_budget and instance.budget is None and not instance.years:
            yield Incompatibility(
                (),
                "no-budget",
                tr("no budget, neither here nor in the instance"),
                tr("an amount of public money"),
                tr("Add 'budget: 800万' to instance.yaml, give --budget, or set 'at_most' here."),
            )
        if self.is_whole_budget and instance.years and not self.is_of_each_year(instance):
            yield Incompatibility(
                ("each",),
                "no-budget",
                tr("'each: {kind}' without an amount, where years are planned", kind=self.each),
                tr("an amount for each of them"),
                tr("Set 'at_most' or 'at_least', or take 'each' out: each year has its own money."),
            )
        limits = {}
        for key, read in (("at_most", self.amount), ("at_least", self.floor)):
            try:
                limits[key] = read(instance.currency)
            except UnitError as error:
                found = quoted(error.found)
                yield Incompatibility((key,), "bad-value", found, error.expected, error.mend)
        yield from self._crossing(limits)
        if self.of == "investment":
            yield from unknown_investment(instance)

    def _crossing(self, limits: dict[str, float | None]) -> Iterator[Incompatibility]:
        most, least = limits.get("at_most"), limits.get("at_least")
        if most is not None and least is not None and least > most:
            yield Incompatibility(
                ("at_least",),
                "limits-cross",
                tr(
                    "a floor of {least} above the limit of {most}",
                    least=self.at_least,
                    most=self.at_most,
                ),
                tr("a floor of at most the limit"),
                tr("Correct one of the two."),
            )


def _is_bare(text: str) -> bool:
    try:
        float(text.replace(",", ""))
    except ValueError:
        return False
    return True
