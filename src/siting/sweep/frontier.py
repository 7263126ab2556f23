"""What more or less money buys: the points of one sweep along the budget, family by family."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

COLUMNS = (
    "family",
    "sense",
    "point",
    "budget",
    "objective",
    "bound",
    "relative_gap",
    "baseline",
    "gain",
    "spend",
    "price",
    "price_low",
    "price_high",
    "envelope",
    "on_envelope",
    "knee",
    "entered",
    "left",
    "staged_point",
    "staged_objective",
    "staged_bound",
    "regret_low",
    "regret",
    "regret_high",
)
_OF_THE_GOAL = (
    "objective",
    "bound",
    "baseline",
    "envelope",
    "staged_objective",
    "staged_bound",
)
# A point lies on the envelope if it is below it by no more than the rounding of sums.
_ROUNDING = 1e-9
# A curve has a knee where it lies this far above the chord between its ends, both axes scaled to
# 1, and where money brings this many times as much before it as behind it.
_BEND, _STEEPER = 0.1, 2.0


def frontier(rows: pd.DataFrame, choices: pd.DataFrame) -> pd.DataFrame:
    """The frontier of every family with at least two budgets; families differ in all but that.

    Args:
        rows: Points as `Frames.of_sweep` gives them; those without a plan are left out.
        choices: Their choices.

    Returns:
        One row a budget, rising within its family:

        - `objective`, `bound`, `relative_gap`: a larger budget allows every plan of a smaller one,
          so objectives are bettered to the best before them, bounds tightened to those behind them.
        - `point`, `spend`: of the plan that has this objective. `gain`: how much better the
          objective is than the `baseline`: less of it where `sense` is `minimise`.
        - `price`: gain for a unit of money at the margin, as the certificate's multiplier of the
          budget says; exact for the relaxation at this point.
        - `price_low`, `price_high`: what a unit of money brings on average from the budget before
          to this one, lowest and highest that the band of objective and bound allows.
        - `envelope`: least concave curve above the objectives (where less is
          better, the greatest convex one below); `on_envelope`; `knee`: the point on
          it farthest from the chord between its ends, both axes scaled to 1 (Satopaa et al. 2011,
          doi:10.1109/ICDCSW.2011.20), where it is a tenth of the height away or more and money
          brings twice as much before it as behind it. A curve that hardly bends has none.
        - `entered`, `left`: offers chosen here and not at the budget before, and the other way.
        - `staged_objective`, `staged_bound`: where every budget must keep what the smaller chose;
          `regret`: how much better the objective is than the staged one, with the interval
          that both gaps allow.
    """
    done = rows[rows["status"].eq("done") & rows["budget"].notna()]
    chosen = {str(p): set(part["offer_id"]) for p, part in choices.groupby("point")}
    frames = [
        _family(part.sort_values("budget", kind="stable"), staged[staged["family"] == family])
        for staged in [done[done["staged"].astype(bool)]]
        for family, part in done[~done["staged"].astype(bool)].groupby("family", sort=False)
        if part["budget"].nunique() > 1
    ]
    if not frames:
        return pd.DataFrame(columns=list(COLUMNS))
    whole = pd.concat(frames, ignore_index=True)
    whole["entered"], whole["left"] = zip(*_moves(whole, chosen), strict=True)
    return whole[list(COLUMNS)]


def turn_of(rows: pd.DataFrame) -> pd.Series[float]:
    """1 for each row of whose goal more is better, -1 where less is."""
    return rows["sense"].map({"maximise": 1.0, "minimise": -1.0})


def _turned(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with all values of the goal turned round where less is better."""
    named = [name for name in _OF_THE_GOAL if name in frame]
    turn = turn_of(frame)
    return frame.assign(**{name: turn * frame[name].astype(float) for name in named})


def _family(free: pd.DataFrame, staged: pd.DataFrame) -> pd.DataFrame:
    """The frontier of one family, worked out as if more were better."""
    return _turned(_of_more(_turned(free), _turned(staged)))


def _of_more(free: pd.DataFrame, staged: pd.DataFrame) -> pd.DataFrame:
    frame = close_in(free.drop_duplicates("budget"))
    budget, objective = (frame[name].to_numpy(float) for name in ("budget", "objective"))
    low, high = _slopes(budget, objective, frame["bound"].to_numpy(float))
    envelope = concave_envelope(budget, objective)
    near = objective >= envelope - _ROUNDING * np.maximum(1.0, np.abs(envelope))
    frame = frame.assign(
        gain=frame["objective"] - frame["baseline"],
        price_low=low,
        price_high=high,
        envelope=envelope,
        on_envelope=near,
        knee=_is_knee(budget, objective, near),
    )
    return _with_staged(frame, staged)


def close_in(frame: pd.DataFrame) -> pd.DataFrame:
    """Lets the plans of smaller budgets count for larger ones, and the bounds of larger ones back.

    Args:
        frame: `budget` (rising), `objective`, `bound`, of which more is better; `point` and
            `spend`, where it has them, become those of the plan that counts.

    Returns:
        The frame with these, and `relative_gap`.
    """
    objective = frame["objective"].astype(float).cummax()
    bound = frame["bound"].astype(float).iloc[::-1].cummin().iloc[::-1]
    gap = (bound - objective).clip(lower=0) / objective.abs().clip(lower=1)
    closed = frame.assign(objective=objective, bound=bound, relative_gap=gap)
    better = frame["objective"].gt(objective.shift(fill_value=-np.inf))
    for name in {"point", "spend"} & set(frame.columns):
        closed[name] = frame[name].where(better).ffill()
    return closed.reset_index(drop=True)


def _slopes(budget: Floats, objective: Floats, bound: Floats) -> tuple[Floats, Floats]:
    """Least and most average slope of the true curve from the point before; NaN at the first."""
    step = np.diff(budget)
    low = np.maximum(0.0, objective[1:] - bound[:-1]) / step
    high = np.maximum(0.0, bound[1:] - objective[:-1]) / step
    return np.concatenate([[np.nan], low]), np.concatenate([[np.nan], high])


def concave_envelope(x: Floats, y: Floats) -> Floats:
    """The least concave curve above points with rising x, at these x."""
    hull: list[int] = []
    for point in range(len(x)):
        while len(hull) > 1 and _is_below(x, y, hull[-2:], point):
            hull.pop()
        hull.append(point)
    return np.interp(x, x[hull], y[hull])


def _is_below(x: Floats, y: Floats, edge: Sequence[int], point: int) -> bool:
    """Whether the end of an edge is on or below the line from its start to a later point."""
    start, end = edge
    left = (y[end] - y[start]) * (x[point] - x[start])
    return bool(left <= (y[point] - y[start]) * (x[end] - x[start]))


def _is_knee(
    budget: Floats, objective: Floats, on_envelope: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    knee = np.zeros(len(budget), dtype=bool)
    rise, run = objective[-1] - objective[0], budget[-1] - budget[0]
    if rise <= 0:
        return knee
    above = (objective - objective[0]) / rise - (budget - budget[0]) / run
    above = np.where(on_envelope, above, -np.inf)
    best = int(np.argmax(above))
    if 0 < best < len(budget) - 1:
        before = (objective[best] - objective[0]) / (budget[best] - budget[0])
        behind = (objective[-1] - objective[best]) / (budget[-1] - budget[best])
        knee[best] = above[best] >= _BEND and before >= _STEEPER * behind
    return knee


def _with_staged(frame: pd.DataFrame, staged: pd.DataFrame) -> pd.DataFrame:
    """The staged points beside the free ones; the smallest budget's stages are itself."""
    own = ["budget", "point", "objective", "bound"]
    names = {name: f"staged_{name}" for name in own[1:]}
    beside = staged[own].drop_duplicates("budget").rename(columns=names)
    merged = frame.merge(beside, on="budget", how="left")
    if len(beside):
        first = merged.index[0]
        for name, target in names.items():
            if pd.isna(merged.loc[first, target]):
                merged.loc[first, target] = merged.loc[first, name]
    apart = merged["objective"] - merged["staged_objective"].astype(float)
    return merged.assign(
        regret=apart,
        regret_low=(merged["objective"] - merged["staged_bound"].astype(float)).clip(lower=0),
        regret_high=merged["bound"] - merged["staged_objective"].astype(float),
    )


def _moves(
    frame: pd.DataFrame, chosen: dict[str, set[str]]
) -> Iterator[tuple[list[str], list[str]]]:
    """What each row's plan has more and less than that of the row before in its family."""
    before, last = set[str](), ""
    for family, point in zip(frame["family"], frame["point"], strict=True):
        here = chosen.get(str(point), set())
        if family != last:
            before = here
        yield sorted(here - before), sorted(before - here)
        before, last = here, family
