"""How far it goes: every case in a process of its own, one line of results each, then the tables.

    python benchmarks/ladder.py [--only PATTERN] [--peers engine,highs] [--time-limit 60] [--again]
                                [--ails NewYork.txt] [--report]

A case that this version of the code has solved on this machine is skipped, so a run that was
stopped goes on where it was. `--report` alone rewrites the measured part of docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import fnmatch
import hashlib
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ladder_cases import CBC, ENGINE, ROOT, Case, all_cases
from ladder_report import write_report

RESULTS = ROOT / "runs" / "bench" / "results.jsonl"
PAGE = ROOT / "docs" / "benchmarks.md"
FIGURES = ROOT / "docs" / "figures"
PACKAGES = ("ortools", "numpy", "scipy", "pandas", "pulp")
_KIB_IN_MB = 1024.0
# What building, loading and handing over may take beyond the time limit of the solve.
_SPARE_SECONDS = 1800.0

Record = dict[str, Any]


def main(arguments: list[str]) -> None:
    """Runs what is wanted and not yet done, then writes the page."""
    given = _parse(arguments)
    where = {
        "version": code_version(),
        "machine": machine(),
        "time_limit": given.time_limit,
        "target": given.gap,
    }
    before = [] if given.again else read_results(RESULTS)
    done = {_key(record) for record in before if "error" not in record}
    for case, peer in wanted(given):
        name = f"{case.name} {peer}"
        if _key({**where, "case": case.name, "peer": peer}) in done:
            print(f"{name}: done before", flush=True)
            continue
        print(f"{name} ...", end=" ", flush=True)
        record = {**where, "case": case.name, "peer": peer, **run_apart(case, peer, given)}
        append(RESULTS, record)
        print(in_short(record), flush=True)
    records = read_results(RESULTS)
    if records:
        print("wrote", write_report(records, PAGE, FIGURES))


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="*", help="names of cases, e.g. 'city/*' or 'bds/m1000*'")
    parser.add_argument("--peers", help="who solves, e.g. engine,highs; all that a case has if not")
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds a solve")
    parser.add_argument("--gap", type=float, default=0.0, help="stop at this gap, e.g. 0.001")
    parser.add_argument("--again", action="store_true", help="solve also what was solved before")
    parser.add_argument("--ails", type=Path, help="NewYork.txt of the AILS-MCLP set")
    parser.add_argument("--report", action="store_true", help="solve nothing, write the page")
    return parser.parse_args(arguments)


def wanted(given: argparse.Namespace) -> Iterator[tuple[Case, str]]:
    """Cases and who is to solve them."""
    if given.report:
        return
    for case in all_cases(given.ails).values():
        if not fnmatch.fnmatch(case.name, given.only):
            continue
        for peer in (ENGINE, *case.peers):
            # PuLP 4 brings no CBC along.
            here = peer != CBC or _installed("pulp").startswith("3.")
            if here and (given.peers is None or peer in given.peers.split(",")):
                yield case, peer


def run_apart(case: Case, peer: str, given: argparse.Namespace) -> Record:
    """Solves one case in a process of its own.

    Returns:
        What that process says, with its wall time and the system's figure of its peak memory; if it
        failed, `error` with the end of what it wrote.
    """
    command = [sys.executable, str(Path(__file__).with_name("ladder_run.py")), case.name, peer]
    command += ["--time-limit", repr(given.time_limit), "--gap", repr(given.gap)]
    command += ["--ails", str(given.ails)] if given.ails else []
    begun = time.monotonic()
    try:
        out, errors, usage, code = _watched(command, given.time_limit + _SPARE_SECONDS)
    except TimeoutError:
        return {"error": "did not end", "wall": time.monotonic() - begun}
    record: Record = {"date": time.strftime("%Y-%m-%d"), "packages": packages()}
    record |= {"wall": time.monotonic() - begun, "wait4_mb": usage / _KIB_IN_MB}
    if code != 0:
        return {**record, "error": f"exit code {code}: {errors.strip()[-500:]}"}
    return {**record, **json.loads(out.splitlines()[-1])}


def _watched(command: list[str], seconds: float) -> tuple[str, str, int, int]:
    """Output, errors, peak memory in KiB and exit code of a process.

    Raises:
        TimeoutError: It took longer than that; it was ended.
    """
    out, errors = RESULTS.with_name("out.txt"), RESULTS.with_name("errors.txt")
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("wb") as to, errors.open("wb") as err:
        child = subprocess.Popen(command, stdout=to, stderr=err)
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


# --- records ------------------------------------------------------------------------------------


def read_results(path: Path) -> list[Record]:
    """All records, in the order they were made; a last line that was cut short is left out."""
    records: list[Record] = []
    if not path.exists():
        return records
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return records


def append(path: Path, record: Record) -> None:
    """Adds one line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(record, ensure_ascii=False) + "\n")


def _key(record: Record) -> tuple[object, ...]:
    names = ("case", "peer", "version", "machine", "time_limit")
    return (*(record.get(name) for name in names), record.get("target", 0.0))


def in_short(record: Record) -> str:
    """One line for the person who waits."""
    if "error" in record:
        return f"failed: {record['error']}"
    gap = record["relative_gap"]
    shown = "no bound" if gap is None else f"gap {gap:.4%}"
    best = record["objective"]
    plan = "no plan" if best is None else f"{best:,.0f}"
    return f"{plan}, {shown}, {record['reason']}, {record['wall']:.1f} s"


def code_version() -> str:
    """The commit; with changes that are not committed, a digest of the sources as well."""
    commit = _git("rev-parse", "--short", "HEAD")
    if not commit:
        return f"siting {_installed('siting')}"
    if not _git("status", "--porcelain", "--", "src", "models"):
        return commit
    digest = hashlib.sha256()
    for path in sorted((ROOT / "src").rglob("*.py")):
        digest.update(path.read_bytes())
    return f"{commit}+{digest.hexdigest()[:8]}"


def _git(*arguments: str) -> str:
    """What git says; nothing where there is no repository."""
    # A mere look must not lock the repository against those who work in it.
    quiet = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    command = ["git", "-C", str(ROOT), *arguments]
    try:
        told = subprocess.run(command, check=True, capture_output=True, text=True, env=quiet)
    except (subprocess.CalledProcessError, FileNotFoundError):
        return ""
    return told.stdout.strip()


def machine() -> str:
    """Processor, cores and Python."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = [
            line for line in info.read_text(encoding="utf-8").splitlines() if "model name" in line
        ]
        name = lines[0].partition(":")[2].strip() if lines else name
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}"


def packages() -> str:
    """Versions of what the figures depend on."""
    return ", ".join(f"{name} {_installed(name)}" for name in PACKAGES)


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


if __name__ == "__main__":
    main(sys.argv[1:])
