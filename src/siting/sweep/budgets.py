"""What more or less money buys, in memory: one solve a budget, each from those before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from siting.coverage import Coverage
from siting.inputs import Instance
from siting.model import ModelSpec, formulate
from siting.solve import SolveSettings, WarmStart, solve
from siting.sweep.frontier import close_in


def sweep_budgets(
    instance: Instance,
    coverage: Coverage,
    spec: ModelSpec,
    budgets: Iterable[float],
    settings: SolveSettings | None = None,
) -> pd.DataFrame:
    """Solves an instance at each budget; the model's budget must be the instance's.

    Args:
        instance: The instance; its own budget is not used.
        coverage: Its coverage, which does not depend on money.
        spec: The model.
        budgets: Amounts in the instance's currency.
        settings: Of each solve.

    Returns:
        One row a budget, in rising order: `budget`, `objective`, `bound`, `reason`, `limit`,
        `relative_gap`; closed in by their neighbours, see `close_in`.
    """
    rows, starts = [], list[WarmStart]()
    for budget in sorted(set(budgets)):
        program = formulate(replace(instance, budget=budget), coverage, spec)
        result = solve(program, settings, start=starts[-1:])
        starts.append(WarmStart(result.values, result.multipliers))
        rows.append(
            {
                "budget": budget,
                "objective": np.nan if result.objective is None else result.objective,
                "bound": result.bound,
                "reason": str(result.termination.reason),
                "limit": str(result.termination.limit or ""),
            }
        )
    return close_in(pd.DataFrame(rows, columns=["budget", "objective", "bound", "reason", "limit"]))
