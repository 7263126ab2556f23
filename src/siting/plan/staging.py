"""Files written aside and put in place together: at any moment a folder is the old one or the new.

New files are made in one folder inside, which is renamed once they are whole: from then on they
count. What a kill leaves between that and the last of their renames, `settle` completes.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from siting.errors import InputError
from siting.folder_lock import locked

NEW, READY = ".siting-new", ".siting-ready"
# Inside: which files of the folder are of the old one only.
_OUTDATED = ".outdated"
_PATIENCE = 10.0


@contextmanager
def replacing(folder: Path, outdated: Collection[str] = ()) -> Iterator[Path]:
    """A folder to write new files into, which are put in place together when the body is done.

    Args:
        folder: Where they go; made if it is missing.
        outdated: Files there, relative, that go unless they are written anew.

    Raises:
        InputError: Another process writes into it.
        OSError: Something cannot be written; then all is as it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        _complete(folder)
        _remove(folder / NEW)
        (folder / NEW).mkdir()
        try:
            yield folder / NEW
            # Said now, since a file that has been put in place is no longer among the new ones.
            gone = sorted(set(outdated) - set(files_in(folder / NEW)))
            (folder / NEW / _OUTDATED).write_text(json.dumps(gone), encoding="utf-8")
            _write_through(folder / NEW)
            _refuse_folders(folder)
            (folder / NEW).rename(folder / READY)
        except BaseException:
            with suppress(OSError):
                _remove(folder / NEW)
            raise
        _complete(folder)


def files_in(folder: Path) -> list[str]:
    """Names of all its files, those of its folders last."""
    there = [path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir()]
    return [path.as_posix() for path in sorted(there, key=lambda path: (len(path.parts), path))]


def settle(folder: Path) -> None:
    """Completes what another process was killed in the middle of.

    Raises:
        OSError: It cannot be completed, since the folder may not be written to, say.
    """
    end = time.monotonic() + _PATIENCE
    while (folder / READY).is_dir() and time.monotonic() < end:
        try:
            with locked(folder):
                _complete(folder)
        except InputError:  # whoever is at it needs some milliseconds
            time.sleep(0.05)


def _complete(folder: Path) -> None:
    """Puts the files of `READY` in place; to begin again after a kill gives the same."""
    ready = folder / READY
    if ready.is_symlink() or not ready.is_dir():
        return
    for name in _outdated(ready):
        _remove_named(folder, PurePosixPath(name))
    for name in files_in(ready):
        if name != _OUTDATED:
            _move(ready / name, folder, Path(name))
    _remove(ready)


def _outdated(ready: Path) -> list[str]:
    """What is to go; only names inside this folder, whoever wrote the list."""
    path = ready / _OUTDATED
    try:
        said = [] if path.is_symlink() else json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return []
    names = said if isinstance(said, list) else []
    return [name for name in names if isinstance(name, str) and _is_inside(PurePosixPath(name))]


def _is_inside(name: PurePosixPath) -> bool:
    return bool(name.parts) and not name.is_absolute() and ".." not in name.parts


def _move(source: Path, folder: Path, name: Path) -> None:
    """Renames one file; a link in its way is replaced, never followed."""
    at = folder
    for part in name.parts[:-1]:
        at /= part
        if at.is_symlink() or (at.exists() and not at.is_dir()):
            at.unlink()
        at.mkdir(exist_ok=True)
    source.replace(folder / name)


def _remove_named(folder: Path, name: PurePosixPath) -> None:
    """Removes one file, not through a link."""
    path = folder / name
    if path.parent.resolve() == folder.resolve() / name.parent and not path.is_dir():
        path.unlink(missing_ok=True)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _refuse_folders(folder: Path) -> None:
    """Asked before anything is put in place: a folder is not replaced by a file."""
    for name in files_in(folder / NEW):
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))


def _write_through(folder: Path) -> None:
    """To the disk, so that the names never stand there before the contents."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
