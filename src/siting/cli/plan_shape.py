"""Whether a `plan.json` has parts of the right kind, before anything is made of them.

A file that was changed by hand is named as such here; a fault of this package stays one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from siting.errors import InputError, Problem
from siting.language import tr
from siting.plan.plan_file import read_plan_file

# Whatever a number should be: whether it is one, and the right one, is for `verify` to say.
Said = Any
Row = dict[str, Said]


class _Part(BaseModel):
    """A part of the file; keys that nothing is made of are left alone."""

    model_config = ConfigDict(extra="ignore", strict=True)


class _Instance(_Part):
    folder: str
    overrides: dict[str, str] | None = None
    changes: dict[str, float | str] | None = None
    digests: dict[str, str] = {}


class _Chosen(_Part):
    offer_id: str
    categories: list[str] | None = None


class _Complete(_Part):
    before: Said
    after: Said


class _Plan(_Part):
    instance: _Instance
    model: dict[str, Any]
    budget: float | None = None
    chosen: list[_Chosen]
    coverage: list[Row]
    coverage_by_group: list[Row] = []
    coverage_by_district: list[Row] = []
    complete: _Complete


def check_shape(run: Path) -> None:
    """Refuses a plan of which a part is of the wrong kind.

    Args:
        run: A run folder, or its plan.json.

    Raises:
        InputError: With every such part; or there is no plan.
    """
    content = read_plan_file(run).content
    try:
        _Plan.model_validate(content)
    except ValidationError as error:
        raise InputError(_problems(run, error)) from None


def _problems(run: Path, error: ValidationError) -> Iterator[Problem]:
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        yield Problem(
            code="broken-plan",
            where=str(run),
            found=tr(
                "a plan.json with a part that is missing or of the wrong kind ({part})",
                part=".".join(map(str, fault["loc"])),
            ),
            expected=tr("a plan.json as 'siting solve' writes it"),
            mend=tr("Restore the file, or solve again."),
        )
