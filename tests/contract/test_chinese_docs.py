"""Chinese documents are set in Chinese punctuation; code, addresses and formulas are left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    path
    for folder in (".", "docs", "docs/models", "instances/baotou")
    for path in (ROOT / folder).glob("*.zh-CN.md")
)
_BLOCK = re.compile(r"^```.*?^```$|^ {4}[^\n]*$", re.DOTALL | re.MULTILINE)
# What is no sentence: code, and where a link leads.
_CODE = re.compile(r"`[^`]+`|(?<=\])\([^)\s]+\)")
_CHINESE = "一-鿿（）“”、。，；："
_HALF_WIDTH = re.compile(rf'[{_CHINESE}]\]?\**[ ]?[,;:?!()"]|[,;:?!()"] ?\**\[?[{_CHINESE}]')


def half_width(text: str) -> list[str]:
    """Half-width signs of the sentences of a Markdown text, with what is beside them."""
    return _HALF_WIDTH.findall(_CODE.sub("码", _BLOCK.sub("", text)))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_signs_beside_chinese_are_full_width(path: Path) -> None:
    assert half_width(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text",
    ["圈,缺", "圈 (缺)", "见 `a`,即", "`a`;缺", "圈:`a`", "预设(`a`)", "[页](a.md):缺", '"缺"'],
)
def test_a_half_width_sign_is_found(text: str) -> None:
    assert half_width(text)


def test_code_addresses_and_numbers_may_have_them() -> None:
    text = "费用 2,000 万元，见 [页](a.md)，`a, b: (c)`。\n\n```sh\n圈,缺\n```\n\n    圈(缺)\n"
    assert half_width(text) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_brackets_are_closed_as_they_were_opened(path: Path) -> None:
    text = _CODE.sub("", _BLOCK.sub("", path.read_text(encoding="utf-8")))
    assert (text.count("（"), text.count("(")) == (text.count("）"), text.count(")"))
