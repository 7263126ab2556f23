"""Solves one case with one peer and prints what came of it as one line of JSON.

    python benchmarks/ladder_run.py CASE PEER --time-limit 60 [--ails FILE]

Run by `ladder.py`, one process a case, so that memory is that of the case.
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

from ladder_cases import Case, all_cases

from siting.solve import relative_gap

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


def run(case: Case, peer: str, time_limit: float, target: float = 0.0) -> dict[str, Any]:
    """Builds and solves a case; the record of it."""
    begun = time.monotonic()
    built = case.build()
    program = built.program
    seconds = {**built.seconds, "build": time.monotonic() - begun}
    memory = {"build": own_peak()}
    # OR-Tools and PuLP are loaded after the building, whose memory is its own.
    from ladder_peers import ask  # noqa: PLC0415

    with Watch() as watch:
        answer = ask(peer, program, time_limit, target)
    memory |= {"self": own_peak(), "children": watch.peak}
    rows, columns = program.shape
    bound = float("inf") if answer.bound is None else answer.bound
    gap = relative_gap(answer.objective, bound)
    gain = None if answer.objective is None else answer.objective - program.offset
    gain_gap = relative_gap(gain, bound - program.offset)
    return {
        **built.facts,
        "offers": program.columns[0].stop,
        "rows": rows,
        "columns": columns,
        "nonzeros": int(program.matrix.nnz),
        "offset": program.offset,
        "known": case.known,
        "objective": answer.objective,
        "bound": answer.bound,
        "certified_bound": answer.certified_bound,
        "relative_gap": None if gap == float("inf") else gap,
        "gain_gap": None if gain_gap == float("inf") else gain_gap,
        "reason": answer.reason,
        "seconds": {**seconds, **answer.seconds},
        "memory_mb": memory,
    }


def main() -> None:
    """Reads the command line, runs, prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("case")
    parser.add_argument("peer")
    parser.add_argument("--time-limit", type=float, required=True)
    parser.add_argument("--gap", type=float, default=0.0, help="stop at this gap")
    parser.add_argument("--ails", type=Path)
    given = parser.parse_args()
    record = run(all_cases(given.ails)[given.case], given.peer, given.time_limit, given.gap)
    sys.stdout.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")


if __name__ == "__main__":
    main()
