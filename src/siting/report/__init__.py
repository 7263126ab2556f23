"""What a person opens: page, workbook, map layers, document, pictures, the terminal's summary."""

from typing import TYPE_CHECKING

from siting.lazy import lazy_names
from siting.report.summary import last_line, summary

if TYPE_CHECKING:
    from siting.report.facts import Facts, collect_facts
    from siting.report.gaps import write_gaps
    from siting.report.write import Kind, Written, write_report

__all__ = [
    "Facts",
    "Kind",
    "Written",
    "collect_facts",
    "last_line",
    "summary",
    "write_gaps",
    "write_report",
]

# The terminal's summary need not wait for the libraries that these load.
__getattr__ = lazy_names(
    __name__,
    {
        "Facts": "siting.report.facts",
        "Kind": "siting.report.write",
        "Written": "siting.report.write",
        "collect_facts": "siting.report.facts",
        "write_gaps": "siting.report.gaps",
        "write_report": "siting.report.write",
    },
)
