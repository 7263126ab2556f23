"""Every field of every file, from the very schemas that read them: a part of docs/files.md."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any

from siting.inputs import layouts
from siting.inputs.layouts import Column, Layout
from siting.inputs.schemas import InstanceSchema, Schema
from siting.language import tr
from siting.prepare.bureau.bureau_mapping import BureauMapping

BEGIN, END = "<!-- fields: made from the schemas -->", "<!-- end of fields -->"
_TABLES = (
    layouts.RESIDENTS,
    layouts.OUTLETS,
    layouts.SITES,
    layouts.CATEGORIES,
    layouts.OFFERS,
    layouts.NODES,
    layouts.EDGES,
    layouts.PAIRS,
    layouts.CROSSINGS,
)
_TITLES = {
    "nodes": "nodes of `travel: network`",
    "edges": "edges of `travel: network`",
    "travel": "pairs of `travel: table`",
}


def field_reference() -> str:
    """The fields of `instance.yaml`, of its tables and of a bureau's mapping, as Markdown."""
    lines = ["## Every field of `instance.yaml`", "", *_schema_lines(InstanceSchema), ""]
    for layout in _TABLES:
        title = _TITLES.get(layout.role, layout.role)
        lines += [f"## Columns of the {title}", "", *_layout_lines(layout), ""]
    lines += ["## Every field of a mapping with `siting_prepare: 2`", ""]
    lines += [*_schema_lines(BureauMapping), ""]
    return "\n".join([BEGIN, "", *lines, END])


def _layout_lines(layout: Layout) -> Iterator[str]:
    yield "| column | needed | what |"
    yield "|---|---|---|"
    for column in layout.columns:
        yield f"| `{column.name}` | {_needed(column)} | {_cell(column.meaning)} |"


def _needed(column: Column) -> str:
    if not column.required:
        return "no"
    return "yes, may be empty" if column.blank else "yes"


def _schema_lines(schema: type[Schema]) -> Iterator[str]:
    yield "| key | needed | what |"
    yield "|---|---|---|"
    yield from _rows(schema, "")


def _rows(schema: type[Schema], before: str) -> Iterator[str]:
    for name, field in schema.model_fields.items():
        needed = "yes" if field.is_required() else "no"
        yield f"| `{before}{name}` | {needed} | {_cell(tr(field.description or ''))} |"
        inner = _inner(field.annotation)
        if inner is not None:
            yield from _rows(inner, f"{before}{name}.")


def _inner(annotation: Any) -> type[Schema] | None:  # noqa: ANN401 - any type that a field has
    """The schema that a field holds, alone, in a list or as one of several."""
    if isinstance(annotation, type):
        return annotation if issubclass(annotation, Schema) else None
    found = (_inner(one) for one in typing.get_args(annotation))
    return next((one for one in found if one is not None), None)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
