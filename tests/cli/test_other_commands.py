"""The commands beside `solve`: help, check, verify, explain, export, new and prepare."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from command import MONACO, ROOT, call, copied, edit_plan, plan_in, run, solved_once, start, town

import siting
from siting.blocks.registry import BLOCKS
from siting.cli.app import app
from siting.model import known_models, read_model
from siting.model.explanation import TITLES


def commands_of(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that does something, as the words that call it."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield words
        return
    for name, child in inner.items():
        yield from commands_of(child, (*words, name))


COMMANDS = tuple(commands_of(typer.main.get_command(app)))
HEAVY = ("numpy", "pandas", "geopandas", "scipy", "ortools", "pulp", "shapely", "pyproj", "osmium")


# --- help ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_help_of_every_command_has_an_example(command: tuple[str, ...]) -> None:
    outcome = call(*command, "--help")
    assert outcome.code == 0
    assert f"Example: siting {' '.join(command)} " in outcome.out
    assert outcome.err == ""


def test_the_commands_are_those_that_are_promised() -> None:
    promised = {"solve", "check", "verify", "explain", "export", "new", "prepare osm"}
    assert promised <= {" ".join(command) for command in COMMANDS}


def test_the_short_option_helps_too() -> None:
    assert call("-h") == call("--help")


def test_the_version_is_told() -> None:
    assert call("--version").out == f"siting {siting.__version__}\n"


def test_an_unknown_command_is_refused() -> None:
    outcome = call("dream")
    assert outcome.code == 2
    assert "No such command 'dream'" in outcome.err


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; import siting.cli.app\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(  # noqa: S603 - our own module in our own interpreter
        command, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT / "src")}
    )
    assert loaded.stdout == "[]\n"


def test_help_is_no_error() -> None:
    outcome = run("--help")
    assert (outcome.code, outcome.err) == (0, "")


# --- check --------------------------------------------------------------------------------------


def test_a_sound_instance_has_no_errors(tmp_path: Path) -> None:
    outcome = call("check", town(tmp_path))
    assert outcome.code == 0
    assert outcome.out == (
        "Example town: 12 demand points with 9,090 residents, 3 outlets, 4 sites, 3 categories, "
        "12 offers\nwalking: 80 m/min, elderly 50 m/min, straight line x 1.25; "
        "15 min = 1,200 m of path, elderly 750 m\nno errors, 0 warnings\n"
    )


def test_warnings_are_listed_and_counted(tmp_path: Path) -> None:
    """A hamlet that nothing reaches."""
    instance = town(tmp_path)
    with (instance / "residents.csv").open("a", encoding="utf-8") as file:
        file.write("R13,409000,4509000,50,10,East\n")
    outcome = call("check", instance)
    assert outcome.code == 0
    warnings = [line for line in outcome.out.splitlines() if line.startswith("warning: ")]
    assert any(re.search(r"found 1 points? with 50 people.*\(R13", line) for line in warnings)
    assert outcome.out.splitlines()[-1].startswith(f"no errors, {len(warnings)} warning")


def test_a_model_that_does_not_fit_is_told(tmp_path: Path) -> None:
    model = tmp_path / "model.yaml"
    model.write_text(
        "siting_model: 1\nname: locked\nmaximise: [covered_residents]\n"
        "subject_to:\n  - locked_in: {offers: [nothing]}\n",
        encoding="utf-8",
    )
    outcome = call("check", town(tmp_path), "-m", model)
    assert outcome.code == 2
    assert "'nothing'" in outcome.err
    assert outcome.out == ""


# --- verify -------------------------------------------------------------------------------------


@pytest.fixture
def made(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> tuple[Path, Path]:
    """The template town and a run folder beside it, to be changed."""
    return copied(solved_once(tmp_path_factory.getbasetemp() / "solved"), tmp_path)


def test_a_swapped_offer_is_exit_6_with_both_numbers(made: tuple[Path, Path]) -> None:
    _, out = made
    chosen = plan_in(out)["chosen"]
    taken = {offer["offer_id"] for offer in chosen}
    other = next(
        f"{site}:canteen" for site in ("S4", "S3", "S2", "S1") if f"{site}:canteen" not in taken
    )
    swapped = chosen[0] | {"offer_id": other, "site_id": other[:2], "categories": ["canteen"]}
    edit_plan(out, chosen=[swapped, *chosen[1:]])
    outcome = call("verify", out)
    assert outcome.code == 6
    said = r"disagrees: .*objective: plan\.json says 16,540\.00, the inputs give [\d,.]+\n"
    assert re.search(said, outcome.err)
    assert outcome.err.endswith(f"the plan in {out} does not hold\n")
    assert outcome.out == ""


def test_an_instance_that_has_moved_is_named(made: tuple[Path, Path], tmp_path: Path) -> None:
    instance, out = made
    moved = tmp_path / "elsewhere"
    shutil.move(instance, moved)
    lost = call("verify", out)
    assert lost.code == 2
    assert "--instance" in lost.err
    found = call("verify", out, "--instance", moved)
    assert found.code == 0
    assert "holds: objective 16,540" in found.out


def test_a_run_and_its_instance_may_move_together(made: tuple[Path, Path], tmp_path: Path) -> None:
    instance, out = made
    away = tmp_path / "away"
    away.mkdir()
    for folder in (instance, out):
        shutil.move(folder, away / folder.name)
    assert call("verify", away / out.name).code == 0


def test_a_changed_input_is_told(made: tuple[Path, Path]) -> None:
    instance, out = made
    residents = instance / "residents.csv"
    residents.write_text(residents.read_text(encoding="utf-8").replace("820", "821"), "utf-8")
    outcome = call("verify", out)
    assert outcome.code == 6
    assert "residents.csv: the file is not the one the plan was made from" in outcome.err


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda plan: plan.update(chosen=None), id="nothing chosen"),
        pytest.param(lambda plan: plan.update(chosen=[{}]), id="an offer without an id"),
        pytest.param(lambda plan: plan["chosen"][0].update(categories=3), id="categories a number"),
        pytest.param(lambda plan: plan.update(coverage=[{}]), id="coverage of nothing"),
        pytest.param(lambda plan: plan.update(complete={}), id="complete without numbers"),
        pytest.param(lambda plan: plan.update(budget="much"), id="budget a word"),
        pytest.param(lambda plan: plan.update(instance=5), id="instance a number"),
        pytest.param(lambda plan: plan["instance"].pop("folder"), id="no folder"),
        pytest.param(lambda plan: plan["instance"].update(overrides=[1]), id="overrides a list"),
        pytest.param(lambda plan: plan["instance"].update(digests=None), id="no digests"),
        pytest.param(lambda plan: plan.update(model={}), id="no model"),
    ],
)
def test_a_plan_file_with_a_broken_part_is_wrong_input(
    made: tuple[Path, Path], change: Change
) -> None:
    _, out = made
    content = plan_in(out)
    change(content)
    (out / "plan.json").write_text(json.dumps(content), encoding="utf-8")
    outcome = call("verify", out)
    assert outcome.code in (2, 6)
    assert outcome.err.startswith(("error: ", "disagrees: "))
    assert outcome.out == ""


def test_every_broken_part_of_a_plan_file_is_named(made: tuple[Path, Path]) -> None:
    _, out = made
    chosen = [{"offer_id": "S1:canteen", "categories": 3}]
    edit_plan(out, chosen=chosen, budget="much", complete={"before": 1})
    outcome = call("verify", out)
    assert outcome.code == 2
    for part in ("chosen.0.categories", "budget", "complete.after"):
        assert f"a part that is missing or of the wrong kind ({part})" in outcome.err


@pytest.mark.parametrize("fault", [KeyError, TypeError, ValueError, AttributeError])
def test_a_fault_of_the_program_is_not_blamed_on_the_plan_file(
    made: tuple[Path, Path], fault: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise fault("our own")

    monkeypatch.setattr(sys.modules["siting.plan.verify"], "check", fail)
    with pytest.raises(fault, match="our own"):
        call("verify", made[1])


@pytest.mark.parametrize("text", ["", "[", "[]", "null", "{}", '"plan"', "\udcff"])
def test_a_file_that_is_no_plan_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    outcome = call("verify", tmp_path)
    assert outcome.code == 2
    assert "expected the plan.json of a run folder" in outcome.err


def test_a_folder_without_a_plan_is_refused(tmp_path: Path) -> None:
    outcome = call("verify", tmp_path)
    assert outcome.code == 2
    assert "found no such file; expected the plan.json of a run folder" in outcome.err


# --- explain ------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", known_models())
def test_a_model_is_explained_block_by_block(model: str) -> None:
    outcome = call("explain", model)
    assert outcome.code == 0
    spec = read_model(model)
    goals = [block for goal in spec.goals for block, _weight in goal.parts]
    for block in (*goals, *spec.subject_to):
        assert block.block in outcome.out
        assert block.reads in outcome.out
    assert outcome.out.count("\\") >= len(spec.subject_to)


def test_every_block_is_called_something_in_chinese() -> None:
    assert set(TITLES) == set(BLOCKS)


def test_a_model_is_explained_in_chinese() -> None:
    told = call("explain", "least-money", "--lang", "zh").out.splitlines()
    heads = [line.strip() for line in told if line[:2].strip() or line[2:3].strip()]
    assert heads == [
        "least-money",
        "最小化目标 1",
        "使用资金（least_money）",
        "最大化目标 2",
        "覆盖人次（居民×业态）（covered_residents）",
        "约束条件",
        "点位容量（site_slots）",
        "同一点位同一业态只建一个（category_once_per_site）",
        "点位允许的业态（allowed_categories）",
        "居民覆盖率下限（covered_share：至少：80 %；业态：社区食堂/老年助餐点）",
    ]


def test_an_unknown_model_is_refused() -> None:
    outcome = call("explain", "monthly-plan")
    assert outcome.code == 2
    assert "expected one of annual-plan" in outcome.err


# --- new ----------------------------------------------------------------------------------------


def test_a_new_folder_can_be_solved_at_once(tmp_path: Path) -> None:
    outcome = call("new", tmp_path / "city")
    assert outcome.code == 0
    assert outcome.out.startswith(f"wrote {tmp_path / 'city'}; next: siting check ")
    assert call("solve", tmp_path / "city", "-o", tmp_path / "run").code == 0


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "city").mkdir()
    (tmp_path / "city" / "mine.txt").write_text("keep", encoding="utf-8")
    outcome = call("new", tmp_path / "city")
    assert outcome.code == 2
    assert "expected an empty or a new folder" in outcome.err
    assert [path.name for path in (tmp_path / "city").iterdir()] == ["mine.txt"]


# --- files that cannot be written ---------------------------------------------------------------


@pytest.mark.parametrize("place", ["file/x", "folder"])
@pytest.mark.parametrize("option", ["--lp", "--mps"])
def test_a_model_file_that_cannot_be_written_is_named(
    tmp_path: Path, option: str, place: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    outcome = call("export", town(tmp_path), option, tmp_path / place)
    assert outcome.code == 2
    assert outcome.err.startswith(f"error: {tmp_path / place}: ")
    assert outcome.err.count("\n") == 1


def test_a_new_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    outcome = call("new", tmp_path / "file" / "city")
    assert outcome.code == 2
    assert outcome.err == f"error: {tmp_path / 'file' / 'city'}: Not a directory\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_no_traceback() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "siting", "explain", "annual-plan"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={"PYTHONPATH": str(ROOT / "src")},
        )
    assert ended.returncode == 2
    assert ended.stderr == "error: a file: No space left on device\n"


def test_what_solvers_print_past_python_is_not_shown() -> None:
    code = (
        "import os\nfrom siting.cli.output import own_output\n"
        "with own_output(): os.write(1, b'a solver'); print('我们')\n"
    )
    ended = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"},
    )
    assert ended.stdout.decode().strip() == "我们"


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    with start("explain", "annual-plan") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()
    assert err == ""


# --- prepare ------------------------------------------------------------------------------------


def test_monaco_is_made_again_from_its_source(tmp_path: Path) -> None:
    source, mapping = MONACO / "source" / "monaco.osm.pbf", MONACO / "prepare.yaml"
    outcome = call("prepare", "osm", source, "--mapping", mapping, "-o", tmp_path / "monaco")
    assert outcome.code == 0
    assert outcome.err == ""
    assert "residents (people): 39,050\n" in outcome.out
    made = sorted((tmp_path / "monaco").iterdir())
    assert {path.name for path in made} >= {"instance.yaml", "residents.csv.gz", "offers.csv.gz"}
    for path in made:
        assert path.read_bytes() == (MONACO / path.name).read_bytes(), path.name


def test_a_source_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "map").write_text("no map", encoding="utf-8")
    out = tmp_path / "out"
    for source in (tmp_path / "map", tmp_path / "nowhere.osm.pbf"):
        mapping = MONACO / "prepare.yaml"
        outcome = call("prepare", "osm", source, "--mapping", mapping, "-o", out)
        assert outcome.code == 2
        assert outcome.err.startswith(f"error: {source}: ")
    assert not out.exists()
