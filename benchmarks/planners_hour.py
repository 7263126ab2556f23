"""A planner's hour: thirty wishes, twelve comparisons, two exports, and a kill in the middle.

    python benchmarks/planners_hour.py instances/monaco --budget 1000000 --python env/bin/python

`--python` names the interpreter of an installation to try, as that of a bundle; with
`unshare -rn sh -c 'ip link set lo up; ...'` it has no network.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from what_if import Page, wishes


def ask_thirty(page: Page, budget: float, already: int) -> None:
    """Solves ten wishes at one budget, and compares some of the plans."""
    for number, (name, request) in enumerate(wishes(page, budget)):
        state = page.timed(request)[3]
        done = state["scenarios"][-1]
        print(f"{done['id']:4} {name:24} {done['figures']['certified_gap']:.4f} {state['failure']}")
        if number % 3 == 0:
            page.ask(f"/api/compare?a={already + 1}&b={done['id']}")


def verify_all(python: str, workspace: Path, scenarios: list[dict[str, Any]]) -> int:
    """Holds every plan against `siting verify`; how many hold."""
    holds = 0
    for one in scenarios:
        words = [python, "-m", "siting", "verify", workspace / "scenarios" / one["folder"]]
        holds += subprocess.run(words, capture_output=True, check=False).returncode == 0
    return holds


def hour(page_of: Any, workspace: Path, budget: float) -> list[dict[str, Any]]:  # noqa: ANN401
    """The whole hour; the scenarios that there are in the end."""
    page = page_of()
    page.idle()
    ask_thirty(page, budget, 0)
    before = page.idle()["scenarios"]
    page.ask("/api/solve", "POST", {"request": {"budget": budget, "gap": 0, "time_limit": 60}})
    page.process.kill()
    page.process.wait()
    page = page_of()
    kept = page.idle()["scenarios"]
    lost = [one["id"] for one in before if one not in kept]
    print(f"killed in the middle: {len(lost)} of {len(before)} lost")
    for share in (0.9, 1.1):
        ask_thirty(page, share * budget, 0)
    for part in ("report", "workbook"):
        page.fetch(f"/api/scenarios/2/export/{part}")
    found: list[dict[str, Any]] = page.idle()["scenarios"]
    page.process.terminate()
    page.process.wait(30)
    print(json.dumps({"workspace": str(workspace), "scenarios": len(found)}))
    return found


def main() -> None:
    """Runs the hour and says how many plans hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instance")
    parser.add_argument("--budget", type=float, required=True)
    parser.add_argument("--python", default=sys.executable)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "what-if"
        instance = str(Path(asked.instance).resolve())
        found = hour(lambda: Page(instance, str(workspace), asked.python), workspace, asked.budget)
        holds = verify_all(asked.python, workspace, found)
    print(f"{holds} of {len(found)} plans verify")
    raise SystemExit(holds != len(found))


if __name__ == "__main__":
    main()
