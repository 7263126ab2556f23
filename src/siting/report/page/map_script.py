"""The script and the style of the map, as a page carries them."""

from __future__ import annotations

from importlib import resources

# In the order in which each needs the ones before.
_PARTS = ("city.js", "painter.js", "circle.js", "tell.js", "app.js")
_FRAME = """/* The map of a plan.
 *
 * sitingMap.start(element, data) builds the interactive map with its controls, legend and list into
 * an element, with Leaflet; sitingMap.circle(canvas, data, place) draws one place, with nothing.
 */
const sitingMap = (() => {{
"use strict";

{parts}
return Object.freeze({{ start, circle }});
}})();
"""


def map_script() -> str:
    """The text of the script, for a `<script>` element after Leaflet's; it defines `sitingMap`.

    `sitingMap.start(element, data)` builds the interactive map into an element;
    `sitingMap.circle(canvas, data, place)` draws one place, by its row in `facts.by_place`, on a
    canvas whose attributes `width` and `height` give its shape. `data` is what `map_data` gave.
    """
    return _FRAME.format(parts="\n".join(_read(name) for name in _PARTS))


def map_style() -> str:
    """The text of the style, for a `<style>` element after Leaflet's."""
    return _read("map.css")


def _read(name: str) -> str:
    return resources.files("siting.report.page").joinpath("map", name).read_text(encoding="utf-8")
