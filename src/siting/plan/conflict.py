"""Why no plan keeps all rules: the smallest set of them that cannot hold, and what each would give.

A deletion filter: rules are left out one after the other; one without which it is still proven that
there is no plan is not needed for that. What is left cannot hold together, and any one of it less
can (or that could not be decided in the time).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array, hstack

from siting.blocks.contract import ConstraintBlock
from siting.coverage import Coverage
from siting.inputs import Instance
from siting.model import ModelSpec, formulate
from siting.program import Domain, Program, Section
from siting.solve import Backend, Reason, SolveSettings, solve
from siting.solve.presolve.asked import only_asked

# Rules of the sites, which a planner does not wish for; left out first, so that wishes are named.
_OF_SITES = ("site_slots", "site_area", "category_once_per_site", "allowed_categories")
# Parts of the time: in which the engine tries before a backend does, and to find how far it goes.
_OWN_STEPS, _HOW_FAR = 0.1, 0.25
# All questions together take this many times the limit of one; the smallest set may stay open then.
_IN_ALL = 2.0
# How many times its own a limit may be raised.
_MOST = 100.0


@dataclass(frozen=True)
class Clash:
    """One rule of a conflict.

    Attributes:
        name: Name of its rows.
        block: The rule.
        reach: With all other rules kept (only those of the sites, where it cannot hold by
            itself), the largest part of its lower limits that
            can be reached, or the smallest multiple of its upper limits that is needed: proven,
            no plan does better. None where it has no such limits or it could not be found.
        found: The part (or multiple) of a plan that was found; None without one.
    """

    name: str
    block: ConstraintBlock
    reach: float | None = None
    found: float | None = None


@dataclass(frozen=True)
class Conflict:
    """Rules that cannot hold together.

    Attributes:
        clashes: The rules.
        is_smallest: Whether it is known that any one of them less would leave a plan.
    """

    clashes: tuple[Clash, ...]
    is_smallest: bool


@dataclass(frozen=True, eq=False)
class _Question:
    instance: Instance
    coverage: Coverage
    spec: ModelSpec
    settings: SolveSettings
    stop: Callable[[], bool]

    @cached_property
    def _whole(self) -> Program:
        return formulate(self.instance, self.coverage, self.spec)

    def program(self, kept: Sequence[str]) -> Program:
        """The program of some of the rules, without a goal; rows keep their names."""
        program = self._whole
        names = {name for name, _ in self.spec.constraints} - set(kept)
        out = np.zeros(program.shape[0], dtype=bool)
        for section in program.rows:
            out[section.slice] = section.name in names
        asked = replace(
            program,
            objective=np.zeros(program.shape[1]),
            offset=0.0,
            row_lower=np.where(out, -np.inf, program.row_lower),
            row_upper=np.where(out, np.inf, program.row_upper),
            further=(),
        )
        return only_asked(asked)[0]

    def has_plan(self, kept: Sequence[str]) -> bool | None:
        """Whether some of the rules can hold; None where that is not known in the time."""
        program = self.program(kept)
        own = replace(self.settings, time_limit=self.settings.time_limit * _OWN_STEPS)
        # Where there is nothing to gain, the engine's own steps find no plan or find it at once.
        for settings in (own, replace(self.settings, cold=True, backend=Backend.HIGHS)):
            result = solve(program, settings, stop=self.stop)
            if result.values is not None:
                return True
            if result.termination.reason is Reason.INFEASIBLE:
                return False
        return None


def find_conflict(
    instance: Instance,
    coverage: Coverage,
    spec: ModelSpec,
    settings: SolveSettings,
    stop: Callable[[], bool] = lambda: False,
) -> Conflict:
    """Finds the smallest set of rules that cannot hold, of a model that is proven to have no plan.

    Args:
        instance: The inputs.
        coverage: Their coverage.
        spec: The model.
        settings: Of each solve; some are made for each rule. All take twice its time limit.
        stop: Asked now and then; what is not decided by then stays in the set.
    """
    until = time.monotonic() + _IN_ALL * settings.time_limit

    def over() -> bool:
        return stop() or time.monotonic() > until

    question = _Question(instance, coverage, spec, settings, over)
    order = sorted(spec.constraints, key=lambda one: one[1].block not in _OF_SITES)
    kept, is_smallest = [name for name, _ in order], True
    for name, _ in order:
        rest = [one for one in kept if one != name]
        holds = None if over() else question.has_plan(rest)
        is_smallest &= holds is not None
        kept = rest if holds is False else kept
    blocks = dict(spec.constraints)
    # What cannot hold by itself is asked how far it can go at all; money would only cloud it.
    others = [n for n, b in order if len(kept) > 1 or b.block in _OF_SITES]
    clashes = (_clash(question, others, name, blocks[name]) for name in kept)
    return Conflict(tuple(clashes), is_smallest)


def _clash(question: _Question, others: Sequence[str], name: str, block: ConstraintBlock) -> Clash:
    """How far some other rules let a rule go."""
    whole = question.program([*others, name])
    section = next(part for part in whole.rows if part.name == name)
    eased = None if question.stop() else _eased(whole, section)
    if eased is None:
        return Clash(name, block)
    program, turn = eased
    seconds = question.settings.time_limit * _HOW_FAR
    result = solve(program, replace(question.settings, time_limit=seconds), stop=question.stop)
    if result.termination.reason is Reason.INFEASIBLE or not np.isfinite(result.bound):
        return Clash(name, block)
    found = None if result.objective is None else turn * result.objective
    return Clash(name, block, turn * result.bound, found)


def _eased(program: Program, section: Section) -> tuple[Program, float] | None:
    """The program with one more column that eases the limits of a section, and that as its goal.

    Lower limits become `activity >= column x limit`, the column from 0 to 1 as large as can be;
    upper limits `activity <= (1 + 100 x column) x limit`, the column as small as can be.

    Returns:
        The program, and 1 where its goal is the part of the limits, -1 where it is the multiple
        with a minus; None where limits are not above 0, or on both sides.
    """
    at = np.arange(section.start, section.stop)
    low, high = program.row_lower[at], program.row_upper[at]
    is_floor = bool(np.all((low > 0) | np.isneginf(low)) and np.all(np.isposinf(high)))
    is_limit = bool(np.all((high > 0) | np.isposinf(high)) and np.all(np.isneginf(low)))
    if not (is_floor and np.any(low > 0)) and not (is_limit and np.any(np.isfinite(high))):
        return None
    column = np.zeros(program.shape[0])
    lower, upper = program.row_lower.copy(), program.row_upper.copy()
    if is_floor:
        column[at], lower[at] = np.where(low > 0, -low, 0.0), np.where(low > 0, 0.0, low)
    else:
        column[at] = np.where(np.isfinite(high), -_MOST * high, 0.0)
    wide = csr_array(hstack([program.matrix, csr_array(column.reshape(-1, 1))], format="csr"))
    width = program.shape[1]
    turn = 1.0 if is_floor else -1.0
    eased = replace(
        program,
        columns=(*program.columns, Section("ease", width, width + 1, (np.array(["ease"]),))),
        objective=np.append(np.zeros(width), 1.0 if is_floor else -_MOST),
        offset=0.0 if is_floor else -1.0,
        matrix=wide,
        row_lower=lower,
        row_upper=upper,
        lower=np.append(program.lower, 0.0),
        upper=np.append(program.upper, 1.0),
        domain=np.append(program.domain, np.int8(Domain.CONTINUOUS)),
    )
    return eased, turn
