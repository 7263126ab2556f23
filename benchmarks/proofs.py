"""How soon a gap is certified, how large the certificate is, and how long `verify` takes.

    python benchmarks/proofs.py [--only TEXT] [--again] [--ails FOLDER]

Every case is solved and verified by the commands that a planner uses, each in a process of its own;
cases of published files (`--ails`, a folder with NewYork.txt and SanFrancisco.txt) are solved as
programs, since they have no instance folder. It resumes where it stopped; the table is printed at
the end.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ladder_cases import BDS_SEEDS, BDS_SETTINGS, BDS_SETTINGS_POINTS, ROOT

RESULTS = ROOT / "runs" / "bench" / "proofs.jsonl"
FOLDERS = ROOT / "runs" / "bench" / "proofs"
Record = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One line of the table.

    Attributes:
        name: What is solved.
        goal: The certified gap that is wanted.
        seconds: Time limit of the solve.
        source: Instance folder, or what makes one.
        budget: Public money, or the instance's.
        ails: Name of a published file and how many to open, where it is a program.
    """

    name: str
    goal: float
    seconds: float
    source: Path | tuple[str, ...] = ()
    budget: str | None = None
    ails: tuple[str, int] | None = None


def cases() -> Iterator[Case]:
    """Every case, the quick ones first."""
    for seed in BDS_SEEDS:
        for opened, radii in BDS_SETTINGS.items():
            for radius in radii:
                name = f"bds 100x{BDS_SETTINGS_POINTS} seed {seed} p {opened} R {radius}"
                yield Case(name, 0.0, 60, bds(100, BDS_SETTINGS_POINTS, opened, radius, seed))
    for money in (50, 100, 200):
        yield Case(f"monaco {money}", 0.0, 60, ROOT / "instances" / "monaco", f"{money}万")
    city = ("city", "--seed", "1", "--residents")
    yield Case("district 2000x200x26", 0.0, 60, (*city, "2000", "--sites", "200"))
    for opened, radius in ((15, 4.0), (20, 3.75), (25, 3.5)):
        for seed in (1, 2, 3):
            name = f"bds 1000x1000 seed {seed} p {opened} R {radius}"
            yield Case(name, 0.003, 60, bds(1000, 1000, opened, radius, seed))
    for money, gap in ((500, 0.0003), (1000, 0.0006), (2000, 0.001)):
        folder = ROOT / "instances" / "reykjavik"
        yield Case(f"reykjavik {money}", gap, 60, folder, f"{money}万")
    yield Case("city 20000x2000x26", 0.0003, 60, (*city, "20000", "--sites", "2000"))
    for opened, seconds in ((50, 20), (60, 60), (70, 240), (80, 480), (90, 1200)):
        yield Case(f"NewYork {opened}", 0.0, seconds, ails=("NewYork", opened))
    for opened in (50, 100):
        yield Case(f"SanFrancisco {opened}", 0.005, 600, ails=("SanFrancisco", opened))


def bds(facilities: int, points: int, opened: int, radius: float, seed: int) -> tuple[str, ...]:
    """What makes an instance of Cordeau, Furini and Ljubic."""
    sizes = ("--facilities", str(facilities), "--demand", str(points), "--open", str(opened))
    return ("bds", *sizes, "--radius", str(radius), "--seed", str(seed))


def run(*words: str) -> tuple[float, subprocess.CompletedProcess[str]]:
    """Runs a command of siting; how long it took."""
    begun = time.monotonic()
    command = [sys.executable, "-m", "siting", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return time.monotonic() - begun, done


def solve_folder(case: Case) -> Record:
    """Makes the instance where it is not there yet, solves it and verifies the plan."""
    source = case.source
    if isinstance(source, tuple):
        folder = FOLDERS / case.name.replace(" ", "-")
        if not folder.exists():
            run("generate", *source, "-o", str(folder))
        source = folder
    out = FOLDERS / f"run-{case.name.replace(' ', '-')}"
    budget = () if case.budget is None else ("--budget", case.budget)
    # Half the goal, so that a met goal does not hang on where the search stopped.
    gap, limit = f"{50 * case.goal}%", f"{case.seconds}s"
    asked = ("--gap", gap, "--time-limit", limit)
    seconds, solved = run("solve", str(source), "-o", str(out), *budget, *asked, "--json")
    if not solved.stdout.startswith("{"):
        return {"fault": solved.stderr[-300:]}
    plan = json.loads(solved.stdout)
    verifying, verified = run("verify", str(out))
    size = sum((out / name).stat().st_size for name in ("certificate.json", "certificate.npz"))
    objective = plan["objective"]
    return {
        "objective": objective,
        "gap": (plan["certified_bound"] - objective) / objective,
        "seconds": seconds,
        "search": plan["seconds"]["solve"] if "solve" in plan.get("seconds", {}) else None,
        "verify": verifying,
        "holds": verified.returncode == 0,
        "bytes": size,
    }


def solve_program(case: Case, folder: Path) -> Record:
    """Solves a published file as a program; the certificate is the search's own."""
    from published import ails_program, read_ails  # noqa: PLC0415 - heavy

    from siting.solve import SolveSettings, solve  # noqa: PLC0415

    name, opened = case.ails or ("", 0)
    program = ails_program(read_ails(folder / f"{name}.txt"), opened)
    begun = time.monotonic()
    found = solve(program, SolveSettings(relative_gap=case.goal / 2, time_limit=case.seconds))
    if found.objective is None:
        return {"fault": str(found.termination)}
    tree = found.goals[0].tree
    return {
        "objective": found.objective,
        "gap": (found.certified_bound - found.objective) / found.objective,
        "seconds": time.monotonic() - begun,
        "leaves": 0 if tree is None else len(tree.leaves),
    }


def show(name: str, case: Case, record: Record) -> str:
    """One line of the table."""
    if "fault" in record:
        return f"| {name} | {record['fault']} | | | | |"
    met = "yes" if record["gap"] <= case.goal + 1e-12 else "no"
    verify = f"{record['verify']:.1f} s" if "verify" in record else ""
    size = f"{record['bytes'] / 1e6:.2f} MB" if "bytes" in record else ""
    gap = f"{100 * record['gap']:.4f} %"
    cells = (name, f"{100 * case.goal:g} %", gap, met, f"{record['seconds']:.1f} s", verify, size)
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Runs what has not been run yet, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--ails", type=Path)
    asked = parser.parse_args()
    FOLDERS.mkdir(parents=True, exist_ok=True)
    known: dict[str, Record] = {}
    if RESULTS.exists():
        lines = RESULTS.read_text(encoding="utf-8").splitlines()
        known = {one["name"]: one for one in map(json.loads, lines)}
    wanted = [case for case in cases() if asked.only in case.name]
    for case in wanted:
        if (case.name in known and not asked.again) or (case.ails and not asked.ails):
            continue
        found = solve_program(case, asked.ails) if case.ails else solve_folder(case)
        known[case.name] = {"name": case.name, **found}
        with RESULTS.open("a", encoding="utf-8") as file:
            file.write(json.dumps(known[case.name]) + "\n")
        print(show(case.name, case, known[case.name]), flush=True)
    print("| case | wanted | certified gap | met | solve | verify | certificate |")
    print("|---|---|---|---|---|---|---|")
    for case in wanted:
        if case.name in known:
            print(show(case.name, case, known[case.name]))


if __name__ == "__main__":
    main()
