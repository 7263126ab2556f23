"""A certificate proves a bound by whole-number arithmetic, and lies about nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laws import on
from siting.blocks.plain_model import PlainModel, PlainRows
from siting.coverage import compute_coverage
from siting.errors import InputError
from siting.generate import TownSize, generate_town
from siting.inputs import Instance
from siting.model import ModelSpec, formulate, read_model, say_plainly
from siting.plan.certificate import (
    MOST_EXPONENT,
    Certificate,
    GoalCertificate,
    Multipliers,
    proof_rows,
)
from siting.plan.certificate_files import ARRAYS_FILE, certificate_parts, read_certificate
from siting.plan.certify import make_certificate
from siting.plan.derivation import derive_bound
from siting.solve import SolveResult, SolveSettings, solve

SPEC = read_model("annual-plan")


@dataclass(frozen=True)
class Proven:
    """A solved town with what proves its bound."""

    town: Instance
    model: PlainModel
    result: SolveResult
    certificate: GoalCertificate

    @property
    def objective(self) -> float:
        assert self.result.objective is not None
        return self.result.objective

    def bound(self, certificate: GoalCertificate) -> float:
        return derive_bound(self.model, certificate)

    def with_section(self, name: str, numerators: Any, exponent: int = 0) -> GoalCertificate:
        """The certificate with other multipliers of one section."""
        changed = Multipliers(np.array(numerators, dtype=np.int64), exponent)
        return self.with_sections({**self.certificate.sections, name: changed})

    def with_sections(self, sections: Mapping[str, Multipliers]) -> GoalCertificate:
        """A certificate of these multipliers alone."""
        return replace(self.certificate, sections=sections, tree=None)


@cache
def proven(seed: int, residents: int = 50) -> Proven:
    town = generate_town(TownSize(residents, 7, 3, outlets=3), seed)
    coverage = compute_coverage(town)
    program, model = formulate(town, coverage, SPEC), say_plainly(town, coverage, SPEC)
    result = solve(program, SolveSettings(relative_gap=0, isolate=False))
    certificate = make_certificate(model, program, result.goals[0], "covered_residents", {})
    assert certificate is not None
    return Proven(town, model, result, certificate)


def model_of(town: Instance, *blocks: dict[str, Any]) -> PlainModel:
    """A town under other constraints."""
    spec = ModelSpec.from_dict({**SPEC.to_dict(), "subject_to": list(blocks)})
    return say_plainly(town, compute_coverage(town), spec)


# --- what it proves -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_the_certificate_proves_the_bound_that_the_engine_certified(seed: int) -> None:
    case = proven(seed)
    derived = case.bound(case.certificate)
    assert derived >= case.objective
    assert derived == pytest.approx(case.result.certified_bound, rel=1e-6, abs=1.0)


@on(60)
@given(seed=st.integers(0, 5), noise=st.integers(0, 2**32 - 1), size=st.floats(0.0, 1e4))
def test_any_multipliers_prove_a_bound_that_holds(seed: int, noise: int, size: float) -> None:
    case, rng = proven(seed), np.random.default_rng(noise)
    shaken = {
        name: Multipliers(any_signed(rows, rng.integers(0, int(size * 2**16) + 1, len(rows))), 16)
        for name, rows in proof_rows(case.model, {}).items()
    }
    assert case.bound(case.with_sections(shaken)) >= case.objective


def any_signed(rows: PlainRows, sizes: Any) -> Any:
    """Sizes with a minus where only a lower limit gives the row a multiplier."""
    return np.where([limit is None for limit in rows.upper], -sizes, sizes)


def test_no_multipliers_at_all_prove_that_nobody_is_covered_twice() -> None:
    case = proven(1)
    everybody = case.bound(case.with_sections({}))
    goal = case.model.goals[0]
    assert everybody == goal.constant + sum(vector.total() for vector in goal.terms.values())


def test_locked_out_offers_count_in_the_bound() -> None:
    case = proven(1)
    every = case.town.offers["offer_id"].tolist()
    model = model_of(case.town, {"budget": {}}, {"locked_out": {"offers": every}})
    cover = np.full(len(proof_rows(model, {})["cover"]), 2**40)
    certificate = GoalCertificate("covered_residents", {"cover": Multipliers(cover, 0)}, {})
    assert derive_bound(model, certificate) == float(model.goals[0].constant)


def test_multipliers_of_any_size_are_summed_exactly() -> None:
    """A bound beyond 64 bits is still one, and not what is left of it there."""
    case = proven(3)
    huge = np.full(len(proof_rows(case.model, {})["budget"]), 2**62)
    assert case.bound(case.with_section("budget", huge)) >= 2.0**62


# --- what it refuses ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cover", "budget"])
def test_a_negative_multiplier_of_a_row_without_a_lower_limit_is_refused(name: str) -> None:
    case = proven(2)
    numerators = np.zeros(len(proof_rows(case.model, {})[name]), dtype=np.int64)
    numerators[0] = -1
    with pytest.raises(ValueError, match=f"the multiplier of {name}.* has the wrong sign"):
        case.bound(case.with_section(name, numerators))


def test_a_positive_multiplier_of_a_row_without_an_upper_limit_is_refused() -> None:
    town = proven(2).town
    (offer,) = town.offers["offer_id"].tolist()[:1]
    model = model_of(town, {"locked_in": {"offers": [offer]}})
    for number, holds in ((-1, True), (1, False)):
        one = Multipliers(np.array([number]), 0)
        certificate = GoalCertificate("covered_residents", {"locked_in": one}, {})
        if holds:
            assert np.isfinite(derive_bound(model, certificate))
        else:
            with pytest.raises(ValueError, match=rf"locked_in\[{offer}\] has the wrong sign"):
                derive_bound(model, certificate)


def test_rows_that_the_model_does_not_have_are_refused() -> None:
    case = proven(2)
    with pytest.raises(ValueError, match="the model has no rows slots"):
        case.bound(case.with_section("slots", [1]))
    with pytest.raises(ValueError, match="the model has no goal people"):
        case.bound(replace(case.certificate, goal="people"))
    with pytest.raises(ValueError, match="the model has no goal people"):
        case.bound(replace(case.certificate, floors={"people": 1.0}))


def test_a_certificate_of_another_town_is_refused() -> None:
    here, other = proven(3), proven(3, residents=51)
    message = r"certificate: cover has \(\d+,\) multipliers, the model \d+ rows"
    with pytest.raises(ValueError, match=message):
        other.bound(here.certificate)


@pytest.mark.parametrize("exponent", [-1, MOST_EXPONENT + 1])
def test_an_exponent_out_of_range_is_refused(exponent: int) -> None:
    case = proven(5)
    budget = case.certificate.sections["budget"].numerators
    with pytest.raises(ValueError, match="budget has an odd exponent"):
        case.bound(case.with_section("budget", budget, exponent))


# --- on disk ------------------------------------------------------------------------------------


def written(case: Proven, folder: Path) -> Path:
    for name, content in certificate_parts(Certificate((case.certificate,)), case.model).items():
        (folder / name).write_bytes(content)
    return folder


def test_it_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    case = proven(5)
    (again,) = read_certificate(written(case, tmp_path), case.model).goals
    assert (again.goal, again.floors) == (case.certificate.goal, case.certificate.floors)
    assert set(again.sections) == set(case.certificate.sections) >= {"cover", "budget"}
    for name, one in case.certificate.sections.items():
        assert again.sections[name].exponent == one.exponent
        np.testing.assert_array_equal(again.sections[name].numerators, one.numerators)
    assert case.bound(again) == case.bound(case.certificate)


Content = dict[str, Any]
Tamper = Callable[[Content], object]
TAMPERING: dict[str, tuple[Tamper, str]] = {
    "another kind": (lambda c: c.update(siting_certificate=3), "another kind of certificate"),
    "an older form": (
        lambda c: c.update(siting_certificate=1),
        r"found a certificate of an older version.*Solve again with this version",
    ),
    "other numbers": (lambda c: c.update(sha256="0"), "not those it was written with"),
    "no goals": (lambda c: c.pop("goals"), "no list of goals"),
    "an odd goal": (lambda c: c.update(goals=[1]), "a goal that is no object"),
    "odd floors": (lambda c: c["goals"][0].update(floors={"a": "b"}), "odd floors"),
    "no sections": (lambda c: c["goals"][0].pop("sections"), "no sections"),
    "rows of another name": (
        lambda c: c["goals"][0]["sections"].update(slots={"array": "0.0"}),
        "rows slots that the model lacks",
    ),
    "rows of other ids": (
        lambda c: c["goals"][0]["sections"]["cover"].update(ids="0"),
        "multipliers of other rows cover than the inputs give",
    ),
    "half an exponent": (
        lambda c: c["goals"][0]["sections"]["cover"].update(exponent=1.5),
        "an exponent that is not whole",
    ),
    "an array that is not there": (
        lambda c: c["goals"][0]["sections"]["cover"].update(array="9.9"),
        "no certificate that can be read",
    ),
}


@pytest.mark.parametrize("kind", TAMPERING)
def test_what_is_wrong_with_a_file_is_named(kind: str, tmp_path: Path) -> None:
    case = proven(5)
    file = written(case, tmp_path) / "certificate.json"
    tamper, message = TAMPERING[kind]
    content = json.loads(file.read_text(encoding="utf-8"))
    tamper(content)
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_certificate(tmp_path, case.model)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    case = proven(5)
    with pytest.raises(InputError, match="no certificate that can be read"):
        read_certificate(tmp_path, case.model)
    written(case, tmp_path)
    (tmp_path / ARRAYS_FILE).unlink()
    with pytest.raises(InputError, match=r"certificate\.npz"):
        read_certificate(tmp_path, case.model)


def test_another_towns_certificate_cannot_be_read_as_ones_own(tmp_path: Path) -> None:
    written(proven(5), tmp_path)
    with pytest.raises(InputError, match="multipliers of other rows"):
        read_certificate(tmp_path, proven(3).model)
