"""The report as one page that a browser opens offline: figures, map, and all it takes to print."""

from siting.report.page.page import write_page

__all__ = ["write_page"]
