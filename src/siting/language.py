"""The language of what people read: English in the code, Chinese from `locales/zh/*.po`.

Only words for people are translated. Names in files (`plan.json`, table columns that are read
back, identifiers) are the same in every language.
"""

from __future__ import annotations

import locale
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import resources
from typing import Literal, get_args

import polib

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
# The first that is set decides, as for other programs.
_VARIABLES = ("SITING_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
# Of each thread and task its own: threads of one process may speak to different people.
_current: ContextVar[Language | None] = ContextVar("language", default=None)


def use_language(language: Language | None) -> None:
    """Sets the language of this thread from now on; None goes back to the environment's."""
    _current.set(language)


@contextmanager
def in_language(language: Language) -> Iterator[None]:
    """Another language for a while, as for one report; threads started meanwhile keep theirs."""
    before = _current.set(language)
    try:
        yield
    finally:
        _current.reset(before)


def language() -> Language:
    """The language in use: what was set, else `SITING_LANG`, else the locale, else English."""
    chosen = _current.get()
    if chosen is not None:
        return chosen
    # The environment comes first: of a locale that is not installed Python reports another one.
    found = (os.environ.get(name) for name in _VARIABLES)
    named = next((value for value in found if value), None) or locale.getlocale()[0] or ""
    short = named.replace("Chinese", "zh")[:2].lower()
    return short if short in LANGUAGES else "en"


# Characters that steer terminals or turn the direction of what follows, halves of characters, and
# those that no text may hold; also the mark that says in which order the bytes are.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060"
    "\u2066-\u2069\ufeff\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"
)


def has_unseen(text: str) -> bool:
    """Whether a text has characters that no reader is meant to see."""
    return _UNSEEN.search(text) is not None


def shown(text: str) -> str:
    """The text with such characters written out, as codes."""
    return _UNSEEN.sub(lambda sign: ascii(sign[0])[1:-1], text)


def without_unseen(text: str) -> str:
    """The text without control characters, marks of direction and halves of characters."""
    return _UNSEEN.sub("", text)


def tr(message: str, /, **fields: object) -> str:
    """A message in the language in use, its `{fields}` filled in.

    The English message is the key; one without a translation stays English. A test keeps the
    translations complete. Control characters of the fields are written out: a name steers no
    terminal.
    """
    template = message if language() == "en" else _translations(language()).get(message, message)
    return shown(template.format(**fields)) if fields else template


def phrase(text: str) -> str:
    """Marks a text that `tr` translates later, where it is shown; gives it back as it is."""
    return text


def quoted(text: object) -> str:
    """A text in the quotes of the language."""
    return tr("'{text}'", text=text)


def joined(texts: Iterable[str]) -> str:
    """A list within a sentence: `a, b`."""
    return tr(", ").join(texts)


def set_off(text: str) -> str:
    """A text that follows Chinese, with a space before Latin letters and numbers."""
    latin = text[:1].isascii() and text[:1] not in "'\"("
    return f" {text}" if latin and language() == "zh" else text


def cells(text: str) -> int:
    """How many columns of a terminal a text takes: two for each Chinese character."""
    if text.isascii():
        return len(text)
    return len(text) + sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)


def cut(text: str, longest: int = 2000) -> str:
    """The beginning of a text that is too long to be read."""
    return text if len(text) <= longest else f"{text[:longest]}..."


def padded(text: str, width: int, *, right: bool = False) -> str:
    """A text filled up with spaces to so many columns of a terminal."""
    blank = " " * max(0, width - cells(text))
    return blank + text if right else text + blank


@cache
def _translations(code: Language) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in sorted(resources.files("siting").joinpath("locales", code).iterdir(), key=str):
        if file.name.endswith(".po"):
            entries = polib.pofile(file.read_text(encoding="utf-8"))
            found |= {entry.msgid: entry.msgstr for entry in entries if entry.msgstr}
    return found
