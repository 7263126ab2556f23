"""What a person opens: page, workbook, map layers, document, pictures, the terminal's summary."""

from typing import TYPE_CHECKING

from siting.lazy import lazy_names
from siting.report.summary import last_line, summary

if TYPE_CHECKING:
    from siting.report.facts import Facts, collect_facts
    from siting.report.gap_list import write_gaps
    from siting.report.report_files import ReportPart, Written, add_report, write_report

__all__ = [
    "Facts",
    "ReportPart",
    "Written",
    "add_report",
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
        "ReportPart": "siting.report.report_files",
        "Written": "siting.report.report_files",
        "add_report": "siting.report.report_files",
        "collect_facts": "siting.report.facts",
        "write_gaps": "siting.report.gap_list",
        "write_report": "siting.report.report_files",
    },
)
