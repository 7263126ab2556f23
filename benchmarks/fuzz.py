"""Spoiled files against a reader for some minutes: what it raises, how long, how much memory.

python benchmarks/fuzz.py table.xlsx --minutes 60 [--seed 1]
python benchmarks/fuzz.py all --minutes 5

Each reader runs in a process of its own, so that an abort is a line of the table.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [
    str(ROOT / "tests" / one)
    for one in ("", "inputs", "prepare", "prepare/bureau", "cli", "sweep", "safety")
]

from noise import TARGETS, is_read, spoilt  # noqa: E402 - after the path is set


def fuzz(name: str, minutes: float, seed: int) -> dict[str, object]:
    """Spoils the file of a reader again and again; what falls is kept beside its traceback."""
    warnings.simplefilter("error")
    warnings.simplefilter("ignore", PendingDeprecationWarning)  # of rasterio with affine 3
    end, longest = time.monotonic() + 60 * minutes, 0.0
    files, refused, fallen = 0, 0, dict[str, str]()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "target"
        place.mkdir()
        target = TARGETS[name](place)
        for number in spoilt(target.path, seed):
            files = number
            begun = time.monotonic()
            if begun > end:
                break
            try:
                refused += not is_read(target)
            except Exception:  # noqa: BLE001 - that is what is looked for
                where = traceback.format_exc().splitlines()
                if where[-1] not in fallen:
                    kept = Path(tempfile.mkdtemp(prefix="fallen-")) / target.path.name
                    kept.write_bytes(target.path.read_bytes())
                    fallen[where[-1]] = f"{kept}: {where[-3].strip()}"
            longest = max(longest, time.monotonic() - begun)
    peaks = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    memory = [resource.getrusage(who).ru_maxrss // 1024 for who in peaks]
    return {"files": files, "refused": refused, "longest, s": round(longest, 1),
            "MB here and in children": memory, "fallen": fallen}  # fmt: skip


def main() -> None:
    """Reads which reader, and prints what was seen of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reader", choices=["all", *TARGETS])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311
    asked = parser.parse_args()
    if asked.reader != "all":
        print(json.dumps(fuzz(asked.reader, asked.minutes, asked.seed), ensure_ascii=False))
        return
    for name in TARGETS:
        words = [sys.executable, __file__, name, "--minutes", asked.minutes]
        words += ["--seed", asked.seed]
        ended = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False)
        print(
            name, asked.seed, ended.stdout.strip() or f"ended with {ended.returncode}", flush=True
        )
        print(ended.stderr[-2000:] if ended.returncode else "", end="", flush=True)


if __name__ == "__main__":
    main()
