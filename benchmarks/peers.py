"""Who solves a program: the engine, a backend cold, PuLP's CBC, spopt; all answer alike."""

from __future__ import annotations

import re
import tempfile
import time
import warnings
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from registry import CBC, COLD, ENGINE, SPOPT
from scipy.sparse import csr_array

from siting.program.program import Domain, Kind, Program
from siting.solve import Backend, Limit, Reason, SolveResult, SolveSettings, relative_gap, solve
from siting.solve.feasibility import is_feasible
from siting.solve.solutions import extend

Floats = NDArray[np.float64]

# Gaps whose time is noted, by the name it is noted under.
GAPS = {
    "gap_50pct": 0.5,
    "gap_20pct": 0.2,
    "gap_10pct": 0.1,
    "gap_5pct": 5e-2,
    "gap_2pct": 2e-2,
    "gap_1pct": 1e-2,
    "gap_05pct": 5e-3,
    "gap_02pct": 2e-3,
    "gap_01pct": 1e-3,
    "gap_005pct": 5e-4,
    "gap_002pct": 2e-4,
}


@dataclass(frozen=True)
class Asked:
    """How a program is to be solved.

    Attributes:
        seconds: Time limit.
        gap: Stop at this relative gap; PuLP's peers go on to the end.
        seed: Of the engine and of the backends.
    """

    seconds: float
    gap: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Answer:
    """What a peer found.

    Attributes:
        objective: Value of its plan, counted by us, or None.
        bound: What it proved, or None.
        certified_bound: What arithmetic alone proves, or None.
        reason: What is known, e.g. `optimal`.
        seconds: Wall time by what was reached: `reduce`, `first`, those of `GAPS`, `proven`,
            `solve`.
        steps: What each step of the engine brought.
    """

    objective: float | None
    bound: float | None
    certified_bound: float | None
    reason: str
    seconds: dict[str, float]
    steps: dict[str, list[float]] = field(default_factory=dict)


def ask(who: str, program: Program, asked: Asked) -> Answer:
    """Has somebody solve a program.

    Raises:
        ValueError: Nobody goes by that name, it is not installed, or cannot say the program.
    """
    if who == CBC:
        return _cbc(program, asked.seconds)
    if who == SPOPT:
        return _spopt(program, asked.seconds)
    settings = SolveSettings(asked.seconds, asked.gap, asked.seed)
    if who in COLD:
        settings = replace(settings, cold=True, backend=Backend(who))
    elif who != ENGINE:
        raise ValueError(f"'{who}' is no peer")
    begun = time.monotonic()
    result = solve(program, settings)
    return _answer(result, time.monotonic() - begun)


def _answer(result: SolveResult, wall: float) -> Answer:
    bounds = [
        bound if np.isfinite(bound) else None for bound in (result.bound, result.certified_bound)
    ]
    seconds = {"solve": wall, "reduce": result.seconds.get("reduce", 0.0)}
    return Answer(
        objective=result.objective,
        bound=bounds[0],
        certified_bound=bounds[1],
        reason=str(result.termination),
        seconds={**seconds, **milestones(result, wall)},
        steps=brought(result),
    )


def brought(result: SolveResult) -> dict[str, list[float]]:
    """By how much each step raised the plan and lowered the bound, as shares of the objective.

    What a step finds first counts as nothing: there is nothing to compare it with.
    """
    steps: dict[str, list[float]] = {}
    plan: float | None = None
    bound: float | None = None
    for point in result.trace:
        found = steps.setdefault(point.phase, [0.0, 0.0])
        scale = max(1.0, abs(result.objective or 0.0))
        if plan is not None and point.incumbent is not None:
            found[0] += max(0.0, point.incumbent - plan) / scale
        if bound is not None and point.bound is not None:
            found[1] += max(0.0, bound - point.bound) / scale
        plan = point.incumbent if plan is None else max(plan, point.incumbent or plan)
        bound = point.bound if bound is None else min(bound, point.bound or bound)
    return steps


def milestones(result: SolveResult, wall: float) -> dict[str, float]:
    """When the first plan, each gap of `GAPS` and the proof were there, in seconds.

    What was never reached is absent.
    """
    reached: dict[str, float] = {}
    for point in result.trace:
        if point.incumbent is None:
            continue
        reached.setdefault("first", point.seconds)
        gap = relative_gap(point.incumbent, np.inf if point.bound is None else point.bound)
        for name, target in GAPS.items():
            if gap <= target:
                reached.setdefault(name, point.seconds)
    end = result.termination
    # What a peer calls optimal is its own word.
    if end.reason is Reason.OPTIMAL or end.limit is Limit.SOLVER_GAP:
        for name in ("first", *GAPS, "proven"):
            reached.setdefault(name, wall)
    return reached


# --- CBC ----------------------------------------------------------------------------------------


def has_cbc() -> bool:
    """Whether PuLP brings CBC along; its line 4 does not."""
    try:
        return bool(_cbc_solver().available())
    except AttributeError:
        return False


def _cbc_solver(**options: object) -> Any:  # noqa: ANN401 - PuLP has no types
    import pulp  # noqa: PLC0415

    with warnings.catch_warnings():
        # That line 4 will have no CBC of its own is known.
        warnings.simplefilter("ignore", DeprecationWarning)
        return pulp.PULP_CBC_CMD(msg=False, **options)


def _cbc(program: Program, time_limit: float) -> Answer:
    """Solves a program with PuLP and CBC.

    PuLP calls a solve that its time limit stopped optimal, so the plan is counted again here and
    the bound is taken from CBC's log, or left out.
    """
    if not has_cbc():
        raise ValueError("this PuLP has no CBC")
    begun = time.monotonic()
    problem, variables = to_pulp(program)
    written = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "cbc.log"
        solver = _cbc_solver(timeLimit=time_limit, gapRel=0, logPath=str(log))
        problem.solve(solver)
        text = log.read_text(encoding="utf-8", errors="replace")
    seconds = {"write": written - begun, "solve": time.monotonic() - written}
    values = np.array([variable.value() or 0.0 for variable in variables])
    return _counted(program, values, text, seconds)


def _counted(program: Program, values: Floats, log: str, seconds: dict[str, float]) -> Answer:
    """The answer of CBC: its plan counted by us, its bound from its log."""
    full = extend(program, values)
    found = "No feasible solution" not in log and is_feasible(program, full)
    bound = cbc_bound(log)
    proven = bound == "optimal"
    if proven and found:
        seconds["proven"] = seconds["solve"]
    objective = program.value(full) if found else None
    shown = objective if proven else None if bound is None else float(bound) + program.offset
    return Answer(objective, shown, None, "optimal" if proven else "stopped", seconds)


def cbc_bound(log: str) -> str | None:
    """What CBC's log proves: `optimal`, the number of its upper bound, or None."""
    if "Stopped on" not in log and "Result - Optimal solution found" in log:
        return "optimal"
    match = re.search(r"^Upper bound:\s+(\S+)", log, flags=re.MULTILINE)
    return match.group(1) if match else None


def to_pulp(program: Program) -> tuple[Any, list[Any]]:
    """The program in PuLP's objects, without its offset: the problem and its variables."""
    import pulp  # noqa: PLC0415

    problem = pulp.LpProblem("benchmark", pulp.LpMaximize)
    kinds = np.where(program.domain == Domain.INTEGER, "Integer", "Continuous")
    variables = [
        problem.add_variable(f"x{number}", low, high, kind)
        for number, (low, high, kind) in enumerate(
            zip(program.lower.tolist(), program.upper.tolist(), kinds.tolist(), strict=True)
        )
    ]
    # All of them, for PuLP 3 knows only variables that occur somewhere.
    pairs = zip(program.objective.tolist(), variables, strict=True)
    problem += pulp.lpSum(weight * variable for weight, variable in pairs)
    matrix = program.matrix
    columns, data, starts = matrix.indices.tolist(), matrix.data.tolist(), matrix.indptr.tolist()
    for row, (start, stop) in enumerate(pairwise(starts)):
        terms = pulp.lpSum(data[at] * variables[columns[at]] for at in range(start, stop))
        lower, upper = float(program.row_lower[row]), float(program.row_upper[row])
        if np.isfinite(upper):
            problem += terms <= upper
        if np.isfinite(lower):
            problem += terms >= lower
    return problem, variables


# --- spopt --------------------------------------------------------------------------------------


def _spopt(program: Program, time_limit: float) -> Answer:
    """Solves a program of maximal covering with spopt, and the CBC that it has PuLP call.

    spopt opens exactly as many as the budget pays for, at a cost of 1 each.
    """
    try:
        from spopt.locate import MCLP  # noqa: PLC0415
    except ImportError as error:
        raise ValueError("spopt is not installed") from error
    cover, weights, opened = maximal_covering(program)
    begun = time.monotonic()
    model = MCLP.from_cost_matrix(1.0 - cover.toarray(), weights, 0.5, opened)
    written = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "cbc.log"
        model.solve(_cbc_solver(timeLimit=time_limit, logPath=str(log)), results=False)
        text = log.read_text(encoding="utf-8", errors="replace")
    seconds = {"write": written - begun, "solve": time.monotonic() - written}
    values = np.zeros(program.shape[1])
    values[: len(model.fac_vars)] = [variable.value() or 0.0 for variable in model.fac_vars]
    return _counted(program, values, text, seconds)


def maximal_covering(program: Program) -> tuple[csr_array, Floats, int]:
    """A program of maximal covering as such.

    Returns:
        1 where the offer covers the row, shape (rows, offers); weight of each row; offers that
        the budget pays for.

    Raises:
        ValueError: It has other rows that bind, more than one row of money, or unlike costs.
    """
    offers = program.section("choose").slice
    (rows,) = (one.slice for one in program.rows if one.kind == Kind.COVER or one.name == "cover")
    (money,) = (one.slice for one in program.rows if one.name.startswith("budget"))
    side = program.matrix[:, offers]
    others = np.delete(np.arange(program.shape[0]), np.r_[rows, money])
    costs = side[[money.start]].toarray().ravel()
    idle = np.asarray(side[others].sum(axis=1)).ravel() <= program.row_upper[others]
    if money.stop - money.start != 1 or not (costs == 1).all() or not idle.all():
        raise ValueError("spopt has no such rows: it covers most with exactly so many")
    covered = program.section("covered").slice
    cover = csr_array(-side[rows])
    return cover, program.objective[covered], int(program.row_upper[money.start])
