"""Runs the tests of strangers' files without a network, and where somebody listens: who calls?

python benchmarks/connections.py

Linux, with `unshare` and `strace`. In a namespace of its own every call of `connect`, `sendto` and
`bind` to an address of the internet is traced, with and without a way to the loopback address,
at which the tests' hostile files point.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = (
    "tests/safety/test_gate_of_files.py",
    "tests/safety/test_readers_under_noise.py",
    "tests/safety/test_links_and_databases.py",
    "tests/safety/test_names_in_outputs.py",
    "tests/prepare/bureau/test_gate_of_ledgers.py",
)
PORT = 9
_INTERNET = re.compile(r"(connect|sendto|bind)\(.*AF_INET6?\b")
_INSIDE = "--inside"


def traced(folder: Path) -> tuple[int, list[str]]:
    """The exit code of the tests, and the calls that they made."""
    words = ["strace", "-f", "-qq", "-e", "trace=connect,sendto,bind", "-o", folder / "calls"]
    ended = subprocess.run([*words, sys.executable, "-m", "pytest", *TESTS], cwd=ROOT, check=False)
    lines = (folder / "calls").read_text(errors="replace").splitlines()
    return ended.returncode, [line for line in lines if _INTERNET.search(line)]


@contextmanager
def listening() -> Iterator[list[str]]:
    """Listens at the address of the hostile files, and notes who calls."""
    callers: list[str] = []
    server = socket.create_server(("127.0.0.1", PORT))

    def accept() -> None:
        while True:
            try:
                callers.append(str(server.accept()[1]))
            except OSError:
                return

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield callers
    finally:
        server.close()


def inside(*, listens: bool) -> None:
    """In the namespace: runs the tests and prints what was seen."""
    with tempfile.TemporaryDirectory() as folder:
        if not listens:
            print("without a route:", *traced(Path(folder)))
            return
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        with listening() as callers:
            socket.create_connection(("127.0.0.1", PORT)).close()
            code, calls = traced(Path(folder))
        print("with a listener:", code, calls, f"{len(callers) - 1} callers beside our own")


def main() -> None:
    """Starts itself in two namespaces, one after the other."""
    if _INSIDE in sys.argv:
        inside(listens="listener" in sys.argv)
        return
    for kind in ("nothing", "listener"):
        words = ["unshare", "-rn", sys.executable, __file__, _INSIDE, kind]
        subprocess.run(words, check=True)


if __name__ == "__main__":
    main()
