"""The page: one answer with its own style and script, and a policy that lets nothing else in."""

from __future__ import annotations

import json
import secrets
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from siting.language import language
from siting.serve.page_texts import page_texts

_HERE = Path(__file__).parent
# The report's own look, and its way to unpack numbers; read as files, so that the server need not
# load what makes reports.
_REPORT = _HERE.parent / "report" / "page"
_STYLES = (_REPORT / "look" / "frame.css", _HERE / "look" / "page.css")
_SCRIPTS = (
    _REPORT / "map" / "city.js",
    *(_HERE / "script" / name for name in ("base.js", "map.js", "wishes.js", "plans.js", "app.js")),
)
_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page() -> tuple[str, str]:
    """The page in the language in use, and the content security policy that it goes with."""
    nonce = secrets.token_urlsafe(16)
    texts = page_texts()
    text = (
        _environment()
        .get_template("what_if.html.j2")
        .render(
            language=language(),
            t=texts,
            texts=_embedded(texts),
            nonce=nonce,
            style=_joined(_STYLES),
            script=_joined(_SCRIPTS),
        )
    )
    return text, _POLICY.format(nonce=nonce)


def _embedded(texts: dict[str, str]) -> str:
    """JSON that stands safely in a `<script>` element."""
    text = json.dumps(texts, ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _joined(files: tuple[Path, ...]) -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(_HERE / "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
