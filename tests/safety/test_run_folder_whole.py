"""A run folder is one thing: killed, crowded, full or edited, it is the old plan or the new one."""

from __future__ import annotations

import errno
import json
import os
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import edits
import pytest
from command import call, copied, plan_in, solved_once

from siting.folder_lock import LOCK_FILE, locked
from siting.plan import staging
from siting.plan.plan_file import OURS
from siting.plan.staging import NEW, READY, replacing, settle
from siting.report.report_files import TARGETS

OLD, NEWER = {"a": "old a", "b": "old b", "sub/c": "old c"}, {"a": "new a", "sub/d": "new d"}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


class Killed(BaseException):
    """Stands for a SIGKILL: nothing may tidy up after it."""


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts what changes names on the disk, and kills at one of them."""
    left: list[int] = []

    def counting(whole: Any) -> Any:
        def change(*arguments: Any, **more: Any) -> Any:
            if left and left[0] == 0:
                raise Killed
            if left:
                left[0] -= 1
            return whole(*arguments, **more)

        return change

    for name in ("rename", "replace", "unlink", "rmdir"):
        monkeypatch.setattr(Path, name, counting(getattr(Path, name)))
    monkeypatch.setattr(shutil, "rmtree", counting(shutil.rmtree))
    return left


@pytest.mark.parametrize("at", range(16))
def test_killed_at_any_change_it_is_the_old_or_the_new(
    tmp_path: Path, changes: list[int], at: int
) -> None:
    folder = tmp_path / "run"
    write(folder, {**OLD, "mine": "of the user"})
    changes.append(at)
    try:
        with replacing(folder, ["a", "b", "sub/c"]) as new:
            write(new, NEWER)
    except Killed:
        pass
    changes.clear()
    settle(folder)
    shutil.rmtree(folder / NEW, ignore_errors=True)
    (folder / LOCK_FILE).unlink(missing_ok=True)
    assert contents(folder) in [{**OLD, "mine": "of the user"}, {**NEWER, "mine": "of the user"}]


def test_what_fails_leaves_the_old_one(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    write(folder, OLD)
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(OSError, match="No space"), replacing(folder, ["a", "b"]):
        raise full
    assert contents(folder) == OLD


@pytest.mark.parametrize("name", ["a", "sub", READY, NEW, LOCK_FILE])
def test_links_in_a_run_folder_are_not_written_through(tmp_path: Path, name: str) -> None:
    folder, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    write(elsewhere, {"keep": "as it is"})
    folder.mkdir()
    target = elsewhere if name in ("sub", READY, NEW) else elsewhere / "keep"
    (folder / name).symlink_to(target)
    try:
        with replacing(folder, ["sub/keep"]) as new:
            write(new, {"a": "x", "sub/keep": "y"})
    except OSError:
        assert name in (LOCK_FILE, READY)
    assert contents(elsewhere) == {"keep": "as it is"}


@pytest.mark.parametrize("name", ["../keep", "/keep", "", ".", "sub/../../keep"])
def test_a_strangers_list_of_old_files_stays_inside(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "run"
    write(tmp_path, {"keep": "as it is", "run/a": "a"})
    write(folder / READY, {".outdated": json.dumps([name]), "b": "b"})
    settle(folder)
    assert contents(tmp_path) == {"keep": "as it is", "run/a": "a", "run/b": "b"}


def test_all_parts_of_a_report_are_known() -> None:
    assert set(TARGETS.values()) < set(OURS)


def test_a_lock_of_a_dead_process_is_none(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).write_text('{"pid": 1, "host": "here", "since": 0}')
    with locked(tmp_path):
        assert (tmp_path / LOCK_FILE).exists()
    assert not (tmp_path / LOCK_FILE).exists()


@pytest.fixture
def plan(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """A run folder beside its instance, to spoil."""
    return copied(solved_once(tmp_path_factory.getbasetemp() / "solved"), tmp_path)[1]


def test_parts_of_an_older_plan_go(plan: Path) -> None:
    write(plan, {"plan.docx": "old", "mine.txt": "kept"})
    call("report", plan, "--only", "geojson")
    assert call("solve", plan.parent / "town", "-o", plan, "--budget", "40万").code == 0
    there = {path.name for path in plan.iterdir()}
    assert "mine.txt" in there
    assert "plan.docx" not in there
    assert set(plan_in(plan)["parts"]) == {"report.html", "plan.xlsx", "plan.gpkg"}
    assert call("verify", plan).err == ""


@pytest.fixture(scope="module")
def poorer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of another plan of the same instance."""
    town = solved_once(tmp_path_factory.getbasetemp() / "solved")[0]
    folder = tmp_path_factory.mktemp("poorer") / "run"
    assert call("solve", town, "-o", folder, "--budget", "40万").code == 0
    return folder


@pytest.mark.parametrize("name", ["report.html", "plan.xlsx", "plan.gpkg"])
def test_parts_of_another_plan_are_noticed(plan: Path, poorer: Path, name: str) -> None:
    shutil.copyfile(poorer / name, plan / name)
    done = call("verify", plan)
    assert done.code == 6
    assert f"{name}: the file is not the one that was written for this plan" in done.err


def test_a_workbook_that_was_worked_in_is_still_of_its_plan(plan: Path) -> None:
    with zipfile.ZipFile(plan / "plan.xlsx", "a") as book:
        book.writestr("xl/more.xml", "<more/>")
    done = call("verify", plan)
    assert done.code == 0
    assert "plan.xlsx: it was changed since it was written" in done.err
    digest = plan_in(plan)["digest"]
    with zipfile.ZipFile(plan / "plan.xlsx") as book:
        parts = {one: book.read(one) for one in book.namelist()}
    with zipfile.ZipFile(plan / "plan.xlsx", "w") as book:
        for one, part in parts.items():
            book.writestr(one, part.replace(digest.encode(), b"0" * 64))
    assert call("verify", plan).code == 6


def test_a_missing_part_is_said_and_can_be_written_again(plan: Path) -> None:
    (plan / "report.html").unlink()
    assert "report.html: it is missing" in call("verify", plan).err
    assert call("report", plan, "--only", "page").code == 0
    assert call("verify", plan).err == ""


def test_an_unnamed_part_is_noticed(plan: Path) -> None:
    content = plan_in(plan)
    del content["parts"]["report.html"]
    (plan / "plan.json").write_text(json.dumps(content))
    assert "report.html: plan.json does not name this file" in call("verify", plan).err


def one_of_each_kind(every: Iterable[edits.Edit]) -> list[edits.Edit]:
    """One of the edits of each key, whatever the lists it stands in."""
    kinds: dict[tuple[object, ...], list[edits.Edit]] = {}
    for place, new in every:
        kind = tuple(step for step in place if isinstance(step, str))
        kinds.setdefault(kind, []).append((place, new))
    return [some[number % len(some)] for number, some in enumerate(kinds.values())]


CHOICES = [
    pytest.param(one_of_each_kind, id="few"),
    pytest.param(list, id="all", marks=pytest.mark.slow),
]


@pytest.mark.parametrize("choose", CHOICES)
@pytest.mark.parametrize("name", edits.FILES)
def test_every_edit_and_deletion_is_noticed(plan: Path, name: str, choose: edits.Choose) -> None:
    """What `parts` says of a file may be a remark."""
    for place, how in edits.tried_on(plan, name, choose):
        assert how in ("refused", "disagrees") or (how == "remark" and place[0] == "parts"), place


def contents_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != LOCK_FILE}


FAULTS = [
    errno.ENOSPC,
    errno.EACCES,
    *(pytest.param(one, marks=pytest.mark.slow) for one in (errno.EDQUOT, errno.EROFS, errno.EIO)),
]


@pytest.mark.parametrize("fault", FAULTS, ids=errno.errorcode.get)
def test_a_disk_that_takes_no_more_costs_one_sentence(
    plan: Path, fault: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise OSError(fault, os.strerror(fault), "plan.json")

    monkeypatch.setattr(staging, "_write_through", refuse)
    before = contents_of(plan)
    solve = call("solve", plan.parent / "town", "-o", plan, "--budget", "40万")
    assert (solve.code, solve.err) == (2, f"error: plan.json: {os.strerror(fault)}\n")
    report = call("report", plan, "--only", "page")
    assert report.code == 2
    assert os.strerror(fault) in report.err
    monkeypatch.undo()
    assert contents_of(plan) == before
    assert call("verify", plan).err == ""


@pytest.mark.parametrize("mask", [pytest.param(0o000, marks=pytest.mark.slow), 0o077, 0o177])
def test_any_umask_gives_a_whole_plan(plan: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        done = call("report", plan, "--only", "page")
    finally:
        os.umask(before)
    assert done.code == 0
    assert call("verify", plan).err == ""
