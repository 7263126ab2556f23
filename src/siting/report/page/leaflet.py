"""Leaflet, as the installed package `django-js-lib-leaflet` carries it.

The package is an app of Django, which is not needed: it is never imported, only asked where it
lies.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from siting.errors import SitingError
from siting.language import tr

_PACKAGE = "django-js-lib-leaflet"
_MODULE = "js_lib_leaflet"
_FOLDER = "static/js_lib_leaflet"


def leaflet_script() -> str:
    """The text of `leaflet.js`, for a `<script>` element; its licence's notice stands on top.

    Raises:
        SitingError: The package is not installed.
    """
    # A browser's developer tools would look for the source map over the network.
    return re.sub(r"\n//# sourceMappingURL=\S*\s*$", "\n", _read("leaflet.js"))


def leaflet_style() -> str:
    """The text of `leaflet.css`, for a `<style>` element, without the pictures that it names.

    Raises:
        SitingError: The package is not installed.
    """
    return re.sub(r"url\([^)]*\)", "none", _read("leaflet.css"))


def _read(name: str) -> str:
    spec = find_spec(_MODULE)
    for folder in (spec and spec.submodule_search_locations) or ():
        file = Path(folder) / _FOLDER / name
        if file.is_file():
            return file.read_text(encoding="utf-8")
    raise SitingError(
        tr(
            "{file} is missing: it comes with the package {package}; install it with "
            "'pip install {package}'",
            file=name,
            package=_PACKAGE,
        )
    )
