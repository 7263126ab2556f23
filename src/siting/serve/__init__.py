"""What if: change a wish, see the new plan and its proven gap; a page, a JSON API, and `Studio`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.lazy import lazy_names

if TYPE_CHECKING:
    from siting.serve.records import Figures, PlanRequest, Scenario
    from siting.serve.studio import Studio
    from siting.serve.workspace import Workspace

__all__ = ["Figures", "PlanRequest", "Scenario", "Studio", "Workspace"]

__getattr__ = lazy_names(
    __name__,
    {
        "PlanRequest": "siting.serve.records",
        "Figures": "siting.serve.records",
        "Scenario": "siting.serve.records",
        "Studio": "siting.serve.studio",
        "Workspace": "siting.serve.workspace",
    },
)
