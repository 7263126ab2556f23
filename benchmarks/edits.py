"""Edits and deletes at every place of plan.json and certificate.json, and counts what is noticed.

python benchmarks/edits.py RUN --most 3000
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
import random
import re
import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from siting.errors import InputError
from siting.inputs import Instance
from siting.plan import verify

FILES = ("plan.json", "certificate.json", "plan.xlsx")
CORE = "docProps/core.xml"
Place = tuple[object, ...]
Edit = tuple[Place, object]
Choose = Callable[[Iterable[Edit]], Iterable[Edit]]


def places(value: object, path: Place = ()) -> Iterator[Edit]:
    """Every place of a file with what else could stand there; `...` stands for nothing."""
    if path:
        yield path, ...
    if isinstance(value, dict):
        for key, one in value.items():
            yield from places(one, (*path, key))
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from places(one, (*path, at))
    elif isinstance(value, bool) or value is None:
        yield path, 1.5
    elif isinstance(value, (int, float)):
        yield path, value + 1
        yield path, value * (1 + 1e-9)
    else:
        yield path, f"{value}x"
        yield path, ""


def edited(content: object, path: Place, new: object) -> object:
    """A copy of a file's content with one place changed."""
    whole = json.loads(json.dumps(content))
    at = whole
    for step in path[:-1]:
        at = at[step]
    if new is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = new
    return whole


def noticed(run: Path) -> str:
    """How `verify` takes a run folder."""
    try:
        found = verify(run)
    except InputError:
        return "refused"
    return "disagrees" if found.disagreements else "remark" if found.remarks else "unnoticed"


@contextmanager
def inputs_read_once() -> Iterator[None]:
    """Inputs stay the same while a plan is edited: they are read once."""
    module: Any = importlib.import_module("siting.plan.verify")  # whose name a function has, too
    whole, known = module.read_instance, dict[str, Instance]()

    def read(folder: Path, *, overrides: Mapping[str, str]) -> Instance:
        key = json.dumps([str(folder), overrides])
        if key not in known:
            known[key] = whole(folder, overrides=overrides)
        return known[key]

    module.read_instance = read
    try:
        yield
    finally:
        module.read_instance = whole


def digests(book: bytes) -> Iterator[Edit]:
    """Every sign of the plan's digest among the properties of a workbook, and all of them."""
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        (digest,) = re.findall(r"siting-plan [0-9a-f]{64}", parts.read(CORE).decode())
    for at in range(len(digest)):
        yield (at,), "0" if digest[at] != "0" else "1"
    yield ("digest",), ...
    yield ("properties",), ...


def with_digest(book: bytes, edit: Edit) -> bytes:
    """A workbook with its digest edited."""
    with zipfile.ZipFile(io.BytesIO(book)) as whole:
        parts = {one: whole.read(one) for one in whole.namelist()}
    core, (place, new) = parts[CORE].decode(), edit
    begin = core.index("siting-plan ")
    if place == ("properties",):
        del parts[CORE]
    elif new is ...:
        parts[CORE] = (core[:begin] + core[core.index("<", begin) :]).encode()
    else:
        at = begin + int(str(place[0]))
        parts[CORE] = (core[:at] + str(new) + core[at + 1 :]).encode()
    return _packed(parts)


def _packed(parts: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part)
    return made.getvalue()


def drawn(edits: Iterable[Edit]) -> list[Edit]:
    """All edits in an order of chance, the same each time."""
    return random.Random(0).sample(found := list(edits), len(found))  # noqa: S311 - no secret


def tried_on(run: Path, name: str, choose: Choose) -> Iterator[tuple[Place, str]]:
    """Edits a file of a run, and tells how `verify` takes it each time; the file is put back.

    Args:
        run: The run folder.
        name: Of the file.
        choose: Which of all its edits are tried.
    """
    whole = (run / name).read_bytes()
    with inputs_read_once():
        for place, new in _contents(name, whole, choose):
            (run / name).write_bytes(new)
            yield place, noticed(run)
    (run / name).write_bytes(whole)


def _contents(name: str, whole: bytes, choose: Choose) -> Iterator[tuple[Place, bytes]]:
    """What else a file could hold, each with the place that is edited."""
    if name.endswith(".xlsx"):
        for edit in choose(digests(whole)):
            yield edit[0], with_digest(whole, edit)
        return
    content = json.loads(whole)
    for place, new in choose(places(content)):
        changed = edited(content, place, new)
        if changed != content:
            yield place, json.dumps(changed, ensure_ascii=False).encode()


def main() -> None:
    """Reads which run folder, tries its edits on a copy, and prints the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--most", type=int, default=3000)
    asked = parser.parse_args()
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(asked.run.parent, Path(folder) / "of")
        run = Path(folder) / "of" / asked.run.name
        for name in FILES:
            for place, how in tried_on(run, name, lambda edits: drawn(edits)[: asked.most]):
                seen[f"{name} {how}"] += 1
                if how == "unnoticed":
                    print(name, place)
    print(dict(sorted(seen.items())))


if __name__ == "__main__":
    main()
