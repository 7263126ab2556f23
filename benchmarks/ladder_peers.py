"""Who solves a case: the engine, a backend cold, or PuLP's CBC; all answer in the same terms."""

from __future__ import annotations

import re
import tempfile
import time
import warnings
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from ladder_cases import CBC, COLD, ENGINE, GAPS

from siting.program.program import Domain, Program
from siting.solve import Backend, Limit, Reason, SolveResult, SolveSettings, relative_gap, solve
from siting.solve.feasibility import is_feasible
from siting.solve.solutions import extend


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
    """

    objective: float | None
    bound: float | None
    certified_bound: float | None
    reason: str
    seconds: dict[str, float]


def ask(peer: str, program: Program, time_limit: float, gap: float = 0.0) -> Answer:
    """Has a peer solve a program to a gap (CBC: to the end) or to the limit in seconds.

    Raises:
        ValueError: Nobody goes by that name, or PuLP has no CBC here.
    """
    if peer == CBC:
        return _cbc(program, time_limit)
    settings = SolveSettings(time_limit=time_limit, relative_gap=gap)
    if peer in COLD:
        settings = SolveSettings(
            time_limit=time_limit, relative_gap=gap, cold=True, backend=Backend(peer)
        )
    elif peer != ENGINE:
        raise ValueError(f"'{peer}' is no peer")
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
    )


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
    full = extend(program, values)
    found = "No feasible solution" not in text and is_feasible(program, full)
    bound = cbc_bound(text)
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

    problem = pulp.LpProblem("ladder", pulp.LpMaximize)
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
