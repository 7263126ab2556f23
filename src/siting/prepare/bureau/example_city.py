"""Templates with an invented OSM extract: from OSM alone, with a population grid, with ledgers."""

from __future__ import annotations

import importlib.resources
import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

from siting.inputs.template import require_empty
from siting.prepare.bureau.bureau_mapping_file import MAPPING_FILE
from siting.prepare.bureau.example_files import write_bureau_template
from siting.prepare.bureau.template_data import CIRCLES, Circle

EXTRACT, HEXES = "city.osm", "hexes.csv"
# Streets from -_HALF to _HALF steps about the middle of a circle, and one home in every block.
_HALF, _STEP = 7, 100
_STAMP = 'version="1" timestamp="2026-01-01T00:00:00Z"'
_SHOPS: tuple[tuple[Mapping[str, str], int, int], ...] = (
    ({"shop": "convenience", "name": "惠民便利店"}, -470, 430),
    ({"amenity": "pharmacy", "name": "康源大药房"}, 230, 410),
    ({"shop": "supermarket", "name": "万佳综合超市"}, 60, -40),
    ({"shop": "hairdresser", "name": "丽人美发"}, 310, 60),
    ({"shop": "laundry", "name": "洁净洗衣"}, -260, -360),
    ({"amenity": "bank", "name": "社区支行"}, 20, 240),
)
_PEOPLE = 12_000


class _Extract:
    """An extract in the making: nodes and ways as lines of OSM XML."""

    def __init__(self) -> None:
        self.nodes, self.ways = list[str](), list[str]()

    def node(self, place: tuple[float, float], tags: Mapping[str, str] | None = None) -> int:
        """Adds a node, and gives its id."""
        number = len(self.nodes) + 1
        head = f'<node id="{number}" {_STAMP} lon="{place[0]:.6f}" lat="{place[1]:.6f}"'
        self.nodes.append(f"{head}>{_tags(tags or {})}</node>")
        return number

    def way(self, nodes: list[int], tags: Mapping[str, str]) -> None:
        """Adds a way through nodes."""
        number = len(self.ways) + 1
        refs = "".join(f'<nd ref="{one}"/>' for one in nodes)
        self.ways.append(f'<way id="{number}" {_STAMP}>{refs}{_tags(tags)}</way>')

    @property
    def text(self) -> str:
        """The file."""
        return "\n".join(['<osm version="0.6">', *self.nodes, *self.ways, "</osm>", ""])


def _tags(tags: Mapping[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items())


def invented_extract(circles: tuple[Circle, ...]) -> str:
    """Streets, homes and some shops of circles, joined by a road; all of it is made up."""
    made, middles = _Extract(), []
    for circle in circles:
        middles.append(_add_streets(made, circle))
        _add_homes(made, circle)
        for tags, east, north in _SHOPS:
            made.node(circle.wgs84(east, north), tags)
        people = {"place": "suburb", "name": circle.district, "population": str(_PEOPLE)}
        made.node(circle.wgs84(0, 0), people)
    if len(middles) > 1:
        made.way(middles, {"highway": "secondary"})
    return made.text


def _add_streets(made: _Extract, circle: Circle) -> int:
    """A grid of streets; gives the node in its middle."""
    side = range(-_HALF, _HALF + 1)
    at = {
        (x, y): made.node(circle.wgs84(x * _STEP, y * _STEP))
        for x, y in itertools.product(side, side)
    }
    for fixed in side:
        made.way([at[fixed, y] for y in side], {"highway": "residential"})
        made.way([at[x, fixed] for x in side], {"highway": "residential"})
    return at[0, 0]


def _add_homes(made: _Extract, circle: Circle) -> None:
    """A block of flats between each four streets."""
    for x, y in itertools.product(range(-_HALF, _HALF), repeat=2):
        corners = [(25, 25), (75, 25), (75, 45), (25, 45)]
        ring = [made.node(circle.wgs84(x * _STEP + e, y * _STEP + n)) for e, n in corners]
        levels = str(3 + (x * x + y) % 7)
        made.way([*ring, ring[0]], {"building": "apartments", "building:levels": levels})


def invented_hexes(circle: Circle) -> str:
    """A hexagonal grid of people as CSV: id, longitude, latitude, people with fractions."""
    rows = (f"{name},{lon},{lat},{people}" for name, lon, lat, people in _hexes(circle))
    return "\n".join(["hex,lon,lat,population", *rows, ""])


def _hexes(circle: Circle) -> Iterator[tuple[str, float, float, float]]:
    for row, column in itertools.product(range(-4, 5), repeat=2):
        east, north = 150 * column + 75 * (row % 2), 130 * row
        lon, lat = circle.wgs84(east, north)
        yield f"h{row + 4}{column + 4}", lon, lat, round(240 / (1 + (row**2 + column**2) / 9), 1)


def write_osm_template(folder: str | Path) -> Path:
    """Writes a mapping of OSM alone, with an invented extract.

    Raises:
        InputError: The folder has files already; nothing is overwritten.
    """
    return _write(folder, "osm.yaml", {EXTRACT: invented_extract(CIRCLES[1:2])})


def write_grid_template(folder: str | Path) -> Path:
    """Writes a mapping of a population grid on an invented extract.

    Raises:
        InputError: The folder has files already; nothing is overwritten.
    """
    files = {EXTRACT: invented_extract(CIRCLES[1:2]), HEXES: invented_hexes(CIRCLES[1])}
    return _write(folder, "grid.yaml", files)


def write_mixed_template(folder: str | Path) -> Path:
    """Writes a bureau's ledgers with an invented extract that gives streets and more outlets.

    Raises:
        InputError: The folder has files already; nothing is overwritten.
    """
    target = write_bureau_template(folder)
    mapping = (target / MAPPING_FILE).read_text(encoding="utf-8")
    (target / MAPPING_FILE).write_text(
        mapping + _text("mixed.yaml"), encoding="utf-8", newline="\n"
    )
    (target / EXTRACT).write_text(invented_extract(CIRCLES), encoding="utf-8", newline="\n")
    return target


def _write(folder: str | Path, mapping: str, files: Mapping[str, str]) -> Path:
    target = require_empty(folder)
    for name, text in {MAPPING_FILE: _text(mapping), **files}.items():
        (target / name).write_text(text, encoding="utf-8", newline="\n")
    return target


def _text(name: str) -> str:
    texts = importlib.resources.files("siting.prepare.bureau").joinpath("template")
    return texts.joinpath(name).read_text(encoding="utf-8")
