"""Solves one cell and prints what came of it as one line of JSON.

    python benchmarks/cell.py CELL WHO [--ails FOLDER]

Run by `run.py`, a process a cell, so that time and memory are those of the cell. CELL is its JSON.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Any, Self

from builders import Clock, build
from registry import COMMANDS, Cell

_PEEK_SECONDS = 0.2
_KIB_IN_MB = 1024.0


class Watch:
    """Peak memory of the processes that this one starts, by looking five times a second.

    The system's own figure for ended children counts what the parent held when it started them.
    """

    def __init__(self) -> None:
        self.peak = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(_PEEK_SECONDS):
            self.peak = max(self.peak, sum(map(_peak_of, _children())))


def _children() -> list[str]:
    """Process numbers of the children of all threads; none where there is no /proc."""
    found: list[str] = []
    for task in Path("/proc/self/task").glob("*/children"):
        try:
            found += task.read_text(encoding="ascii").split()
        except OSError:
            continue
    return found


def _peak_of(process: str) -> float:
    """Peak memory of a process in MB, 0 if it is gone."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return float(line.split()[1]) / _KIB_IN_MB
    return 0.0


def own_peak() -> float:
    """Peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB_IN_MB


def run(
    cell: Cell, who: str, ails: Path | None = None, clock: Clock = time.monotonic
) -> dict[str, Any]:
    """Builds and solves a cell; the record of it.

    Raises:
        ValueError: It cannot be built, or not be asked of whoever this is.
    """
    begun = clock()
    built = build(cell, ails, clock)
    program = built.program
    seconds = {**built.seconds, "build": clock() - begun}
    memory = {"build": own_peak()}
    # OR-Tools and PuLP are loaded after the building, whose memory is its own.
    from peers import Asked, ask  # noqa: PLC0415

    with Watch() as watch:
        answer = ask(who, program, Asked(cell.seconds, cell.stop, cell.seed))
    memory |= {"self": own_peak(), "children": watch.peak}
    rows, columns = program.shape
    return {
        **built.facts,
        "offers": program.columns[0].stop,
        "rows": rows,
        "columns": columns,
        "nonzeros": int(program.matrix.nnz),
        "known": built.known,
        "objective": answer.objective,
        "bound": answer.bound,
        "certified_bound": answer.certified_bound,
        "gap": _gap(answer.objective, answer.bound),
        "certified_gap": _gap(answer.objective, answer.certified_bound),
        "reason": answer.reason,
        "seconds": {**seconds, **answer.seconds},
        "steps": answer.steps,
        "memory_mb": memory,
    }


def _gap(objective: float | None, bound: float | None) -> float | None:
    """None where a plan or a bound is missing."""
    from siting.solve import relative_gap  # noqa: PLC0415

    return None if objective is None or bound is None else relative_gap(objective, bound)


def main() -> None:
    """Reads the command line, runs, prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("cell")
    parser.add_argument("who")
    parser.add_argument("--ails", type=Path)
    given = parser.parse_args()
    cell = Cell.from_json(given.cell)
    if given.who == COMMANDS:
        from by_commands import run_commands  # noqa: PLC0415

        record = run_commands(cell)
    else:
        record = run(cell, given.who, given.ails)
    sys.stdout.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")


if __name__ == "__main__":
    main()
