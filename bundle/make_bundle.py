"""Writes one zip that installs siting where there is Python and no network.

    python bundle/make_bundle.py win_amd64            (or linux, macos)

It holds the wheel of this checkout, a wheel of everything that it needs on that platform, an
install script, a launcher of the what-if page and an example city. `pip download` takes the
conditions of requirements (`; sys_platform == "win32"`) as those of the machine that it runs on;
so all wheels are asked again what they need on the other one, until nothing is missing.
"""

from __future__ import annotations

import argparse
import email.parser
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

ROOT = Path(__file__).parents[1]
EXTRA = "serve"
EXAMPLE = ROOT / "instances" / "monaco"


@dataclass(frozen=True)
class Platform:
    """A platform, as wheels and as conditions of requirements name it.

    Attributes:
        tags: Of wheels that run there, for pip.
        facts: What conditions ask of it.
        scripts: The files beside the wheels, by their source.
    """

    tags: tuple[str, ...]
    facts: Mapping[str, str]
    scripts: tuple[str, ...]


def _unix(system: str, platform: str, machine: str) -> dict[str, str]:
    return {
        "os_name": "posix",
        "sys_platform": platform,
        "platform_system": system,
        "platform_machine": machine,
    }


_SHELL = ("install.sh", "what-if.sh")
_OLDER = ("manylinux2014_x86_64", "manylinux2010_x86_64", "linux_x86_64")
PLATFORMS = {
    "win_amd64": Platform(
        ("win_amd64",),
        {
            "os_name": "nt",
            "sys_platform": "win32",
            "platform_system": "Windows",
            "platform_machine": "AMD64",
        },
        ("install.bat", "what-if.bat"),
    ),
    "linux": Platform(
        (*(f"manylinux_2_{minor}_x86_64" for minor in range(28, 16, -1)), *_OLDER),
        _unix("Linux", "linux", "x86_64"),
        _SHELL,
    ),
    "macos": Platform(
        tuple(
            f"macosx_{major}_0_{kind}"
            for major in range(15, 10, -1)
            for kind in ("arm64", "universal2")
        ),
        _unix("Darwin", "darwin", "arm64"),
        _SHELL,
    ),
}


def facts_of(platform: Platform, python: str) -> dict[str, str]:
    """What conditions of requirements ask, of a platform and a version of Python such as 3.12."""
    return {
        **platform.facts,
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_version": "",
    }


def missing(folder: Path, facts: Mapping[str, str], extras: Mapping[str, set[str]]) -> set[str]:
    """Requirements of the wheels of a folder that no wheel there meets.

    Args:
        folder: With wheels.
        facts: See `facts_of`.
        extras: By name of a distribution, which of its extras are wanted, too.
    """
    wheels = {parse_wheel_filename(path.name)[0]: path for path in folder.glob("*.whl")}
    wanted = {name: set(known) for name, known in extras.items()}
    lacking: set[str] = set()
    asked: set[tuple[str, str]] = set()
    while new := set(_required(wheels, facts, wanted)) - asked:
        asked |= new
        for text, _origin in new:
            requirement = Requirement(text)
            name = canonicalize_name(requirement.name)
            wanted.setdefault(name, set()).update(requirement.extras)
            requirement.marker = None
            if name not in wheels or not _meets(wheels[name], requirement):
                lacking.add(str(requirement))
    return lacking


def _required(
    wheels: Mapping[str, Path], facts: Mapping[str, str], extras: Mapping[str, set[str]]
) -> Iterator[tuple[str, str]]:
    """What each wheel requires there, with the wheel's name."""
    for name, path in wheels.items():
        for text in _requirements(path):
            marker = Requirement(text).marker
            conditions = [
                {**facts, "extra": extra} for extra in ("", *sorted(extras.get(name, ())))
            ]
            if marker is None or any(marker.evaluate(one) for one in conditions):
                yield text, name


def _requirements(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as opened:
        (name,) = (n for n in opened.namelist() if n.endswith(".dist-info/METADATA"))
        said = email.parser.BytesParser().parsebytes(opened.read(name))
    return said.get_all("Requires-Dist") or []


def _meets(wheel: Path, requirement: Requirement) -> bool:
    version = parse_wheel_filename(wheel.name)[1]
    return requirement.specifier.contains(version, prereleases=True)


def _pip(*words: object) -> None:
    subprocess.run([sys.executable, "-m", "pip", *map(str, words)], check=True)


def collect(folder: Path, platform: Platform, python: str) -> Path:
    """Fills a folder with all wheels; the path of our own among them."""
    _pip("wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT)
    (own,) = folder.glob("siting-*.whl")
    where = [word for tag in platform.tags for word in ("--platform", tag)]
    which = ["--only-binary=:all:", "--python-version", python, "--implementation", "cp"]
    facts, asked = facts_of(platform, python), {f"{own}[{EXTRA}]"}
    for _ in range(9):
        _pip("download", "--quiet", "--dest", folder, *which, *where, *sorted(asked))
        asked = missing(folder, facts, {"siting": {EXTRA}})
        if not asked:
            return own
    raise SystemExit(f"no wheel meets {', '.join(sorted(asked))}")


def write_zip(folder: Path, platform: Platform, target: Path) -> None:
    """Packs wheels, scripts and the example; wheels are compressed already."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as packed:
        for wheel in sorted(folder.glob("*.whl")):
            packed.write(wheel, f"siting/wheels/{wheel.name}")
        for name in platform.scripts:
            info = zipfile.ZipInfo(f"siting/{name}", (2026, 1, 1, 0, 0, 0))
            info.external_attr = 0o100755 << 16
            packed.writestr(info, script(name))
        for path in sorted(EXAMPLE.rglob("*")):
            if path.is_file() and "source" not in path.parts:
                packed.write(path, f"siting/example/{path.relative_to(EXAMPLE).as_posix()}")


def script(name: str) -> bytes:
    """A script with the ends of lines that its system wants."""
    text = (Path(__file__).parent / name).read_text(encoding="ascii")
    return (text.replace("\n", "\r\n") if name.endswith(".bat") else text).encode("ascii")


def main() -> None:
    """Makes the bundle that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("platform", choices=sorted(PLATFORMS))
    default = ".".join(map(str, sys.version_info[:2]))
    parser.add_argument("--python", default=default, help="version of Python there, e.g. 3.12")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    asked = parser.parse_args()
    platform = PLATFORMS[asked.platform]
    folder = asked.out / f"wheels-{asked.platform}-{asked.python}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    own = collect(folder, platform, asked.python)
    version = parse_wheel_filename(own.name)[1]
    target = asked.out / f"siting-{version}-{asked.platform}-python{asked.python}.zip"
    write_zip(folder, platform, target)
    count = len(list(folder.glob("*.whl")))
    print(f"{target}: {count} wheels, {target.stat().st_size / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()
