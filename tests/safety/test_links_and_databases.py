"""Links, pipes and databases of strangers: nothing is followed, and nothing waits for ever."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from broken_town import Town
from command import call, town
from small_sweeps import swept

from siting.errors import InputError
from siting.inputs import files
from siting.inputs.files import read_file, read_named
from siting.plain_files import DATABASE_PARTS, is_database
from siting.serve.city_cache import CityCache
from siting.serve.opened import open_source
from siting.serve.workspace import INDEX_FILE as WORKSPACE_FILE
from siting.serve.workspace import Workspace
from siting.sweep import SweepIndex
from siting.sweep.index import INDEX_FILE
from siting.sweep.index_care import mended_index
from siting.sweep.index_whole import is_current, is_whole

# --- a link put in the way while a file is read ---------------------------------------------------


@pytest.mark.parametrize("where", ["file", "folder", "deep"])
def test_a_link_that_comes_between_is_not_followed(
    tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After it was looked where a file lies, and before it is opened."""
    inside, outside = tmp_path / "in" / "a" / "b", tmp_path / "out" / "b"
    for folder, text in ((inside, "mine"), (outside, "secret")):
        folder.mkdir(parents=True)
        (folder / "x.csv").write_text(text)
    swapped = {"file": inside / "x.csv", "folder": inside, "deep": inside.parent}[where]
    target = {"file": outside / "x.csv", "folder": outside, "deep": outside.parent}[where]
    looked = files._refuse_others

    def swap(mode: int, path: str, label: str) -> None:
        looked(mode, path, label)
        if not swapped.is_symlink():
            swapped.rename(tmp_path / "aside")
            swapped.symlink_to(target)

    monkeypatch.setattr(files, "_refuse_others", swap)
    with pytest.raises(InputError):
        read_file(tmp_path / "in", "a/b/x.csv")


# --- files that the command line names ------------------------------------------------------------


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def endless(path: Path) -> None:
    """A file of a terabyte that takes no room."""
    path.touch()
    os.truncate(path, 1 << 40)


ODD: tuple[Callable[[Path], None], ...] = (pipe, device, endless)


@pytest.mark.parametrize("make", ODD)
def test_a_named_file_is_a_regular_one_with_an_end(
    tmp_path: Path, make: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SITING_FILE_MB", "1")
    path, here = tmp_path / "odd.yaml", Town(tmp_path)
    make(path)
    with pytest.raises(InputError):
        read_named(path)
    for words in (
        ("prepare", path, "-o", tmp_path / "out"),
        ("sweep", path, "-o", tmp_path / "out"),
        ("sweep", path.rename(tmp_path / "list.txt"), "-o", tmp_path / "out"),
    ):
        done = call(*words)
        assert done.code == 2, words
        assert "Traceback" not in done.err
    model = here.folder / "model.yaml"
    make(model)
    assert call("solve", here.folder, "--model", model, "-o", tmp_path / "run").code == 2


@pytest.mark.parametrize("make", ODD)
def test_what_the_what_if_page_keeps_reads_no_odd_file(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    here = Town(tmp_path).folder
    before = CityCache.of(tmp_path, here, ()).state
    make(here / "odd.csv")
    after = CityCache.of(tmp_path, here, ()).state
    assert (before == after) == (make in (pipe, device))


# --- databases ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("swept")
    swept(folder, budget="20万,40万")
    with closing(sqlite3.connect(folder / "sweep" / INDEX_FILE)) as database:
        database.execute("PRAGMA journal_mode=DELETE")
    return folder


@pytest.fixture
def sweep(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "x")
    return tmp_path / "x" / "sweep"


def secret(folder: Path) -> Path:
    """A database of somebody's own."""
    path = folder / "secret.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE mine (a TEXT)")
    return path


@pytest.mark.parametrize("suffix", DATABASE_PARTS)
@pytest.mark.parametrize("name", [INDEX_FILE, WORKSPACE_FILE])
def test_a_database_that_is_a_link_is_not_written_through(
    sweep: Path, tmp_path: Path, name: str, suffix: str
) -> None:
    target = secret(tmp_path)
    before = target.read_bytes()
    place = sweep / f"{name}{suffix}"
    place.unlink(missing_ok=True)
    place.symlink_to(target)
    if name == WORKSPACE_FILE:
        with pytest.raises(InputError, match="a device, a pipe or a link"):
            Workspace(sweep, sweep.parent / "town")
    else:
        assert not is_whole(sweep / name)
        with pytest.raises(InputError):
            SweepIndex(sweep)
        with pytest.raises(InputError):
            open_source(sweep)
        mended_index(sweep)
        assert is_whole(sweep / name)
    assert target.read_bytes() == before
    assert not list(tmp_path.glob("secret.sqlite-*"))


def test_a_pipe_is_no_database(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / INDEX_FILE)
    assert not is_database(tmp_path / INDEX_FILE)
    assert not is_current(tmp_path / INDEX_FILE)
    mended_index(tmp_path)


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
WORKS = {
    "a trigger": f"CREATE TRIGGER t AFTER UPDATE ON points BEGIN {ENDLESS}; END",
    "a view more": f"CREATE VIEW v AS {ENDLESS}",
    "a view in place": f"ALTER TABLE points RENAME TO p; CREATE VIEW points AS {ENDLESS}",
    "a column more": "ALTER TABLE points ADD COLUMN g AS (hex(zeroblob(400000000)))",
    "an index more": "CREATE INDEX i ON points (hex(zeroblob(length(name))))",
}


@pytest.mark.parametrize("kind", list(WORKS))
def test_a_database_that_works_is_put_aside(sweep: Path, kind: str) -> None:
    with closing(sqlite3.connect(sweep / INDEX_FILE)) as database, database:
        database.executescript(WORKS[kind])
    assert not is_whole(sweep / INDEX_FILE)
    with pytest.raises(InputError, match="neither an instance nor a run nor a sweep"):
        open_source(sweep)
    done = call(
        "sweep", town(sweep.parents[1] / "y"), "--budget", "20万", "-o", sweep, "--workers", 1
    )
    assert done.code == 0
    assert (sweep / f"damaged-{INDEX_FILE}").exists()


@pytest.mark.parametrize("name", ["..", "/etc", "../../elsewhere", "a/b", ""])
def test_points_of_a_sweep_are_in_its_folder(sweep: Path, name: str) -> None:
    with closing(sqlite3.connect(sweep / INDEX_FILE)) as database, database:
        database.execute(
            "UPDATE points SET folder = ? WHERE rowid = (SELECT min(rowid) FROM points)", (name,)
        )
    places = [folder for _, folder in open_source(sweep).frontier]
    assert len(places) == 1
    assert all(place.parent == sweep / "points" for place in places)


@pytest.mark.parametrize("version", [0, 2, 99])
def test_a_sweep_of_another_version_is_not_served(sweep: Path, version: int) -> None:
    with closing(sqlite3.connect(sweep / INDEX_FILE)) as database, database:
        database.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(InputError):
        open_source(sweep)
