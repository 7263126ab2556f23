"""A plan read again from its run folder is the plan that was written, or it is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from broken_town import Town
from pandas.testing import assert_frame_equal
from test_run_folders import planned

from siting.errors import InputError, VerificationError
from siting.plan import Plan, load_run, write_plan
from siting.plan.plan_file import plan_digest
from siting.plan.run_folder import to_json
from siting.solve import Limit, Reason, Termination
from towns import with_bound


@pytest.fixture
def written(tmp_path: Path) -> tuple[Plan, Path]:
    town = Town(tmp_path)
    town.add_offers()
    plan = planned(town.read(), cold=False)
    return plan, write_plan(plan, tmp_path / "run").parent


def change(folder: Path, key: str, value: object) -> None:
    file = folder / "plan.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content[key] = value
    content["digest"] = plan_digest(content)
    file.write_text(json.dumps(content), encoding="utf-8")


def test_it_says_the_same_again(written: tuple[Plan, Path]) -> None:
    plan, folder = written
    again = load_run(folder).plan
    assert to_json(again) == to_json(plan)
    for name in ("chosen", "coverage", "by_group", "by_district"):
        assert_frame_equal(getattr(again, name), getattr(plan, name))
    for name in ("before", "after"):
        np.testing.assert_array_equal(getattr(again.judgement, name), getattr(plan.judgement, name))


def test_it_carries_the_certificate(written: tuple[Plan, Path]) -> None:
    plan, folder = written
    again = load_run(folder).plan
    assert plan.certificate is not None
    assert again.certificate is not None
    for one, two in zip(again.certificate.goals, plan.certificate.goals, strict=True):
        assert (one.goal, set(one.sections)) == (two.goal, set(two.sections))
        for name, section in two.sections.items():
            np.testing.assert_array_equal(one.sections[name].numerators, section.numerators)


def test_an_unknown_bound_stays_unknown(written: tuple[Plan, Path]) -> None:
    plan, folder = written
    stopped = Termination(Reason.FEASIBLE, Limit.TIME)
    unproven = replace(with_bound(plan, np.inf), certificate=None, termination=stopped)
    write_plan(unproven, folder)
    again = load_run(folder).plan
    assert again.bound == again.certified_bound == again.relative_gap == np.inf
    assert again.certificate is None


def test_the_files_of_a_certificate_are_those_of_its_plan(written: tuple[Plan, Path]) -> None:
    plan, folder = written
    assert plan.certified_bound == load_run(folder).plan.certified_bound < np.inf
    file = folder / "certificate.json"
    file.write_text(file.read_text(encoding="utf-8") + " ", encoding="utf-8")
    message = r"certificate\.json: the file is not the one that the plan was written with"
    with pytest.raises(VerificationError, match=message):
        load_run(folder)


def test_why_it_stopped_is_read(written: tuple[Plan, Path]) -> None:
    _, folder = written
    change(folder, "termination", {"reason": "feasible", "limit": "time", "detail": "so"})
    assert load_run(folder).plan.termination == Termination(Reason.FEASIBLE, Limit.TIME, "so")


def test_a_setting_of_another_version_is_passed_over(written: tuple[Plan, Path]) -> None:
    _, folder = written
    change(folder, "settings", {"time_limit": 7.0, "of_tomorrow": 1})
    assert load_run(folder).plan.settings.time_limit == 7.0


def test_the_instance_may_have_moved(written: tuple[Plan, Path], tmp_path: Path) -> None:
    plan, folder = written
    moved = tmp_path / "elsewhere"
    plan.instance.folder.rename(moved)
    with pytest.raises(InputError):
        load_run(folder)
    assert load_run(folder, moved).plan.objective == plan.objective


def test_a_plan_that_does_not_hold_is_refused(written: tuple[Plan, Path]) -> None:
    _, folder = written
    change(folder, "spend", 1.0)
    with pytest.raises(VerificationError, match=r"spend: plan\.json says 1\.00, the inputs give"):
        load_run(folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("termination", {}),
        ("termination", {"reason": "perfect"}),
        ("settings", {"backend": "abacus"}),
        ("trace", [{"seconds": 1.0}]),
    ],
)
def test_what_cannot_be_read_is_named(key: str, value: object, written: tuple[Plan, Path]) -> None:
    _, folder = written
    change(folder, key, value)
    with pytest.raises(InputError, match="settings, termination or trace that cannot be read"):
        load_run(folder)


def test_walks_and_coverage_come_with_it(written: tuple[Plan, Path]) -> None:
    plan, folder = written
    again = load_run(folder)
    served = np.stack([again.coverage[name].served for name in plan.instance.category_names], 1)
    np.testing.assert_array_equal(served, plan.judgement.before)
    assert isinstance(again.plan.chosen, pd.DataFrame)
