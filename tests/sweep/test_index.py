"""The index: claims, results, and two processes that write at once."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from small_sweeps import outcome

from siting.errors import InputError
from siting.sweep import Choice, Outcome, Point, PointFailure, SweepIndex, read_index
from siting.sweep.claims import HEARTBEAT_LIMIT, Owner, is_alive, process_start
from siting.sweep.index import Entry
from siting.sweep.index_whole import is_whole
from siting.units import Currency

ME = Owner.this()
ELSEWHERE = Owner("another-host", 17, "123")
SOURCE = Path(__file__).parents[2] / "src"


def entries(count: int) -> list[Entry]:
    points = [Point(Path("/d"), "m", {"budget": float(number)}) for number in range(count)]
    return [Entry(p, f"id{n}", f"folder{n}", f"name{n}") for n, p in enumerate(points)]


@pytest.fixture
def index(tmp_path: Path) -> SweepIndex:
    made = SweepIndex(tmp_path)
    made.enlist("s", {"draws": 0}, entries(3))
    return made


def dead() -> Owner:
    """A process of this machine that has ended."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
        owner = Owner(ME.host, child.pid, process_start(child.pid) or "")
        child.kill()
    return owner


# --- who lives ----------------------------------------------------------------------------------


def test_this_process_lives_and_an_ended_one_does_not() -> None:
    assert is_alive(ME, silent=1e9)
    assert not is_alive(dead(), silent=0.0)


def test_another_process_under_the_same_number_is_another_owner() -> None:
    assert not is_alive(replace(ME, start="0"), silent=0.0)


def test_of_another_machine_only_the_heartbeat_tells() -> None:
    assert is_alive(ELSEWHERE, silent=HEARTBEAT_LIMIT - 1)
    assert not is_alive(ELSEWHERE, silent=HEARTBEAT_LIMIT + 1)
    assert not is_alive(Owner(socket.gethostname(), os.getpid(), ""), HEARTBEAT_LIMIT + 1)


def test_an_owner_is_read_back_as_it_was_written() -> None:
    assert Owner.from_text(str(ME)) == ME


# --- claims -------------------------------------------------------------------------------------


def test_a_point_is_claimed_once(index: SweepIndex) -> None:
    assert index.claim("id0", ME)
    assert not index.claim("id0", ME)
    assert not index.claim("id0", ELSEWHERE)
    assert index.statuses(["id0", "id1"]) == {"id0": "running", "id1": "waiting"}


def test_the_point_of_a_dead_owner_is_taken_over(index: SweepIndex) -> None:
    gone = dead()
    assert index.claim("id0", gone)
    assert index.claim("id0", ME)
    # Should the dead one write after all, it no longer has the point.
    index.record("id0", outcome(5.0), gone)
    assert index.statuses(["id0"]) == {"id0": "running"}


def test_a_heartbeat_keeps_the_points_of_another_machine(index: SweepIndex) -> None:
    index.claim("id0", ELSEWHERE)
    with sqlite3.connect(index.folder / "index.sqlite") as database:
        database.execute("UPDATE points SET heartbeat = heartbeat - ?", (HEARTBEAT_LIMIT + 5,))
    database.close()
    index.beat(ELSEWHERE)
    assert not index.claim("id0", ME)


def test_a_released_point_is_free_again_for_its_owner_alone_to_give(index: SweepIndex) -> None:
    index.claim("id0", ME)
    index.release("id0", ELSEWHERE)
    assert index.statuses(["id0"]) == {"id0": "running"}
    index.release("id0", ME)
    assert index.claim("id0", ELSEWHERE)


# --- results ------------------------------------------------------------------------------------


def test_a_result_comes_back_as_it_was(index: SweepIndex) -> None:
    choice = Choice("o1", "s1", "a;b", 5.0, 2.0, 1.0)
    index.claim("id1", ME)
    index.record("id1", outcome(12.0, baseline=4.0, spend=5.0, choices=(choice,)), ME)
    frames = read_index(index.folder)
    row = frames.of_sweep("s").set_index("point").loc["id1"]
    assert (row["status"], row["objective"], row["gain"], row["spend"]) == ("done", 12.0, 8.0, 5.0)
    assert (row["parameters"], row["attempts"], row["unit"]) == ({"budget": 1.0}, 1, "CNY")
    assert frames.choices.to_dict(orient="records") == [{"point": "id1", **vars(choice)}]
    assert index.chosen("id1") == ("o1",)
    assert not index.claim("id1", ME)


def test_what_is_unknown_stays_unknown(index: SweepIndex) -> None:
    index.claim("id0", ME)
    index.record("id0", outcome(bound=float("inf"), certified_bound=float("inf")), ME)
    row = read_index(index.folder).of_sweep("s").iloc[0]
    assert row[["bound", "certified_bound", "price"]].isna().all()


def test_asking_again_keeps_what_is_done_and_tries_again_what_may_succeed(
    index: SweepIndex,
) -> None:
    found = [outcome(), Outcome(PointFailure.INFEASIBLE, "no"), Outcome(PointFailure.FAULT, "oh")]
    for number, one in enumerate(found):
        index.claim(f"id{number}", ME)
        index.record(f"id{number}", one, ME)
    assert set(index.statuses(["id1", "id2"]).values()) == {"failed"}
    index.enlist("s", {}, entries(4))
    assert list(index.statuses(f"id{n}" for n in range(4)).values()) == [
        "done",
        "failed",
        "waiting",
        "waiting",
    ]


def test_sweeps_share_points_and_have_an_order_of_their_own(index: SweepIndex) -> None:
    index.enlist("other", {"draws": 3}, list(reversed(entries(2))))
    frames = read_index(index.folder)
    assert list(frames.of_sweep("other")["point"]) == ["id1", "id0"]
    assert list(frames.of_sweep("s")["point"]) == ["id0", "id1", "id2"]
    assert (len(frames.points), list(frames.sweeps["asked"])) == (3, [{"draws": 0}, {"draws": 3}])


def test_running_points_tell_how_far_they_are(index: SweepIndex) -> None:
    index.claim("id2", ME)
    index.record_progress("id2", 5.0, 9.0)
    index.record_progress("id1", 1.0, 1.0)
    assert [(r.name, r.objective, r.bound) for r in index.running()] == [("name2", 5.0, 9.0)]


def test_the_money_of_a_point_is_kept(tmp_path: Path) -> None:
    index = SweepIndex(tmp_path)
    entry = replace(entries(1)[0], currency=Currency("CNY", "万元"))
    index.enlist("s", {}, [entry])
    row = index.frames().points.iloc[0]
    assert (row["unit"], row["shown_in"]) == ("CNY", "万元")


# --- how much is read ---------------------------------------------------------------------------


class CountingIndex(SweepIndex):
    """Counts what SQLite does, in hundreds of steps of its machine."""

    work = 0

    def _connect(self) -> sqlite3.Connection:
        database = super()._connect()
        database.set_progress_handler(self._count, 100)
        return database

    def _count(self) -> int:
        self.work += 1
        return 0

    def of(self, question: Callable[[SweepIndex], object]) -> int:
        self.work = 0
        question(self)
        return self.work


def test_a_question_about_one_point_reads_no_others(tmp_path: Path) -> None:
    index, listed = CountingIndex(tmp_path), entries(3000)
    index.enlist("s", {}, listed)
    with sqlite3.connect(tmp_path / "index.sqlite") as database:
        database.execute("UPDATE points SET status='done', budget=asked_budget")
    database.close()
    everything = index.of(lambda i: i.statuses(entry.identity for entry in listed))
    assert everything > 50
    assert index.of(lambda i: i.status("id1500")) <= 2
    assert index.of(lambda i: i.neighbours(listed[1500])) <= 2


def test_the_states_of_a_sweep_are_counted(index: SweepIndex) -> None:
    index.enlist("other", {}, entries(5)[3:])
    index.claim("id0", ME)
    index.claim("id1", ME)
    index.record("id1", outcome(), ME)
    assert index.counts("s") == {"running": 1, "done": 1, "waiting": 1}
    assert index.counts("other") == {"waiting": 2}
    assert index.statuses(["id4", "id0", "nobody"]) == {"id4": "waiting", "id0": "running"}


# --- neighbours ---------------------------------------------------------------------------------


def solved(folder: Path, count: int) -> tuple[SweepIndex, list[Entry]]:
    index, listed = SweepIndex(folder), entries(count)
    index.enlist("s", {}, listed)
    for number, entry in enumerate(listed[:-1]):
        index.claim(entry.identity, ME)
        index.record(entry.identity, outcome(budget=float(number)), ME)
    return index, listed


def test_a_point_starts_from_the_budgets_next_to_its_own(tmp_path: Path) -> None:
    index, listed = solved(tmp_path, 7)
    assert index.neighbours(listed[3]) == ["folder2", "folder4", "folder1"]
    assert index.neighbours(listed[0]) == ["folder1", "folder2", "folder3"]
    assert index.neighbours(listed[6], most=2) == ["folder5", "folder4"]
    assert index.neighbours(replace(listed[3], identity="new")) == ["folder3", "folder4", "folder2"]


def test_a_point_starts_from_points_that_are_built_alike(tmp_path: Path) -> None:
    index, listed = solved(tmp_path, 3)
    (mine, *_) = listed
    for parameters, alike in (
        ({"cost": 1.2, "residents.elderly": 2.0, "seed": 1}, 2),
        ({"walking.speed": "60 m/min"}, 0),
    ):
        point = replace(mine.point, parameters=parameters)
        found = index.neighbours(Entry(point, "new", "new", "new"))
        assert len(found) == alike


# --- files --------------------------------------------------------------------------------------


def test_a_folder_without_an_index_is_refused_and_left_alone(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_index(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_a_file_that_is_no_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index.sqlite").write_text("no database, and long enough to be taken for one")
    with pytest.raises(InputError, match="siting sweep"):
        SweepIndex(tmp_path)


def to_version_2(database: sqlite3.Connection) -> None:
    database.execute("ALTER TABLE points DROP COLUMN sense")
    database.execute("ALTER TABLE points DROP COLUMN goal")
    database.execute("PRAGMA user_version=2")


def to_version_1(database: sqlite3.Connection) -> None:
    to_version_2(database)
    database.execute("DROP INDEX by_structure")
    database.execute("ALTER TABLE points RENAME COLUMN structure_key TO kin")
    database.execute("CREATE INDEX by_kin ON points (kin, status)")
    database.execute("PRAGMA user_version=1")


@pytest.mark.parametrize("age", [to_version_1, to_version_2])
def test_an_index_of_an_older_version_is_read_on(
    age: Callable[[sqlite3.Connection], None], tmp_path: Path
) -> None:
    index, listed = solved(tmp_path, 3)
    with sqlite3.connect(tmp_path / "index.sqlite") as database:
        age(database)
    database.close()
    index = SweepIndex(tmp_path)
    assert is_whole(tmp_path / "index.sqlite")
    assert index.frames().points["sense"].eq("maximise").all()
    assert index.neighbours(listed[2]) == ["folder1", "folder0"]
    assert index.counts("s") == {"done": 2, "waiting": 1}


def test_an_index_of_another_version_is_refused(index: SweepIndex) -> None:
    with sqlite3.connect(index.folder / "index.sqlite") as database:
        database.execute("PRAGMA user_version=99")
    database.close()
    with pytest.raises(InputError, match="version 99"):
        SweepIndex(index.folder)


# --- two writers --------------------------------------------------------------------------------

_WRITER = """
    import sys, time
    from pathlib import Path
    from siting.sweep import Outcome, Point, SweepIndex
    from siting.sweep.claims import Owner
    from siting.sweep.index import Entry

    folder, ready = Path(sys.argv[1]), Path(sys.argv[2])
    (ready / f"{Owner.this().pid}").touch()
    while len(list(ready.iterdir())) < 2:
        time.sleep(0.001)
    index, owner, mine = SweepIndex(folder), Owner.this(), 0
    points = [Point(Path("/d"), "m", {"budget": float(n)}) for n in range(60)]
    entries = [Entry(p, f"id{n}", f"folder{n}", f"n{n}") for n, p in enumerate(points)]
    index.enlist("s", {}, entries)
    for entry in entries:
        if index.claim(entry.identity, owner):
            mine += 1
            index.record_progress(entry.identity, 1.0, 2.0)
            index.record(entry.identity, Outcome(objective=1.0, reason="optimal"), owner)
        index.beat(owner)
    print(mine)
"""


def test_two_processes_that_start_together_share_the_points(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    ready.mkdir()
    command = [sys.executable, "-c", textwrap.dedent(_WRITER), str(tmp_path / "new"), str(ready)]
    environment = os.environ | {"PYTHONPATH": str(SOURCE)}
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)  # noqa: S603
        for _ in range(2)
    ]
    counts = [int(process.communicate(timeout=600)[0]) for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert sum(counts) == 60
    points = read_index(tmp_path / "new").points
    assert points["status"].eq("done").all()
    assert points["attempts"].eq(1).all()
    with sqlite3.connect(tmp_path / "new" / "index.sqlite") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
