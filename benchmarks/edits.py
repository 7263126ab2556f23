"""Edits and deletes at every place of plan.json and certificate.json, and counts what is noticed.

python benchmarks/edits.py RUN --most 3000
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from siting.errors import InputError
from siting.plan import verify

Place = tuple[object, ...]


def places(value: object, path: Place = ()) -> Iterator[tuple[Place, object]]:
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


def main() -> None:
    """Reads which run folder, tries its edits on a copy, and prints the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--instance", type=Path)
    parser.add_argument("--most", type=int, default=3000)
    asked = parser.parse_args()
    seen: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(asked.run.parent, Path(folder) / "of")
        run = Path(folder) / "of" / asked.run.name
        for name in ("plan.json", "certificate.json"):
            whole = (run / name).read_bytes()
            content = json.loads(whole)
            tried = list(places(content))
            random.Random(0).shuffle(tried)  # noqa: S311 - no secret
            for path, new in tried[: asked.most]:
                changed = edited(content, path, new)
                if changed == content:
                    continue
                (run / name).write_text(json.dumps(changed, ensure_ascii=False), encoding="utf-8")
                how = noticed(run)
                seen[name, how] += 1
                if how == "unnoticed":
                    print(name, path, new)
            (run / name).write_bytes(whole)
    print({" ".join(key): count for key, count in sorted(seen.items())})


if __name__ == "__main__":
    main()
