"""A certificate proves a bound by whole-number arithmetic, and lies about nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.coverage import Coverage, compute_coverage
from siting.errors import InputError
from siting.generate import TownSize, generate_town
from siting.inputs import Instance
from siting.model import ModelSpec, formulate, read_model
from siting.plan.certificate import (
    ARRAYS_FILE,
    Certificate,
    derive_bound,
    read_certificate,
    write_certificate,
)
from siting.plan.certify import make_certificate
from siting.program import Program
from siting.solve import SolveResult, SolveSettings, solve

SPEC = read_model("annual-plan")


def _solved(seed: int) -> tuple[Instance, Coverage, Program, SolveResult]:
    town = generate_town(TownSize(50, 7, 3, outlets=3), seed)
    coverage = compute_coverage(town)
    program = formulate(town, coverage, SPEC)
    return town, coverage, program, solve(program, SolveSettings(relative_gap=0, isolate=False))


def _certificate(seed: int) -> tuple[Instance, Coverage, SolveResult, Certificate]:
    town, coverage, program, result = _solved(seed)
    assert result.multipliers is not None
    return town, coverage, result, make_certificate(town, program, result.multipliers)


@pytest.mark.parametrize("seed", range(12))
def test_the_certificate_proves_the_bound_that_the_engine_certified(seed: int) -> None:
    town, coverage, result, certificate = _certificate(seed)
    derived = derive_bound(town, coverage, SPEC, certificate)
    assert result.objective is not None
    assert derived >= result.objective
    assert derived == pytest.approx(result.certified_bound, rel=1e-6, abs=1.0)


@settings(max_examples=60)
@given(seed=st.integers(0, 5), noise=st.integers(0, 2**32 - 1), size=st.floats(0.0, 1e4))
def test_any_multipliers_prove_a_bound_that_holds(seed: int, noise: int, size: float) -> None:
    town, coverage, result, certificate = _certificate(seed)
    rng = np.random.default_rng(noise)
    shaken = replace(
        certificate,
        cover=rng.integers(0, int(size * 2**16) + 1, certificate.cover.shape),
        slots=rng.integers(0, int(size * 2**16) + 1, certificate.slots.shape),
        once=rng.integers(0, int(size * 2**16) + 1, certificate.once.shape),
        budgets=(float(rng.uniform(0, size)),),
    )
    assert result.objective is not None
    assert derive_bound(town, coverage, SPEC, shaken) >= result.objective


def test_locked_and_ruled_out_offers_count_in_the_bound() -> None:
    town, coverage, _, certificate = _certificate(1)
    every = town.offers["offer_id"].tolist()
    spec = ModelSpec.from_dict(
        {**SPEC.to_dict(), "subject_to": [{"budget": {}}, {"locked_out": {"offers": every}}]}
    )
    baseline = formulate(town, coverage, spec).offset
    nothing = replace(certificate, budgets=(0.0,), cover=certificate.cover * 0 + 2**40)
    assert derive_bound(town, coverage, spec, nothing) == baseline


def test_a_negative_multiplier_is_refused() -> None:
    town, coverage, _, certificate = _certificate(2)
    cover = certificate.cover.copy()
    cover[0, 0] = -1
    with pytest.raises(ValueError, match="cover has a negative multiplier, -1"):
        derive_bound(town, coverage, SPEC, replace(certificate, cover=cover))
    with pytest.raises(ValueError, match="a budget has a multiplier below 0 or none"):
        derive_bound(town, coverage, SPEC, replace(certificate, budgets=(-0.5,)))
    with pytest.raises(ValueError, match="a budget has a multiplier below 0 or none"):
        derive_bound(town, coverage, SPEC, replace(certificate, budgets=(float("nan"),)))


def test_a_certificate_of_another_town_is_refused() -> None:
    _, _, _, certificate = _certificate(3)
    other = generate_town(TownSize(51, 7, 3), 3)
    with pytest.raises(
        ValueError, match=r"cover has shape \(50, 3\), the instance needs \(51, 3\)"
    ):
        derive_bound(other, compute_coverage(other), SPEC, certificate)


def test_a_multiplier_too_large_for_exact_sums_is_refused() -> None:
    town, coverage, _, certificate = _certificate(3)
    huge = replace(certificate, cover=np.full_like(certificate.cover, 2**61))
    with pytest.raises(ValueError, match="a cover multiplier of 2305843009213693952 is beyond"):
        derive_bound(town, coverage, SPEC, huge)


def test_it_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    _, _, _, certificate = _certificate(4)
    write_certificate(certificate, 123.0, tmp_path)
    again = read_certificate(tmp_path)
    assert again.budgets == certificate.budgets
    for name in ("cover", "slots", "once"):
        assert np.array_equal(getattr(again, name), getattr(certificate, name))


def test_a_missing_or_foreign_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no certificate that can be read"):
        read_certificate(tmp_path)
    _, _, _, certificate = _certificate(4)
    path = write_certificate(certificate, 123.0, tmp_path)
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, "scale": 1000}), encoding="utf-8")
    with pytest.raises(InputError, match="another kind of certificate"):
        read_certificate(tmp_path)
    path.write_text(json.dumps(content), encoding="utf-8")
    (tmp_path / ARRAYS_FILE).unlink()
    with pytest.raises(InputError, match=r"certificate\.npz"):
        read_certificate(tmp_path)
