"""Names of a package that load their module only when they are used.

Importing geopandas, pandas and OR-Tools takes seconds; `--help` and the solver's own process need
none of the first two.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any


def lazy_names(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """Makes a module-level `__getattr__` (PEP 562).

    Args:
        package: Name of the package that exports the names.
        modules: The module each name lives in, by name.
    """

    def load(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(modules[name]), name)

    return load
