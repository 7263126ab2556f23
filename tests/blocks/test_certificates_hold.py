"""Certificates of every block: safe, derived without a solver, never better for an edit."""

from __future__ import annotations

import hashlib
import io
import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from random_models import draw_model
from saved_cities import ENGINE, SavedRun, plan_of, save_city, save_run

from siting.coverage import Walks, compute_coverage, measure_walks
from siting.errors import InputError
from siting.model import formulate
from siting.plan import read_plan_file, verify
from siting.plan.brute_force import brute_force
from siting.plan.certificate_files import ARRAYS_FILE, CERTIFICATE_FILE
from siting.plan.verify import Verification, check
from siting.solve import solve

PILOTS = ("covered_residents", "complete_residents", "count", "budget", "covered_share")
RUNS = 2
EDITS, MANY_EDITS = 24, 600


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@dataclass(frozen=True)
class Case:
    """A saved plan with the true optimum, more being better."""

    run: SavedRun
    walks: Walks
    best: float
    turn: float

    @property
    def path(self) -> Path:
        return self.run.folder

    def check(self) -> Verification:
        """As `verify` does, with the inputs read once."""
        return check(read_plan_file(self.path), self.run.plan.model, self.walks)

    def told(self, find: Callable[[], Verification] | None = None) -> list[str]:
        """What is wrong with the files, in words; nothing where they hold."""
        try:
            return list((find or self.check)().disagreements)
        except InputError as error:
            return [str(error)]

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.path.iterdir()}

    def restore(self, files: dict[str, bytes]) -> None:
        for name, content in files.items():
            (self.path / name).write_bytes(content)


@cache
def cases(folder: Path, pilot: str) -> list[Case]:
    """Plans of cities with something to choose and a certificate."""
    found: list[Case] = []
    for seed in range(200):
        instance = save_city(seed, folder / f"city-{seed}")
        plan = plan_of(instance, draw_model(seed, instance, pilot))
        if plan is None or plan.certificate is None or not plan.certificate.goals:
            continue
        best = brute_force(plan.model)
        assert best is not None
        turn = 1.0 if plan.goals[0].sense == "maximise" else -1.0
        run = save_run(plan, folder / f"run-{pilot}-{seed}")
        case = Case(run, measure_walks(instance), turn * float(best.values[0]), turn)
        if len(plan.chosen):
            found.append(case)
        if len(found) == RUNS:
            return found
    return found


@pytest.mark.parametrize("pilot", PILOTS)
def test_the_bound_is_that_of_the_engine_and_never_below_the_best(folder: Path, pilot: str) -> None:
    for case in cases(folder, pilot):
        plan = case.run.plan
        program = formulate(plan.instance, compute_coverage(plan.instance), plan.spec)
        proven = case.turn * plan.certified_bound
        assert proven >= case.best
        # Multipliers are rounded, and the bound goes down to a value that the goal can have.
        safe = solve(program, ENGINE).certified_bound
        assert proven <= safe + 1e-6 * max(1.0, abs(safe))
        assert case.check().certified_bound == plan.certified_bound


def test_it_is_derived_without_a_solver(folder: Path) -> None:
    """In a process of its own, which tells what it has loaded."""
    paths = [str(case.path) for pilot in PILOTS for case in cases(folder, pilot)[:1]]
    code = (
        "import json, sys\nfrom pathlib import Path\nfrom siting.plan import verify\n"
        "bounds = [verify(Path(p)).certified_bound for p in sys.argv[1:]]\n"
        "solvers = ('ortools', 'pulp', 'siting.solve', 'siting.program.builder', 'highspy')\n"
        "print(json.dumps([bounds, [m for m in sys.modules if m.startswith(solvers)]]))\n"
    )
    told = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code, *paths], capture_output=True, text=True, check=True
    )
    bounds, loaded = json.loads(told.stdout)
    assert loaded == []
    expected = [cases(folder, pilot)[0].run.plan.certified_bound for pilot in PILOTS]
    assert bounds == expected


# --- edits --------------------------------------------------------------------------------------

# What a file may say as it likes: how it was made, not what it is.
FREE = {"seconds", "trace", "versions", "settings", "currency"}
FREE_ENDS = {"name", "note", "detail", "cause", "limit", "solver_bound", "siting_model", "reason"}
# What `verify` takes as its question, which other tests ask it.
QUESTION = {"model", "budget", "years", "instance"}


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every value of a JSON file with the way to it."""
    if isinstance(node, (dict, list)):
        inside = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in inside:
            yield from leaves(value, (*path, key))
    else:
        yield path, node


def put(content: Any, path: tuple[Any, ...], value: object) -> None:
    for key in path[:-1]:
        content = content[key]
    content[path[-1]] = value


def edited(value: object, rng: np.random.Generator) -> object:
    """Another value: up, down, to nothing, huge, no number, or of another kind."""
    number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else 1
    options: list[object] = [
        *(number + 1, number - 1, number * 1.01 + 0.01, -number - 0.5, 0, 2**62, 10**400, 1e300),
        *(math.nan, math.inf, "x", None, [], {}, True),
    ]
    other = [one for one in options if not (one == value and type(one) is type(value))]
    return other[int(rng.integers(len(other)))]


def is_harmless(value: object, new: object, *, spare: float = 2e-6) -> bool:
    """Whether two values are one number up to the rounding that `verify` allows."""
    if isinstance(value, bool) or isinstance(new, bool):
        return False
    if not isinstance(value, (int, float)) or not isinstance(new, (int, float)):
        return False
    return abs(value - new) <= spare * max(1, abs(value)) if abs(new) < 1e300 else False


def assert_noticed(case: Case, what: object) -> None:
    """The edit is refused in words, or what is proven is no better than the truth."""
    try:
        found = case.check()
    except InputError:
        return
    if found.holds:
        assert found.certified_bound is None or case.turn * found.certified_bound >= case.best, what
        says = json.loads((case.path / "plan.json").read_text(encoding="utf-8"))
        bound = says["certified_bound"]
        assert bound is None or case.turn * bound >= case.best, what


def edit_plan(case: Case, rng: np.random.Generator) -> None:
    """One edit of plan.json: every figure of it is what the inputs give, or it is noticed."""
    files = case.files()
    content = json.loads(files["plan.json"])
    known = [
        (path, value)
        for path, value in leaves(content)
        if path[0] not in FREE | QUESTION and path[-1] not in FREE_ENDS
    ]
    path, value = known[int(rng.integers(len(known)))]
    new = edited(value, rng)
    put(content, path, new)
    (case.path / "plan.json").write_text(json.dumps(content), encoding="utf-8")
    try:
        assert_noticed(case, (path, value, new))
        if not is_harmless(value, new) and path[-1] not in ("certified_bound", "year"):
            assert case.told(), (path, value, new)
    finally:
        case.restore(files)


def edit_certificate(case: Case, rng: np.random.Generator) -> None:
    """One edit of the certificate, with all digests made right again."""
    files = case.files()
    said = json.loads(files[CERTIFICATE_FILE])
    with np.load(io.BytesIO(files[ARRAYS_FILE])) as packed:
        arrays = {name: packed[name] for name in packed}
    what = edit_array(arrays, rng) if arrays and rng.random() < 0.6 else edit_said(said, rng)
    content = io.BytesIO()
    np.savez(content, **arrays)
    said["sha256"] = hashlib.sha256(content.getvalue()).hexdigest()
    parts = {ARRAYS_FILE: content.getvalue(), CERTIFICATE_FILE: json.dumps(said).encode()}
    plan = json.loads(files["plan.json"])
    plan["certificate"] = {k: hashlib.sha256(v).hexdigest() for k, v in parts.items()}
    case.restore({**parts, "plan.json": json.dumps(plan).encode()})
    try:
        assert_noticed(case, what)
    finally:
        case.restore(files)


def edit_array(arrays: dict[str, Any], rng: np.random.Generator) -> object:
    name = str(rng.choice(sorted(arrays)))
    array = arrays[name].copy()
    kind = int(rng.integers(5))
    if kind == 0 or not array.size:
        arrays[name] = array.astype(float) if rng.random() < 0.5 else array[:-1]
    else:
        place = np.unravel_index(int(rng.integers(array.size)), array.shape)
        changes = (array[place] * 2 + 1, array[place] // 2, 0, 2**62, -(2**62), -array[place] - 1)
        new = int(changes[int(rng.integers(len(changes)))])
        array[place] = new if array.dtype == np.int64 else not array[place]
        arrays[name] = array
    return name, arrays[name].tolist()


def edit_said(said: Any, rng: np.random.Generator) -> object:
    """A number, an exponent, a floor, the name of a section or of a goal."""
    known = [(path, value) for path, value in leaves(said) if path[-1] not in ("sha256", "arrays")]
    sections = said["goals"][0]["sections"]
    if rng.random() < 0.3 and sections:
        name = str(rng.choice(sorted(sections)))
        other = str(rng.choice(["budget", "cover", "site_slots", "goal", "nothing", "cuts"]))
        sections[other] = sections.pop(name)
        return name, other
    path, value = known[int(rng.integers(len(known)))]
    new = edited(value, rng)
    put(said, path, new)
    return path, new


@pytest.mark.parametrize("pilot", ["covered_residents", "budget"])
def test_every_kind_of_figure_is_checked(folder: Path, pilot: str) -> None:
    """One of each: a number up by one, a text or a blank as another text."""
    case = cases(folder, pilot)[0]
    files = case.files()
    content = json.loads(files["plan.json"])
    kinds = {
        tuple("*" if isinstance(key, int) else key for key in path): (path, value)
        for path, value in leaves(content)
        if path[0] not in FREE | QUESTION and path[-1] not in FREE_ENDS
    }
    assert ("gain_gap",) in kinds
    assert ("chosen", "*", "newly_covered") in kinds
    try:
        for path, value in kinds.values():
            other = json.loads(files["plan.json"])
            put(other, path, value + 1 if isinstance(value, (int, float)) else "another")
            (case.path / "plan.json").write_text(json.dumps(other), encoding="utf-8")
            # A weaker bound is proven, too, and another year may be as good.
            assert path[-1] in ("certified_bound", "year") or case.told(), (path, value)
    finally:
        case.restore(files)


def test_a_year_beyond_all_numbers_is_noticed(folder: Path) -> None:
    every = (case for pilot in PILOTS for case in cases(folder, pilot))
    case = next(case for case in every if case.run.plan.instance.years)
    files = case.files()
    content = json.loads(files["plan.json"])
    content["chosen"][0]["year"] = 10**400
    (case.path / "plan.json").write_text(json.dumps(content), encoding="utf-8")
    try:
        assert "which is not planned" in " ".join(case.told())
    finally:
        case.restore(files)


@pytest.mark.parametrize("pilot", PILOTS)
def test_single_edits_are_noticed_or_prove_less(folder: Path, pilot: str) -> None:
    rng = np.random.default_rng([PILOTS.index(pilot), 5])
    found = cases(folder, pilot)
    assert found
    for number in range(EDITS):
        (edit_plan if number % 2 else edit_certificate)(found[number % len(found)], rng)


@pytest.mark.slow
@pytest.mark.parametrize("pilot", PILOTS)
def test_many_single_edits_are_noticed_or_prove_less(folder: Path, pilot: str) -> None:
    rng = np.random.default_rng([PILOTS.index(pilot), 6])
    found = cases(folder, pilot)
    for number in range(MANY_EDITS):
        (edit_plan if number % 2 else edit_certificate)(found[number % len(found)], rng)


def test_edits_of_the_question_get_an_answer_in_words(folder: Path) -> None:
    """The model, money, years and instance that a file names are read again with all checks."""
    rng = np.random.default_rng(7)
    case = cases(folder, "budget")[0]
    files = case.files()
    content = json.loads(files["plan.json"])
    known = [path for path, _ in leaves(content) if path[0] in QUESTION]
    odd = [("instance", "overrides"), ("instance", "changes"), ("years",), ("model",)]
    for path in [*odd, *(known[k] for k in rng.permutation(len(known))[:20])]:
        other = json.loads(files["plan.json"])
        put(other, path, edited(None, rng))
        (case.path / "plan.json").write_text(json.dumps(other), encoding="utf-8")
        try:
            assert all(case.told(lambda: verify(case.path)))
        finally:
            case.restore(files)


@pytest.mark.parametrize("name", ["plan.json", CERTIFICATE_FILE, ARRAYS_FILE])
def test_damaged_files_give_a_sentence(folder: Path, name: str) -> None:
    rng = np.random.default_rng(8)
    case = cases(folder, "covered_residents")[0]
    files = case.files()
    content = files[name]
    flipped = bytearray(content)
    for _ in range(20):
        flipped[int(rng.integers(len(flipped)))] ^= 0xFF
    npy = io.BytesIO()
    np.save(npy, np.arange(3))
    objects = io.BytesIO()
    np.savez(objects, **{"0.0": np.array([{}], dtype=object)})  # type: ignore[arg-type]
    damaged = [content[: len(content) * k // 7] for k in range(7)]
    damaged += [bytes(flipped), b"\0" * 40, npy.getvalue(), objects.getvalue(), b"[" * 100_000]
    damaged += [b"[1]", b'"text"', b"NaN", b"1" * 5000, content[::-1], b"\xff\xfe"]
    try:
        for part in damaged:
            case.restore({**files, **digested(files, {name: part})})
            assert any(case.told())
        case.restore(files)
        (case.path / name).unlink()
        assert any(case.told())
    finally:
        case.restore(files)


def digested(files: dict[str, bytes], changed: dict[str, bytes]) -> dict[str, bytes]:
    """Changed files with the digests of those that name them made right."""
    if "plan.json" in changed:
        return changed
    parts = {name: changed.get(name, files[name]) for name in (ARRAYS_FILE, CERTIFICATE_FILE)}
    if ARRAYS_FILE in changed:
        said = json.loads(parts[CERTIFICATE_FILE])
        said["sha256"] = hashlib.sha256(parts[ARRAYS_FILE]).hexdigest()
        parts[CERTIFICATE_FILE] = json.dumps(said).encode()
    plan = json.loads(files["plan.json"])
    plan["certificate"] = {k: hashlib.sha256(v).hexdigest() for k, v in parts.items()}
    return {**parts, "plan.json": json.dumps(plan).encode()}
