"""A small complete instance to start from."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

from siting.errors import InputError, Problem
from siting.language import tr


def write_template(folder: str | Path) -> Path:
    """Writes a small invented instance: 12 demand points, 4 sites, 3 categories.

    Args:
        folder: Where to; made if it does not exist.

    Returns:
        The folder.

    Raises:
        InputError: The folder has files already; nothing is overwritten.
    """
    target = require_empty(folder)
    for file in importlib.resources.files("siting.inputs").joinpath("template").iterdir():
        if file.is_file():
            (target / file.name).write_bytes(file.read_bytes())
    return target


def require_empty(folder: str | Path) -> Path:
    """Makes a folder to write a template into.

    Raises:
        InputError: It has files already.
    """
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError([_occupied(target)])
    target.mkdir(parents=True, exist_ok=True)
    return target


def _occupied(target: Path) -> Problem:
    return Problem(
        code="folder-not-empty",
        where=str(target),
        found=tr("files that a template would mix with"),
        expected=tr("an empty or a new folder"),
        mend=tr("Name another folder."),
    )
