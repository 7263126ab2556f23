"""What each algorithm takes for the linear relaxation of cells of the registry, and what it proves.

    python benchmarks/relaxers.py blocks/8000-100-1-100/1 reykjavik/reykjavik-2000-annual-plan/1

Seconds are those of a processor, so that they hold on a busy machine, too.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from builders import build
from registry import read_registry

from siting.solve.backends.calls import RelaxCall, run_call
from siting.solve.backends.contract import Relaxation, Relaxer
from siting.solve.bounds.duality import safe_bound
from siting.solve.presolve.cover import recognise


def measure(name: str, seconds: float, ails: Path | None) -> None:
    """Prints a line for each algorithm."""
    (cell,) = (cell for cell in read_registry()[0] if cell.name == name)
    problem = recognise(build(cell, ails).program)
    if problem is None:
        raise SystemExit(f"{name} is no covering problem")
    program = problem.to_program()
    print(f"{name}: {program.shape[0]} rows, {program.matrix.nnz} entries")
    for relaxer in Relaxer:
        begun = time.process_time()
        found = run_call(RelaxCall(program, relaxer, seconds), lambda _best, _bound: None)
        took = time.process_time() - begun
        solved = isinstance(found, Relaxation) and found.is_solved
        bound = safe_bound(program, found.multipliers) if isinstance(found, Relaxation) else None
        said = "nothing" if bound is None else f"{bound:,.1f}"
        print(f"  {relaxer:8} {took:7.1f} s  bound {said}{'' if solved else ' (not solved)'}")


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cells", nargs="+", help="names as `run.py --list` prints them")
    parser.add_argument("--seconds", type=float, default=120.0, help="time limit of each")
    parser.add_argument("--ails", type=Path, help="folder of the AILS sets")
    asked = parser.parse_args()
    for name in asked.cells:
        measure(name, asked.seconds, asked.ails)


if __name__ == "__main__":
    main()
