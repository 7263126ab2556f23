"""Runs the registry of benchmarks: every cell in a process of its own, a line of results each.

    python benchmarks/run.py [--only 'city/*'] [--who engine,highs,cbc] [--seeds 1] [--seconds S]
                             [--ails FOLDER] [--again] [--list] [--report]

A cell that this code has solved on this machine is skipped, so that a run that was stopped goes on
where it was. Then the measured part of docs/benchmarks.md is written from the results; `--report`
does only that. `--ails` is a folder with the files of the AILS-MCLP set, which are not in this
repository; without it their cells are left out.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from records import Record, append, commit, read_results, where
from registry import ENGINE, EVERYONE, ROOT, Cell, read_registry
from tables import write_report

RESULTS = ROOT / "runs" / "bench" / "registry.jsonl"
PAGE = ROOT / "docs" / "benchmarks.md"
FIGURES = ROOT / "docs" / "figures"
_KIB_IN_MB = 1024.0
# What building, loading and handing over may take beyond the time limit of the solve.
_SPARE_SECONDS = 1800.0

Ask = Callable[[Cell, str, argparse.Namespace], Record]


def main(arguments: Sequence[str]) -> None:
    """Runs what is wanted and not yet done, then writes the page."""
    given = parse(arguments)
    cells, titles = read_registry()
    asked = [] if given.report else list(wanted(cells, given))
    if given.list:
        for cell, who in asked:
            print(cell.name, who)
        hours = sum(cell.seconds for cell, _ in asked) / 3600
        print(f"{len(asked)} solves, {hours:.1f} h at most, without building")
        return
    run_all(asked, given, run_apart)
    records = read_results(given.results)
    if records:
        print("wrote", write_report(records, cells, titles, given.page, given.figures))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="*", help="names of cells, e.g. 'city/*' or '*/1'")
    parser.add_argument("--who", default=ENGINE, help=f"who solves, out of {', '.join(EVERYONE)}")
    parser.add_argument("--seeds", type=int, help="the first so many of each problem")
    parser.add_argument("--seconds", type=float, help="another time limit, for a quick look")
    parser.add_argument("--ails", type=Path, help="folder with the files of the AILS-MCLP set")
    parser.add_argument("--note", default="", help="what to know of the run, e.g. loaded")
    parser.add_argument("--again", action="store_true", help="solve also what was solved before")
    parser.add_argument("--list", action="store_true", help="say what would be run")
    parser.add_argument("--report", action="store_true", help="solve nothing, write the page")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--figures", type=Path, default=FIGURES)
    given = parser.parse_args(arguments)
    given.who = given.who.split(",")
    strangers = set(given.who) - set(EVERYONE)
    if strangers:
        parser.error(f"--who: {', '.join(sorted(strangers))}; expected {', '.join(EVERYONE)}")
    return given


def wanted(cells: list[Cell], given: argparse.Namespace) -> Iterator[tuple[Cell, str]]:
    """Cells and who is to solve them."""
    seen: dict[str, int] = {}
    for cell in cells:
        seen[cell.problem] = seen.get(cell.problem, 0) + 1
        if given.seeds and seen[cell.problem] > given.seeds:
            continue
        if not fnmatch.fnmatch(cell.name, given.only) or (cell.build == "ails" and not given.ails):
            continue
        shorter = replace(cell, seconds=given.seconds) if given.seconds else cell
        yield from ((shorter, who) for who in given.who if who in (ENGINE, *cell.who))


def run_all(asked: list[tuple[Cell, str]], given: argparse.Namespace, ask: Ask) -> None:
    """Has every cell solved that is not in the results yet; what failed is tried again."""
    here = where()
    known = {record["key"] for record in read_results(given.results) if "error" not in record}
    done = set() if given.again else known
    for cell, who in asked:
        key = cell.key(who, here)
        if key in done:
            continue
        print(f"{cell.name} {who} ...", end=" ", flush=True)
        record = {"key": key, "cell": cell.name, "family": cell.family, "line": cell.line}
        record |= {"problem": cell.problem, "seed": cell.seed, "who": who, **here}
        record |= {"time_limit": cell.seconds, "stop": cell.stop, "commit": commit()}
        record |= {"date": time.strftime("%Y-%m-%d"), "note": given.note}
        record |= ask(cell, who, given)
        append(given.results, record)
        print(in_short(record), flush=True)


def run_apart(cell: Cell, who: str, given: argparse.Namespace) -> Record:
    """Solves one cell in a process of its own.

    Returns:
        What that process says, with its wall time and the system's figure of its peak memory; if it
        failed, `error` with the end of what it wrote.
    """
    command = [sys.executable, str(Path(__file__).with_name("cell.py")), cell.to_json(), who]
    command += ["--ails", str(given.ails)] if given.ails else []
    begun = time.monotonic()
    try:
        out, errors, usage, code = watched(command, given.results, cell.seconds + _SPARE_SECONDS)
    except TimeoutError:
        return {"error": "did not end", "wall": time.monotonic() - begun}
    record: Record = {"wall": time.monotonic() - begun, "peak_mb": usage / _KIB_IN_MB}
    if code != 0:
        return {**record, "error": f"exit code {code}: {errors.strip()[-500:]}"}
    return {**record, **json.loads(out.splitlines()[-1])}


def watched(command: list[str], results: Path, seconds: float) -> tuple[str, str, int, int]:
    """Output, errors, peak memory in KiB and exit code of a process.

    Raises:
        TimeoutError: It took longer than that; it was ended.
    """
    out, errors = results.with_suffix(".out.txt"), results.with_suffix(".errors.txt")
    out.parent.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"PYTHONPATH": _paths()}
    with out.open("wb") as to, errors.open("wb") as err:
        child = subprocess.Popen(command, stdout=to, stderr=err, env=environment)
        end = time.monotonic() + seconds
        # communicate() would reap the child and lose its memory figure.
        while (ended := os.wait4(child.pid, os.WNOHANG))[0] == 0:
            if time.monotonic() > end:
                child.kill()
                child.wait()
                raise TimeoutError
            time.sleep(0.05)
        child.returncode = os.waitstatus_to_exitcode(ended[1])
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in (out, errors)]
    return texts[0], texts[1], ended[2].ru_maxrss, child.returncode


def _paths() -> str:
    """Where the child finds this code, and what the parent finds (spopt may be elsewhere)."""
    here = [str(ROOT / "src"), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return os.pathsep.join(filter(None, here))


def in_short(record: Record) -> str:
    """One line for the person who waits."""
    if "error" in record:
        return f"failed: {record['error']}"
    gap = record["certified_gap"] if record["certified_gap"] is not None else record["gap"]
    shown = "no gap" if gap is None else f"gap {gap:.3%}"
    megabytes = record["memory_mb"]["self"] + record["memory_mb"]["children"]
    return f"{record['reason']}, {shown}, {record['wall']:.1f} s, {megabytes:,.0f} MB"


if __name__ == "__main__":
    main(sys.argv[1:])
