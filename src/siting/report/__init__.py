"""What a person opens: the workbook, the map layers, the summary on the terminal."""

from siting.report.summary import last_line, summary
from siting.report.write import write_report

__all__ = ["last_line", "summary", "write_report"]
