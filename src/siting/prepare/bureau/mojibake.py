"""Text in the wrong encoding: which one a DBF table really has, and what cannot be saved."""

from __future__ import annotations

import codecs
import itertools
import struct
from collections.abc import Iterable, Sequence

from siting.errors import InputError, Problem
from siting.inputs.table_problems import unreadable
from siting.language import tr

_ENCODINGS = ("utf-8", "gb18030")


def read_dbf(content: bytes, file: str) -> tuple[tuple[str, ...], list[list[str] | None], str]:
    """Reads the table of a shapefile as text, in the encoding that all its bytes agree with.

    A `.cpg` beside it is often missing or wrong, so the bytes themselves decide between UTF-8 and
    GB18030: Chinese text in GB18030 is hardly ever valid UTF-8. A character that the fixed width
    of a name or cell cuts in two is left out.

    Returns:
        Names, cells by record (None where it is marked as deleted), and the encoding.
    """
    names, rows = _dbf_cells(content, file)
    texts = [*names, *(cell for row in rows if row for cell in row)]
    encoding = next((name for name in _ENCODINGS if _all_decode(texts, name)), "gb18030")
    header = tuple(name.decode(encoding, "ignore") for name in names)
    cells = [
        None if row is None else [cell.decode(encoding, "ignore").strip() for cell in row]
        for row in rows
    ]
    return header, cells, encoding


def _all_decode(texts: Iterable[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for text in texts:
            # Not final: a fixed width may cut the last character in two.
            decoder.reset()
            decoder.decode(text)
    except UnicodeDecodeError:
        return False
    return True


def _dbf_cells(data: bytes, file: str) -> tuple[list[bytes], list[list[bytes] | None]]:
    """Names and cells of a DBF table as bytes."""
    count, head, width = struct.unpack_from("<IHH", data, 4) if len(data) > 12 else (1, 0, 0)
    if len(data) < max(33, head + count * width):
        raise InputError([unreadable(file, tr("it ends before its last record"))])
    names, lengths = [], []
    for at in range(32, head - 1, 32):
        if data[at : at + 1] == b"\r":
            break
        names.append(data[at : at + 11].split(b"\0")[0])
        lengths.append(data[at + 16])
    ends = [1 + sum(lengths[:number]) for number in range(len(lengths) + 1)]
    rows: list[list[bytes] | None] = []
    for row in range(count):
        record = data[head + row * width : head + (row + 1) * width]
        cells = [record[start:end] for start, end in itertools.pairwise(ends)]
        gone = record[:1] == b"*"
        rows.append(None if gone else [cell.split(b"\0")[0].strip(b" ") for cell in cells])
    return names, rows


def garbled(label: str, texts: Sequence[str]) -> Problem | None:
    """What is wrong with a text that was saved in the wrong encoding, if it was."""
    joined = "".join(texts)
    if "锟斤拷" in joined or "�" in joined:
        return _problem(label, next(one for one in texts if "锟斤拷" in one or "�" in one), "")
    latin = [one for one in texts if any("\x80" <= sign <= "\xff" for sign in one)]
    chinese = sum("一" <= sign <= "鿿" for sign in joined)
    signs = sum(sum("\x80" <= sign <= "\xff" for sign in one) for one in latin)
    if signs > 5 and signs > chinese:
        meant = _meant(latin[0])
        if meant:
            return _problem(label, latin[0], meant)
    return None


def _meant(text: str) -> str:
    """What a text was before its bytes were read as Western ones; empty if it is not that."""
    for wrong in ("latin-1", "cp1252"):
        for right in _ENCODINGS:
            try:
                found = text.encode(wrong).decode(right)
            except (UnicodeEncodeError, UnicodeDecodeError):
                continue
            if any("一" <= sign <= "鿿" for sign in found):
                return found
    return ""


def _problem(label: str, found: str, meant: str) -> Problem:
    shown = tr("'{text}', garbled text", text=found[:20])
    if meant:
        shown = tr("'{text}', which was '{meant}' once", text=found[:20], meant=meant[:20])
    return Problem(
        code="garbled-text",
        where=label,
        found=shown,
        expected=tr("Chinese text as it was typed"),
        mend=tr(
            "The file was saved in the wrong encoding on its way. Get it again from who made it, "
            "as Excel or as CSV in UTF-8."
        ),
    )
