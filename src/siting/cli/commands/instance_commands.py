"""Commands that look at an instance or a model and solve nothing.

They are check, gaps, indicators, explain and export.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.arguments import (
    BudgetText,
    Floor,
    Forbid,
    InstancePath,
    ModelName,
    Overrides,
    Require,
    Without,
    read_wishes,
)


def check_command(
    instance: InstancePath,
    *,
    model: ModelName = "annual-plan",
    budget: BudgetText = None,
    require: Require = None,
    forbid: Forbid = None,
    without: Without = None,
    floor: Floor = None,
    overrides: Overrides = None,
) -> None:
    """List every problem of an instance and a model at once; nothing is solved.

    Example: siting check instances/monaco
    """
    from siting.cli.inspecting import ModelChoice, show_problems

    wishes = read_wishes(require, forbid, without, floor)
    show_problems(instance, ModelChoice(model, budget, wishes), overrides or ())


def gaps_command(
    instance: InstancePath,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write .xlsx or .csv too.")
    ] = None,
    circle: Annotated[
        str | None, typer.Option(help="One circle; a district where there are no circles.")
    ] = None,
    category: Annotated[str | None, typer.Option(help="One category, by its code or name.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what nobody misses, and every row.")
    ] = False,
    overrides: Overrides = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON instead of the table.")
    ] = False,
) -> None:
    """List which category is missing where and how many have it nowhere near; nothing is solved.

    Example: siting gaps instances/monaco -o runs/gaps.xlsx
    """
    from siting.cli.gap_listing import GapOptions, list_gaps

    options = GapOptions(
        instance, out, circle, category, everything, tuple(overrides or ()), as_json
    )
    list_gaps(options)


def indicators_command(
    folder: Annotated[
        Path,
        typer.Argument(metavar="INSTANCE|DIR", help="Instance folder, or run folder of a plan."),
    ],
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write .xlsx or .csv too.")
    ] = None,
    overrides: Overrides = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON instead of the table.")
    ] = False,
) -> None:
    """List the indicators that a bureau reports, with formula and source; nothing is solved.

    Of a run folder also what they are after each year of the plan.

    Example: siting indicators runs/monaco -o runs/indicators.xlsx
    """
    from siting.cli.indicator_listing import IndicatorOptions, list_indicators

    list_indicators(IndicatorOptions(folder, out, tuple(overrides or ()), as_json))


def explain_command(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Name or path of a model.")],
) -> None:
    """Write out what a model says, in words and maths.

    Example: siting explain annual-plan
    """
    from siting.cli.inspecting import show_model

    show_model(model)


def export_command(
    instance: InstancePath,
    *,
    model: ModelName = "annual-plan",
    budget: BudgetText = None,
    require: Require = None,
    forbid: Forbid = None,
    without: Without = None,
    floor: Floor = None,
    lp: Annotated[Path | None, typer.Option("--lp", help="LP file to write.")] = None,
    mps: Annotated[Path | None, typer.Option("--mps", help="MPS file to write.")] = None,
) -> None:
    """Write the model with readable names for another solver, as LP or MPS.

    Beside each file a .names.csv says which row or column each of its names stands for.

    Example: siting export instances/monaco --lp monaco.lp
    """
    from siting.cli.inspecting import ModelChoice, write_model

    wishes = read_wishes(require, forbid, without, floor)
    write_model(instance, ModelChoice(model, budget, wishes), lp, mps)
