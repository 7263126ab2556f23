"""The model spec: which blocks are optimised and kept; no data and no expressions."""

from __future__ import annotations

import hashlib
import importlib.resources
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, ValidationError

from siting.errors import InputError, Problem
from siting.inputs.blocks import CONSTRAINTS, OBJECTIVES, Block, ConstraintBlock, ObjectiveBlock
from siting.inputs.schema_problems import close_match, schema_problems
from siting.inputs.schemas import Schema
from siting.inputs.tables import decode_text
from siting.inputs.yaml_marks import MarkedYaml, YamlPath, read_marked
from siting.language import joined, tr

AnyBlock = TypeVar("AnyBlock", bound=Block)


@dataclass(frozen=True)
class ModelSpec:
    """What is optimised: named blocks with their settings.

    Attributes:
        name: What people call it, e.g. `annual-plan`.
        maximise: Objectives, the most important first.
        subject_to: Constraints.
        source: File it was read from, as messages show it.
        marks: The YAML it was read from, for lines in messages.
    """

    name: str
    maximise: tuple[ObjectiveBlock, ...]
    subject_to: tuple[ConstraintBlock, ...]
    source: str = field(default="", compare=False)
    marks: MarkedYaml | None = field(default=None, compare=False, repr=False)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what the spec says; comments and layout of the file do not change it."""
        text = json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def to_dict(self) -> dict[str, object]:
        """The spec as plain values, in the form of its YAML file."""
        return {
            "siting_model": 1,
            "name": self.name,
            "maximise": [{b.block: b.settings()} for b in self.maximise],
            "subject_to": [{b.block: b.settings()} for b in self.subject_to],
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, object], source: str = "model") -> ModelSpec:
        """Reads the form that `to_dict` gives.

        Raises:
            InputError: With every problem of the spec.
        """
        return _build(MarkedYaml(source, dict(value)), ())

    def where(self, path: YamlPath) -> str:
        """Names a place in the spec, with its line where it was read from a file."""
        return (self.marks or MarkedYaml(self.source or self.name, {})).where(path)


class _SpecSchema(Schema):
    siting_model: Literal[1] = Field(description="1, the version of this file's form")
    name: str = Field(min_length=1, description="what people call the model, a text")
    maximise: list[object] = Field(
        min_length=1, description="a list of objectives, e.g. [covered_residents]"
    )
    subject_to: list[object] = Field(
        default_factory=list, description="a list of constraints, e.g. [budget: {}]"
    )


def read_model(name_or_path: str | Path) -> ModelSpec:
    """Reads a model spec, by name from those that come with the package or from a file.

    Args:
        name_or_path: `annual-plan`, or the path of a YAML file.

    Raises:
        InputError: No such model, or every problem of its file.
    """
    path = _find(name_or_path)
    text = decode_text(path.read_bytes(), path.name)
    marked, problems = read_marked(text, path.name)
    if any(problem.code == "yaml-syntax" for problem in problems):
        raise InputError(problems)
    return _build(marked, problems)


def known_models() -> tuple[str, ...]:
    """Names of the models that come with the package."""
    return tuple(sorted(path.stem for path in _models_folder().glob("*.yaml")))


def _models_folder() -> Path:
    """`siting/models` of an installed wheel, else `models` of the checkout."""
    packaged = Path(str(importlib.resources.files("siting"))) / "models"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "models"


def _find(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    path = Path(name_or_path)
    shipped = _models_folder() / f"{text}.yaml"
    if path.is_file():
        return path
    if path.name == text and not path.suffix and shipped.is_file():
        return shipped
    known = known_models()
    raise InputError(
        [
            Problem(
                code="unknown-model",
                where=tr("model {name}", name=text),
                found=tr("neither a file nor a model named '{name}'", name=text),
                expected=tr("one of {names}, or the path of a YAML file", names=joined(known)),
                mend=close_match(text, known) + tr("Correct the name or the path."),
            )
        ]
    )


def _build(marked: MarkedYaml, form: tuple[Problem, ...]) -> ModelSpec:
    problems = list(form)
    try:
        outline = _SpecSchema.model_validate(marked.value)
    except ValidationError as error:
        raise InputError([*problems, *schema_problems(error, _SpecSchema, marked)]) from error
    maximise = _blocks(outline.maximise, ("maximise",), OBJECTIVES, marked, problems)
    subject_to = _blocks(outline.subject_to, ("subject_to",), CONSTRAINTS, marked, problems)
    if problems:
        raise InputError(problems)
    return ModelSpec(outline.name, maximise, subject_to, marked.name, marked)


def _blocks(
    items: list[object],
    path: YamlPath,
    known: Mapping[str, type[AnyBlock]],
    marked: MarkedYaml,
    problems: list[Problem],
) -> tuple[AnyBlock, ...]:
    read = (_block(item, (*path, i), known, marked, problems) for i, item in enumerate(items))
    return tuple(block for block in read if block is not None)


def _block(
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
