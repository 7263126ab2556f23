"""The one gate for files of an instance or a run folder, which anybody may have made.

A file is a regular one under a size limit, inside its folder or one that the user allowed, also
after every link is followed. It is read once: what is digested is what is parsed.
"""

from __future__ import annotations

import errno
import gzip
import io
import lzma
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from siting.errors import InputError, Problem, reason
from siting.inputs.limits import most_bytes, too_large
from siting.inputs.table_problems import missing_file, unreadable
from siting.language import tr

# Processes that a command starts inherit it with the environment.
ALLOWED = "SITING_ALLOW"
# What a damaged archive raises, whichever part of its decoders meets the damage first.
ARCHIVE_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    ValueError,
    LookupError,
    OSError,
    EOFError,
    RuntimeError,
)
_MEGABYTE = 1 << 20
_MOST_MEMBERS = 10_000
_FLAGS = ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_BINARY", "O_NOCTTY")


def allow(root: Path) -> None:
    """Lets files be read from one more folder, here and in processes started from here."""
    known = [*filter(None, [os.environ.get(ALLOWED)]), os.path.realpath(root)]
    os.environ[ALLOWED] = os.pathsep.join(known)


def read_file(folder: Path, name: str, where: str | None = None, most: int | None = None) -> bytes:
    """Reads a file of a folder.

    Args:
        folder: That the name is relative to, and that the file has to be in.
        name: Of the file.
        where: What names it, for messages.
        most: Bytes that it may have, where fewer than others.

    Raises:
        InputError: It is missing, elsewhere, no regular file, too large, or cannot be read.
    """
    label = where or name
    with _explained(folder, name, label):
        path, root = _resolved(folder, name, label)
        return _read_regular(path, root, label, min(most or most_bytes(), most_bytes()))


def read_named(path: Path, most: int | None = None) -> bytes:
    """Reads a file that the user names and that may lie anywhere: a model, a mapping, a list.

    Args:
        path: Of the file; links are followed, as whoever named it can see where they lead.
        most: Bytes that it may have, where fewer than others.

    Raises:
        InputError: It is missing, no regular file, too large, or cannot be read.
    """
    there = Path(os.path.realpath(path))
    return read_file(there.parent, there.name, path.name, most)


def path_of(folder: Path, name: str, where: str | None = None) -> Path:
    """Where a file lies that is read in pieces, since it may be larger than memory: a raster, say.

    Args:
        folder: That the name is relative to, and that the file has to be in.
        name: Of the file.
        where: What names it, for messages.

    Raises:
        InputError: It is missing, elsewhere, or no regular file.
    """
    label = where or name
    with _explained(folder, name, label):
        path, _ = _resolved(folder, name, label)
        _refuse_others(Path(path).stat().st_mode, path, label)
        return Path(path)


@contextmanager
def _explained(folder: Path, name: str, label: str) -> Iterator[None]:
    """Says in a sentence why a file cannot be had."""
    try:
        yield
    except FileNotFoundError:
        problem = missing_file(name, label, folder)
    except OSError as error:
        problem = unreadable(label, reason(error))
    except ValueError:  # no name of a file: NUL, or half a character
        problem = unreadable(label, tr("no name of a file"))
    else:
        return
    raise InputError([problem])


def _resolved(folder: Path, name: str, label: str) -> tuple[str, str]:
    """Where a file lies once all links are followed, and the allowed folder that it is in."""
    path = os.path.realpath(folder / name)
    allowed = os.environ.get(ALLOWED, "").split(os.pathsep)
    for root in (os.path.realpath(folder), *filter(None, allowed)):
        if Path(path).is_relative_to(root):
            return path, root
    raise InputError([_outside(label, name, path)])


def _read_regular(path: str, root: str, label: str, most: int) -> bytes:
    """The bytes of a regular file; asked before it is opened, since to open a device may act."""
    _refuse_others(Path(path).stat().st_mode, path, label)
    with os.fdopen(_opened(path, root), "rb") as file:
        _refuse_others(os.fstat(file.fileno()).st_mode, path, label)
        content = _begin(file, most + 1)
    if len(content) > most:
        raise InputError([too_large(label, most)])
    return content


def _opened(path: str, root: str) -> int:
    """Opens a file through no link: one that was put in its way meanwhile is an error."""
    if os.open not in os.supports_dir_fd:  # Windows
        return os.open(path, _flags())
    *folders, name = Path(path).relative_to(root).parts or ("",)
    here = os.open(root, _flags("O_DIRECTORY"))
    try:
        for folder in folders:
            below = os.open(folder, _flags("O_DIRECTORY"), dir_fd=here)
            os.close(here)
            here = below
        return os.open(name, _flags(), dir_fd=here)
    finally:
        os.close(here)


def _flags(*more: str) -> int:
    return sum(getattr(os, flag, 0) for flag in ("O_RDONLY", *_FLAGS, *more))


def _begin(file: IO[bytes] | gzip.GzipFile, most: int) -> bytes:
    """As many bytes as are there, up to a limit; asked for at once, memory for all is taken."""
    pieces = list[bytes]()
    while most and (piece := file.read(min(most, _MEGABYTE))):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)


def _refuse_others(mode: int, path: str, label: str) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(mode):
        raise InputError([_irregular(label)])


def gunzip(content: bytes, label: str) -> bytes:
    """Unpacks a gzip file.

    Raises:
        InputError: It is none, damaged, or unpacks to more than a file may have.
    """
    most = most_bytes()
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            plain = _begin(packed, most + 1)
    except (OSError, EOFError, zlib.error) as error:
        why = tr("not a whole gzip file ({error})", error=error)
        raise InputError([unreadable(label, why)]) from error
    if len(plain) > most:
        raise InputError([too_large(label, most)])
    return plain


def check_archive(content: bytes, label: str) -> None:
    """Looks what a zip file (xlsx, ods, npz) says it unpacks to; other files pass.

    Raises:
        InputError: It is damaged, or unpacks to more than a file may have.
    """
    if not content.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except ARCHIVE_FAULTS as error:
        why = tr("not a whole archive ({error})", error=error)
        raise InputError([unreadable(label, why)]) from error
    if len(members) > _MOST_MEMBERS or sum(one.file_size for one in members) > most_bytes():
        raise InputError([too_large(label, most_bytes())])


def unpack_arrays(content: bytes, label: str) -> dict[str, Any]:
    """The arrays of an NPZ file that anybody may have made.

    Raises:
        InputError: It unpacks to more than a file may have.
        ValueError: It is none, or damaged.
    """
    check_archive(content, label)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays}
    except Exception as error:
        # Damaged archives raise whatever the part of the decoder raises that they meet first.
        raise ValueError(tr("numbers that cannot be read")) from error


def _outside(label: str, name: str, path: str) -> Problem:
    return Problem(
        code="outside-folder",
        where=label,
        found=tr("'{name}', which is {path}, outside the folder", name=name, path=path),
        expected=tr("a file in the folder itself"),
        mend=tr(
            "Copy the file into the folder, or, if you trust who made it, add --allow {parent}.",
            parent=Path(path).parent,
        ),
    )


def _irregular(label: str) -> Problem:
    return Problem(
        code="not-a-file",
        where=label,
        found=tr("a device, a pipe or a socket"),
        expected=tr("a regular file"),
        mend=tr("Name a file with the data."),
    )
