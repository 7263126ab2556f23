"""The templates of pages."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined


@cache
def page_templates() -> Environment:
    """What fills them in; a name that nothing is given for is a fault."""
    return Environment(
        loader=PackageLoader("siting.report.page", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
