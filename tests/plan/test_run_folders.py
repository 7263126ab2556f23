"""Run folders: written whole, read back, and re-checked; each kind of tampering has its name."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from broken_town import TRAVEL, Town

from siting.coverage import compute_coverage
from siting.errors import InputError
from siting.inputs import Instance, read_instance
from siting.model import formulate, read_model
from siting.plan import Plan, make_plan, read_plan_file, verify, write_plan
from siting.plan.plan_file import plan_digest
from siting.solve import Limit, Reason, SolveSettings, Termination, solve
from towns import with_bound

SETTINGS = SolveSettings(relative_gap=0, isolate=False, time_limit=3600, threads=1, cold=True)
Content = dict[str, Any]


def planned(instance: Instance, *, cold: bool = True) -> Plan:
    spec, coverage = read_model("annual-plan"), compute_coverage(instance)
    program = formulate(instance, coverage, spec)
    return make_plan(
        instance, coverage, spec, program, solve(program, replace(SETTINGS, cold=cold))
    )


class Run:
    """A plan of the template town on disk, and ways to change what it says."""

    def __init__(self, folder: Path) -> None:
        self.town = Town(folder)
        self.town.add_offers()
        self.plan = planned(self.town.read())
        self.folder = folder / "runs" / "first"
        self.file = write_plan(self.plan, self.folder)

    @property
    def content(self) -> Content:
        content: Content = json.loads(self.file.read_text(encoding="utf-8"))
        return content

    def change(self, do: Callable[[Content], object]) -> None:
        content = self.content
        do(content)
        content["digest"] = plan_digest(content)
        self.file.write_text(json.dumps(content), encoding="utf-8")

    def disagreements(self) -> str:
        return "\n".join(verify(self.folder).disagreements)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


# --- writing and reading ------------------------------------------------------------------------


def test_a_run_folder_holds_one_whole_file(run: Run) -> None:
    assert [path.name for path in run.folder.iterdir()] == ["plan.json"]


def test_the_file_says_all_that_is_promised(run: Run) -> None:
    content, plan = run.content, run.plan
    assert content["siting_plan"] == 2
    assert content["objective"] == plan.objective
    assert content["bound"] == plan.bound
    assert content["relative_gap"] == 0
    assert content["termination"] == {
        "reason": "feasible",
        "limit": "solver_gap",
        "detail": "",
        "cause": None,
    }
    assert content["years"] == content["certificate"] == {}
    assert content["goals"] == [
        {
            "name": "covered_residents",
            "sense": "maximise",
            "objective": plan.objective,
            "baseline": plan.baseline,
            "bound": plan.bound,
            "certified_bound": None,
            "solver_bound": plan.goals[0].solver_bound,
            "relative_gap": 0,
            "certified_gap": None,
            "within": 1e-4,
            "floor": None,
        }
    ]
    assert content["spend"] == plan.spend
    assert content["budget"] == 1_000_000
    assert content["complete"] == {"before": plan.complete[0], "after": plan.complete[1]}
    assert set(content["coverage"][0]) == {"category", "group", "residents", "before", "after"}
    assert {"offer_id", "site_id", "categories", "cost"} <= set(content["chosen"][0])
    assert set(content["instance"]["digests"]) == {path.name for path in data_files(run)}
    assert content["model"]["name"] == "annual-plan"


def data_files(run: Run) -> list[Path]:
    names = ("instance", "residents", "outlets", "sites", "categories", "offers")
    return [next(run.town.folder.glob(f"{name}.*")) for name in names]


def test_the_file_is_plain_json(run: Run) -> None:
    """JSON has neither NaN nor infinity, though Python writes them."""

    def refuse(constant: str) -> float:
        raise AssertionError(f"{constant} in plan.json")

    json.loads(run.file.read_text(encoding="utf-8"), parse_constant=refuse)


def test_categories_are_lists_and_blanks_are_null(run: Run) -> None:
    lines = {line["offer_id"]: line for line in run.content["chosen"]}
    assert lines["O2"]["categories"] == ["convenience_store", "canteen"]
    assert lines["O2"]["floor_area_m2"] is None


def test_what_is_not_known_is_null(run: Run) -> None:
    stopped = Termination(Reason.FEASIBLE, Limit.TIME)
    unproven = replace(with_bound(run.plan, np.inf), termination=stopped)
    write_plan(unproven, run.folder)
    assert run.content["bound"] is run.content["relative_gap"] is run.content["gain_gap"] is None
    assert run.content["termination"]["limit"] == "time"
    assert verify(run.folder).holds


def test_a_second_plan_replaces_the_first_whole(run: Run) -> None:
    write_plan(replace(run.plan, spend=-1.0), run.folder)
    assert run.content["spend"] == -1.0
    assert [path.name for path in run.folder.iterdir()] == ["plan.json"]


def test_a_write_that_fails_leaves_the_old_plan(run: Run) -> None:
    before = run.file.read_bytes()
    broken = replace(run.plan, versions={"python": object()})  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="not JSON serializable"):
        write_plan(broken, run.folder)
    assert run.file.read_bytes() == before


def test_a_plan_is_read_back(run: Run) -> None:
    file = read_plan_file(run.folder)
    assert set(file.chosen) == set(run.plan.chosen["offer_id"])
    assert file.instance_folder == run.town.folder.resolve()
    assert read_plan_file(run.file).content == file.content


def test_a_folder_without_a_plan(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"found no such file; expected the plan\.json"):
        read_plan_file(tmp_path)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{", "a file that cannot be read"),
        ("[]", "another kind of file"),
        ('{"siting_plan": 2}', "a file without instance, model, goals, spend"),
    ],
)
def test_a_file_that_is_no_plan(text: str, found: str, run: Run) -> None:
    run.file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=f"found {found}"):
        read_plan_file(run.folder)


def test_a_plan_of_a_later_form_is_refused(run: Run) -> None:
    run.change(lambda content: content.update(siting_plan=3))
    with pytest.raises(InputError, match="found another kind of file"):
        verify(run.folder)


def test_a_plan_of_the_older_form_is_refused_with_what_to_do(run: Run) -> None:
    run.change(lambda content: content.update(siting_plan=1))
    with pytest.raises(InputError, match="found a plan of an older version") as caught:
        verify(run.folder)
    assert str(caught.value).endswith("Solve again with this version.")


# --- verifying ----------------------------------------------------------------------------------


def test_a_fresh_run_holds(run: Run) -> None:
    found = verify(run.folder)
    assert found.disagreements == ()
    assert found.holds
    assert found.judgement.objective == run.plan.objective
    assert found.coverage.to_dict("records") == run.content["coverage"]


def test_a_moved_run_is_verified_against_a_named_instance(run: Run) -> None:
    moved = run.folder.rename(run.folder.parents[2] / "elsewhere")
    assert verify(moved, run.town.folder).holds
    with pytest.raises(InputError, match="name where it is now with --instance") as caught:
        verify(moved)
    assert caught.value.problems[0].code == "instance-moved"


def test_a_run_with_another_budget_than_the_folder_holds(run: Run) -> None:
    write_plan(planned(replace(run.town.read(), budget=500_000.0)), run.folder)
    assert run.content["budget"] == 500_000
    assert verify(run.folder).holds


def test_a_run_with_changed_settings_holds(run: Run) -> None:
    overrides = {"walking.speed": "60 m/min"}
    write_plan(planned(read_instance(run.town.folder, overrides=overrides)), run.folder, overrides)
    assert verify(run.folder).holds
    run.change(lambda content: content["instance"].update(overrides={}))
    assert "objective: plan.json says" in run.disagreements()


def test_a_run_says_how_walks_were_measured(run: Run) -> None:
    assert run.content["walking"] == {
        "preset": None,
        "speed": 80.0,
        "groups": {"elderly": 50.0},
        "winter": "none",
        "reading": verify(run.folder).walking,
    }
    run.change(lambda content: content.pop("walking"))
    assert verify(run.folder).holds


def test_a_run_of_a_town_with_barriers_holds(run: Run) -> None:
    line = {"type": "LineString", "coordinates": [[401000, 4500907], [402500, 4500907]]}
    feature = {"type": "Feature", "properties": {}, "geometry": line}
    content = {"type": "FeatureCollection", "features": [feature]}
    run.town.write("rails.geojson", json.dumps(content))
    run.town.write("crossings.csv", "x,y\n401725,4500907\n")
    barriers = "{file: rails.geojson, crs: EPSG:32649}"
    run.town.yaml(TRAVEL, f"straight_line: {{barriers: {barriers}, crossings: crossings.csv}}")
    cut = planned(run.town.read())
    assert cut.objective < run.plan.objective
    write_plan(cut, run.folder)
    assert verify(run.folder).holds
    assert "round barriers (1 lines, 1 crossings)" in run.content["walking"]["reading"]
    run.town.write("crossings.csv", "x,y\n401725,4500907\n402000,4500907\n")
    assert "crossings.csv: the file is not the one" in run.disagreements()


Tamper = Callable[[Content], object]


def twice(key: str, value: Any) -> Tamper:
    """Another value of the most important goal, in both places that say it."""

    def change(content: Content) -> None:
        content[key] = content["goals"][0][key] = value

    return change


def more(key: str, by: float) -> Tamper:
    """The same with a number so much larger."""
    return lambda content: twice(key, content[key] + by)(content)


TAMPERING: dict[str, tuple[Tamper, str]] = {
    "an offer that is not there": (
        lambda c: c["chosen"][0].update(offer_id="gone"),
        "offer gone is chosen and is not in the instance",
    ),
    "another speed": (
        lambda c: c["walking"].update(speed=100.0),
        "walking, speed: plan.json says 100.0, the inputs give 80.0",
    ),
    "another reading": (
        lambda c: c["walking"].update(reading="15 min = 2 km"),
        "walking, reading: plan.json says '15 min = 2 km', the inputs give '80 m/min, ",
    ),
    "no reading at all": (lambda c: c.update(walking=1), "walking, winter: plan.json says None"),
    "an offer less": (lambda c: c["chosen"].pop(), "objective: plan.json says"),
    "an offer twice": (lambda c: c["chosen"].append(c["chosen"][0]), "an offer is chosen twice"),
    "another site": (
        lambda c: c["chosen"][0].update(site_id="S4"),
        "plan.json says 'S4', the inputs give 'S",
    ),
    "another category": (
        lambda c: c["chosen"][0].update(categories=["pharmacy", "canteen"]),
        "plan.json says ['canteen', 'pharmacy'], the inputs give ['",
    ),
    "another cost": (lambda c: c["chosen"][0].update(cost=1.0), "plan.json says 1.00, the inputs"),
    "no cost": (lambda c: c["chosen"][0].pop("cost"), "plan.json says None, the inputs give"),
    "another objective": (more("objective", 1), "covered_residents, objective: plan.json says"),
    "two objectives": (
        lambda c: c.update(objective=c["objective"] + 1),
        "objective: plan.json says two different things of it",
    ),
    "no number as objective": (
        twice("objective", "many"),
        "covered_residents, objective: plan.json says 'many', the inputs give",
    ),
    "another baseline": (twice("baseline", 1.5), "baseline: plan.json says 1.50, the inputs give"),
    "another goal": (
        lambda c: c["goals"][0].update(name="people"),
        "goals: plan.json has people, the model others",
    ),
    "a goal that is none": (
        lambda c: c.update(goals=[1]),
        "goals: plan.json has None, the model others",
    ),
    "another sense": (
        lambda c: c["goals"][0].update(sense="minimise"),
        "covered_residents: its sense or 'within' is not the model's",
    ),
    "another spend": (lambda c: c.update(spend=1), "spend: plan.json says 1.00, the inputs give"),
    "a smaller budget": (lambda c: c.update(budget=20_000.0), ", at most 2 万元"),
    "a bound below the objective": (
        lambda c: c["goals"][0].update(solver_bound=c["objective"] - 10),
        "covered_residents: a bound that the plan itself, 12,860.00, beats",
    ),
    "a better bound than either says": (
        more("bound", -10),
        "covered_residents, bound: plan.json says 12,850.00, the inputs give 12,860.00",
    ),
    "a bound that is no number": (
        twice("bound", float("nan")),
        "covered_residents, bound: plan.json says nan, the inputs give",
    ),
    "a certified bound that is no number": (
        twice("certified_bound", "best"),
        "covered_residents: the bound 'best' is no number",
    ),
    "a certified bound without a certificate": (
        lambda c: twice("certified_bound", c["bound"])(c),
        "certified_bound: plan.json says 12,860.00, the certificate proves nothing",
    ),
    "another gap": (
        twice("relative_gap", 0.25),
        "covered_residents, relative_gap: plan.json says 0.25, the inputs give 0.00",
    ),
    "another gap of what is gained": (
        lambda c: c.update(gain_gap=0.25),
        "gain_gap: plan.json says 0.25, the inputs give 0.00",
    ),
    "a gap without a bound": (
        twice("bound", None),
        "covered_residents, bound: plan.json says None, the inputs give",
    ),
    "more people covered": (
        lambda c: c["coverage"][1].update(after=99999),
        "pharmacy after: plan.json says 99,999.00, the inputs give",
    ),
    "a category left out": (
        lambda c: c["coverage"].pop(0),
        "convenience_store residents: plan.json says None, the inputs give",
    ),
    "more elderly covered": (
        lambda c: c["coverage_by_group"][-1].update(after=99999),
        "after: plan.json says 99,999.00, the inputs give",
    ),
    "no district": (
        lambda c: c.update(coverage_by_district=[]),
        "residents: plan.json says None, the inputs give",
    ),
    "more complete": (
        lambda c: c["complete"].update(after=99999),
        "complete after: plan.json says 99,999.00, the inputs give",
    ),
    "a stricter model": (
        lambda c: c["model"]["subject_to"].append({"locked_out": {"sites": ["S1", "S2", "S3"]}}),
        "locked_out: offer O",
    ),
    "another digest": (
        lambda c: c["instance"]["digests"].update({"sites.csv": "0" * 64}),
        "sites.csv: the file is not the one the plan was made from (digest 000000000000 then, ",
    ),
}


@pytest.mark.parametrize("kind", TAMPERING)
def test_tampering_is_named(kind: str, run: Run) -> None:
    tamper, expected = TAMPERING[kind]
    run.change(tamper)
    assert expected in run.disagreements()
    assert not verify(run.folder).holds


def test_a_changed_input_is_named_though_it_changes_no_number(run: Run) -> None:
    run.town.replace("sites.csv", "Old cinema", "New cinema")
    (line,) = verify(run.folder).disagreements
    assert line.startswith("sites.csv: the file is not the one the plan was made from (digest ")


def test_a_changed_cost_is_named_with_both_numbers(run: Run) -> None:
    run.town.replace("offers.csv", "450000", "450001")
    text = run.disagreements()
    assert "O2 cost: plan.json says 450,000.00, the inputs give 450,001.00" in text
    assert "spend: plan.json says" in text
    assert "offers.csv: the file is not the one" in text


def test_a_missing_input_is_named(run: Run) -> None:
    run.town.path("sites.csv").unlink()
    with pytest.raises(InputError, match=r"sites\.csv"):
        verify(run.folder)


def test_a_missing_instance_is_named(run: Run) -> None:
    with pytest.raises(InputError, match="nowhere"):
        verify(run.folder, run.folder / "nowhere")


def test_verifying_needs_neither_a_solver_nor_what_solvers_see(run: Run) -> None:
    """The judge of a plan must not share code with what made it."""
    code = (
        "import sys, pathlib\n"
        "from siting.plan.verify import verify\n"
        "assert verify(pathlib.Path(sys.argv[1])).holds\n"
        "apart = {'ortools', 'pulp', 'siting.solve', 'siting.program'}\n"
        "apart |= {f'siting.model.{name}' for name in ('formulation', 'rendering')}\n"
        "apart |= {f'siting.blocks.{name}' for name in ('writer', 'variables', 'arrays')}\n"
        "apart |= {name for name in sys.modules if name.endswith('.build')}\n"
        "used = sorted(apart & set(sys.modules))\n"
        "sys.exit(f'imported {used}' if used else 0)\n"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(run.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, done.stderr) == (0, "")
