"""`--lang`, before the command or behind it: read before anything is shown."""

from __future__ import annotations

from collections.abc import Sequence

from siting.cli.anywhere import take_option
from siting.cli.arguments import bad_option
from siting.language import LANGUAGES, Language, joined, quoted, tr

OPTION = "--lang"


def split_language(words: Sequence[str]) -> tuple[list[str], str | None]:
    """Takes `--lang X` or `--lang=X` out of the words of a command line.

    Returns:
        The other words, and what was asked for: the last one counts, an empty text where the
        value is missing, None where the option is.
    """
    others, asked = take_option(words, OPTION)
    return others, asked[-1] if asked else None


def read_language(asked: str) -> Language:
    """The language of a `--lang`.

    Raises:
        InputError: There is no such language.
    """
    for known in LANGUAGES:
        if asked == known:
            return known
    found = quoted(asked) if asked else tr("nothing")
    raise bad_option(OPTION, found, tr("one of {names}", names=joined(LANGUAGES)))
