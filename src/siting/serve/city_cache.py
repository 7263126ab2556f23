"""What the map draws of a city, kept in the workspace, so that it is there at once next time."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from siting import __version__
from siting.language import Language
from siting.plain_files import is_plain

CITY_FOLDER = "city"
# Larger files, and links, are known by their size and time.
_LARGEST = 1 << 28


@dataclass(frozen=True)
class CityCache:
    """Texts by call and language, for one state of the inputs.

    Attributes:
        folder: Where they are kept.
        instance: The instance folder.
        overrides: Values of instance.yaml that are replaced.
        state: The digest of the inputs when the server began to read them.
    """

    folder: Path
    instance: Path
    overrides: tuple[tuple[str, str], ...]
    state: str

    @classmethod
    def of(
        cls, workspace: Path, instance: Path, overrides: tuple[tuple[str, str], ...]
    ) -> CityCache:
        """The cache of a workspace, for the inputs as they are now."""
        return cls(workspace / CITY_FOLDER, instance, overrides, _digest(instance, overrides))

    def read(self, call: str, language: Language) -> str | None:
        """What was kept, or None."""
        try:
            return self._path(call, language).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def keep(self, call: str, language: Language, text: str) -> None:
        """Keeps a text in place of those of other inputs, unless these have changed meanwhile."""
        if _digest(self.instance, self.overrides) != self.state:
            return
        # A cache that cannot be written is none; the workspace itself says so where it matters.
        with suppress(OSError):
            self.folder.mkdir(exist_ok=True)
            for old in self.folder.glob("*.json"):
                if not old.name.startswith(self.state):
                    old.unlink()
            path = self._path(call, language)
            part = path.with_suffix(".part")
            part.write_text(text, encoding="utf-8")
            part.replace(path)

    def _path(self, call: str, language: Language) -> Path:
        return self.folder / f"{self.state}-{call}-{language}.json"


def _digest(instance: Path, overrides: tuple[tuple[str, str], ...]) -> str:
    """Of the version, of what is replaced, and of each file's name and what it holds."""
    found = hashlib.sha256(repr((__version__, sorted(overrides))).encode())
    for path in sorted(instance.rglob("*")):
        if path.is_file():
            name = str(path.relative_to(instance))
            status, label = path.stat(), os.fsencode(name)
            found.update(b"%d %s %d " % (len(label), label, status.st_size))
            if is_plain(path) and status.st_size <= _LARGEST:
                found.update(path.read_bytes())
            else:
                found.update(b"%d " % status.st_mtime_ns)
    return found.hexdigest()[:32]
