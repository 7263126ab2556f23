"""The indicators that a bureau reports of its circles, now and after each year of a plan."""

from siting.report.indicators.indicators import Indicator, Indicators, stage_name
from siting.report.indicators.stages import Stage, stage_now, stages_of

__all__ = ["Indicator", "Indicators", "Stage", "stage_name", "stage_now", "stages_of"]
