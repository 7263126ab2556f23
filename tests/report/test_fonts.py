"""The font: found without side effects, cut to what is used, and gone from the settings after."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest
from fontTools.ttLib import TTFont

from siting.errors import SitingError
from siting.language import in_language
from siting.report import fonts
from siting.report.fonts import embedded_font, font_file, in_font, matplotlib_font, subset_ttf


def characters_of(font: bytes) -> set[str]:
    return {chr(code) for code in TTFont(io.BytesIO(font)).getBestCmap()}


def test_the_file_is_found_without_importing_its_package() -> None:
    """The package sets matplotlib's fonts when it is imported."""
    code = (
        "import sys; from siting.report.fonts import font_file; "
        "print(font_file()); print('zhplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    path, imported = done.stdout.split("\n")[:2]
    assert (Path(path).name, imported) == ("NotoSansSC-Regular.ttf", "False")
    assert Path(path).stat().st_size > 1_000_000


@pytest.mark.parametrize(
    ("attribute", "value"), [("_PACKAGE", "no_such_package"), ("_FILE", "fonts/other.ttf")]
)
def test_a_missing_font_names_its_package(
    attribute: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, attribute, value)
    package = fonts._PACKAGE
    with pytest.raises(SitingError, match=f"pip install {package}"):
        font_file()
    with in_language("zh"), pytest.raises(SitingError, match=f"^缺少.*{package}"):
        font_file()


def test_a_subset_has_these_characters_and_ascii_alone() -> None:
    found = characters_of(subset_ttf("包头生活圈→"))
    assert found == set("包头生活圈→") | {chr(code) for code in range(32, 127)}


def test_a_subset_keeps_the_shape_of_a_character() -> None:
    whole, part = TTFont(font_file()), TTFont(io.BytesIO(subset_ttf("圈")))
    shapes = [
        font["glyf"][font.getBestCmap()[ord("圈")]].getCoordinates(font["glyf"])[0]
        for font in (whole, part)
    ]
    assert list(shapes[0]) == list(shapes[1])


def test_a_page_gets_woff_and_a_document_truetype() -> None:
    assert embedded_font("圈")[:4] == b"wOFF"
    assert subset_ttf("圈")[:4] == b"\x00\x01\x00\x00"
    assert characters_of(embedded_font("圈")) == characters_of(subset_ttf("圈"))


def test_the_order_of_characters_and_repeats_change_nothing() -> None:
    assert embedded_font("包头圈") == embedded_font("圈头包包圈")


def test_what_the_font_does_not_have_is_left_out() -> None:
    assert "\U0001f9ed" not in characters_of(embedded_font("圈\U0001f9ed"))


def test_a_subset_of_a_page_is_small() -> None:
    characters = "".join(map(chr, range(0x4E00, 0x4E00 + 1500)))
    assert len(embedded_font(characters)) < 400_000


def test_drawing_in_the_font_leaves_the_settings_as_they_were() -> None:
    before = dict(mpl.rcParams)
    with in_font():
        assert mpl.rcParams["font.family"] == ["Noto Sans SC"]
        assert mpl.rcParams["axes.unicode_minus"] is False
    assert dict(mpl.rcParams) == before


def test_matplotlib_finds_the_font_by_its_name() -> None:
    from matplotlib.font_manager import findfont  # noqa: PLC0415

    assert Path(findfont(matplotlib_font(), fallback_to_default=False)) == font_file()
