"""What one point hands to another: what fits is taken, what does not is left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_sweeps import EXACT, town

from siting.coverage import compute_coverage
from siting.inputs import read_instance
from siting.model import ModelSpec, formulate, read_model
from siting.program import Program
from siting.solve import SolveResult, solve
from siting.sweep.point_starts import START_FILE, read_starts, write_start


def built(folder: Path, spec: ModelSpec | None = None, **parts: Any) -> Program:
    instance = replace(read_instance(town(folder)), **parts)
    return formulate(instance, compute_coverage(instance), spec or read_model("annual-plan"))


def left(folder: Path, program: Program) -> SolveResult:
    result = solve(program, EXACT)
    write_start(result, program, folder)
    return result


def without(spec: ModelSpec, *names: str) -> ModelSpec:
    kept = tuple(block for block in spec.subject_to if block.block not in names)
    return replace(spec, subject_to=kept)


def test_a_program_of_the_same_rows_takes_all(tmp_path: Path) -> None:
    result = left(tmp_path, built(tmp_path))
    (start,) = read_starts([tmp_path], built(tmp_path, budget=300_000.0))
    assert start.values is not None
    assert start.multipliers is not None
    assert start.values.tolist() == result.values.tolist()  # type: ignore[union-attr]
    assert start.multipliers.tolist() == result.multipliers.tolist()  # type: ignore[union-attr]


def test_a_program_with_fewer_rows_takes_those_it_has(tmp_path: Path) -> None:
    """Nothing here knows what the sections are called."""
    spec, whole = read_model("annual-plan"), built(tmp_path)
    result = left(tmp_path, whole)
    part = built(tmp_path, without(spec, "site_slots", "category_once_per_site"))
    assert 0 < len(part.rows) < len(whole.rows)
    (start,) = read_starts([tmp_path], part)
    assert result.multipliers is not None
    assert start.multipliers is not None
    for section in part.rows:
        (there,) = (one for one in whole.rows if one.name == section.name)
        assert start.multipliers[section.slice].tolist() == (
            result.multipliers[there.slice].tolist()
        )
    assert solve(part, EXACT, start=[start]).objective == solve(part, EXACT).objective


def test_other_offers_take_no_plan_and_no_rows_of_theirs(tmp_path: Path) -> None:
    left(tmp_path, built(tmp_path))
    instance = read_instance(town(tmp_path))
    other = built(tmp_path, offers=instance.offers.iloc[1:].reset_index(drop=True))
    for start in read_starts([tmp_path], other):
        assert start.values is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda arrays: arrays.pop("layout"),
        lambda arrays: arrays.update(layout=np.array("[]")),
        lambda arrays: arrays.update(layout=np.array('{"rows": {}, "columns": {}}')),
        lambda arrays: arrays.update(values=arrays["values"][:-1]),
        lambda arrays: arrays.update(values=np.full_like(arrays["values"], np.nan)),
    ],
)
def test_a_spoilt_file_is_no_start(tmp_path: Path, spoil: Any) -> None:
    program = built(tmp_path)
    left(tmp_path, program)
    with np.load(tmp_path / START_FILE) as file:
        arrays = dict(file)
    spoil(arrays)
    np.savez(tmp_path / START_FILE, **arrays)
    assert read_starts([tmp_path, tmp_path / "nowhere"], program) == []
