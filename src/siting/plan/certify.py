"""From a solver's multipliers to a certificate: whole numbers, in the order of the plain rows."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from siting.blocks.plain_model import PlainModel, PlainRows
from siting.plan.certificate import FLOORS, MOST_EXPONENT, GoalCertificate, Multipliers, proof_rows
from siting.program import Program, Section

Floats = NDArray[np.float64]

# The largest multiplier of a section keeps so many bits.
_BITS = 32


def make_certificate(
    model: PlainModel,
    program: Program,
    multipliers: Floats,
    goal: str,
    floors: Mapping[str, float],
) -> GoalCertificate:
    """Rounds the multipliers of a program's rows and puts them in the order of the plain rows.

    Any rounding is allowed, since any multipliers prove a bound; to the nearest loses least.

    Args:
        model: The model said plainly.
        program: What `formulate` made of it.
        multipliers: Of the program's rows and then of the floors, shape (rows + floors,).
        goal: The goal whose bound they prove.
        floors: What each earlier goal must reach, in the planner's sense.
    """
    rows = proof_rows(model, floors)
    sections = {}
    for section in program.rows:
        placed = _placed(model, section, multipliers[section.slice])
        sections[section.name] = _rounded(rows[section.name], placed)
    if floors:
        sections[FLOORS] = _rounded(rows[FLOORS], multipliers[program.shape[0] :])
    used = {name: one for name, one in sections.items() if np.any(one.numerators)}
    return GoalCertificate(goal, used, dict(floors))


def _placed(model: PlainModel, section: Section, multipliers: Floats) -> Floats:
    """Multipliers of a program's rows as those of the rows of a proof: merged ones add up."""
    plain = model.sections[section.name]
    placed = np.zeros(len(plain))
    placed[_order(plain, section)] = multipliers
    group = model.merged.rows.get(section.name)
    return placed if group is None else np.bincount(group, placed).astype(float)


def _rounded(rows: PlainRows, multipliers: Floats) -> Multipliers:
    return _to_wholes(_usable(rows, multipliers / np.array(rows.scale, dtype=float)))


def _usable(rows: PlainRows, multipliers: Floats) -> Floats:
    """Multipliers whose sign proves something; rounding may have left others near 0."""
    no_upper, no_lower = (
        np.array([x is None for x in part], dtype=bool) for part in (rows.upper, rows.lower)
    )
    wrong = ((multipliers > 0) & no_upper) | ((multipliers < 0) & no_lower)
    return np.where(wrong, 0.0, multipliers)


def _to_wholes(multipliers: Floats) -> Multipliers:
    largest = float(np.max(np.abs(multipliers), initial=0.0))
    if largest == 0:
        return Multipliers(np.zeros(len(multipliers), dtype=np.int64), 0)
    exponent = min(MOST_EXPONENT, max(0, _BITS - math.frexp(largest)[1]))
    return Multipliers(np.round(np.ldexp(multipliers, exponent)).astype(np.int64), exponent)


def _order(rows: PlainRows, section: Section) -> NDArray[np.int64]:
    """Position among the plain rows of each row of a section.

    Raises:
        ValueError: The two are not the same rows.
    """
    if not section.ids:
        return np.arange(len(rows))
    ids = list(zip(*section.ids, strict=True))
    if ids == list(rows.ids):
        return np.arange(len(rows))
    position = {key: number for number, key in enumerate(rows.ids)}
    if len(ids) != len(rows) or not position.keys() >= set(ids):
        raise ValueError(f"the program's rows {section.name} are not those of the model")
    return np.array([position[key] for key in ids], dtype=np.int64)
