"""How soon the what-if server answers: ten wishes on one instance, one after another.

    python benchmarks/what_if.py instances/reykjavik --budget 10000000
    python benchmarks/what_if.py instances/baotou --budget 20000000 --rounds 5   (fifty changes)

Of each wish the table has the seconds to the first new plan (the preview that a page draws), to the
certified gap that is good enough, and to the plan in its run folder, and the CPU seconds of the
server and its processes; at the end the memory of all of them together, now and at its highest,
and whether anything is left after Ctrl-C. Seconds mean little on a machine that has other work: its
load is told.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any


class Page:
    """A server, and the one tab that listens to it."""

    def __init__(self, instance: str, workspace: str, python: str = sys.executable) -> None:
        words = ["serve", instance, "--no-open", "--workspace", workspace]
        begun = time.monotonic()
        self.process = subprocess.Popen(
            [python, "-m", "siting", *words], stdout=subprocess.PIPE, text=True
        )
        if self.process.stdout is None:
            raise RuntimeError("the server says nothing")
        self.address = self.process.stdout.readline().split()[-1]
        self.root, _, self.token = self.address.partition("/?token=")
        self.heard: list[tuple[float, str, Any]] = []
        self.ask("/api/city")
        self.usable = time.monotonic() - begun
        self.peak = 0.0
        threading.Thread(target=self._listen, daemon=True).start()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while self.process.poll() is None:
            self.peak = max(self.peak, self.megabytes)
            time.sleep(0.5)

    def ask(self, path: str, method: str = "GET", body: object = None) -> Any:  # noqa: ANN401
        """A request of the page itself, and what it says."""
        return json.loads(self.fetch(path, method, body))

    def fetch(self, path: str, method: str = "GET", body: object = None) -> bytes:
        """The same as it is."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"X-Siting-Token": self.token, "Content-Type": "application/json"}
        request = urllib.request.Request(self.root + path, data, headers, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=600) as answer:  # noqa: S310
            content: bytes = answer.read()
        return content

    def _listen(self) -> None:
        request = urllib.request.Request(self.root + "/api/events")  # noqa: S310
        request.add_header("X-Siting-Token", self.token)
        with urllib.request.urlopen(request) as stream:  # noqa: S310
            kind = ""
            for line in stream:
                text = line.decode().rstrip("\n")
                if text.startswith("event: "):
                    kind = text[7:]
                elif text.startswith("data: "):
                    self.heard.append((time.monotonic(), kind, json.loads(text[6:])))

    def idle(self) -> dict[str, Any]:
        """The state once nothing is solved."""
        while True:
            state: dict[str, Any] = self.ask("/api/state")
            if state["ready"] and state["running"] is None and state["scenarios"]:
                return state
            time.sleep(0.1)

    def timed(self, request: dict[str, Any]) -> tuple[float | None, float | None, float, Any]:
        """Seconds to a first plan, to the gap, and to the run folder; and what came of it."""
        self.heard.clear()
        begun = time.monotonic()
        self.ask("/api/solve", "POST", {"request": request})
        state = self.idle()
        whole = time.monotonic() - begun
        news = [(at - begun, kind, said) for at, kind, said in self.heard]
        first = [at for at, kind, said in news if kind == "preview" or _has_plan(kind, said)]
        met = [at for at, kind, said in news if kind == "progress" and _meets(said, request["gap"])]
        return min(first, default=None), min(met, default=None), whole, state

    @property
    def family(self) -> set[int]:
        """The server and all processes below it."""
        pairs = [tuple(map(int, line.split())) for line in _ps("pid=,ppid=")]
        found = {self.process.pid}
        for _ in pairs:
            found |= {pid for pid, parent in pairs if parent in found}
        return found

    @property
    def megabytes(self) -> float:
        """Resident memory of them; pages that they share count for each."""
        family, pairs = self.family, [line.split() for line in _ps("pid=,rss=")]
        return sum(int(rss) for pid, rss in pairs if int(pid) in family) / 1024

    @property
    def cpu_seconds(self) -> float:
        """User and system time of them, and of those that they have waited for."""
        ticks = 0
        for pid in self.family:
            with suppress(OSError):
                text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
                ticks += sum(map(int, text.rsplit(")", 1)[1].split()[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def left_after_interrupt(self) -> int:
        """Ends the server as Ctrl-C does; how many of its processes run on."""
        family = self.family
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)
        end = time.monotonic() + 10
        while left := family & {int(line) for line in _ps("pid=")}:
            if time.monotonic() > end:
                break
            time.sleep(0.1)
        return len(left)


def _ps(columns: str) -> list[str]:
    found = subprocess.run(["ps", "-eo", columns], capture_output=True, text=True, check=True)
    return found.stdout.splitlines()


def _has_plan(kind: str, said: dict[str, Any]) -> bool:
    return kind == "progress" and said["incumbent"] is not None


def _meets(said: dict[str, Any], gap: float) -> bool:
    return said["gap"] is not None and said["gap"] <= gap


def wishes(page: Page, budget: float) -> list[tuple[str, dict[str, Any]]]:
    """Ten different wishes."""
    city, state = page.ask("/api/city"), page.ask("/api/state")
    view = page.ask(f"/api/scenarios/{state['current']}/view")
    sites = [one["site_id"] for one in view["chosen"]]
    used = {name for one in view["chosen"] for name in one["categories"]}
    names = [one["id"] for one in city["categories"] if one["id"] in used]
    place = city["places"]["district"][-1] if city["places"]["district"] else None
    other = next(site["id"] for site in city["sites"]["list"] if site["id"] not in sites)
    floor = f"{budget / 50:.0f} {city['money']['unit']}"
    part = {"district": [place]} if place else {"category": [names[0]]}
    rules: list[tuple[str, list[dict[str, Any]]]] = [
        ("forbid a site", [{"locked_out": {"sites": [sites[0]]}}]),
        ("forbid three sites", [{"locked_out": {"sites": sites[1:4]}}]),
        ("require a site", [{"count": {"site": [other], "at_least": 1}}]),
        ("require a category", [{"count": {**part, "category": [names[-1]], "at_least": 1}}]),
        ("a floor of money", [{"budget": {**part, "at_least": floor}}]),
        ("leave out a category", [{"locked_out": {"categories": [names[1]]}}]),
        ("at most five of one", [{"count": {"category": [names[2]], "at_most": 5}}]),
    ]
    requests = [(name, {"budget": budget, "rules": entries}) for name, entries in rules]
    requests += [(f"money x {f}", {"budget": f * budget, "rules": []}) for f in (0.8, 0.95, 1.2)]
    return [(name, {**request, "gap": 0.005, "time_limit": 60}) for name, request in requests]


def show(page: Page, name: str, request: dict[str, Any]) -> None:
    """Solves one wish and prints its line."""
    before = page.cpu_seconds
    first, met, whole, state = page.timed(request)
    gap = state["scenarios"][-1]["figures"]["certified_gap"]
    said = "".join("     -  " if t is None else f"{t:8.1f}" for t in (first, met))
    used = page.cpu_seconds - before
    print(f"{name:24}{said} {whole:8.1f}{used:8.1f}{100 * gap:8.2f}% {state['failure']}")


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instance")
    parser.add_argument("--budget", type=float, required=True)
    parser.add_argument("--wait", type=float, default=0.0, help="seconds before the first wish")
    parser.add_argument("--rounds", type=int, default=1, help="how often ten wishes are asked")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = Page(asked.instance, str(Path(folder) / "what-if"))
        print(f"the map after {page.usable:.1f} s, {page.cpu_seconds:.1f} CPU s")
        page.idle()
        time.sleep(asked.wait)
        print(f"{'wish':24}{'first':>8}{'gap met':>8}{'saved':>9}{'CPU s':>8}{'gap':>9}")
        for turn in range(asked.rounds):
            for name, request in wishes(page, (1 + 0.03 * turn) * asked.budget):
                show(page, name, request)
        print(f"memory {page.megabytes:,.0f} MB, at most {page.peak:,.0f} MB")
        print(f"load {os.getloadavg()[0]:.1f}; left running: {page.left_after_interrupt()}")


if __name__ == "__main__":
    main()
