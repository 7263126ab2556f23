"""Wishes as a planner says them (`昆都仑区 菜市场`), and the blocks that they are.

A wish names things by id, Chinese or English name. What it becomes is an ordinary block of the
model, so that everything that is said of blocks is said of wishes: judge, certificate, `plan.json`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace

from siting.blocks import Budget, ConstraintBlock, Count, CoveredShare, LockedIn, LockedOut
from siting.errors import InputError, Problem, UnitError
from siting.inputs.instance import Instance
from siting.language import joined, phrase, quoted, tr
from siting.model.model_spec import ModelSpec
from siting.model.name_book import NOUNS, NameBook, Named, nearest_names
from siting.model.rule_words import rule_words
from siting.units import listed, parse_money, parse_share

_NUMBER = re.compile(r"^(.*?)\s*(>=|<=|≥|≤|至少|至多|\s)\s*(\d+)\s*[个处家]?$")
_AT_MOST = ("<=", "≤", "至多")
_EACH = {
    "district": ("旗县区", "区县", "县区", "district", "districts"),
    "circle": ("生活圈", "圈", "circle", "circles"),
    "category": ("业态", "category", "categories"),
}
_EACH_SIGNS = re.compile(r"^(每个|每|各|each |every )?(.*)$")


@dataclass(frozen=True)
class Wishes:
    """Wishes as they were typed.

    Attributes:
        require: What must come: `昆都仑区 菜市场`, `S0001`, `菜市场 >= 3`.
        forbid: What must not: an offer, a site, a category, or a category in a place.
        without: Categories that are left out.
        floor: Least money or share of a part: `旗县区 80万`, `昆都仑区 养老服务站 60%`.
    """

    require: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    floor: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))

    def plain(self) -> dict[str, list[str]]:
        """The wishes that there are, as plain values."""
        every = {field.name: list(getattr(self, field.name)) for field in fields(self)}
        return {name: texts for name, texts in every.items() if texts}


def with_wishes(spec: ModelSpec, instance: Instance, wishes: Wishes) -> ModelSpec:
    """The model with a block for every wish, behind its own.

    Raises:
        InputError: With every wish that names what the instance does not have.
    """
    reader = _WishReader(instance, NameBook(instance))
    blocks: list[ConstraintBlock] = []
    problems: list[Problem] = []
    for kind, texts in wishes.plain().items():
        for text in texts:
            try:
                blocks.append(reader.read(kind, text))
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError(problems)
    return replace(spec, subject_to=(*spec.subject_to, *blocks))


@dataclass(frozen=True)
class _WishReader:
    """Reads wishes of one instance."""

    instance: Instance
    book: NameBook

    def read(self, kind: str, text: str) -> ConstraintBlock:
        """The block that a wish is."""
        option, plain = f"--{kind}", unicodedata.normalize("NFKC", text).strip()
        if kind == "floor":
            return self._floor(option, plain)
        scope, limit = self._named_and_number(option, plain)
        if kind == "without":
            return self._without(option, text, scope)
        if kind == "forbid":
            return _forbidden(option, text, scope)
        if set(scope) == {"offer"}:
            return LockedIn(offers=scope["offer"])
        return Count.model_validate({**_of_offers(option, text, scope), **limit})

    def _named_and_number(
        self, option: str, text: str
    ) -> tuple[dict[str, tuple[str, ...]], dict[str, int]]:
        """What a text names, and the number behind it; at least one where there is none."""
        number = _NUMBER.match(text)
        if number is None or self.book.find(text):
            return self._named(option, text), {"at_least": 1}
        rest, sign, digits = number.groups()
        key = "at_most" if sign in _AT_MOST else "at_least"
        return self._named(option, rest), {key: int(digits)}

    def _named(self, option: str, text: str) -> dict[str, tuple[str, ...]]:
        """Ids by kind of all that a text names, words apart by spaces.

        Raises:
            InputError: It names nothing, or something that may be two things.
        """
        found = _segmented(self.book, text.split())
        if found is None:
            raise InputError([self._unknown(option, text)])
        scope: dict[str, tuple[str, ...]] = {}
        for words, things in found:
            if len({(thing.kind, thing.id) for thing in things}) > 1:
                raise InputError([_unclear(option, words, things)])
            thing = things[0]
            scope[thing.kind] = (*scope.get(thing.kind, ()), thing.id)
        return scope

    def _unknown(self, option: str, text: str) -> Problem:
        words = [word for word in text.split() if not self.book.find(word)]
        word = words[0] if words else text
        near = nearest_names(word, self.book.all_names())
        expected = tr("an id or name of an offer, a site, a category, a district or a circle")
        hint = tr("Nearest: {names}. ", names=joined(map(quoted, near))) if near else ""
        return Problem(
            "unknown-name",
            option,
            quoted(word),
            expected,
            hint + tr("Correct the name; words of several names stand apart."),
        )

    def _without(
        self, option: str, text: str, scope: Mapping[str, tuple[str, ...]]
    ) -> ConstraintBlock:
        if set(scope) != {"category"}:
            expected = tr("a category; --forbid takes sites, offers and places")
            raise InputError([_wrong(option, text, expected)])
        return LockedOut(categories=scope["category"])

    def _floor(self, option: str, text: str) -> ConstraintBlock:
        """Least money of a part (`东河区 80万`), or least share of its people (`60%`)."""
        words, _, amount = text.rpartition(" ")
        expected = tr(
            "a district, circle, site or category, and an amount or a share, e.g. '{a}' or '{b}'",
            a="旗县区 80万",
            b="养老服务站 60%",
        )
        if not words:
            raise InputError([_wrong(option, text, expected)])
        each, rest = _each(words)
        settings: dict[str, object] = {"each": each} if each else {}
        scope = self._named(option, rest) if rest else {}
        try:
            if amount.endswith("%"):
                parse_share(amount)
            else:
                parse_money(amount, self.instance.currency)
        except UnitError as error:
            raise InputError(
                [Problem("bad-option", option, quoted(error.found), error.expected, error.mend)]
            ) from None
        if not amount.endswith("%"):
            settings |= _of_offers(option, text, scope)
            return Budget.model_validate({**settings, "at_least": amount})
        if set(scope) - {"category", "tier", "district", "circle"}:
            raise InputError([_wrong(option, text, expected)])
        return CoveredShare.model_validate({**settings, **scope, "at_least": amount})


def _segmented(book: NameBook, words: list[str]) -> list[tuple[str, tuple[Named, ...]]] | None:
    """Words in runs that each name something, the longest runs first; None where they do not."""
    if not words:
        return []
    for size in range(len(words), 0, -1):
        run = " ".join(words[:size])
        things = book.find(run)
        if things:
            rest = _segmented(book, words[size:])
            if rest is not None:
                return [(run, things), *rest]
    return _split_place(book, words)


def _split_place(book: NameBook, words: list[str]) -> list[tuple[str, tuple[Named, ...]]] | None:
    """A first word that is a place with something behind it, without a space between."""
    first = words[0]
    for at in range(len(first) - 1, 1, -1):
        places = [t for t in book.find(first[:at]) if t.kind in ("district", "circle")]
        rest = _segmented(book, [first[at:], *words[1:]]) if len(places) == 1 else None
        if rest:
            return [(first[:at], tuple(places)), *rest]
    return None


def _each(text: str) -> tuple[str | None, str]:
    """What `each` runs over, if the first word says so, and the other words."""
    head, _, rest = text.partition(" ")
    if head.lower() in ("each", "every"):
        head, _, rest = rest.partition(" ")
    match = _EACH_SIGNS.match(head)
    noun = match.group(2).lower() if match else ""
    for kind, nouns in _EACH.items():
        if noun in nouns:
            return kind, rest
    return None, text


def _forbidden(option: str, text: str, scope: Mapping[str, tuple[str, ...]]) -> ConstraintBlock:
    """A lock on offers, a site or a category; else a count of none."""
    plural = {"offer": "offers", "site": "sites", "category": "categories"}
    if len(scope) == 1 and set(scope) <= set(plural):
        return LockedOut.model_validate({plural[kind]: ids for kind, ids in scope.items()})
    return Count.model_validate({**_of_offers(option, text, scope), "at_most": 0})


def _of_offers(
    option: str, text: str, scope: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """The settings of a scope of offers; an offer among other things is none.

    Raises:
        InputError: It names an offer.
    """
    if "offer" in scope:
        expected = tr("an offer by itself, or places, sites and categories together")
        raise InputError([_wrong(option, text, expected)])
    return dict(scope)


def _unclear(option: str, words: str, things: tuple[Named, ...]) -> Problem:
    said = [tr(READING, noun=tr(NOUNS[t.kind]), name=t.name, id=t.id) for t in things]
    return Problem(
        "unclear-name",
        option,
        tr("{text}, which may be {names}", text=quoted(words), names=listed(said, 6)),
        tr("a name of one thing"),
        tr("Write the id or the whole name."),
    )


READING = phrase("{noun} {name} ({id})")


def _wrong(option: str, text: str, expected: str) -> Problem:
    return Problem("bad-option", option, quoted(text), expected, tr("Correct the option."))


def wishes_in_words(spec: ModelSpec, instance: Instance, wishes: Wishes) -> Iterator[str]:
    """How each wish was read: its option and text, and the rule that it is."""
    asked = [(kind, text) for kind, texts in wishes.plain().items() for text in texts]
    blocks = spec.subject_to[len(spec.subject_to) - len(asked) :]
    for (kind, text), block in zip(asked, blocks, strict=True):
        form = phrase("--{option} {text}: {rule}")
        yield tr(form, option=kind, text=quoted(text), rule=rule_words(block, instance))
