"""The styles and scripts of a page, as it carries them."""

from __future__ import annotations

from importlib import resources

from siting.report.page.leaflet import leaflet_script, leaflet_style
from siting.report.page.map_script import map_script, map_style

_STYLES = ("look/frame.css", "look/parts.css", "look/narrow.css", "look/paper.css")
# In the order in which each needs the ones before.
_SCRIPTS = ("script/words.js", "script/lists.js", "script/sheets.js", "script/page.js")
_FRAME = """"use strict";
{{
{parts}
}}
"""


def styles() -> list[str]:
    """The texts of all `<style>` elements, in order."""
    own = "\n".join(_read(name) for name in _STYLES)
    return [leaflet_style(), own, map_style()]


def scripts() -> list[str]:
    """The texts of all `<script>` elements, in order.

    The page's own listens for printing before the map does: it makes the sheets whose maps the
    map's script then paints.
    """
    own = _FRAME.format(parts="\n".join(_read(name) for name in _SCRIPTS))
    return [leaflet_script(), own, map_script()]


def _read(name: str) -> str:
    return resources.files("siting.report.page").joinpath(name).read_text(encoding="utf-8")
