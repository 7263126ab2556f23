"""Reads instance.yaml: overrides, schema, and the parts that are right although others are not."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from siting.errors import InputError, Problem
from siting.inputs.schema_problems import schema_problems
from siting.inputs.schemas import (
    FileEntry,
    InstanceSchema,
    MoneySchema,
    TableFile,
    TravelSchema,
    WalkingSchema,
)
from siting.inputs.tables import Source, open_source
from siting.inputs.text import decode_text
from siting.inputs.yaml_marks import MarkedYaml, YamlPath, read_marked
from siting.language import tr

TABLE_ROLES = ("categories", "residents", "outlets", "sites", "offers")
_FILE: TypeAdapter[Any] = TypeAdapter(TableFile)
_PARTS: Mapping[str, TypeAdapter[Any]] = {
    **dict.fromkeys(TABLE_ROLES, _FILE),
    "crs": TypeAdapter(str),
    "money": TypeAdapter(MoneySchema),
    "travel": TypeAdapter(TravelSchema),
    "walking": TypeAdapter(WalkingSchema),
}


@dataclass(frozen=True)
class Outline:
    """instance.yaml, read as far as it goes.

    Attributes:
        source: The file.
        marked: Its values and lines.
        parts: The keys that are right by themselves; tables are checked even if others are wrong.
        schema: All of it, where nothing is wrong.
        problems: Everything that is wrong.
    """

    source: Source
    marked: MarkedYaml
    parts: Mapping[str, Any]
    schema: InstanceSchema | None
    problems: tuple[Problem, ...]

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self.source.path.parent

    def files(self) -> dict[str, FileEntry]:
        """The tables to read, by role."""
        entries = {role: self.parts[role] for role in TABLE_ROLES if self.parts.get(role)}
        travel: TravelSchema | None = self.parts.get("travel")
        if travel and travel.network:
            entries |= {"nodes": travel.network.nodes, "edges": travel.network.edges}
        line = travel.straight_line if travel else None
        if line and line.barriers:
            entries["barriers"] = line.barriers
        if line and line.crossings:
            entries["crossings"] = line.crossings
        if travel and travel.table:
            entries["travel"] = travel.table
        return entries


def read_outline(path: Path, overrides: Mapping[str, str]) -> Outline:
    """Reads the YAML of an instance.

    Args:
        path: The YAML file.
        overrides: Dotted path and YAML text of values that replace those of the file.

    Raises:
        InputError: The file is missing, or no YAML.
    """
    source = open_source(path.parent, FileEntry(file=path.name))
    marked, form = read_marked(decode_text(source.content, path.name), path.name)
    if any(problem.code == "yaml-syntax" for problem in form):
        raise InputError(form)
    if not isinstance(marked.value, dict):
        raise InputError([*form, _no_mapping(path.name)])
    marked, replaced = apply_overrides(marked, overrides)
    problems = [*form, *replaced]
    schema, wrong = _validate(marked)
    known = {problem.where for problem in problems}
    problems += [problem for problem in wrong if problem.where not in known]
    return Outline(source, marked, _parts(marked.value), schema, tuple(problems))


def _validate(marked: MarkedYaml) -> tuple[InstanceSchema | None, list[Problem]]:
    try:
        return InstanceSchema.model_validate(marked.value), []
    except ValidationError as error:
        return None, list(schema_problems(error, InstanceSchema, marked))


def _parts(value: object) -> dict[str, Any]:
    parts = {}
    for name, adapter in _PARTS.items():
        if isinstance(value, dict) and name in value:
            try:
                parts[name] = adapter.validate_python(value[name])
            except ValidationError:
                continue
    return parts


def apply_overrides(
    marked: MarkedYaml, overrides: Mapping[str, str]
) -> tuple[MarkedYaml, list[Problem]]:
    """Sets values by their dotted path; whether the path is known is for the schema to say."""
    value = copy.deepcopy(marked.value)
    problems: list[Problem] = []
    done: set[YamlPath] = set()
    for dotted, text in overrides.items():
        path = tuple(dotted.split("."))
        read, wrong = read_marked(text, tr("override {path}", path=dotted))
        problems += wrong
        if _set(value, path, read.value if text.strip() else None):
            done.add(path)
        else:
            problems.append(_blocked(dotted))
    return MarkedYaml(marked.name, value, marked.lines, frozenset(done)), problems


def _set(value: object, path: tuple[str, ...], new: object) -> bool:
    """Sets a nested key, making mappings on the way; false where a plain value is in the way."""
    for part in path[:-1]:
        if not isinstance(value, dict):
            return False
        if value.get(part) is None:
            value[part] = {}
        value = value[part]
    if not isinstance(value, dict):
        return False
    value[path[-1]] = new
    return True


def _blocked(dotted: str) -> Problem:
    return Problem(
        code="override-path",
        where=tr("override {path}", path=dotted),
        found=tr("a path that runs through a plain value"),
        expected=tr("the path of a key in the YAML, e.g. walking.speed"),
        mend=tr("Override the value that holds it, e.g. residents={file: residents.csv}."),
    )


def _no_mapping(name: str) -> Problem:
    return Problem(
        code="wrong-type",
        where=name,
        found=tr("a file without keys"),
        expected=tr("lines like 'name: My town'"),
        mend=tr("Start from the instance that 'siting new' writes."),
    )
