"""The model spec: which blocks are optimised and kept; no data and no expressions."""

from __future__ import annotations

import hashlib
import importlib.resources
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from siting.blocks.contract import WITHIN, ConstraintBlock, ObjectiveBlock, Sense, Share
from siting.blocks.registry import CONSTRAINTS, OBJECTIVES
from siting.errors import InputError, Problem
from siting.inputs.files import read_named
from siting.inputs.schema_problems import close_match, schema_problems
from siting.inputs.schemas import Schema
from siting.inputs.text import decode_text
from siting.inputs.yaml_marks import MarkedYaml, YamlPath, read_marked
from siting.language import joined, quoted, tr
from siting.model.block_entries import read_block, read_blocks


@dataclass(frozen=True)
class WeightedSum:
    """Several objectives in one goal, each times its weight.

    Attributes:
        parts: Objectives with their weights.
        within: Share that it may give up for later goals.
    """

    parts: tuple[tuple[ObjectiveBlock, float], ...]
    within: float = WITHIN

    def to_dict(self) -> dict[str, object]:
        """The form of its YAML."""
        parts = [{block.block: block.settings(), "weight": weight} for block, weight in self.parts]
        return {"sum": parts, "within": self.within}


@dataclass(frozen=True)
class GoalSpec:
    """One goal of a model, whether a single objective or a weighted sum.

    Attributes:
        name: What messages call it; no two goals of a model share one.
        sense: What the planner wants of it; a weighted sum is always maximised, and what is to
            be small counts in it with a minus.
        within: Share that it may give up for later goals.
        parts: Objectives with their weights.
    """

    name: str
    sense: Sense
    within: float
    parts: tuple[tuple[ObjectiveBlock, float], ...]


@dataclass(frozen=True)
class ModelSpec:
    """What is optimised: named blocks with their settings.

    Attributes:
        name: What people call it, e.g. `annual-plan`.
        maximise: Objectives (or weighted sums of some), the most important first.
        subject_to: Constraints.
        source: File it was read from, as messages show it.
        marks: The YAML it was read from, for lines in messages.
        inherited: How many of the constraints come from the model that the file extends.
    """

    name: str
    maximise: tuple[ObjectiveBlock | WeightedSum, ...]
    subject_to: tuple[ConstraintBlock, ...]
    source: str = field(default="", compare=False)
    marks: MarkedYaml | None = field(default=None, compare=False, repr=False)
    inherited: int = field(default=0, compare=False, repr=False)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what the spec says; comments and layout of the file do not change it."""
        text = json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def goals(self) -> tuple[GoalSpec, ...]:
        """The goals in the order in which they are optimised."""
        names = _different("sum" if isinstance(g, WeightedSum) else g.block for g in self.maximise)
        return tuple(
            GoalSpec(name, "maximise", entry.within, entry.parts)
            if isinstance(entry, WeightedSum)
            else GoalSpec(name, entry.sense, entry.within, ((entry, 1.0),))
            for name, entry in zip(names, self.maximise, strict=True)
        )

    @cached_property
    def constraints(self) -> tuple[tuple[str, ConstraintBlock], ...]:
        """The constraints with the names of their rows; the second budget is `budget_2`."""
        names = _different(block.block for block in self.subject_to)
        return tuple(zip(names, self.subject_to, strict=True))

    def to_dict(self) -> dict[str, object]:
        """The spec as plain values, in the form of its YAML file."""
        return {
            "siting_model": 1,
            "name": self.name,
            "maximise": [
                entry.to_dict()
                if isinstance(entry, WeightedSum)
                else {entry.block: entry.settings()}
                for entry in self.maximise
            ],
            "subject_to": [{b.block: b.settings()} for b in self.subject_to],
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, object], source: str = "model") -> ModelSpec:
        """Reads the form that `to_dict` gives.

        Raises:
            InputError: With every problem of the spec.
        """
        return _build(MarkedYaml(source, dict(value)), (), ())

    def where(self, path: YamlPath) -> str:
        """Names a place in the spec, with its line where it was read from a file."""
        if path[:1] == ("subject_to",) and len(path) > 1 and isinstance(path[1], int):
            number = path[1] - self.inherited
            path = (*path[:1], number, *path[2:]) if number >= 0 else path[2:]
        return (self.marks or MarkedYaml(self.source or self.name, {})).where(path)


def _different(names: Iterable[str]) -> list[str]:
    """The names with a number behind those that came before."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return found


class _SpecSchema(Schema):
    siting_model: Literal[1] = Field(description="1, the version of this file's form")
    name: str = Field(min_length=1, description="what people call the model, a text")
    extends: str | None = Field(
        None, description="the model that it builds on, by name or path, e.g. annual-plan"
    )
    leave_out: list[str] = Field(
        default_factory=list,
        description="constraints of that model that it does without, e.g. [budget]",
    )
    maximise: list[object] | None = Field(
        None, min_length=1, description="a list of objectives, e.g. [covered_residents]"
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
    return _read(_find(name_or_path), ())


def _read(path: Path, below: tuple[Path, ...]) -> ModelSpec:
    """Reads a file; `below` are the files that build on it, the first one first."""
    text = decode_text(read_named(path), path.name)
    marked, problems = read_marked(text, path.name)
    if any(problem.code == "yaml-syntax" for problem in problems):
        raise InputError(problems)
    return _build(marked, problems, (*below, path))


def model_text(name: str) -> str:
    """The YAML of a model that comes with the package.

    Raises:
        InputError: There is no such model.
    """
    return _find(name if name in known_models() else f"{name} ").read_text(encoding="utf-8")


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


def _build(marked: MarkedYaml, form: tuple[Problem, ...], files: tuple[Path, ...]) -> ModelSpec:
    problems = list(form)
    try:
        outline = _SpecSchema.model_validate(marked.value)
    except ValidationError as error:
        problems += schema_problems(error, _SpecSchema, marked)
        has_goal = isinstance(marked.value, dict) and {"maximise", "extends"} & set(marked.value)
        problems += [] if has_goal or not isinstance(marked.value, dict) else [_no_goal(marked)]
        raise InputError(problems) from error
    base = None if outline.extends is None else _base(outline.extends, marked, files)
    if outline.maximise is None and base is None:
        problems.append(_no_goal(marked))
    entries = [
        _goal(item, ("maximise", number), marked, problems)
        for number, item in enumerate(outline.maximise or ())
    ]
    maximise = tuple(entry for entry in entries if entry is not None)
    subject_to = read_blocks(outline.subject_to, ("subject_to",), CONSTRAINTS, marked, problems)
    problems += _given_twice(maximise, marked)
    kept = _inherited(base, outline.leave_out, marked, problems)
    if problems:
        raise InputError(problems)
    goals = maximise if base is None or outline.maximise is not None else base.maximise
    own = (outline.name, goals, (*kept, *subject_to), marked.name, marked)
    return ModelSpec(*own, inherited=len(kept))


def _base(name: str, marked: MarkedYaml, files: tuple[Path, ...]) -> ModelSpec:
    """The model that a file extends; a path is seen from the file's own folder."""
    beside = files[-1].parent / name if files else Path(name)
    path = _find(beside if beside.is_file() else name)
    if path in files:
        raise InputError(
            [
                Problem(
                    "extends-itself",
                    marked.where(("extends",)),
                    quoted(name),
                    tr("a model that does not build on this one"),
                    tr("Correct the name or delete the line."),
                )
            ]
        )
    return _read(path, files)


def _inherited(
    base: ModelSpec | None, leave_out: list[str], marked: MarkedYaml, problems: list[Problem]
) -> tuple[ConstraintBlock, ...]:
    """The constraints of the model below that stay."""
    have = () if base is None else base.subject_to
    names = [block.block for block in have]
    for number, name in enumerate(leave_out):
        if name not in names:
            problems.append(
                Problem(
                    "nothing-to-leave-out",
                    marked.where(("leave_out", number)),
                    quoted(name),
                    tr("one of {names}", names=joined(names) or tr("no constraint at all")),
                    close_match(name, names) + tr("Correct the name or delete the line."),
                )
            )
    return tuple(block for block in have if block.block not in leave_out)


def _no_goal(marked: MarkedYaml) -> Problem:
    return Problem(
        "missing-key",
        marked.name,
        tr("no key '{key}'", key="maximise"),
        tr("a list of objectives, e.g. [covered_residents]"),
        tr("Add it, or build on a model with 'extends: annual-plan'."),
    )


class _SumSchema(Schema):
    sum: list[object] = Field(
        min_length=1,
        description="objectives with weights: [{covered_residents: {}, weight: 2}]",
    )
    within: Share = Field(
        WITHIN, ge=0, lt=1, description="a share below 100% that later goals may give up, e.g. 0.1%"
    )


class _WeightSchema(Schema):
    weight: float = Field(
        1.0, gt=0, strict=False, allow_inf_nan=False, description="a number above 0"
    )


def _goal(
    item: object, path: YamlPath, marked: MarkedYaml, problems: list[Problem]
) -> ObjectiveBlock | WeightedSum | None:
    """Reads an objective, or `sum: [...]`."""
    if not (isinstance(item, dict) and "sum" in item):
        return read_block(item, path, OBJECTIVES, marked, problems)
    try:
        outline = _SumSchema.model_validate(item)
    except ValidationError as error:
        problems += schema_problems(error, _SumSchema, marked, path)
        return None
    parts = [
        _weighted(part, (*path, "sum", number), marked, problems)
        for number, part in enumerate(outline.sum)
    ]
    return WeightedSum(tuple(part for part in parts if part is not None), outline.within)


def _weighted(
    item: object, path: YamlPath, marked: MarkedYaml, problems: list[Problem]
) -> tuple[ObjectiveBlock, float] | None:
    given = {"weight": item["weight"]} if isinstance(item, dict) and "weight" in item else {}
    rest = {key: value for key, value in item.items() if key != "weight"} if given else item  # type: ignore[attr-defined]
    block = read_block(rest, path, OBJECTIVES, marked, problems)
    try:
        weight = _WeightSchema.model_validate(given).weight
    except ValidationError as error:
        problems += schema_problems(error, _WeightSchema, marked, path)
        return None
    return None if block is None else (block, weight)


def _given_twice(
    maximise: Sequence[ObjectiveBlock | WeightedSum], marked: MarkedYaml
) -> Iterator[Problem]:
    """The same objective with the same settings in two places counts twice, or not at all."""
    seen: set[str] = set()
    for number, entry in enumerate(maximise):
        parts = entry.parts if isinstance(entry, WeightedSum) else ((entry, 1.0),)
        for block, _weight in parts:
            key = json.dumps([block.block, block.model_dump(mode="json", exclude={"within"})])
            if key in seen:
                yield Problem(
                    code="given-twice",
                    where=marked.where(("maximise", number)),
                    found=tr("the objective '{name}' a second time", name=block.block),
                    expected=tr("each objective once, in its order of importance"),
                    mend=tr("Take one of the two out, or give them different settings."),
                )
            seen.add(key)
