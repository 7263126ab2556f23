"""What a bundle holds: a wheel of everything, as the other platform wants it."""

from __future__ import annotations

import importlib.util
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_bundle", ROOT / "bundle/make_bundle.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_bundle"] = module
    spec.loader.exec_module(module)
    return module


BUNDLE = load()


def wheel(folder: Path, name: str, version: str, *requires: str) -> None:
    """A wheel with nothing but what it requires."""
    said = "".join(f"Requires-Dist: {text}\n" for text in requires)
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as opened:
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{said}"
        opened.writestr(f"{name}-{version}.dist-info/METADATA", text)


def missing(folder: Path, platform: str) -> set[str]:
    facts = BUNDLE.facts_of(BUNDLE.PLATFORMS[platform], "3.12")
    found: set[str] = BUNDLE.missing(folder, facts, {"siting": {"serve"}})
    return found


def test_what_only_the_other_platform_needs_is_found(tmp_path: Path) -> None:
    wheel(tmp_path, "siting", "1", "click>=8", 'web>=1; extra == "serve"', 'test; extra == "dev"')
    wheel(tmp_path, "click", "8.1", 'colorama; platform_system == "Windows"')
    assert missing(tmp_path, "linux") == {"web>=1"}
    assert missing(tmp_path, "win_amd64") == {"web>=1", "colorama"}
    wheel(tmp_path, "web", "1.5", 'h11; python_version < "3.12"', "loop[fast]>=2")
    wheel(tmp_path, "loop", "2.0", 'speed; extra == "fast"')
    wheel(tmp_path, "colorama", "0.4")
    assert missing(tmp_path, "win_amd64") == {"speed"}
    wheel(tmp_path, "speed", "1.0")
    assert missing(tmp_path, "win_amd64") == missing(tmp_path, "macos") == set()


def test_a_wheel_that_is_too_old_is_missing(tmp_path: Path) -> None:
    wheel(tmp_path, "siting", "1", "click>=8")
    wheel(tmp_path, "click", "7.0")
    assert missing(tmp_path, "linux") == {"click>=8"}


@pytest.mark.parametrize("platform", ["win_amd64", "linux", "macos"])
def test_the_scripts_of_a_bundle_are_whole_and_fetch_nothing(platform: str, tmp_path: Path) -> None:
    wheel(tmp_path, "siting", "1")
    target = tmp_path / "bundle.zip"
    BUNDLE.write_zip(tmp_path, BUNDLE.PLATFORMS[platform], target)
    with zipfile.ZipFile(target) as packed:
        names = packed.namelist()
        install, start = (packed.read(f"siting/{n}") for n in BUNDLE.PLATFORMS[platform].scripts)
        assert "siting/wheels/siting-1-py3-none-any.whl" in names
        assert "siting/example/instance.yaml" in names
    assert b"--no-index" in install
    assert b"siting serve" in start
    ends = {line.endswith(b"\r") for line in install.split(b"\n")[:-1]}
    assert ends == {platform == "win_amd64"}
