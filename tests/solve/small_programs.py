"""Small random covering programs, and what every choice of their offers is worth, counted plainly.

The counting reads the arrays of a program and nothing else of the package; sums are exact.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array

from siting.program.builder import ProgramBuilder
from siting.program.program import Domain, Program
from siting.solve import Limit, Reason, SolveResult
from siting.solve.presolve.cover import CoverProblem, recognise

Floats = NDArray[np.float64]
Rng = np.random.Generator

WEIGHTS = ("whole", "zeros", "tenths", "thirds")
COSTS = ("equal", "whole", "cents", "extreme")


def names(letter: str, count: int) -> tuple[NDArray[np.object_], ...]:
    return (np.array([f"{letter}{i}" for i in range(count)], dtype=object),)


@dataclass(frozen=True)
class Kind:
    """What is drawn: how many offers and demand rows at most, and of which numbers.

    Attributes:
        offers: At most.
        demands: At most.
        weights: One of WEIGHTS, or None to draw one.
        costs: One of COSTS, or None to draw one.
        fixed: Share of the offers fixed to 0 and, again, to 1.
    """

    offers: int = 10
    demands: int = 25
    weights: str | None = None
    costs: str | None = None
    fixed: float = 0.15


def draw_program(seed: int, kind: Kind | None = None) -> Program:
    """A program of cover rows, and mostly a budget, slots and once rows; some have no solution."""
    kind = kind or Kind()
    rng = np.random.default_rng(seed)
    offers = int(rng.integers(1, kind.offers + 1))
    demands = int(rng.integers(0, kind.demands + 1))
    builder = ProgramBuilder(offset=float(rng.choice([0.0, 0.0, 1000.0, 0.1])))
    builder.add_columns("choose", names("O", offers))
    _add_cover(builder, rng, kind, offers, demands)
    if rng.random() < 0.85:
        _add_budget(builder, rng, kind, offers)
    if rng.random() < 0.6:
        _add_slots(builder, rng, offers)
    out = rng.random(offers) < kind.fixed
    builder.fix("choose", np.flatnonzero(out), 0.0)
    if rng.random() < 0.5:
        builder.fix("choose", np.flatnonzero(~out & (rng.random(offers) < kind.fixed)), 1.0)
    return builder.build()


def _add_cover(builder: ProgramBuilder, rng: Rng, kind: Kind, offers: int, demands: int) -> None:
    dense = rng.random((demands, offers)) < rng.choice([0.1, 0.25, 0.5])
    if demands > 3:
        # Equal rows, and rows that no offer covers.
        dense[demands // 2] = dense[0]
        dense[-1] = False
    weights = _weights(rng, kind.weights or str(rng.choice(WEIGHTS)), demands)
    ids = names("R", demands)
    builder.add_columns("covered", ids, objective=weights, domain=Domain.IMPLIED)
    terms = {"choose": -csr_array(dense.astype(float)), "covered": eye_array(demands, format="csr")}
    builder.add_rows("cover", ids, terms, upper=0.0)


def _weights(rng: Rng, kind: str, count: int) -> Floats:
    whole: Floats = rng.integers(1, 60, count).astype(np.float64)
    if kind == "zeros":
        return np.where(rng.random(count) < 0.6, whole, 0.0)
    divisor = {"whole": 1.0, "tenths": 10.0, "thirds": 3.0}[kind]
    return np.asarray(whole / divisor, dtype=np.float64)


def _costs(rng: Rng, kind: str, count: int) -> Floats:
    if kind == "equal":
        return np.full(count, 3.0)
    if kind == "whole":
        return np.asarray(rng.integers(0, 20, count) * 1000.0, dtype=np.float64)
    if kind == "cents":
        return np.asarray(rng.integers(1, 2000, count) / 100.0, dtype=np.float64)
    return np.asarray(rng.choice([1e-6, 1.0, 2.5e5, 1e9], count), dtype=np.float64)


def _add_budget(builder: ProgramBuilder, rng: Rng, kind: Kind, offers: int) -> None:
    costs = _costs(rng, kind.costs or str(rng.choice(COSTS)), offers)
    affordable = float(costs[rng.random(offers) < rng.choice([0.2, 0.5, 0.9])].sum())
    builder.add_rows("budget", (), {"choose": csr_array(costs.reshape(1, -1))}, upper=affordable)


def _add_slots(builder: ProgramBuilder, rng: Rng, offers: int) -> None:
    sites = int(rng.integers(1, 5))
    place = rng.integers(0, sites, offers)
    at_site = place[None, :] == np.arange(sites)[:, None]
    takes = csr_array(at_site * rng.integers(1, 3, offers)[None, :].astype(float))
    room = rng.integers(0, 4, sites).astype(float)
    builder.add_rows("slots", names("S", sites), {"choose": takes}, upper=room)
    once = csr_array((at_site & (rng.random(offers) < 0.6)).astype(float))
    builder.add_rows("once", names("S", sites), {"choose": once}, upper=1.0)


NOTHING = Fraction(0)


def as_written(number: float) -> Fraction:
    """The decimal that a float is written as."""
    return Fraction(repr(number))


def size(limit: float) -> Fraction:
    """The size of a limit, at least 1."""
    return max(Fraction(1), abs(Fraction(limit)))


# --- counting -----------------------------------------------------------------------------------


class Enumeration:
    """Every choice of whole columns of a small program, with its objective as an exact number."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.whole = np.flatnonzero(program.domain == Domain.INTEGER)
        implied = set(np.flatnonzero(program.domain == Domain.IMPLIED).tolist())
        self.cover_rows: list[tuple[Fraction, list[int]]] = []
        self.side_rows: list[tuple[dict[int, Fraction], float, float]] = []
        for row in range(program.shape[0]):
            part = slice(program.matrix.indptr[row], program.matrix.indptr[row + 1])
            terms = {
                int(column): as_written(float(value))
                for column, value in zip(
                    program.matrix.indices[part], program.matrix.data[part], strict=True
                )
            }
            covered = [column for column in terms if column in implied]
            if covered:
                (column,) = covered
                weight = as_written(float(program.objective[column]))
                self.cover_rows.append((weight, [c for c in terms if c != column]))
            else:
                limits = float(program.row_lower[row]), float(program.row_upper[row])
                self.side_rows.append((terms, *limits))

    def choices(self) -> Iterator[Floats]:
        """Every choice within the bounds of the columns, as values of all columns."""
        low, high = self.program.lower[self.whole], self.program.upper[self.whole]
        ranges = [
            range(int(a), int(b) + 1) if a <= b else range(0)
            for a, b in zip(low, high, strict=True)
        ]
        for choice in itertools.product(*ranges):
            values = np.zeros(self.program.shape[1])
            values[self.whole] = choice
            yield values

    def holds(self, values: Floats, forgiven: Fraction = NOTHING) -> bool:
        """Whether every row without demand holds, give or take a share of its limit."""
        for terms, low, high in self.side_rows:
            activity = sum((a * int(values[c]) for c, a in terms.items()), NOTHING)
            if np.isfinite(high) and activity > as_written(high) + forgiven * size(high):
                return False
            if np.isfinite(low) and activity < as_written(low) - forgiven * size(low):
                return False
        return True

    def value(self, values: Floats) -> Fraction:
        """The objective of a choice when every demand row is covered that can be."""
        total = as_written(float(self.program.offset))
        for column in self.whole:
            total += as_written(float(self.program.objective[column])) * int(values[column])
        for weight, near in self.cover_rows:
            if any(values[column] > 0 for column in near):
                total += weight
        return total

    def best(self, forgiven: Fraction = NOTHING) -> Fraction | None:
        """The largest objective of a choice that holds; None where none does."""
        values = (self.value(v) for v in self.choices() if self.holds(v, forgiven))
        return max(values, default=None)


def is_settled(result: SolveResult) -> bool:
    """Whether nothing is left to find: by the certified bound, or by a solver's word."""
    end = result.termination
    by_word = end.reason is Reason.FEASIBLE and end.limit is Limit.SOLVER_GAP
    return by_word or (end.reason is Reason.OPTIMAL and end.limit is None)


def problem_of(program: Program) -> CoverProblem:
    """The covering structure of a program that has one."""
    problem = recognise(program)
    assert problem is not None
    return problem


def chosen_of(problem: CoverProblem, values: Floats) -> NDArray[np.bool_]:
    """The offers of a reduced problem that a choice on the program takes."""
    return np.asarray(values[problem.offers] > 0.5)


def draw_town(offers: int, demands: int, seed: int = 0, *, share: float = 0.12) -> Program:
    """A larger program whose offers and demand lie in the plane, with a budget and slots.

    Weights are odd numbers, so that a proof to the last resident takes long.
    """
    rng = np.random.default_rng(seed)
    here, there = rng.random((demands, 1, 2)), rng.random((1, offers, 2))
    near = ((here - there) ** 2).sum(axis=2) < 0.012 * 100 / offers * 3
    builder = ProgramBuilder()
    builder.add_columns("choose", names("O", offers))
    weights = rng.integers(1, 400, demands) + 0.125
    ids = names("R", demands)
    builder.add_columns("covered", ids, objective=weights, domain=Domain.IMPLIED)
    terms = {"choose": -csr_array(near.astype(float)), "covered": eye_array(demands, format="csr")}
    builder.add_rows("cover", ids, terms, upper=0.0)
    costs = rng.integers(50, 100, offers) * 1000.0
    budget = csr_array(costs.reshape(1, -1))
    builder.add_rows("budget", (), {"choose": budget}, upper=float(share * costs.sum()))
    site = csr_array(
        (np.arange(offers) // 4 == np.arange((offers + 3) // 4)[:, None]).astype(float)
    )
    builder.add_rows("slots", names("S", site.shape[0]), {"choose": site}, upper=2.0)
    return builder.build()
