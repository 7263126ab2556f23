"""`siting solve`: what it writes, says and ends with."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from command import MONACO, Outcome, call, copied, edit_plan, plan_in, run, solved_once, town

from siting.inputs import read_instance

LAST = re.compile(r"objective [\d,]+, bound [\d,]+, gap [\d.]+ %, .+, plan in .+")


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Outcome]:
    """The template town, a run folder, and how the solve went, in a process of its own."""
    return solved_once(tmp_path_factory.getbasetemp() / "solved")


@pytest.fixture
def made(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> tuple[Path, Path]:
    """The template town and a run folder beside it, to be changed."""
    return copied(solved_once(tmp_path_factory.getbasetemp() / "solved"), tmp_path)


def locked_model(folder: Path, *offers: str, extra: str = "") -> Path:
    """A model that must contain these offers."""
    text = (
        "siting_model: 1\nname: locked\nmaximise: [covered_residents]\n"
        f"subject_to:\n  - budget: {{}}\n  - locked_in: {{offers: [{', '.join(offers)}]}}\n" + extra
    )
    path = folder / "locked.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_plan_that_meets_the_gap_is_exit_0(solved: tuple[Path, Path, Outcome]) -> None:
    assert solved[2].code == 0


def test_every_file_of_the_run_is_there(solved: tuple[Path, Path, Outcome]) -> None:
    names = {path.name for path in solved[1].iterdir()}
    assert {"plan.json", "certificate.json", "plan.xlsx", "plan.gpkg", "log.txt"} <= names
    assert not [name for name in names if name.endswith(".part")]


def test_the_last_line_says_objective_bound_gap_reason_and_folder(
    solved: tuple[Path, Path, Outcome],
) -> None:
    _, out, outcome = solved
    assert outcome.last == (f"objective 16,540, bound 16,540, gap 0 %, optimal, plan in {out}")


def test_a_pipe_gets_the_summary_and_nothing_else(solved: tuple[Path, Path, Outcome]) -> None:
    outcome = solved[2]
    assert outcome.err == ""
    assert outcome.out.startswith("instance ")
    assert "\x1b" not in outcome.out


def test_the_log_ends_with_what_was_said(solved: tuple[Path, Path, Outcome]) -> None:
    _, out, outcome = solved
    log = (out / "log.txt").read_text(encoding="utf-8")
    assert log.endswith(outcome.out)
    assert re.search(r"\d\.\d\d s  greedy: best [\d,]+, bound ", log)
    assert re.search(r"\d\.\d\d s  solve took \d+\.\d\d s", log)


def test_the_plan_says_what_the_last_line_says(solved: tuple[Path, Path, Outcome]) -> None:
    plan = plan_in(solved[1])
    assert (plan["objective"], plan["bound"], plan["relative_gap"]) == (16_540, 16_540, 0)
    (goal,) = plan["goals"]
    assert (goal["certified_bound"], goal["certified_gap"]) == (16_540, 0)
    assert (plan["termination"]["reason"], plan["termination"]["limit"]) == ("optimal", None)
    assert plan["spend"] <= plan["budget"] == 1_000_000


def test_the_plan_verifies(solved: tuple[Path, Path, Outcome]) -> None:
    outcome = call("verify", solved[1])
    assert outcome.code == 0
    assert "holds: objective 16,540" in outcome.out


def test_monaco_is_solved_to_its_gap(tmp_path: Path) -> None:
    outcome = call("solve", MONACO, "-o", tmp_path)
    assert outcome.code == 0
    assert LAST.fullmatch(outcome.last)
    plan = plan_in(tmp_path)
    assert plan["relative_gap"] <= 0.001
    assert plan["objective"] == pytest.approx(373_892, rel=0.001)
    assert call("verify", tmp_path).code == 0


# --- options ------------------------------------------------------------------------------------


def test_json_on_standard_output_is_the_plan_file(tmp_path: Path) -> None:
    """Also where the encoding holds no Chinese."""
    outcome = run(
        *("solve", town(tmp_path), "-o", tmp_path / "run", "--json"),
        env={"PYTHONIOENCODING": "ascii"},
    )
    assert (outcome.code, outcome.err) == (0, "")
    assert json.loads(outcome.out) == plan_in(tmp_path / "run")


def test_timings_tell_every_stage(tmp_path: Path) -> None:
    outcome = call("solve", town(tmp_path), "-o", tmp_path / "run", "--timings")
    assert outcome.code == 0
    for stage in ("read", "coverage", "formulate", "solve", "plan", "report"):
        assert re.search(rf"^{stage} +\d+\.\d\d s$", outcome.out, re.MULTILINE), stage
    assert re.search(r"^all +\d+\.\d\d s, (peak )?memory", outcome.out, re.MULTILINE)
    assert "plan in" in outcome.last


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("800,000元", 8e5),
        pytest.param("8e5 CNY", 8e5, marks=pytest.mark.slow),
        pytest.param("0", 0.0, marks=pytest.mark.slow),
        pytest.param("90万元", 9e5, marks=pytest.mark.slow),
    ],
)
def test_a_budget_is_read_with_its_unit(tmp_path: Path, text: str, budget: float) -> None:
    outcome = call("solve", town(tmp_path), "-o", tmp_path / "run", "--budget", text)
    assert outcome.code == 0
    plan = plan_in(tmp_path / "run")
    assert plan["budget"] == budget
    assert plan["spend"] <= budget


def test_less_budget_covers_less(solved: tuple[Path, Path, Outcome], tmp_path: Path) -> None:
    assert call("solve", solved[0], "-o", tmp_path / "run", "-b", "10万").code == 0
    assert plan_in(tmp_path / "run")["objective"] < plan_in(solved[1])["objective"]


def test_a_value_of_the_instance_can_be_set_for_one_run(tmp_path: Path) -> None:
    instance, out = town(tmp_path), tmp_path / "run"
    slower = call("solve", instance, "-o", out, "--set", "walking.speed=60 m/min")
    assert slower.code == 0
    reading = "60 m/min, elderly 50 m/min, straight line x 1.25; 15 min = 900 m of path"
    assert f"walking                             {reading}" in slower.out
    assert plan_in(out)["instance"]["overrides"] == {"walking.speed": "60 m/min"}
    assert call("verify", out).code == 0


@pytest.mark.parametrize(
    ("backend", "cold"),
    [
        ("cp_sat", ()),
        ("highs", ("--cold",)),
        ("gscip", ("--cold",)),
        pytest.param("highs", (), marks=pytest.mark.slow),
        pytest.param("gscip", (), marks=pytest.mark.slow),
        pytest.param("cp_sat", ("--cold",), marks=pytest.mark.slow),
    ],
)
def test_every_backend_gives_the_same_objective(
    tmp_path: Path, backend: str, cold: tuple[str, ...]
) -> None:
    out = tmp_path / "run"
    outcome = call("solve", town(tmp_path), "-o", out, "--backend", backend, "--gap", "0%", *cold)
    # A backend alone leaves nothing that proves what it says.
    assert outcome.code == (3 if cold else 0)
    assert ("optimal" in outcome.last) == (not cold)
    assert plan_in(out)["objective"] == 16_540


def test_a_run_folder_may_be_used_again(made: tuple[Path, Path]) -> None:
    instance, out = made
    assert plan_in(out)["objective"] == 16_540
    assert call("solve", instance, "-o", out, "--budget", "0").code == 0
    assert plan_in(out)["chosen"] == []
    assert call("verify", out).code == 0


# --- wrong input: exit 2 ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--budget", "5 USD"), "--budget: found '5 USD'; expected an amount of at least 0"),
        (("--budget", "-5"), "--budget: found '-5'; expected an amount of at least 0"),
        (("--budget", ""), "--budget: found ''; expected an amount of at least 0"),
        (("--budget", "1e400"), "--budget: found '1e400'; expected an amount of at least 0"),
        (("--time-limit", "0s"), "--time-limit: found '0s'; expected a duration above 0"),
        (("--time-limit", "60"), "--time-limit: found '60'; expected a duration above 0"),
        (("--gap", "5"), "--gap: found '5'; expected a share from 0% to 100%"),
        (("--gap", "150%"), "--gap: found '150%'; expected a share from 0% to 100%"),
        (("--gap", "100%"), "--gap: found '100%'; expected a share below 100%"),
        (("--backend", "abacus"), "--backend: found 'abacus'; expected one of auto, highs"),
        (("--set", "speed"), "--set: found 'speed'; expected KEY=VALUE"),
        (("--set", "=5"), "--set: found '=5'; expected KEY=VALUE"),
        (("--set", "walking.pace=1"), "found the unknown key 'pace'"),
        (("--set", "walking.speed=90"), "override walking.speed: found the bare number 90"),
        (("--model", "monthly"), "model monthly: found neither a file nor a model named 'monthly'"),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused(
    tmp_path: Path, options: tuple[str, str], message: str
) -> None:
    outcome = call("solve", town(tmp_path), "-o", tmp_path / "run", *options)
    assert outcome.code == 2
    assert message in outcome.err
    assert outcome.err.endswith("1 problem found\n")
    assert outcome.out == ""
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--seed", "-1"), "Invalid value for '--seed'"),
        (("--seed", "2147483648"), "Invalid value for '--seed'"),
        (("--threads", "0"), "Invalid value for '--threads'"),
        (("--colour", "red"), "No such option: --colour"),
    ],
)
def test_an_option_out_of_its_range_is_refused(
    tmp_path: Path, options: tuple[str, str], message: str
) -> None:
    outcome = call("solve", town(tmp_path), "-o", tmp_path / "run", *options)
    assert outcome.code == 2
    assert message in outcome.err


def test_all_problems_of_the_input_are_listed(tmp_path: Path) -> None:
    instance = town(tmp_path)
    residents = (instance / "residents.csv").read_text(encoding="utf-8")
    (instance / "residents.csv").write_text(residents.replace("820", "-820").replace("R03", "R02"))
    sites = (instance / "sites.csv").read_text(encoding="utf-8")
    (instance / "sites.csv").write_text(sites.replace("401400", "east"))
    outcome = call("solve", instance, "-o", tmp_path / "run")
    assert outcome.code == 2
    lines = outcome.err.splitlines()
    assert len(lines) >= 4
    assert all(line.startswith("error: ") for line in lines[:-1])
    assert lines[-1] == f"{len(lines) - 1} problems found"
    assert {line.split()[1].split(".")[0] for line in lines[:-1]} == {"residents", "sites"}


@pytest.mark.parametrize("bad", ["file", "below a file", "no place"])
def test_an_output_folder_that_cannot_be_is_refused_before_the_work(
    tmp_path: Path, bad: str
) -> None:
    file = tmp_path / "file"
    file.touch()
    nowhere = Path("/proc/nowhere") if os.name == "posix" else file / "a" / "b"
    out = {"file": file, "below a file": file / "run", "no place": nowhere}[bad]
    outcome = call("solve", town(tmp_path), "-o", out)
    assert outcome.code == 2
    assert f"error: --out: found {out}, which cannot be written to (" in outcome.err
    assert outcome.out == ""


@pytest.mark.parametrize("name", ["plan.xlsx", "plan.gpkg"])
def test_a_report_that_cannot_be_written_costs_no_plan(tmp_path: Path, name: str) -> None:
    """As a workbook that is open in Excel."""
    out = tmp_path / "run"
    (out / name).mkdir(parents=True)
    outcome = call("solve", town(tmp_path), "-o", out)
    assert outcome.code == 0
    assert "warning: the report is not complete: " in outcome.err
    assert name in outcome.err
    assert call("verify", out).code == 0


def test_a_plan_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    out = tmp_path / "run"
    (out / "plan.json").mkdir(parents=True)
    outcome = call("solve", town(tmp_path), "-o", out)
    assert outcome.code == 2
    assert re.fullmatch(r"error: .*plan\.json.*: Is a directory\n", outcome.err)


@pytest.mark.parametrize("what", ["nowhere", "a file"])
def test_an_instance_that_is_none_is_refused(tmp_path: Path, what: str) -> None:
    (tmp_path / "a file").touch()
    outcome = call("solve", tmp_path / what, "-o", tmp_path / "run")
    assert outcome.code == 2
    assert outcome.err.startswith("error: instance.yaml: found ")


# --- the other ends -----------------------------------------------------------------------------


def test_a_time_limit_that_is_too_short_is_exit_3_with_a_plan(tmp_path: Path) -> None:
    out, words = tmp_path / "run", ("--time-limit", "0.001ms", "--gap", "0%")
    # A small town may be proven before anybody looks at the clock; with so little money, none is.
    outcome = call("solve", MONACO, "--budget", "50万", "-o", out, *words)
    assert outcome.code == 3
    assert LAST.fullmatch(outcome.last)
    assert "time limit reached" in outcome.last
    plan = plan_in(out)
    assert plan["termination"]["limit"] == "time"
    assert plan["goals"][0]["certified_gap"] > 0
    assert call("verify", out).code == 0


def test_warnings_of_the_input_go_to_standard_error(tmp_path: Path) -> None:
    folder = town(tmp_path)
    with (folder / "residents.csv").open("a", encoding="utf-8") as residents:
        residents.write("far,401200,4601300,1108,0,East\n")
    outcome = call("solve", folder, "-o", tmp_path / "run")
    assert "warning: residents: found 1 point with 1,108 people" in outcome.err
    assert "warning:" not in outcome.out


def conflicts_in(text: str) -> set[str]:
    """The rows that a message says cannot hold together."""
    rest = text.strip().partition("cannot hold together: ")[2]
    return set(rest.splitlines()[0].split(", "))


def test_decided_offers_above_the_budget_are_exit_4_and_the_row_is_named(tmp_path: Path) -> None:
    instance = town(tmp_path)
    every = list(read_instance(instance).offers["offer_id"])
    outcome = call("solve", instance, "-o", tmp_path / "run", "-m", locked_model(tmp_path, *every))
    why = outcome.err
    assert outcome == Outcome(4, "", why)
    assert why.startswith("no plan: infeasible: cannot hold together: ")
    assert {"budget", *(f"locked_in[{offer}]" for offer in every)} <= conflicts_in(why)
    assert not (tmp_path / "run" / "plan.json").exists()
    assert (tmp_path / "run" / "log.txt").read_text(encoding="utf-8").endswith(why)


def test_a_decided_offer_that_is_not_allowed_is_exit_4_and_named_too(tmp_path: Path) -> None:
    instance = town(tmp_path)
    model = locked_model(tmp_path, "S2:pharmacy", extra="  - allowed_categories: {}\n")
    outcome = call("solve", instance, "-o", tmp_path / "run", "-m", model, "--budget", "1元")
    assert (outcome.code, outcome.out) == (4, "")
    named = {"budget", "locked_in[S2:pharmacy]", "allowed_categories[S2:pharmacy]"}
    assert named <= conflicts_in(outcome.err)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"objective": 99_999.0}, "objective: plan.json says two different things of it"),
        ({"spend": 1.0}, "spend: plan.json says 1.00, the inputs give "),
    ],
)
def test_a_plan_with_another_number_is_exit_6(
    made: tuple[Path, Path], change: dict[str, Any], said: str
) -> None:
    _, out = made
    edit_plan(out, **change)
    outcome = call("verify", out)
    assert outcome.code == 6
    assert f"disagrees: {said}" in outcome.err
    assert outcome.err.endswith(f"the plan in {out} does not hold\n")


def test_a_block_that_limits_nothing_is_told(tmp_path: Path) -> None:
    folder = town(tmp_path)
    sites = pd.read_csv(folder / "sites.csv", dtype=str).drop(columns="slots")
    sites.to_csv(folder / "sites.csv", index=False)
    outcome = call("solve", folder, "-o", tmp_path / "run")
    assert outcome.code == 0
    assert "warning: annual-plan.yaml" in outcome.err
    assert "sites without a column 'slots', and no default" in outcome.err
