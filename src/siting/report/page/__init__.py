"""The report as one page that a browser opens offline: figures, map, and all it takes to print."""

from typing import TYPE_CHECKING

from siting.lazy import lazy_names

if TYPE_CHECKING:
    from siting.report.page.page import write_page

__all__ = ["write_page"]

# Others pack numbers and draw streets as the page does, and draw no charts.
__getattr__ = lazy_names(__name__, {"write_page": "siting.report.page.page"})
