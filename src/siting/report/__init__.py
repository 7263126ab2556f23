"""What a person opens: the workbook, the map layers, the gap list, the summary on the terminal."""

from typing import TYPE_CHECKING

from siting.lazy import lazy_names
from siting.report.summary import last_line, summary
from siting.report.write import write_report

if TYPE_CHECKING:
    from siting.report.gaps import write_gaps

__all__ = ["last_line", "summary", "write_gaps", "write_report"]

# It loads XlsxWriter, which the terminal summary need not wait for.
__getattr__ = lazy_names(__name__, {"write_gaps": "siting.report.gaps"})
