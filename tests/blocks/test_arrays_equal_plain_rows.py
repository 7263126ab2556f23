"""What `build` writes and what `check` says are one model: row for row, number for number."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from random_models import DRAWS, draw_city, draw_model

from siting.blocks import CONSTRAINTS
from siting.blocks.plain_model import PlainModel, PlainRows
from siting.coverage import compute_coverage
from siting.model import ModelSpec, formulate, say_plainly
from siting.program import Domain, Goal, Program, Section

Key = tuple[str, tuple[object, ...]]
Terms = dict[Key, float]
Rows = dict[Key, tuple[Terms, float, float]]


def keys(section: Section) -> list[Key]:
    count = section.stop - section.start
    ids: Any = zip(*section.ids, strict=True) if section.ids else [()] * count
    return [(section.name, tuple(key)) for key in ids]


def columns_of(program: Program) -> list[Key]:
    return [key for section in program.columns for key in keys(section)]


def rows_of(program: Program) -> Rows:
    columns, matrix, found = columns_of(program), program.matrix, {}
    for section in program.rows:
        for row, key in zip(range(section.start, section.stop), keys(section), strict=True):
            part = slice(matrix.indptr[row], matrix.indptr[row + 1])
            entries = zip(matrix.indices[part], matrix.data[part], strict=True)
            terms = {columns[c]: float(value) for c, value in entries if value}
            assert key not in found, "two rows of one name and id"
            found[key] = (terms, float(program.row_lower[row]), float(program.row_upper[row]))
    return found


def goals_of(program: Program) -> list[tuple[str, float, float, Terms]]:
    first = Goal(program.goal, program.objective, program.offset, program.within)
    columns = columns_of(program)
    return [
        (
            goal.name,
            goal.within,
            goal.offset,
            {columns[c]: float(value) for c, value in enumerate(goal.objective) if value},
        )
        for goal in (first, *program.further)
    ]


def plain_columns(model: PlainModel) -> list[Key]:
    return [(column.family, column.id) for column in model.columns()]


def plain_rows(model: PlainModel) -> Rows:
    found = {}
    for rows in (*model.rows, *model.links):
        for number, key in enumerate(rows.ids):
            terms = {
                (family, column): float(amount)
                for family in rows.terms
                for column, amount in entries(model, rows, family, number)
            }
            low, high = rows.lower[number], rows.upper[number]
            lower = -math.inf if low is None else float(Fraction(low, rows.scale[number]))
            upper = math.inf if high is None else float(Fraction(high, rows.scale[number]))
            assert (rows.name, key) not in found, "two rows of one name and id"
            found[rows.name, key] = (terms, lower, upper)
    return found


def entries(
    model: PlainModel, rows: PlainRows, family: str, number: int
) -> list[tuple[tuple[object, ...], Fraction]]:
    matrix, ids = rows.terms[family], list(model.families[family].position)
    part = slice(matrix.indptr[number], matrix.indptr[number + 1])
    return [
        (ids[column], Fraction(int(value), rows.scale[number]))
        for column, value in zip(matrix.indices[part], matrix.data[part], strict=True)
        if value
    ]


def plain_goals(model: PlainModel) -> list[tuple[str, float, float, Terms]]:
    return [
        (
            goal.name,
            goal.within,
            float(goal.constant),
            {
                (family, key): float(amount)
                for family, vector in goal.terms.items()
                for key, amount in zip(
                    model.families[family].position, vector.fractions(), strict=True
                )
                if amount
            },
        )
        for goal in model.goals
    ]


def close(one: float, other: float, spare: float = 0.0) -> bool:
    return one == other or abs(one - other) <= max(1e-12 * abs(other), spare)


def alike(one: Terms, other: Terms) -> bool:
    return one.keys() == other.keys() and all(close(one[key], other[key]) for key in one)


def assert_same(program: Program, model: PlainModel) -> None:
    assert sorted(columns_of(program), key=str) == sorted(plain_columns(model), key=str)
    assert len(set(columns_of(program))) == program.shape[1]
    arrays, plain = rows_of(program), plain_rows(model)
    assert arrays.keys() == plain.keys()
    for key, (terms, lower, upper) in arrays.items():
        other, least, most = plain[key]
        assert alike(terms, other), (key, terms, other)
        # What a row asks for is a difference of sums: near nothing, both round.
        assert close(lower, least, 1e-9), (key, lower, least)
        assert close(upper, most, 1e-9), (key, upper, most)
    for mine, said in zip(goals_of(program), plain_goals(model), strict=True):
        assert mine[:2] == said[:2]
        assert close(mine[2], said[2], 1e-9), (mine, said)
        assert alike(mine[3], said[3]), (mine, said)


def assert_domains(program: Program, model: PlainModel) -> None:
    for section in program.columns:
        family = model.families[section.name]
        domain = Domain.INTEGER if family.decided or not family.follows else Domain.IMPLIED
        domain = domain if family.is_whole else Domain.CONTINUOUS
        assert np.all(program.domain[section.slice] == domain), section.name


def both(seed: int, *blocks: str, goals: int) -> tuple[ModelSpec, Program, PlainModel]:
    instance = draw_city(seed)
    spec, coverage = draw_model(seed, instance, *blocks, goals=goals), compute_coverage(instance)
    return spec, formulate(instance, coverage, spec), say_plainly(instance, coverage, spec)


def test_every_constraint_is_drawn() -> None:
    assert set(DRAWS) == set(CONSTRAINTS)


def compare_all(seeds: range) -> None:
    """All blocks are in it, most of them in each city, with one to three goals."""
    for seed in seeds:
        _, program, model = both(seed, *DRAWS, goals=1 + seed % 3)
        assert_same(program, model)
        assert_domains(program, model)


@pytest.mark.parametrize("chunk", range(3))
def test_arrays_equal_plain_rows(chunk: int) -> None:
    compare_all(range(chunk, 60, 3))


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(4))
def test_and_so_they_do_in_many_more_cities(chunk: int) -> None:
    compare_all(range(60 + chunk, 480, 4))


def test_the_drawn_models_are_of_every_kind() -> None:
    """What the comparison is worth hangs on what is drawn."""
    kinds: set[str] = set()
    for seed in range(0, 300, 3):
        instance = draw_city(seed)
        spec = draw_model(seed, instance, *DRAWS, goals=1 + seed // 3 % 3)
        kinds |= {block.block for block in spec.subject_to}
        kinds |= {f"each {block.each}" for block in spec.subject_to if hasattr(block, "each")}
        kinds |= {f"goals {len(spec.goals)}", f"parts {len(spec.goals[0].parts)}"}
        kinds |= {f"years {len(instance.years)}"}
    each = {f"each {kind}" for kind in ("district", "circle", "category", "year", "mode", None)}
    assert kinds >= {
        *CONSTRAINTS,
        *each,
        "years 0",
        "years 2",
        "goals 1",
        "goals 2",
        "goals 3",
        "parts 2",
    }
