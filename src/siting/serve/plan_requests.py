"""From a request to what is solved, and to what people read of it: sentences and a model file."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from siting.blocks.registry import CONSTRAINTS
from siting.coverage.input_cache import PointInputs
from siting.errors import InputError, Problem
from siting.inputs import Instance
from siting.inputs.changes import Change, split_key
from siting.inputs.yaml_marks import MarkedYaml
from siting.language import phrase, tr
from siting.model import ModelSpec, check_fit, read_model
from siting.model.block_entries import read_blocks
from siting.model.model_spec import known_models
from siting.model.rule_words import rule_words
from siting.model.wishes import Wishes, with_wishes
from siting.serve.city import City
from siting.serve.records import Checked, PlanRequest, Rule, WishText
from siting.sweep.values import shown_parameters

# The model of the run that the page was opened with, which need not be one of the library.
GIVEN = "given"


@dataclass(frozen=True)
class RequestInputs:
    """A request as it will be solved."""

    spec: ModelSpec
    inputs: PointInputs
    overrides: Mapping[str, str]
    changes: Mapping[str, Change]

    @property
    def instance(self) -> Instance:
        """The inputs with the request's money, changes and speeds."""
        return self.inputs.instance


def read_request(city: City, request: PlanRequest) -> RequestInputs:
    """Reads a request against the inputs.

    Raises:
        InputError: With every problem of it.
    """
    overrides = dict(city.overrides) | _overrides(request)
    texts = tuple(sorted(overrides.items()))
    inputs = city.cache.of_point(city.folder, "", texts, dict(request.changes))
    if request.budget is not None:
        inputs = replace(inputs, instance=replace(inputs.instance, budget=request.budget))
    spec = _spec(city, request)
    problems = [one for one in check_fit(inputs.instance, spec) if one.severity == "error"]
    if problems:
        raise InputError(problems)
    return RequestInputs(spec, inputs, overrides, dict(request.changes))


def _overrides(request: PlanRequest) -> dict[str, str]:
    """Values of instance.yaml that a request replaces; JSON is YAML, too."""
    found = {}
    if request.years:
        found["years"] = json.dumps({int(year): money for year, money in _years(request)})
        found["years"] = found["years"].replace('"', "")
    if request.walking:
        found["walking"] = json.dumps(dict(request.walking), ensure_ascii=False)
    return found


def _years(request: PlanRequest) -> Iterable[tuple[int, str]]:
    for year, money in request.years.items():
        if not year.isdecimal() or len(year) > 4:
            raise InputError([_wrong("years", year, tr("a year, e.g. 2026"))])
        yield int(year), f"{money:.2f}"


def _spec(city: City, request: PlanRequest) -> ModelSpec:
    """The model with the request's rules behind its own."""
    problems: list[Problem] = []
    marked = MarkedYaml(tr("wishes"), {"subject_to": list(request.rules)})
    rules = read_blocks(list(request.rules), ("subject_to",), CONSTRAINTS, marked, problems)
    if problems:
        raise InputError(problems)
    base = base_model(city, request.model)
    return replace(base, subject_to=(*base.subject_to, *rules), marks=None)


def base_model(city: City, name: str) -> ModelSpec:
    """A model of the library, or the one that was given; a name is never taken as a path.

    Raises:
        InputError: There is no such model.
    """
    if name == GIVEN and city.given is not None:
        return city.given
    if name in known_models():
        return read_model(name)
    raise InputError([_wrong("model", name, tr("the name of a model of the library"))])


def _wrong(where: str, found: str, expected: str) -> Problem:
    return Problem("bad-wish", where, found, expected, tr("Correct the wish."))


def rule_of(wish: WishText, read: RequestInputs) -> Rule:
    """A wish in words as the rule that it is.

    Raises:
        InputError: It names what the instance does not have.
    """
    spec = with_wishes(read.spec, read.instance, Wishes(**{wish.kind: (wish.text,)}))
    block = spec.subject_to[-1]
    return Rule(entry={block.block: block.settings()}, words=rule_words(block, read.instance))


def checked(city: City, request: PlanRequest) -> Checked:
    """A request as it was understood: sentences, warnings and the model file; or its problems."""
    try:
        read = read_request(city, request)
    except InputError as error:
        return Checked(problems=tuple(map(str, error.problems)))
    doubts = [one for one in check_fit(read.instance, read.spec) if one.severity == "warning"]
    return Checked(
        warnings=tuple(map(str, doubts)),
        sentences=tuple(sentences(city, request, read)),
        model_file=model_file(read.spec),
    )


def sentences(city: City, request: PlanRequest, read: RequestInputs) -> Iterable[str]:
    """What a request says, one sentence a wish, its money first."""
    instance, own = read.instance, len(base_model(city, request.model).subject_to)
    if instance.budget is not None and not instance.years:
        money = instance.currency.show(instance.budget)
        yield tr("money: at most {amount}", amount=money)
    for year, amount in instance.years.items():
        yield tr(
            "money of {year}: at most {amount}", year=year, amount=instance.currency.show(amount)
        )
    for block in read.spec.subject_to[own:]:
        yield rule_words(block, instance)
    for key, value in request.changes.items():
        yield shown_parameters({key: value}, instance.currency)
    for key, text in request.walking.items():
        yield tr("walking: {key} {text}", key=key, text=text)


_HEAD = phrase("# {command}\n# gives this plan again: it begins at it, and ends at the same gap.\n")


def model_file(spec: ModelSpec, command: str = "") -> str:
    """A model as the YAML file that `siting solve --model` reads."""
    text = yaml.safe_dump(spec.to_dict(), allow_unicode=True, sort_keys=False, width=100)
    return (tr(_HEAD, command=command) if command else "") + text


def shell_command(read: RequestInputs, request: PlanRequest, folder: Path) -> str:
    """The command that gives the plan of a run folder again."""
    words = ["siting", "solve", str(read.instance.folder), "--model", str(folder / "model.yaml")]
    if request.budget is not None:
        words += ["--budget", f"{request.budget!r} {read.instance.currency.unit}"]
    for key, value in read.overrides.items():
        words += ["--set", f"{key}={value}"]
    for key, change in request.changes.items():
        factor = "x" if not isinstance(change, str) and split_key(key)[0] != "category" else ""
        words += ["--change", f"{key}={factor}{change}"]
    words += ["--gap", f"{100 * request.gap:g}%", "--start", str(folder), "-o", "again"]
    return shlex.join(words)
