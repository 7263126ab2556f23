"""How soon the what-if page is usable in a real browser without a network, and how its map moves.

    python benchmarks/what_if_browser.py instances/reykjavik

Says the seconds from `siting serve` to the page, to its map and to its first plan, of a new and of
a known workspace; then the frames while the map is dragged and zoomed: the longest, how many took
more than 100 ms, and the milliseconds of the page's own script a frame. Beside them the CPU seconds
of the server and its processes, and the load of the machine, without which seconds say little.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

# No name is resolved but this machine's own address.
_CUT = ("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--no-sandbox")
_MOVES = 120
_FRAMES = """() => {
  window.frames = [];
  let last = performance.now();
  const next = (now) => {
    window.frames.push(now - last);
    last = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}"""


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all below it, of those that have ended, too."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    family = {pid}
    for _ in pairs:
        family |= {child for child, parent in pairs if parent in family}
    ticks = 0
    for one in family:
        try:
            text = Path(f"/proc/{one}/stat").read_text(encoding="utf-8")
        except OSError:
            continue
        ticks += sum(map(int, text.rsplit(")", 1)[1].split()[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


class Opened:
    """A server, and a page of it in a browser; seconds count from the start of the server."""

    def __init__(self, browser: Browser, instance: str, workspace: str) -> None:
        words = ["serve", instance, "--no-open", "--workspace", workspace]
        self.faults: list[str] = []
        self._begun = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "siting", *words], stdout=subprocess.PIPE, text=True
        )
        if self.process.stdout is None:
            raise RuntimeError("the server says nothing")
        address = self.process.stdout.readline().split()[-1]
        self.page: Page = browser.new_page(viewport={"width": 1440, "height": 900}, bypass_csp=True)
        self.page.set_default_timeout(600_000)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("requestfailed", lambda one: self.faults.append(one.url))
        self.page.goto(address)
        self._say("the page")
        self.page.wait_for_selector("#loading", state="hidden")
        self._say("the map and the wishes")
        self.page.wait_for_selector("#figures .big")
        self._say("a plan")

    def _say(self, what: str) -> None:
        wall, used = time.monotonic() - self._begun, cpu_seconds(self.process.pid)
        print(f"  {what:24}{wall:7.1f} s{used:7.1f} CPU s   load {os.getloadavg()[0]:.1f}")

    def close(self) -> None:
        """Ends both."""
        self.page.close()
        self.process.terminate()
        self.process.wait(60)


def move(page: Page) -> None:
    """Drags the map to and fro and zooms in and out."""
    box: Any = page.locator("#canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(_MOVES):
        page.mouse.move(x + 3 * (step % 60), y + 2 * (step % 40))
    page.mouse.up()
    for step in range(12):
        page.mouse.wheel(0, -100 if step < 6 else 100)
        page.wait_for_timeout(120)


def main() -> None:
    """Prints all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instance")
    asked = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=list(_CUT))
        for kind in ("a new workspace", "a known workspace"):
            print(kind)
            opened = Opened(browser, asked.instance, str(Path(folder) / "what-if"))
            if kind == "a new workspace":
                opened.page.evaluate(_FRAMES)
                move(opened.page)
                frames = opened.page.evaluate("() => window.frames")
                late = sum(frame > 100 for frame in frames)
                said = f"{len(frames)} frames, the longest {max(frames):.0f} ms, {late} over 100 ms"
                print(f"  {said}; load {os.getloadavg()[0]:.1f}")
            print(f"  faults: {opened.faults or 'none'}")
            opened.close()
        browser.close()


if __name__ == "__main__":
    main()
