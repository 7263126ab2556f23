"""Why no plan keeps all rules: the smallest set of them that cannot hold, and what each would give.

The multipliers of a linear relaxation without a solution name rules that cannot hold together
(Gleeson and Ryan 1990, doi 10.1287/ijoc.2.1.61); where the relaxation has one, searches decide.
Of these a deletion filter (Chinneck and Dravnieks 1991, doi 10.1287/ijoc.3.2.157) leaves out one
after the other: one without which it is still proven that there is no plan is not needed for that.
What is left cannot hold together, and any one of it less can (or it could not be decided in the
time).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from siting.blocks.contract import ConstraintBlock
from siting.coverage import Coverage
from siting.inputs import Instance
from siting.model import ModelSpec, formulate
from siting.plan.easing import Eased, ease, mended, met, relaxed_bound
from siting.program import Program
from siting.solve import Backend, Reason, SolveSettings, solve
from siting.solve.bounds.duality import safe_bound, usable_multipliers
from siting.solve.presolve.asked import only_asked

# Rules of the sites, which a planner does not wish for; left out first, so that wishes are named.
_OF_SITES = ("site_slots", "site_area", "category_once_per_site", "allowed_categories")
# Parts of the time: in which the engine tries before a backend does, to find how far it goes, and
# for a relaxation.
_OWN_STEPS, _HOW_FAR, _RELAXED = 0.1, 0.25, 0.1
# All questions together take this many times the limit of one; the smallest set may stay open then.
_IN_ALL = 2.0
# A search for how far a rule can go ends where a plan goes so nearly as far as is proven.
_NEAR = 0.05
# Plans that are tried to mend, of those that were found.
_LAST_PLANS = 3
# Multipliers below this share of the largest are rounding.
_TINY = 1e-7


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
        of_these: Whether only the other rules of the conflict are kept, since the others conflict
            without this one, too.
    """

    name: str
    block: ConstraintBlock
    reach: float | None = None
    found: float | None = None
    of_these: bool = False


@dataclass(frozen=True)
class Conflict:
    """Rules that cannot hold together.

    Attributes:
        clashes: The rules.
        is_smallest: Whether it is known that any one of them less would leave a plan.
    """

    clashes: tuple[Clash, ...]
    is_smallest: bool


@dataclass(frozen=True)
class _Reach:
    """How far a rule can go: proven, as a plan does, and whether other rules were left out."""

    bound: float
    found: float | None
    of_these: bool


@dataclass(frozen=True, eq=False)
class _Question:
    instance: Instance
    coverage: Coverage
    spec: ModelSpec
    settings: SolveSettings
    stop: Callable[[], bool]
    plans: list[NDArray[np.float64]] = field(default_factory=list)

    @cached_property
    def _whole(self) -> Program:
        return formulate(self.instance, self.coverage, self.spec)

    @cached_property
    def _asked(self) -> Program:
        """The program of all rules without a goal, and without what none of them asks about."""
        whole = self._whole
        nothing = np.zeros(whole.shape[1])
        return only_asked(replace(whole, objective=nothing, offset=0.0, further=()))[0]

    def program(self, kept: Sequence[str]) -> Program:
        """The program of some of the rules; the rows of others stay, without limits."""
        program = self._asked
        names = {name for name, _ in self.spec.constraints} - set(kept)
        out = np.zeros(program.shape[0], dtype=bool)
        for section in program.rows:
            out[section.slice] = section.name in names
        return replace(
            program,
            row_lower=np.where(out, -np.inf, program.row_lower),
            row_upper=np.where(out, np.inf, program.row_upper),
        )

    def has_plan(self, kept: Sequence[str]) -> bool | None:
        """Whether some of the rules can hold; None where that is not known in the time."""
        program = only_asked(self.program(kept))[0]
        own = replace(self.settings, time_limit=self.settings.time_limit * _OWN_STEPS)
        # Where there is nothing to gain, the engine's own steps find no plan or find it at once.
        for settings in (own, replace(self.settings, cold=True, backend=Backend.HIGHS)):
            result = solve(program, settings, stop=self.stop)
            if result.values is not None:
                return True
            if result.termination.reason is Reason.INFEASIBLE:
                return False
        return None

    def core(self, kept: Sequence[str]) -> list[str] | None:
        """Those of some rules that the relaxation proves to have no plan; None if it cannot."""
        from siting.solve.backends.covering_lp import CoveringLP  # noqa: PLC0415 - loads a solver

        program = self.program(kept)
        ray = CoveringLP(program).ray({}, self.settings.time_limit * _RELAXED)
        if ray is None:
            return None
        ray = usable_multipliers(program, ray)
        ray[np.abs(ray) < _TINY * np.abs(ray).max(initial=0.0)] = 0.0
        if safe_bound(program, ray) >= 0:
            return None
        used = {part.name for part in program.rows if np.any(ray[part.slice])}
        return [name for name in kept if name in used]

    def reach(self, rules: Sequence[Sequence[str]], name: str) -> _Reach | None:
        """How far all other rules let a rule go, else those of the conflict; None if unknown."""
        for kept in rules:
            program = self.program([*kept, name])
            eased = ease(program, next(part for part in program.rows if part.name == name))
            if eased is None or self.stop():
                return None
            relaxed = relaxed_bound(eased, self.settings.time_limit * _RELAXED)
            if relaxed is not None:
                bound, values = relaxed
                plan = self._plan(self.program(kept), values[:-1])
                found = None if plan is None else met(eased, plan)
                if found is None or self._counts(program, name):
                    bound, found = self._searched(eased, bound, found)
                found = None if found is None else eased.turn * found
                return _Reach(eased.turn * bound, found, kept is not rules[0])
        return None

    def _plan(self, program: Program, near: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """A plan that mends one for other rules, or what the relaxation says."""
        for values in (*reversed(self.plans[-_LAST_PLANS:]), near):
            plan = mended(program, values)
            if plan is not None:
                self.plans.append(plan)
                return plan
        return None

    def _searched(
        self, eased: Eased, bound: float, found: float | None
    ) -> tuple[float, float | None]:
        """Bound and goal after a search, each at least as good as before."""
        settings = replace(
            self.settings,
            time_limit=self.settings.time_limit * _HOW_FAR,
            relative_gap=max(self.settings.relative_gap, _NEAR),
        )
        result = solve(eased.program, settings, stop=self.stop)
        if result.values is not None:
            self.plans.append(result.values[:-1])
        goals = [goal for goal in (found, result.objective) if goal is not None]
        bounds = [bound, *([result.bound] if np.isfinite(result.bound) else [])]
        return min(bounds), max(goals, default=None)

    @staticmethod
    def _counts(program: Program, name: str) -> bool:
        """Whether a rule counts things: then every whole number of them matters."""
        section = next(part for part in program.rows if part.name == name)
        return bool(np.all(program.matrix[section.slice].data == 1.0))


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
    names = [name for name, _ in order]
    kept, reached, is_smallest = _filtered(question, names, _core(question, names))
    blocks = dict(spec.constraints)
    # What cannot hold by itself is asked how far it can go at all; money would only cloud it.
    others = [n for n, b in order if len(kept) > 1 or b.block in _OF_SITES]
    clashes = []
    for name in kept:
        far = reached.get(name) if len(kept) > 1 else None
        far = far or question.reach(_without(name, others, kept), name)
        clashes.append(
            Clash(name, blocks[name])
            if far is None
            else Clash(name, blocks[name], far.bound, far.found, far.of_these)
        )
    return Conflict(tuple(clashes), is_smallest)


def _without(name: str, *rules: Sequence[str]) -> list[list[str]]:
    """Some lists of rules, without one."""
    return [[one for one in kept if one != name] for kept in rules]


def _core(question: _Question, names: list[str]) -> list[str]:
    """A set without a plan that no relaxation makes smaller; all rules where none proves it."""
    core = None if question.stop() else question.core(names)
    for name in core or ():
        rest = [one for one in core or () if one != name]
        less = None if len(rest) == len(core or ()) or question.stop() else question.core(rest)
        core = core if less is None else less
    return names if core is None else core


def _filtered(
    question: _Question, names: list[str], kept: list[str]
) -> tuple[list[str], dict[str, _Reach], bool]:
    """The rules that are needed, how far the others let each go, and whether all was decided.

    A plan that keeps all other rules shows that a rule is needed, and how far it can go; without
    one a search decides among the rules that are left.
    """
    reached, is_smallest = dict[str, _Reach](), True
    for name in list(kept):
        rest = [one for one in kept if one != name]
        far = question.reach(_without(name, names, kept), name)
        if far is not None and far.found is not None:
            reached[name] = far
            continue
        holds = None if question.stop() else question.has_plan(rest)
        is_smallest &= holds is not None
        kept = rest if holds is False else kept
    return kept, reached, is_smallest
