"""`siting generate`: what it writes, says and refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.cli import main
from siting.coverage import compute_coverage
from siting.inputs import read_instance
from siting.model import formulate, read_model
from siting.solve import SolveSettings, solve


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Runs a command in this process; its exit code."""
    monkeypatch.setattr("sys.argv", ["siting", "generate", *map(str, arguments)])
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


def test_a_city_is_written_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = ("--residents", 50, "--sites", 5, "--categories", 3, "--purchases", 4, "--seed", 9)
    assert call(monkeypatch, "city", *sizes, "-o", tmp_path / "c") == 0
    said = capsys.readouterr().out
    assert "residents: 50\n" in said
    assert "offers: 15\n" in said
    assert said.splitlines()[-1].startswith(f"wrote {tmp_path / 'c'}; next: siting solve ")
    assert len(read_instance(tmp_path / "c").residents) == 50


def test_a_bds_instance_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = ("--facilities", 8, "--demand", 60, "--radius", 7, "--open", 2)
    assert call(monkeypatch, "bds", *sizes, "-o", tmp_path / "b") == 0
    assert "demand points: 60\n" in capsys.readouterr().out
    instance = read_instance(tmp_path / "b")
    assert (len(instance.sites), instance.budget) == (8, 2.0)


def test_a_hard_city_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = ("--residents", 60, "--sites", 9, "--categories", 3, "--most-slots", 1)
    traits = ("--cost-spread", 5, "--served", 0, "--reach", 0.5)
    assert call(monkeypatch, "city", *sizes, *traits, "-o", tmp_path / "c") == 0
    instance = read_instance(tmp_path / "c")
    assert set(instance.sites["slots"]) == {1.0}
    assert not [one for one in instance.warnings if one.code == "odd-cost"]


def test_blocks_are_written_and_solved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = ("--blocks", 60, "--coverers", 9, "--categories", 2, "--open", 4, "--seed", 3)
    assert call(monkeypatch, "blocks", *sizes, "-o", tmp_path / "b") == 0
    said = capsys.readouterr().out
    assert "residents: 60\n" in said
    assert "offers: 120\n" in said
    instance = read_instance(tmp_path / "b")
    program = formulate(instance, compute_coverage(instance), read_model("annual-plan"))
    result = solve(program, SolveSettings(isolate=False, threads=1))
    assert result.values is not None
    assert result.values[program.section("choose").slice].sum() == 4


@pytest.mark.parametrize("wrong", [("--coverers", 61), ("--coverers", 41, "--categories", 3)])
def test_more_coverers_than_blocks_are_refused(
    wrong: tuple[object, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(monkeypatch, "blocks", "--blocks", 60, *wrong, "-o", tmp_path / "b") == 2
    assert "--coverers" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("command", ["city", "bds", "blocks"])
def test_a_folder_in_use_is_refused(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "mine").write_text("x", encoding="utf-8")
    assert call(monkeypatch, command, "-o", tmp_path) == 2
    assert "found files that the generated ones would mix with" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("radius", ["0", "-3"])
def test_a_radius_that_reaches_nobody_is_refused(
    radius: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "bds", "--radius", radius, "-o", tmp_path / "b") == 2
    assert "--radius" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        ("--categories", 57),
        ("--residents", 0),
        ("--seed", -1),
        ("--served", 1),
        ("--most-slots", 0),
    ],
)
def test_sizes_out_of_range_are_refused(
    wrong: tuple[str, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(monkeypatch, "city", *wrong, "-o", tmp_path / "c") == 2
    assert wrong[0] in capsys.readouterr().err


@pytest.mark.parametrize("command", ["city", "bds", "blocks"])
def test_help_has_an_example(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, command, "--help") == 0
    assert f"Example: siting generate {command} " in capsys.readouterr().out
