"""Names of columns and rows as LP and MPS files can hold them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_]")


def file_names(labels: Iterable[str]) -> list[str]:
    """Turns `covered[r1,pharmacy]` into `covered_r1_pharmacy`; clashes get a running number."""
    namer = FileNamer()
    return [namer.name(label) for label in labels]


@dataclass
class FileNamer:
    """Names that files can hold, one after another, all different."""

    _used: set[str] = field(default_factory=set)
    _count: dict[str, int] = field(default_factory=dict)

    def name(self, label: str) -> str:
        """A name for one more label: ASCII letters, digits and `_`."""
        clean = _NOT_IN_A_NAME.sub("_", label).rstrip("_")[:200]
        name = clean
        while name in self._used:
            self._count[clean] = self._count.get(clean, 0) + 1
            name = f"{clean}__{self._count[clean]}"
        self._used.add(name)
        return name
