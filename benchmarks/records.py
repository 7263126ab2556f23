"""The records of what was run: one line of JSON each, and what they depend on."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from registry import ROOT

PACKAGES = ("ortools", "numpy", "scipy", "pandas", "pulp")
# What a figure may hang on; how tables are laid out is not among it.
_FOLDERS = (("src", "*.py"), ("models", "*.yaml"))
_FILES = ("builders", "by_commands", "cell", "peers", "published", "shapes")

Record = dict[str, Any]


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


def where() -> dict[str, str]:
    """What a result hangs on besides the cell: code, packages, machine."""
    return {"version": code_version(), "packages": packages(), "machine": machine()}


def code_version() -> str:
    """The digest of all sources and models that a figure may hang on."""
    digest = hashlib.sha256()
    paths = [path for folder, kind in _FOLDERS for path in sorted((ROOT / folder).rglob(kind))]
    paths += [ROOT / "benchmarks" / f"{name}.py" for name in _FILES]
    for path in paths:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:10]


def commit() -> str:
    """The commit that is checked out; nothing where there is no repository."""
    # A mere look must not lock the repository against those who work in it.
    quiet = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    command = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
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
    return ", ".join(f"{name} {installed(name)}" for name in PACKAGES)


def installed(name: str) -> str:
    """Version of a package."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
