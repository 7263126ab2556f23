"""What each year of a plan takes and reaches, the same for page, workbook and document."""

from __future__ import annotations

import numpy as np
import pandas as pd

from siting.language import tr
from siting.report.facts import Facts
from siting.report.money_texts import money_limit


def year_rows(facts: Facts) -> pd.DataFrame:
    """One row a year of the plan, money in the unit that is shown."""
    scale, tasks = facts.instance.currency.shown_scale, facts.tasks
    reached = {one.key: one.parts for one in facts.indicators.overall}
    rows = []
    for number, stage in enumerate(facts.stages[1:], start=1):
        here = tasks[tasks["year"] == stage.year]
        limit = facts.instance.years.get(stage.year or 0, money_limit(facts.plan))
        have, required = reached["completeness"][number]
        whole, places = reached["complete_places"][number]
        covered, communities = reached["community_coverage"][number]
        money = facts.money[facts.money["offer_id"].isin(here["offer_id"])]
        rows.append(
            {
                "year": stage.year,
                "label": str(stage.year) if stage.year else tr("this year"),
                "tasks": len(here),
                "outlets": len(money),
                "limit": np.nan if limit is None else limit / scale,
                "cost": here["cost"].sum() / scale,
                "left": np.nan if limit is None else (limit - here["cost"].sum()) / scale,
                "investment": here["investment"].astype(float).sum() / scale,
                "completeness": have / required if required else np.nan,
                "complete": f"{whole:,.0f}/{places:,.0f}",
                "communities": covered / communities if communities else np.nan,
            }
        )
    return pd.DataFrame(rows)
