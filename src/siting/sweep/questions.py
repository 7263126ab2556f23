"""What a sweep asks of one instance: read from its texts, with all that is wrong at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from siting.blocks import Budget
from siting.errors import InputError, Problem
from siting.inputs import Instance
from siting.inputs.changes import change_problems
from siting.inputs.outline import read_outline
from siting.inputs.reader import INSTANCE_FILE
from siting.inputs.schema_problems import unknown_key
from siting.inputs.schemas import InstanceSchema
from siting.language import quoted, tr
from siting.model import ModelSpec, check_fit, read_model
from siting.model.wishes import Wishes, with_wishes
from siting.solve import SolveSettings
from siting.sweep.points import Design, Question
from siting.sweep.values import Axis, Value, is_change, read_axis

# Keys that are neither of the tables nor of instance.yaml, and what the tables' keys look like.
OWN_KEYS = ("budget", "model", "seed")
_OF_TABLES = ("category.NAME.FIELD", "cost", "cost.NAME")


@dataclass(frozen=True)
class SweepRequest:
    """A sweep as it was written.

    Attributes:
        instances: Instance folders, folders of them, or text files that list them.
        model: Name or path.
        budget: `100万:5000万:25`, `100万,200万`, or None for the instance's own.
        wishes: What every plan must have or must not have.
        vary: `KEY=VALUES` texts.
        draws: How often to draw what has a distribution.
        seed: Of the draws.
        design: Every combination, or one axis at a time.
        staged: Whether to ask every budget again, keeping what the smaller ones chose.
        overrides: Values of instance.yaml that are the same for all points.
        settings: How each point is solved.
    """

    instances: tuple[Path, ...]
    model: str = "annual-plan"
    budget: str | None = None
    wishes: Wishes = field(default_factory=Wishes)
    vary: tuple[str, ...] = ()
    draws: int = 0
    seed: int = 0
    design: Design = "grid"
    staged: bool = False
    overrides: Mapping[str, str] = field(default_factory=dict)
    settings: SolveSettings = field(default_factory=SolveSettings)

    def plain(self) -> dict[str, object]:
        """The question as plain values, for the index."""
        wishes = {"wishes": self.wishes.plain()} if self.wishes else {}
        return wishes | {
            "instances": [str(path) for path in self.instances],
            "model": self.model,
            "budget": self.budget,
            "vary": list(self.vary),
            "draws": self.draws,
            "seed": self.seed,
            "design": self.design,
            "staged": self.staged,
            "overrides": dict(self.overrides),
            "relative_gap": self.settings.relative_gap,
            "time_limit": self.settings.time_limit,
        }


@dataclass(frozen=True)
class LoadedInstance:
    """An instance of a sweep: the folder (or YAML file) that was named, and what was read of it."""

    folder: Path
    instance: Instance

    @property
    def file(self) -> Path:
        """Its YAML file."""
        return self.folder / INSTANCE_FILE if self.folder.is_dir() else self.folder


def read_question(request: SweepRequest, loaded: LoadedInstance) -> tuple[Question, list[Problem]]:
    """The question for one instance, and everything that is wrong with it."""
    texts = [("--vary", text) for text in request.vary]
    if request.budget is not None:
        texts.insert(0, ("--budget", f"budget={request.budget}"))
    given = [read_axis(text, loaded.instance.currency, option) for option, text in texts]
    axes = tuple(axis for axis in given if isinstance(axis, Axis))
    problems = [problem for problem in given if isinstance(problem, Problem)]
    problems += [p for axis in axes for p in _axis_problems(axis, request, loaded)]
    problems += _design_problems(request, axes) if len(axes) == len(given) else []
    question = Question(
        model=request.model,
        axes=axes,
        draws=request.draws,
        seed=request.seed,
        design=request.design,
        staged=request.staged,
        overrides=request.overrides,
    )
    return question, problems


def _axis_problems(axis: Axis, request: SweepRequest, loaded: LoadedInstance) -> list[Problem]:
    """What this instance does not have or cannot be, of keys of tables and of instance.yaml."""
    drawn: Value = 1.0 if is_change(axis.key) else ""
    if axis.chance is not None and not drawn:
        drawn = axis.drawn(0.5)
    problems: list[Problem] = []
    for value in axis.values or (drawn,):
        if is_change(axis.key, value):
            problems += change_problems(loaded.instance, {axis.key: value})
        elif axis.key not in OWN_KEYS:
            problems += _setting_problems(axis.key, str(value), request, loaded)
    return problems


def _setting_problems(
    key: str, value: str, request: SweepRequest, loaded: LoadedInstance
) -> list[Problem]:
    root = key.partition(".")[0]
    if root not in InstanceSchema.model_fields:
        known = (*OWN_KEYS, *_OF_TABLES, *InstanceSchema.model_fields)
        return [unknown_key("--vary", root, known)]
    outline = read_outline(loaded.file, {**request.overrides, key: value})
    return [problem for problem in outline.problems if problem.severity == "error"]


def _design_problems(request: SweepRequest, axes: Sequence[Axis]) -> list[Problem]:
    """Questions that contradict themselves."""
    drawn = [axis for axis in axes if axis.chance is not None]
    budgets = [axis for axis in axes if axis.key == "budget"]
    keys = [axis.key for axis in axes]
    tornado = request.design == "tornado"
    wrong = {
        ("--draws", tr("no number of draws"), tr("how often to draw, e.g. --draws 200")): drawn
        and not request.draws
        and not tornado,
        (
            "--draws",
            tr("draws, but nothing to draw"),
            tr("a distribution, e.g. --vary 'cost=normal(1,0.1)'"),
        ): request.draws and not drawn,
        (
            "--tornado",
            tr("draws and one parameter at a time"),
            tr("one of --draws and --tornado"),
        ): tornado and request.draws,
        (
            "--tornado",
            tr("draws of every row by itself"),
            tr("distributions without 'each', which are taken at 10 % and 90 %"),
        ): tornado and any(axis.each for axis in drawn),
        ("--tornado", tr("nothing to vary"), tr("at least one --vary")): tornado and not axes,
        ("--staged", tr("fewer than two budgets"), tr("at least two, e.g. --budget 100万,200万")): (
            request.staged and (tornado or len({v for axis in budgets for v in axis.values}) < 2)
        ),
        ("--vary", tr("a key twice"), tr("each key once")): len(set(keys)) < len(keys),
    }
    mend = tr("Correct the option.")
    return [Problem("bad-option", *place, mend) for place, holds in wrong.items() if holds]


def read_models(
    request: SweepRequest, question: Question, loaded: LoadedInstance
) -> tuple[dict[str, ModelSpec], list[Problem]]:
    """The models by the names they are asked for by, and what is wrong with them."""
    varied = [str(v) for axis in question.axes if axis.key == "model" for v in axis.values]
    specs, problems = {}, list[Problem]()
    for name in dict.fromkeys(varied or [request.model]):
        try:
            specs[name] = with_wishes(read_model(name), loaded.instance, request.wishes)
        except InputError as error:
            problems += error.problems
    # Of several models each has the same wishes, and so what is wrong with them comes once.
    return specs, list(dict.fromkeys(problems))


def incompatibilities(
    loaded: LoadedInstance, question: Question, specs: Mapping[str, ModelSpec]
) -> list[Problem]:
    """What the models ask for and the instance does not have, at the first of the budgets."""
    budgets = [float(v) for axis in question.axes if axis.key == "budget" for v in axis.values]
    instance = replace(loaded.instance, budget=budgets[0]) if budgets else loaded.instance
    problems = [
        problem
        for spec in specs.values()
        for problem in check_fit(instance, spec)
        if problem.severity == "error"
    ]
    return problems + [_fixed_budget(s) for s in specs.values() if budgets and not _is_free(s)]


def _is_free(spec: ModelSpec) -> bool:
    blocks = [block for block in spec.subject_to if isinstance(block, Budget)]
    return any(block.at_most is None for block in blocks)


def _fixed_budget(spec: ModelSpec) -> Problem:
    return Problem(
        code="budget-without-effect",
        where="--budget",
        found=tr("the model {model}, whose budget is fixed or missing", model=quoted(spec.name)),
        expected=tr("a model with the block 'budget: {}'"),
        mend=tr("Take 'at_most' out of the model, or vary something else."),
    )
