"""What an engine of `siting sweep` costs a point: this process, two processes, one and two of Dask.

    python benchmarks/sweep_engines.py --points 24 [--instance DIR]

starts a scheduler and two workers on this machine and prints a Markdown table. Every engine solves
the same budgets, after a sweep that warms its processes up.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from siting.inputs import write_template
from siting.solve import SolveSettings
from siting.sweep import Engine, LocalEngine, SweepRequest, ask, read_index, run_sweep
from siting.sweep.cluster import ClusterEngine

SOURCE = Path(__file__).parents[1] / "src"


def main() -> None:
    """Runs every engine and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=24)
    parser.add_argument("--instance", type=Path)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        instance = wanted.instance or write_template(folder / "town")
        rows = list(measured(instance, folder, wanted.points))
    alone = rows[0][1]
    print("| engine | s in all | s a point | of one process | more a point |")
    print("|---|---:|---:|---:|---:|")
    for engine, seconds, workers in rows:
        each = seconds * workers / wanted.points
        print(
            f"| {engine} | {seconds:.2f} | {each:.3f} | {alone / seconds:.2f} x | "
            f"{(each - alone / wanted.points) * 1000:+.0f} ms |"
        )


def measured(instance: Path, folder: Path, points: int) -> Iterator[tuple[str, float, int]]:
    """Name, seconds in all and workers of each engine."""
    for workers in (1, 2):
        seconds = timed(LocalEngine(workers), instance, folder / f"local{workers}", points)
        yield f"local, {workers}", seconds, workers
    for workers in (1, 2):
        with cluster(folder, workers) as address, ClusterEngine(address, patience=30) as engine:
            while engine.workers < workers:
                time.sleep(0.1)
            seconds = timed(engine, instance, folder / f"dask{workers}", points)
        yield f"Dask, {workers}", seconds, workers


def timed(engine: Engine, instance: Path, folder: Path, points: int) -> float:
    """Seconds for that many budgets, the processes being warm."""
    settings = SolveSettings(threads=1)
    for name, budget in (("warm", "1万:4万:4"), ("timed", f"10万:100万:{points}")):
        sweep = ask(SweepRequest((instance,), budget=budget, settings=settings))
        begun = time.perf_counter()
        run_sweep(sweep, folder / name, engine)
        seconds = time.perf_counter() - begun
    if not read_index(folder / "timed").points["status"].eq("done").all():
        sys.exit(f"{engine}: a point failed")
    return seconds


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[str]:
    """A scheduler and workers of this machine, ended with the block."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{found.getsockname()[1]}"
    commands = [["scheduler", "--host", address]]
    commands += [["worker", address, "--nthreads", "1", "--no-nanny"]] * workers
    environment = os.environ | {"PYTHONPATH": str(SOURCE), "DASK_TEMPORARY_DIRECTORY": str(folder)}
    started = [
        subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{kind}", *words, "--no-dashboard"],
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        for kind, *words in commands
    ]
    try:
        yield address
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
