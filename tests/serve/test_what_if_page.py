"""The page in one piece: every text that its script asks for is there, and nothing from outside."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from siting.language import LANGUAGES, Language, in_language
from siting.serve import page as page_module
from siting.serve.page import page
from siting.serve.page_texts import page_texts

SCRIPTS = sorted((Path(page_module.__file__).parent / "script").glob("*.js"))
TEMPLATE = Path(page_module.__file__).parent / "templates" / "what_if.html.j2"


def said(text: str) -> set[str]:
    return set(re.findall(r"\bT\.(\w+)", text)) | set(re.findall(r"\bt\.(\w+)", text))


def test_every_text_that_is_shown_is_there_and_none_is_left_over() -> None:
    scripts = "".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    template = TEMPLATE.read_text(encoding="utf-8")
    asked, known = said(scripts) | said(template), set(page_texts())
    lists = set(re.findall(r'"(\w+)"', " ".join(re.findall(r"in \(([^)]*)\)", template))))
    asked |= lists | {"each_district", "each_circle"}
    assert asked - known == set()
    assert known - asked == set()


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_names_nothing_outside(code: Language) -> None:
    with in_language(code):
        text, policy = page()
    outside = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+", re.sub(r"/\*.*?\*/", "", text)))
    assert outside <= {"http://www.w3.org"}
    assert f'lang="{code}"' in text
    nonces = set(re.findall(r'nonce="([^"]+)"', text))
    assert len(nonces) == 1
    assert f"'nonce-{nonces.pop()}'" in policy
    assert page()[1] != policy


def test_no_script_reads_html_from_texts() -> None:
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)
