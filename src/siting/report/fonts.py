"""The one font of every report, so that Chinese looks the same where no Chinese font is installed.

The font comes with an installed package and is never part of this one; what a report carries is a
subset of it, of the characters that it uses.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from siting.errors import SitingError
from siting.language import tr

FAMILY = "Noto Sans SC"
# Noto Sans SC (SIL Open Font License) as a file. Importing the package would change the settings
# of matplotlib, so it is only asked where it lies.
_PACKAGE = "zhplot"
_FILE = "fonts/NotoSansSC-Regular.ttf"
# What a reader may come to type into a page, whatever the report itself says.
_ALWAYS = string.ascii_letters + string.digits + string.punctuation + " "


def font_file() -> Path:
    """Where the font lies.

    Raises:
        SitingError: The package that carries it is not installed, or carries it no more.
    """
    spec = find_spec(_PACKAGE)
    for folder in (spec and spec.submodule_search_locations) or ():
        file = Path(folder) / _FILE
        if file.is_file():
            return file
    raise SitingError(
        tr(
            "{file} is missing: it comes with the package {package}; install it with "
            "'pip install {package}'",
            file=Path(_FILE).name,
            package=_PACKAGE,
        )
    )


@cache
def matplotlib_font() -> str:
    """Makes the font known to matplotlib, once a process; gives the name of its family."""
    from matplotlib import font_manager  # noqa: PLC0415 - the page needs none of it

    font_manager.fontManager.addfont(font_file())
    return FAMILY


@contextmanager
def in_font() -> Iterator[None]:
    """Draws in the font for a while; matplotlib's settings are the same again afterwards.

    Figures ask for the font when they are drawn as well as when they are made.
    """
    from matplotlib import rc_context  # noqa: PLC0415

    with rc_context(
        {"font.family": [matplotlib_font()], "axes.unicode_minus": False, "text.parse_math": False}
    ):
        yield


def embedded_font(characters: str) -> bytes:
    """The font with these characters and ASCII alone, as WOFF for a page.

    Characters that the font does not have are left out. The same characters give the same bytes.
    """
    return _subset(characters, "woff")


def subset_ttf(characters: str) -> bytes:
    """The font with these characters and ASCII alone, as TrueType for a document."""
    return _subset(characters, None)


@lru_cache(maxsize=4)
def _subset(characters: str, flavor: str | None) -> bytes:
    from fontTools.subset import Options, Subsetter  # noqa: PLC0415
    from fontTools.ttLib import TTFont  # noqa: PLC0415

    # Vertical forms and kerning are many times the size of the rest of a small subset.
    options = Options(layout_features=[], hinting=False, notdef_outline=True)
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "STAT", "vhea", "vmtx"]
    settings = {"recalcTimestamp": False, "recalcBBoxes": False, "lazy": True}
    with TTFont(font_file(), **settings) as font:
        for table in options.drop_tables:
            if table in font:
                # Here rather than by the subsetter, which would read them first.
                del font[table]
        # Otherwise each of its tens of thousands of glyphs is named by its character first.
        font.setGlyphOrder([f"glyph{number:05d}" for number in range(font["maxp"].numGlyphs)])
        subsetter = Subsetter(options)
        subsetter.populate(text=characters + _ALWAYS)
        subsetter.subset(font)
        font.flavor = flavor
        file = BytesIO()
        font.save(file)
    return file.getvalue()
