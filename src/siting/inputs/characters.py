"""Characters: which encoding a text is in, and what no text may hold.

GB18030 takes nearly every run of bytes for Chinese, so that it is believed only where the
characters are ones that people write.
"""

from __future__ import annotations

import re
import unicodedata

from siting.errors import InputError, Problem
from siting.language import tr

_LINE_END = re.compile("\r\n?")
# A word of two or more Chinese characters in UTF-8, and nothing of another encoding at its ends.
_UTF8_WORD = re.compile(rb"(?<![\x80-\xff])(?:[\xe4-\xe9][\x80-\xbf]{2}){2,}(?![\x80-\xff])")
_SAMPLE = 200_000
_MOST_RARE = 0.25
_LEAST_HANGUL = 12


def plain_ends(text: str) -> str:
    """A text with one kind of line ends."""
    return _LINE_END.sub("\n", text)


def decode_text(content: bytes, label: str) -> str:
    """Decodes UTF-8 with or without BOM, UTF-16 with BOM, else GB18030, which Chinese Excel writes.

    Raises:
        InputError: The bytes are none of these, or GB18030 makes words of them that nobody writes.
    """
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ()
    for encoding in (*encodings, "utf-8-sig"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    mixed = _UTF8_WORD.search(content)
    if mixed:
        raise InputError([_mixed(label, content[: mixed.start()], mixed[0])])
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        raise InputError([_unknown(label)]) from None
    if "\0" in text or _is_other(content, text):
        raise InputError([_unknown(label)])
    return text


def _unknown(label: str) -> Problem:
    return Problem(
        code="unknown-encoding",
        where=label,
        found=tr("bytes that are neither UTF-8 nor GB18030 text"),
        expected=tr("a text file in UTF-8 (with or without BOM) or GB18030"),
        mend=tr("Save it again, in Excel as 'CSV UTF-8 (comma delimited)'."),
    )


def _mixed(label: str, before: bytes, word: bytes) -> Problem:
    """A file put together of two, each in an encoding of its own."""
    return Problem(
        code="unknown-encoding",
        where=tr("{file} row {rows}", file=label, rows=before.count(b"\n") + 1),
        found=tr("'{text}' in UTF-8 among text in another encoding", text=word.decode()[:20]),
        expected=tr("one encoding in all of a file"),
        mend=tr("Save the parts again in one encoding, in Excel as 'CSV UTF-8 (comma delimited)'."),
    )


def _is_other(content: bytes, text: str) -> bool:
    """Whether a text that GB18030 decodes is more likely Big5, Shift-JIS, EUC-KR or Latin-1."""
    letters = [sign for sign in text[:_SAMPLE] if sign > "\x7f" and unicodedata.category(sign) in
               ("Lo", "Co", "Cn")]  # fmt: skip
    if not letters:
        return False
    rare = sum(not _is_common(sign) for sign in letters)
    return rare > _MOST_RARE * len(letters) or _is_korean(content)


def _is_common(sign: str) -> bool:
    """Whether a character is one of GB 2312, which holds 99.9 % of all that is written."""
    try:
        sign.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _is_korean(content: bytes) -> bool:
    """Whether all that is no ASCII is Hangul in EUC-KR; Chinese would be two fifths Hanja."""
    try:
        text = content.decode("euc_kr")
    except UnicodeDecodeError:
        return False
    letters = {sign for sign in text[:_SAMPLE] if sign > "\x7f" and sign.isalpha()}
    return len(letters) >= _LEAST_HANGUL and all("가" <= sign <= "힣" for sign in letters)


def has_odd_digits(text: str) -> bool:
    """Whether a text has digits that are none: ① and ² of footnotes, ½; the ² of m² is fine."""
    return any(
        unicodedata.category(sign) == "No" and text[at - 1 : at].lower() != "m"
        for at, sign in enumerate(text)
        if sign > "\x7f"
    )
