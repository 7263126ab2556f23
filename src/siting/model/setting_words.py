"""The settings of a block in words: what each is called, names of categories, shares in percent."""

from __future__ import annotations

from collections.abc import Mapping

from siting.blocks.contract import Block
from siting.inputs.catalogue import load_catalogue
from siting.language import joined, language, phrase, tr

_CALLED = {
    "at_least": phrase("at least"),
    "at_most": phrase("at most"),
    "backup": phrase("a second outlet counts"),
    "by": phrase("taken together by"),
    "cap": phrase("the longest walk in minutes"),
    "capacity": phrase("people whom an added outlet serves"),
    "categories": phrase("category"),
    "category": phrase("category"),
    "circle": phrase("living circle"),
    "dearer": phrase("all becomes dearer by"),
    "default": phrase("where a site says nothing"),
    "district": phrase("district"),
    "each": phrase("for each"),
    "existing": phrase("existing outlets count"),
    "ground": phrase("ground"),
    "group": phrase("group"),
    "metres": phrase("metres"),
    "mode": phrase("way of building"),
    "named": phrase("places"),
    "needs": phrase("needs one of"),
    "not_with": phrase("not together with"),
    "of": phrase("of"),
    "of_at_least": phrase("of these at least"),
    "offers": phrase("offers"),
    "only": phrase("only"),
    "people": phrase("people"),
    "place": phrase("counted by"),
    "site": phrase("site"),
    "sites": phrase("site"),
    "step": phrase("minutes in steps of"),
    "tier": phrase("tier"),
    "weight": phrase("weight"),
    "where": phrase("wherever one of these is added"),
    "who": phrase("who counts"),
    "within": phrase("later goals may give up"),
    "within_metres": phrase("within metres"),
    "worth": phrase("worth by minutes"),
    "year": phrase("year"),
}
# Settings whose values are words of the program.
_WORDS = (
    *(phrase("basic"), phrase("quality"), phrase("all"), phrase("elderly"), phrase("infants")),
    *(phrase("children"), phrase("district"), phrase("circle"), phrase("group")),
    *(phrase("category"), phrase("covered"), phrase("complete"), phrase("public")),
    *(phrase("investment"), phrase("worst"), phrase("everybody")),
    *(phrase("unserved"), phrase("winter"), phrase("ice"), phrase("none")),
    *(phrase("retrofit"), phrase("year"), phrase("dry"), phrase("snow")),
)
# Shares; those of the same name in other blocks are whole numbers or amounts.
_SHARES = ("at_least", "backup", "dearer", "within")


def setting_words(block: Block) -> str:
    """What was set of a block, e.g. `at least: 35 %, group: elderly`; empty where nothing was."""
    return _pairs(block.settings())


def _pairs(settings: Mapping[str, object]) -> str:
    pairs = [(_called(key), _value(key, value)) for key, value in settings.items()]
    return tr("; ").join(tr("{name}: {value}", name=name, value=value) for name, value in pairs)


def _called(key: str) -> str:
    return tr(_CALLED[key]) if key in _CALLED else _name(key)


def _value(key: str, value: object) -> str:
    if isinstance(value, Mapping):
        return joined(_entry(str(name), inside) for name, inside in value.items())
    if isinstance(value, list | tuple):
        return tr(" / ").join(_name(str(one)) for one in value)
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if isinstance(value, float):
        return f"{100 * value:g} %" if key in _SHARES and 0 < value < 1 else f"{value:g}"
    return _name(str(value))


def _entry(name: str, inside: object) -> str:
    """One of several by name: `snow (ground: winter, weight: 3)`, `childcare: 40`."""
    if isinstance(inside, Mapping):
        return tr("{name} ({inside})", name=_name(name), inside=_pairs(inside))
    return tr("{name}: {value}", name=_name(name), value=_value(name, inside))


def _name(text: str) -> str:
    """A category by its name, a word of the program in the language in use, else as it is."""
    frame = load_catalogue()
    names = dict(zip(frame["category"], frame[f"name_{language()}"], strict=True))
    return str(names.get(text) or (tr(text) if text in _WORDS else text))
