"""What people call things: one book of the names of an instance, and how a text is found in it."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from siting.blocks.names import places
from siting.inputs.instance import Instance
from siting.language import phrase

# What is looked up, the broadest last; where one text is the exact name of two, it is refused.
KINDS = ("offer", "site", "category", "tier", "district", "circle")
NOUNS = {
    "offer": phrase("offer"),
    "site": phrase("site"),
    "category": phrase("category"),
    "tier": phrase("tier"),
    "district": phrase("district"),
    "circle": phrase("circle"),
}
_BRACKETS = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True)
class Named:
    """One thing: what it is, its id, and the name that people know it by."""

    kind: str
    id: str
    name: str


@dataclass(frozen=True, eq=False)
class NameBook:
    """The names of an instance's offers, sites, categories, tiers, districts and circles."""

    instance: Instance

    def find(self, text: str) -> tuple[Named, ...]:
        """What a text may mean: one thing, several where it is not clear, or none.

        Ids and names as they are written come first, then names without brackets, spaces and
        case, each part of an `a/b` name being one, and last a part of the name of a category or
        place.
        """
        wanted = _plain(text)
        for found in (
            tuple(self._exact.get(text, ())),
            tuple(self._aliases.get(wanted, ())),
            tuple(self._containing(wanted)),
        ):
            if found:
                return found
        return ()

    def all_names(self) -> list[str]:
        """Every name and id, each once."""
        return list(self._exact)

    @cached_property
    def _things(self) -> tuple[Named, ...]:
        frames = {
            "offer": (self.instance.offers, "offer_id", ("name",)),
            "site": (self.instance.sites, "site_id", ("name",)),
            "category": (self.instance.categories, "category", ("name_zh", "name_en")),
        }
        found = []
        for kind, (frame, key, columns) in frames.items():
            ids = [str(one) for one in frame[key]]
            found += [Named(kind, one, one) for one in ids]
            for column in (one for one in columns if one in frame):
                pairs = zip(ids, frame[column], strict=True)
                found += [Named(kind, one, name) for one, name in pairs if _is_text(name)]
        tiers = dict.fromkeys(str(tier) for tier in self.instance.categories["tier"])
        found += [Named("tier", tier, tier) for tier in tiers]
        for kind in ("district", "circle"):
            found += [Named(kind, one, one) for one in places(self.instance, kind)]
        return tuple(found)

    @cached_property
    def _exact(self) -> dict[str, list[Named]]:
        return _grouped((key, t) for t in self._things for key in (t.name, t.id))

    @cached_property
    def _aliases(self) -> dict[str, list[Named]]:
        return _grouped((alias, thing) for thing in self._things for alias in _aliases(thing.name))

    def _containing(self, wanted: str) -> Iterator[Named]:
        """Categories and places whose names hold the text, or of which it is the short form."""
        if len(wanted) < 2:
            return
        for alias, things in self._aliases.items():
            if wanted in alias or _is_short_form(wanted, alias):
                yield from (t for t in things if t.kind in ("category", "district", "circle"))


def _grouped(pairs: Iterable[tuple[str, Named]]) -> dict[str, list[Named]]:
    """Things by what they are called, each thing once a name."""
    found: dict[str, dict[tuple[str, str], Named]] = {}
    for key, thing in pairs:
        found.setdefault(key, {}).setdefault((thing.kind, thing.id), thing)
    return {key: list(things.values()) for key, things in found.items()}


def _is_text(name: object) -> bool:
    return isinstance(name, str) and bool(name.strip())


def _plain(text: str) -> str:
    """A name without case, width, spaces and what brackets hold."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = _BRACKETS.sub("", plain) or plain
    return re.sub(r"[\s_\-·]+", "", plain)


def _aliases(name: str) -> set[str]:
    """The names that one name is good for: in all, and each part of `a/b(c/d)`."""
    plain = unicodedata.normalize("NFKC", name)
    parts = re.split(r"[/、()]", plain)
    return {_plain(one) for one in (name, *parts) if _plain(one)}


def _is_short_form(short: str, name: str) -> bool:
    """Whether a place is called by its first and last letters, with what is between left out."""
    if short[0] != name[0] or short[-1] != name[-1] or short[-1] not in "区县旗市":
        return False
    letters = iter(name)
    return all(letter in letters for letter in short)


def nearest_names(word: str, names: list[str]) -> list[str]:
    """The names most like a word; those that hold it, or its first letters, first."""
    inside = sorted((name for name in names if word[:2] in name), key=len)
    alike = difflib.get_close_matches(word, names, n=4, cutoff=0.4)
    return list(dict.fromkeys([*alike, *inside]))[:4]
