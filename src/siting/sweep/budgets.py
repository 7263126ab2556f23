"""What more or less money buys: one solve a budget, on one program."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from siting.coverage import Coverage
from siting.inputs import Instance, ModelSpec
from siting.model import formulate
from siting.solve import SolveSettings, solve


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
        One row a budget, in rising order: `budget`, `objective`, `bound`, `relative_gap`,
        `reason`, `limit`. A larger budget allows every plan of a smaller one, so objectives are
        raised to the best before them and bounds lowered to the least behind them.
    """
    rows = []
    for budget in sorted(set(budgets)):
        program = formulate(replace(instance, budget=budget), coverage, spec)
        result = solve(program, settings)
        rows.append(
            {
                "budget": budget,
                "objective": np.nan if result.objective is None else result.objective,
                "bound": result.bound,
                "reason": str(result.termination.reason),
                "limit": str(result.termination.limit or ""),
            }
        )
    frame = pd.DataFrame(rows, columns=["budget", "objective", "bound", "reason", "limit"])
    objective = frame["objective"].cummax()
    bound = frame["bound"].iloc[::-1].cummin().iloc[::-1]
    gap = (bound - objective).clip(lower=0) / objective.abs().clip(lower=1)
    return frame.assign(objective=objective, bound=bound, relative_gap=gap)
