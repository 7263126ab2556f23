"""What the types of outlets mean: words and Amap codes to categories of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import Any

import yaml

from siting.errors import Problem
from siting.inputs.catalogue import load_catalogue
from siting.inputs.header_units import plain
from siting.inputs.schema_problems import close_match
from siting.inputs.yaml_marks import MarkedYaml
from siting.language import quoted, tr
from siting.prepare.bureau.bureau_mapping import TypesSchema
from siting.prepare.bureau.cells import is_absent

# A code that Excel made a number of has lost its leading zero.
_CODE = re.compile(r"\d{5,6}")
_BETWEEN = re.compile(r"[、,;|\n+&]")


@dataclass(frozen=True)
class TypeRules:
    """What each word, part of a word and code means; an empty tuple is a type of no category.

    Attributes:
        words: By whole word, as `plain` writes it.
        contains: By part of a word.
        codes: By Amap typecode.
    """

    words: Mapping[str, tuple[str, ...]]
    contains: Mapping[str, tuple[str, ...]]
    codes: Mapping[str, tuple[str, ...]]

    def meaning(self, word: str) -> tuple[str, ...] | None:
        """The categories of one word or code; None where nobody said what it means."""
        name = plain(word)
        if _CODE.fullmatch(name):
            return self._of_code(name.zfill(6))
        if name in self.words:
            return self.words[name]
        found = self._parts.findall(name)
        if not found:
            return None
        longest = max(found, key=len)
        return self.contains[longest]

    @cached_property
    def _parts(self) -> re.Pattern[str]:
        longest_first = sorted(self.contains, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def _of_code(self, code: str) -> tuple[str, ...] | None:
        """By the code itself, else by the one of its middle group."""
        return self.codes.get(code, self.codes.get(code[:4] + "00"))


@dataclass(frozen=True)
class Meaning:
    """What the type cells of one outlet mean.

    Attributes:
        categories: Each once, in order.
        unknown: Words that nobody gave a category to.
    """

    categories: tuple[str, ...]
    unknown: tuple[str, ...]


def read_types(rules: TypeRules, cells: Sequence[str]) -> Meaning:
    """Reads all type cells of one outlet; a cell may hold several types."""
    categories: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for word in (word for cell in cells if not is_absent(cell) for word in _words(rules, cell)):
        found = rules.meaning(word)
        if found is None:
            unknown[word] = None
        else:
            categories |= dict.fromkeys(found)
    return Meaning(tuple(categories), tuple(unknown))


def _words(rules: TypeRules, cell: str) -> Iterator[str]:
    """The types in a cell; a slash may be part of a name, as in 前置仓/自提点."""
    for part in _BETWEEN.split(cell.replace("，", ",").replace("；", ";")):
        name = part.strip()
        if name and plain(name) in rules.words:
            yield name
        else:
            yield from (word.strip() for word in re.split("[/／]", name) if word.strip())


# --- the rules ----------------------------------------------------------------------------------


def known_names() -> dict[str, str]:
    """What the default catalogue calls each category, in any of its ways, as `plain` writes it."""
    names: dict[str, str] = {}
    for row in load_catalogue().to_dict("records"):
        category, chinese = str(row["category"]), plain(str(row["name_zh"]))
        bare = re.sub(r"\(.*?\)", "", chinese)
        inside = re.findall(r"\((.*?)\)", chinese)
        ways = [category, plain(str(row["code"])), plain(str(row["name_en"])), chinese, bare]
        ways += [part for text in (bare, *inside) for part in text.split("/")]
        for way in ways:
            names.setdefault(way, category)
    return names


def make_rules(
    own: TypesSchema, planned: Mapping[str, str], marked: MarkedYaml
) -> tuple[TypeRules, list[Problem]]:
    """Lays the mapping's entries over the packaged ones.

    Args:
        own: The mapping's entries.
        planned: Category by each name it has in the plan; they add to those of the catalogue.
        marked: The mapping, for lines.
    """
    names = known_names() | dict(planned)
    given = yaml.safe_load(
        resources.files("siting.prepare.bureau")
        .joinpath("defaults.yaml")
        .read_text(encoding="utf-8")
    )
    problems: list[Problem] = []
    parts = {kind: _packaged(given[kind]) for kind in ("words", "contains", "codes")}
    for kind, entries in (("words", own.words), ("contains", own.contains), ("codes", own.codes)):
        for word, categories in entries.items():
            where = marked.where(("types", kind, word))
            problems += unknown_categories(categories, names, where)
            parts[kind][plain(word)] = tuple(
                names[plain(one)] for one in categories if plain(one) in names
            )
    words = {way: (category,) for way, category in names.items()} | parts["words"]
    return TypeRules(words, parts["contains"], parts["codes"]), problems


def _packaged(entries: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {
        plain(str(word)): tuple(means) if isinstance(means, list) else (str(means),)
        for word, means in entries.items()
    }


def unknown_categories(
    categories: Sequence[str], names: Mapping[str, str], where: str
) -> list[Problem]:
    """A problem for each name that is no category."""
    return [
        Problem(
            code="unknown-category",
            where=where,
            found=tr("the category {name}", name=quoted(one)),
            expected=tr("a category of the catalogue, by its Chinese name or its identifier"),
            mend=close_match(plain(one), names) + tr("Correct the name."),
        )
        for one in categories
        if plain(one) not in names
    ]
