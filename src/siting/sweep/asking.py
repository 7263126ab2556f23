"""From what was asked to the points of a sweep, or to all that is wrong with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from siting.errors import InputError, Problem
from siting.inputs import Instance, read_instance
from siting.inputs.files import read_named
from siting.inputs.limits import most_text
from siting.inputs.outline import Outline, read_outline
from siting.inputs.reader import INSTANCE_FILE
from siting.inputs.tables import open_source
from siting.inputs.text import decode_text
from siting.language import tr
from siting.model import ModelSpec
from siting.sweep.index import Entry
from siting.sweep.outcome import Outcome, PointFailure
from siting.sweep.point_run import PointReporter
from siting.sweep.points import Point, count_points, design_points, folder_name, point_id
from siting.sweep.questions import (
    LoadedInstance,
    SweepRequest,
    incompatibilities,
    read_models,
    read_question,
)
from siting.sweep.sweep import Planned, Sweep

MOST_POINTS = 100_000


def ask(request: SweepRequest, report: PointReporter | None = None) -> Sweep:
    """The points of a sweep.

    Args:
        request: As it was written.
        report: Writes the files of a report into each run folder.

    Raises:
        InputError: With everything that is wrong with the question. Of several instances, one that
            cannot be read is a failed point instead.
    """
    folders = find_instances(request.instances)
    reads = [_read(folder, request.overrides) for folder in folders]
    if len(reads) == 1 and isinstance(reads[0], InputError):
        raise reads[0]
    problems: dict[str, Problem] = {}
    planned: list[Planned] = []
    for folder, loaded in zip(folders, reads, strict=True):
        if isinstance(loaded, InputError):
            planned.append(_unreadable(request, folder, loaded))
            continue
        found, wrong = _of_instance(request, loaded, alone=len(reads) == 1)
        planned += found
        problems |= {str(problem): problem for problem in wrong}
    if problems or len(planned) > MOST_POINTS:
        raise InputError(problems.values() or [_too_many(len(planned))])
    plain = request.plain() | {"instances": [str(folder) for folder in folders]}
    warnings = [
        w
        for loaded in reads
        if isinstance(loaded, LoadedInstance)
        for w in loaded.instance.warnings
    ]
    return Sweep(_digest(plain), plain, tuple(planned), tuple(warnings), report)


def _digest(plain: object) -> str:
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def find_instances(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Instance folders, those inside of folders, and those that text files list; each once.

    Raises:
        InputError: A path leads to none.
    """
    found: dict[Path, None] = {}
    problems = []
    for path in paths:
        here = list(_instances_at(path))
        found |= dict.fromkeys(one.resolve() for one in here)
        if not here:
            problems.append(_no_instance(path))
    if problems:
        raise InputError(problems)
    return tuple(found)


def _instances_at(path: Path) -> Iterator[Path]:
    if path.is_dir():
        inside = sorted(file.parent for file in path.glob(f"*/{INSTANCE_FILE}"))
        yield from [path] if (path / INSTANCE_FILE).is_file() or not inside else inside
    elif path.suffix.lower() in (".yaml", ".yml"):
        yield path
    elif path.exists():
        lines = decode_text(read_named(path, most_text()), path.name).splitlines()
        names = [line.strip() for line in lines]
        yield from (path.parent / name for name in names if name and not name.startswith("#"))


def _no_instance(path: Path) -> Problem:
    return Problem(
        code="no-instance",
        where=str(path),
        found=tr("nothing to solve"),
        expected=tr("an instance folder, a folder of them, or a text file that lists them"),
        mend=tr("Correct the path."),
    )


def _read(folder: Path, overrides: Mapping[str, str]) -> LoadedInstance | InputError:
    try:
        return LoadedInstance(folder, read_instance(folder, overrides=overrides))
    except InputError as error:
        return error


def _unreadable(request: SweepRequest, folder: Path, error: InputError) -> Planned:
    """One of several instances that cannot be read: a point that fails."""
    spec = ModelSpec(request.model, (), ())
    point = Point(folder, request.model, overrides=request.overrides)
    identity = point_id(point, {"folder": str(folder)}, spec, request.settings)
    outcome = Outcome(PointFailure.WRONG_INPUT, "; ".join(map(str, error.problems)))
    entry = Entry(point, identity, folder_name(point, identity), folder.name)
    return Planned(entry, spec, request.settings, "", failed=outcome)


def _of_instance(
    request: SweepRequest, loaded: LoadedInstance, *, alone: bool
) -> tuple[list[Planned], list[Problem]]:
    """The points of one instance, or what is wrong with the question for it."""
    question, problems = read_question(request, loaded)
    specs, wrong = read_models(request, question, loaded)
    problems += wrong
    if not problems and alone:
        problems += incompatibilities(loaded, question, specs)
    if problems:
        return [], problems
    count = count_points(question)
    if count > MOST_POINTS:
        return [], [_too_many(count)]
    points = design_points(question, loaded.folder)
    digests, wrong = _digests_by_settings(loaded, points)
    if wrong:
        return [], wrong
    return list(_planned(request, loaded.instance, points, specs, digests)), []


def _digests_by_settings(
    loaded: LoadedInstance, points: Sequence[Point]
) -> tuple[dict[str, dict[str, str]], list[Problem]]:
    """Digests of all files by the settings that name them, and settings that cannot be."""
    digests: dict[str, dict[str, str]] = {}
    problems: dict[str, Problem] = {}
    seen: dict[Path, dict[str, str]] = {}
    for point in points:
        settings = point.settings_of_instance
        key = json.dumps(settings, sort_keys=True)
        if key not in digests:
            outline = read_outline(loaded.file, settings)
            errors = [p for p in outline.problems if p.severity == "error"]
            problems |= {str(problem): problem for problem in errors}
            digests[key] = {} if errors else _digests(outline, seen)
    return digests, list(problems.values())


def _digests(outline: Outline, seen: dict[Path, dict[str, str]]) -> dict[str, str]:
    """SHA-256 of all files that an instance names; those seen before are not read again."""
    found = outline.source.digests
    for entry in outline.files().values():
        path = outline.folder / entry.file
        if path not in seen:
            try:
                seen[path] = open_source(outline.folder, entry).digests
            except InputError:
                # The point that asks for it fails, and says why.
                seen[path] = {entry.file: ""}
        found |= seen[path]
    return found


def _planned(
    request: SweepRequest,
    instance: Instance,
    points: Sequence[Point],
    specs: Mapping[str, ModelSpec],
    digests: Mapping[str, dict[str, str]],
) -> Iterator[Planned]:
    known: dict[str, str] = {}
    for point in points:
        files = digests[json.dumps(point.settings_of_instance, sort_keys=True)]
        spec = specs[str(point.parameters.get("model", point.model))]
        settings = replace(request.settings, seed=int(point.parameters.get("seed", request.seed)))
        identity = point_id(point, files, spec, settings)
        known[point.asked] = identity
        money = instance.currency
        entry = Entry(point, identity, folder_name(point, identity), point.named(money), money)
        yield Planned(entry, spec, settings, _digest(files), known.get(_before(point)))


def _before(point: Point) -> str:
    """What the point before a staged one asks, or nothing."""
    if not point.below:
        return ""
    parameters = {**point.parameters, "budget": point.below[-1]}
    return replace(point, parameters=parameters, below=point.below[:-1] or None).asked


def _too_many(count: int) -> Problem:
    return Problem(
        code="too-many-points",
        where="--vary",
        found=tr("{count:,} points", count=count),
        expected=tr("at most {most:,}", most=MOST_POINTS),
        mend=tr("Vary less at a time."),
    )
