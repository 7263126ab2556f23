"""Entries of a model file: `budget`, or `budget: {...}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import ValidationError

from siting.blocks.contract import Block
from siting.blocks.registry import CONSTRAINTS, OBJECTIVES
from siting.errors import Problem
from siting.inputs.schema_problems import close_match, schema_problems
from siting.inputs.yaml_marks import MarkedYaml, YamlPath
from siting.language import joined, tr

AnyBlock = TypeVar("AnyBlock", bound=Block)


def read_blocks(
    items: list[object],
    path: YamlPath,
    known: Mapping[str, type[AnyBlock]],
    marked: MarkedYaml,
    problems: list[Problem],
) -> tuple[AnyBlock, ...]:
    """Reads a list of blocks; adds to the problems where an entry is none."""
    read = (read_block(item, (*path, i), known, marked, problems) for i, item in enumerate(items))
    return tuple(block for block in read if block is not None)


def read_block(
    item: object,
    path: YamlPath,
    known: Mapping[str, type[AnyBlock]],
    marked: MarkedYaml,
    problems: list[Problem],
) -> AnyBlock | None:
    """Reads `budget` or `budget: {...}`; adds to the problems where it is neither."""
    entry = {item: {}} if isinstance(item, str) else item
    if not isinstance(entry, dict) or len(entry) != 1:
        problems.append(_no_block(marked.where(path), entry))
        return None
    name, settings = next(iter(entry.items()))
    if name not in known:
        problems.append(_unknown_block(marked.where(path), str(name), known, str(path[0])))
        return None
    try:
        return known[name].model_validate({} if settings is None else settings)
    except ValidationError as error:
        problems += schema_problems(error, known[name], marked, (*path, name))
        return None


def _no_block(where: str, entry: object) -> Problem:
    keys = tr("no block")
    if isinstance(entry, dict) and entry:
        keys = tr("the keys {names}", names=joined(map(str, entry)))
    return Problem(
        code="not-a-block",
        where=where,
        found=keys,
        expected=tr("one block, e.g. '- budget: {}'"),
        mend=tr("Start each block with a dash of its own."),
    )


def _unknown_block(where: str, name: str, known: Mapping[str, object], part: str) -> Problem:
    other = CONSTRAINTS if part == "maximise" else OBJECTIVES
    hint = close_match(name, known)
    if name in other:
        other_part = "subject_to" if part == "maximise" else "maximise"
        hint = tr("It belongs under '{key}'. ", key=other_part)
    return Problem(
        code="unknown-block",
        where=where,
        found=tr("the unknown block '{name}'", name=name),
        expected=tr("one of {names}", names=joined(known)),
        mend=hint + tr("Correct the name or delete the line."),
    )
