"""Small files that are to take hours or all memory: texts, proofs, and places at one point."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from broken_town import Town
from command import call, copied, edit_plan, plan_in, solved_once
from scipy.sparse import csr_array
from test_depth_and_memory import crowded

from proven_towns import Proven, with_part
from siting.coverage import compute_coverage, near_pairs
from siting.errors import InputError
from siting.inputs.limits import LIMIT
from siting.model import formulate, say_plainly
from siting.model.model_spec import ModelSpec
from siting.plan import derived_cuts, leaves
from siting.plan.certificate import GoalCertificate, ProofTree
from siting.plan.certificate_files import CERTIFICATE_FILE
from siting.plan.derivation import derive_bound
from siting.prepare.bureau.duplicates import merge_same, report_same_point
from siting.prepare.bureau.findings import Findings


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


# --- texts ----------------------------------------------------------------------------------------

INNER = ('"*x"', '"["', '"[&a [1,1],*a,*a]"', "word", '""', '"-"', '"1:a"', '"{a: b}"')


@pytest.mark.parametrize("tag", ["!!int", "!!float", "!!bool"])
@pytest.mark.parametrize("value", INNER)
def test_a_tag_makes_no_yaml_of_a_text(town: Town, tag: str, value: str) -> None:
    town.yaml("budget: 100万", f"budget: {tag} {value}")
    done = call("check", town.folder)
    assert done.code == 2
    assert f"with the tag {tag}" in done.err


FORMS = {
    "a list": "[" + "1," * 20_000 + "1]",
    "lists": "[" + "[]," * 15_000 + "1]",
    "lines": "\n" + "- 1\n" * 10_000,
}


@pytest.mark.parametrize("form", list(FORMS))
def test_yaml_has_a_limit_of_its_own(
    town: Town, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LIMIT, "1")
    town.yaml("note: ", f"places: {FORMS[form]}\nnote: ")
    assert town.codes() == ["too-large"]


# --- proofs ---------------------------------------------------------------------------------------


def chain(one: Proven, depth: int) -> ProofTree:
    """A tree that branches on one choice again and again, always below the second child."""
    tree = one.certificate.tree
    assert tree is not None
    last = np.maximum(0, 2 * (np.arange(2 * depth) // 2)).astype(np.int64)
    nothing = {name: csr_array((depth + 1, part.shape[1]), dtype=np.int64)
               for name, part in tree.changes.items()}  # fmt: skip
    return ProofTree(
        last,
        np.zeros(2 * depth, dtype=np.int64),
        np.tile([0, 1], depth).astype(np.int64),
        tree.claim,
        nothing,
        np.zeros(depth + 1, dtype=bool),
    )


def proof_with(one: Proven, tree: ProofTree) -> GoalCertificate:
    return replace(one.certificate, tree=tree)


@pytest.mark.parametrize("depth", [3, 300])
def test_a_chain_of_branchings_proves_what_its_leaves_do(depth: int) -> None:
    """All leaves have the root's multipliers: they keep the root's bound, and no better one."""
    one = with_part("tree")[0]
    root = derive_bound(one.model, replace(one.certificate, tree=None))
    tree = chain(one, depth)
    for claim, keeps in ((int(root) + 1, True), (int(one.optimum) - 1, False)):
        proof = proof_with(one, replace(tree, claim=(claim, 1)))
        if keeps:
            assert derive_bound(one.model, proof) >= one.optimum
            continue
        with pytest.raises(ValueError, match="does not keep the bound"):
            derive_bound(one.model, proof)


def test_paths_of_a_tree_are_never_all_in_memory() -> None:
    one = with_part("tree")[0]
    most = []
    for depth in (500, 2000):
        tracemalloc.start()
        with pytest.raises(ValueError, match="leaf"):
            derive_bound(one.model, proof_with(one, replace(chain(one, depth), claim=(-1, 1))))
        most.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert most[1] < 5 * most[0]


@pytest.mark.parametrize("most", [1, 1000])
def test_a_tree_that_takes_hours_is_refused(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    one = with_part("tree")[0]
    monkeypatch.setattr(leaves, "MOST_STEPS", most)
    with pytest.raises(ValueError, match="takes too long to check"):
        derive_bound(one.model, proof_with(one, chain(one, 100)))


@pytest.mark.parametrize("limit", ["_MOST_CUTS", "_MOST_PRODUCTS"])
def test_cuts_of_more_than_memory_are_refused(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one = with_part("cuts")[0]
    monkeypatch.setattr(derived_cuts, limit, 0)
    with pytest.raises(ValueError, match="more cuts than can be checked"):
        derive_bound(one.model, one.certificate)


@pytest.mark.parametrize(
    ("matrix", "times"), [("one row again and again", 1 << 21), ("no row at all", 1 << 21)]
)
def test_many_cuts_are_refused_before_they_are_made(matrix: str, times: int) -> None:
    one = with_part("cuts")[0]
    cuts = one.certificate.cuts
    assert cuts is not None
    width = {name: part.shape[1] for name, part in cuts.items()}
    full = matrix == "one row again and again"
    entries = (np.full(times, 2), np.zeros(times, dtype=np.int64), np.arange(times + 1))
    many = {
        name: csr_array(entries if full else (times, count), shape=(times, count), dtype=np.int64)
        for name, count in width.items()
    }
    with pytest.raises(ValueError, match="more cuts than can be checked"):
        derive_bound(one.model, replace(one.certificate, cuts=many))


@pytest.fixture
def plan(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    return copied(solved_once(tmp_path_factory.getbasetemp() / "solved"), tmp_path)[1]


GOALS: dict[str, Callable[[list[Any]], list[Any]]] = {
    "one again and again": lambda goals: goals * 3,
    "one of another model": lambda goals: [*goals, {**goals[0], "goal": "least_money"}],
    "one without a name": lambda goals: [*goals, {**goals[0], "goal": None}],
}


@pytest.mark.parametrize("kind", list(GOALS))
def test_a_certificate_has_each_goal_once(plan: Path, kind: str) -> None:
    said = json.loads((plan / CERTIFICATE_FILE).read_bytes())
    said["goals"] = GOALS[kind](said["goals"])
    (plan / CERTIFICATE_FILE).write_text(json.dumps(said))
    done = call("verify", plan)
    assert done.code == 6
    assert "goals that the model lacks, or one of them twice" in done.err


@pytest.mark.parametrize("name", ["plan.json", CERTIFICATE_FILE])
def test_what_a_run_folder_says_has_a_limit(
    plan: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LIMIT, "1")
    (plan / name).write_text("[" + "[]," * 400_000 + "1]")
    done = call("verify", plan)
    assert done.code == (2 if name == "plan.json" else 6)
    assert "more than" in done.err


# --- places at one point --------------------------------------------------------------------------

BLOCKS = {
    "spacing": {"category": ["convenience_store"], "metres": 300},
    "requires": {
        "category": ["convenience_store"], "needs": ["convenience_store"], "within_metres": 300,
    },
}  # fmt: skip


@pytest.mark.parametrize("block", list(BLOCKS))
@pytest.mark.parametrize("road", [formulate, say_plainly])
def test_neighbours_are_counted_before_they_are_paired(
    block: str, road: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near_pairs, "most_bytes", lambda: 1 << 20)
    town = crowded("sites", 100)  # ten thousand pairs
    said = {"siting_model": 1, "name": "m", "maximise": ["covered_residents"],
            "subject_to": [{block: BLOCKS[block]}]}  # fmt: skip
    spec = ModelSpec.from_dict(said, "m")
    with pytest.raises(InputError) as caught:
        road(town, compute_coverage(town), spec)
    assert [one.code for one in caught.value.problems] == ["too-many-pairs"]


def test_walks_are_counted_before_they_are_paired(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_pairs, "most_bytes", lambda: 1000)
    town = crowded("residents", 300)
    x, y = town.residents[["x", "y"]].iloc[0]
    town = replace(town, sites=town.sites.assign(x=x, y=y))
    with pytest.raises(InputError, match="pairs of places near each other"):
        compute_coverage(town)


def ledger(count: int, name: str) -> pd.DataFrame:
    """Rows at one point, as geocoding gives them that knows the city alone."""
    frame = pd.DataFrame({"name": [name.format(k) for k in range(count)], "row": np.arange(count)})
    return frame.assign(x=0.0, y=0.0, file="f", sheet="", categories="a")


@pytest.mark.parametrize("name", ["shop", "shop {}", ""])
@pytest.mark.parametrize("step", [merge_same, report_same_point])
def test_rows_at_one_point_take_no_memory_squared(step: Any, name: str) -> None:
    """Every two of them would take more than 10 MB."""
    frame = ledger(500, name)
    tracemalloc.start()
    step(frame, Findings())
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 5e6


def test_what_a_plan_changes_of_its_inputs_goes_no_deeper_than_they_do(plan: Path) -> None:
    for key in (".".join("a" * 50_000), "walking." * 50_000, "", "."):
        edit_plan(plan, instance=plan_in(plan)["instance"] | {"overrides": {key: "1"}})
        done = call("verify", plan)
        assert done.code == 2
        assert len(done.err) < 5000
