"""Charts as pieces of a page: its colours, its font, and identifiers that no other chart has."""

from __future__ import annotations

import re
from html import escape
from io import StringIO

from matplotlib.figure import Figure

from siting.report.charts import COLOURS, drawing


def as_svg(figure: Figure) -> str:
    """A chart as an `<svg>` element for a page: as wide as its place, in the page's font.

    Colours are the page's variables (`--ink`, `--before`, ...) where it sets them. The same chart
    gives the same text, and charts of different kinds share no identifiers.
    """
    text = StringIO()
    with drawing():
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    drawn = text.getvalue()
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn[drawn.index("<svg") :], flags=re.DOTALL)
    head, body = drawn.split(">", 1)
    return _svg_head(head, figure) + _own_ids(_own_colours(_page_font(body)), str(figure.get_gid()))


def _svg_head(head: str, figure: Figure) -> str:
    """The opening tag: it scales, and says what it shows to those who cannot see it."""
    box = re.search(r'viewBox="([^"]+)"', head)
    if box is None:
        raise ValueError("matplotlib wrote an SVG without a viewBox")
    title = escape(str(figure.get_label()))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{box[1]}" width="100%" role="img" aria-label="{title}"><title>{title}</title>'
    )


def _page_font(body: str) -> str:
    """Keeps the size of the type and leaves its family to the page (written in two ways)."""
    body = re.sub(r"font: (?:[^;\"]* )?([\d.]+px) [^;\"]+", r"font-size: \1", body)
    return re.sub(r" ?font-family: [^;\"]+;?", "", body)


def _own_colours(body: str) -> str:
    for name, colour in COLOURS.items():
        body = body.replace(colour, f"var(--{name},{colour})")
    return body


def _own_ids(body: str, key: str) -> str:
    """Drops the names that nothing refers to, and sets the chart's before the others."""
    used = set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', body))
    names = {name for pair in used for name in pair if name}
    body = re.sub(r' id="([^"]+)"', lambda m: m[0] if m[1] in names else "", body)
    return re.sub(r'(id="|url\(#|href="#)(?=[^"])', rf"\g<1>{key}-", body)
