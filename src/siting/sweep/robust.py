"""How sure a plan is: what is chosen in most draws, and what the objective depends on."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pandas as pd

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
_MEASURES = ("objective", "gain", "spend", "complete_after")


def robust_core(rows: pd.DataFrame, choices: pd.DataFrame) -> pd.DataFrame:
    """How often each offer is chosen among the draws; without draws, among all points.

    Args:
        rows: Points of one sweep; those without a plan are left out.
        choices: Their choices.

    Returns:
        One row a budget and offer, the surest first: `instance`, `asked_budget`, `offer_id`,
        `site_id`, `categories`, `times`, `of` (points), `share`.
    """
    done = _counted(rows)
    keys = ["instance", "asked_budget"]
    points = done[["point", *keys]].fillna({"asked_budget": np.nan})
    of = points.groupby(keys, dropna=False).size().rename("of").reset_index()
    lines = choices.merge(points, on="point")
    what = [*keys, "offer_id", "site_id", "categories"]
    times = lines.groupby(what, dropna=False).size().rename("times").reset_index()
    table = times.merge(of, on=keys)
    table["share"] = table["times"] / table["of"]
    order = ["instance", "asked_budget", "share", "offer_id"]
    rising = [True, True, False, True]
    return table.sort_values(order, ascending=rising, ignore_index=True)


def spread(rows: pd.DataFrame) -> pd.DataFrame:
    """How the results of the draws lie.

    Returns:
        One row an instance, budget and measure (`objective`, `gain`, `spend`, `complete_after`):
        `points`, `least`, the quantiles `q05`, `q25`, `q50`, `q75`, `q95`, `most`, `mean`.
    """
    lines = []
    for (instance, budget), part in _counted(rows).groupby(
        ["instance", "asked_budget"], dropna=False
    ):
        for measure in _MEASURES:
            values = part[measure].to_numpy(float)
            quantiles = np.quantile(values, SHARES)
            named = {f"q{100 * s:02.0f}": q for s, q in zip(SHARES, quantiles, strict=True)}
            ends = {"least": values.min(), **named, "most": values.max(), "mean": values.mean()}
            place = {"instance": instance, "asked_budget": budget, "measure": measure}
            lines.append({**place, "points": len(values), **ends})
    columns = ["instance", "asked_budget", "measure", "points", "least"]
    columns += [*(f"q{100 * s:02.0f}" for s in SHARES), "most", "mean"]
    return pd.DataFrame(lines, columns=columns)


def _counted(rows: pd.DataFrame) -> pd.DataFrame:
    """The points that have a plan: the draws where there are any, and no staged ones."""
    done = rows[rows["status"].eq("done") & ~rows["staged"].astype(bool)]
    return done[done["draw"].notna()] if done["draw"].notna().any() else done


def tornado(rows: pd.DataFrame) -> pd.DataFrame:
    """What each parameter alone does to the objective, the others as they are in the base.

    The base is the point with the fewest parameters; counted are points that differ from it in one
    parameter alone, so a full grid with the base in it serves as well.

    Args:
        rows: Points of one sweep; those without a plan are left out.

    Returns:
        One row an instance and parameter, the widest first: `instance`, `parameter`, `sense`
        (whether more or less of the objective is better), `base` (objective), `low` and `high`
        (objective), `low_value` and `high_value` (texts of the parameter there), `swing`.
        Empty without such points.
    """
    done = rows[rows["status"].eq("done") & ~rows["staged"].astype(bool) & rows["draw"].isna()]
    lines = [line for _, part in done.groupby("instance", sort=False) for line in _swings(part)]
    columns = ["parameter", "sense", "base", "low", "low_value", "high", "high_value", "swing"]
    frame = pd.DataFrame(lines, columns=["instance", *columns])
    return frame.sort_values(
        ["instance", "swing"], ascending=[True, False], kind="stable", ignore_index=True
    )


def _swings(rows: pd.DataFrame) -> Iterator[dict[str, object]]:
    parameters = [_without_neutral(given) for given in rows["parameters"]]
    least = min(parameters, key=len)
    base = float(rows["objective"].iloc[parameters.index(least)])
    found: dict[str, list[tuple[float, str]]] = {}
    for given, objective in zip(parameters, rows["objective"], strict=True):
        differing = [k for k in {**least, **given} if least.get(k) != given.get(k)]
        if len(differing) == 1:
            key = differing[0]
            found.setdefault(key, []).append((float(objective), json.dumps(given.get(key))))
    for key, ends in found.items():
        (low, at_low), (high, at_high) = min(ends), max(ends)
        low, at_low = (base, "") if base < low else (low, at_low)
        high, at_high = (base, "") if base > high else (high, at_high)
        yield {
            "instance": rows["instance"].iloc[0],
            "parameter": key,
            "sense": rows["sense"].iloc[0],
            "base": base,
            "low": low,
            "low_value": at_low,
            "high": high,
            "high_value": at_high,
            "swing": high - low,
        }


def _without_neutral(given: dict[str, object]) -> dict[str, object]:
    """Parameters without factors of 1, which change nothing."""
    factors = ("cost", "residents")
    return {
        key: value
        for key, value in given.items()
        if not (value == 1.0 and key.partition(".")[0] in factors)
    }
