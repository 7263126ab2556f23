"""Turns what pydantic found into problems with the line of the YAML path."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from siting.errors import Problem, UnitError
from siting.inputs.yaml_marks import MarkedYaml, YamlPath
from siting.language import joined, phrase, quoted, tr

MENDS = {
    "crs": phrase(
        "Add the line 'crs: EPSG:32649' with the code of your metric coordinate system; without "
        "it nobody knows what x and y mean."
    ),
    "siting_instance": phrase("Add the line 'siting_instance: 1'."),
    "siting_model": phrase("Add the line 'siting_model: 1'."),
}
_MEND = phrase("Correct the value.")
_WRONG_MENDS = {"crs": phrase("Write the code with its authority in front, e.g. EPSG:32649.")}


def close_match(word: str, known: Iterable[str]) -> str:
    """Suggests the known word that is closest, capital or small, as a sentence, or nothing."""
    written = {one.casefold(): one for one in reversed(list(known))}
    best = difflib.get_close_matches(word.casefold(), list(written), n=1, cutoff=0.6)
    return tr("Did you mean '{word}'? ", word=written[best[0]]) if best else ""


def schema_problems(
    error: ValidationError, schema: type[BaseModel], marked: MarkedYaml, prefix: YamlPath = ()
) -> Iterator[Problem]:
    """Gives one problem for each error of a validation.

    Args:
        error: What pydantic raised.
        schema: The schema that was validated, to name known keys and descriptions.
        marked: The YAML, for lines.
        prefix: Path in the YAML of what was validated.
    """
    for detail in error.errors():
        path = tuple(part for part in detail["loc"] if part != "[key]")
        yield _problem(dict(detail), schema, path, marked.where((*prefix, *path)))


def _problem(
    detail: dict[str, Any], schema: type[BaseModel], path: YamlPath, where: str
) -> Problem:
    context = detail.get("ctx", {})
    cause = context.get("error")
    if detail["type"] == "extra_forbidden":
        return unknown_key(where, str(path[-1]), _fields(schema, path[:-1]))
    if detail["type"] == "missing":
        return _missing(where, str(path[-1]), _description(schema, path))
    if isinstance(cause, UnitError):
        return quantity_problem(cause, where)
    if "mend" in context:
        return Problem(detail["type"], where, **context)
    return Problem(
        code="wrong-type" if detail["type"].endswith("_type") else "bad-value",
        where=where,
        found=_show(detail["input"]),
        expected=_description(schema, path) or detail["msg"],
        mend=tr(_WRONG_MENDS.get(str(path[-1]) if path else "", _MEND)),
    )


def unknown_key(where: str, key: str, known: Iterable[str]) -> Problem:
    """The problem of a key that means nothing here."""
    known = tuple(known)
    return Problem(
        code="unknown-key",
        where=where,
        found=tr("the unknown key '{key}'", key=key),
        expected=tr("one of {names}", names=joined(known)) if known else tr("no key here"),
        mend=close_match(key, known) + tr("Correct the name or delete the line."),
    )


def quantity_problem(cause: UnitError, where: str) -> Problem:
    """The problem of a quantity that cannot be read; a bare number has a code of its own."""
    bare = _is_number(cause.found)
    return Problem(
        code="bare-number" if bare else "bad-value",
        where=where,
        found=tr("the bare number {number}", number=cause.found) if bare else _show(cause.found),
        expected=cause.expected,
        mend=cause.mend,
    )


def _missing(where: str, key: str, description: str) -> Problem:
    return Problem(
        code="missing-key",
        where=where,
        found=tr("no key '{key}'", key=key),
        expected=description,
        mend=tr(MENDS[key])
        if key in MENDS
        else tr("Add it; 'siting new' writes an example of the whole file."),
    )


def _is_number(value: object) -> bool:
    try:
        float(str(value).replace(",", ""))
    except ValueError:
        return False
    return not isinstance(value, bool)


def _show(value: object) -> str:
    if value is None:
        return tr("nothing")
    if isinstance(value, dict):
        return tr("a mapping") if value else tr("an empty mapping")
    if isinstance(value, list):
        return tr("a list")
    return quoted(value) if isinstance(value, str) else f"{value!r}".lower()


def _model_in(annotation: object) -> type[BaseModel] | None:
    """The schema inside `Schema`, `Schema | None` or `Annotated[Schema, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for arg in get_args(annotation) if (m := _model_in(arg))), None)


def _schema_at(schema: type[BaseModel] | None, path: YamlPath) -> type[BaseModel] | None:
    for part in path:
        if isinstance(part, int):
            continue
        if schema is None or part not in schema.model_fields:
            return None
        schema = _model_in(schema.model_fields[str(part)].annotation)
    return schema


def _fields(schema: type[BaseModel], path: YamlPath) -> tuple[str, ...]:
    inner = _schema_at(schema, path)
    return tuple(inner.model_fields) if inner else ()


def _description(schema: type[BaseModel], path: YamlPath) -> str:
    """What the field at the path, or the nearest one that holds it, should be."""
    for depth in range(len(path), 0, -1):
        inner = _schema_at(schema, path[: depth - 1])
        if inner and path[depth - 1] in inner.model_fields:
            description = inner.model_fields[str(path[depth - 1])].description
            return tr(description) if description else ""
    return ""
