"""Commands that look at plans: verify, report, why, compare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.arguments import Floor, Forbid, Require, Without, read_wishes

RunPath = Annotated[Path, typer.Argument(metavar="DIR", help="Run folder with plan.json.")]
MovedInstance = Annotated[
    Path | None,
    typer.Option("--instance", help="Instance folder, if it has moved since the plan was made."),
]


def verify_command(
    run: RunPath,
    *,
    export: Annotated[
        Path | None,
        typer.Option(
            help="Write the proof of the first goal here, in the format VIPR 1.0 that checkers of "
            "others read; of small programs."
        ),
    ] = None,
    instance: MovedInstance = None,
) -> None:
    """Recompute a plan and its bound from the inputs, without a solver.

    Example: siting verify runs/monaco
    """
    from siting.cli.verifying import show_verification

    show_verification(run, instance, export)


def report_command(
    run: RunPath,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write here instead of the run folder.")
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            help="Some parts: page, workbook, layers, document, pictures, geojson; e.g. "
            "--only page,workbook. All but geojson if not given."
        ),
    ] = None,
    instance: MovedInstance = None,
) -> None:
    """Write the report of a plan: page, workbook, map layers, document and pictures.

    Nothing is solved; the plan is confirmed from its inputs first.

    Example: siting report runs/monaco --lang zh
    """
    from siting.cli.reporting import report_again

    report_again(run, instance, out, only)


def why_command(
    run: RunPath,
    *,
    offer: Annotated[
        str | None, typer.Option(help="One offer, in the plan or not, by id or name.")
    ] = None,
    site: Annotated[str | None, typer.Option(help="All offers of one site, by id or name.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every offer of the plan, not only the first 20.")
    ] = False,
    time_limit: Annotated[
        str, typer.Option(help="Time to solve again, over all offers that are asked for.")
    ] = "30s",
    quick: Annotated[bool, typer.Option("--quick", help="Solve nothing again.")] = False,
    require: Require = None,
    forbid: Forbid = None,
    without: Without = None,
    floor: Floor = None,
    instance: MovedInstance = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Say why an offer is in a plan or is not, what it is worth, and what else could be had.

    Without --offer and --site it lists the plan's offers, those first that bring least for their
    money; nothing is solved then. With wishes (--require, --forbid, --without, --floor) it says
    whether the plan keeps them and what they would cost.

    Example: siting why runs/monaco --site S0088 --time-limit 30s
    """
    from siting.cli.reasons import WhyOptions, show_reasons

    options = WhyOptions(run, instance, offer, site, time_limit, quick, everything, as_json)
    wishes = read_wishes(require, forbid, without, floor)
    if wishes:
        from siting.cli.wish_answers import show_wish_costs

        show_wish_costs(options, wishes)
    show_reasons(options)


def compare_command(
    a: Annotated[Path, typer.Argument(metavar="A", help="Run folder of the plan before.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Run folder of the plan after.")],
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write .xlsx or .html too.")
    ] = None,
    require: Require = None,
    forbid: Forbid = None,
    without: Without = None,
    floor: Floor = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Compare two plans: what came, what went, who gained, who lost, and what is proven of it.

    With wishes (--require, --forbid, --without, --floor) it says which plan keeps them.

    Example: siting compare runs/2025 runs/2026 -o runs/compared.html
    """
    from siting.cli.comparing import show_comparison

    wishes = read_wishes(require, forbid, without, floor)
    show_comparison(a, b, out, wishes, as_json=as_json)


def alternatives_command(
    run: RunPath,
    *,
    count: Annotated[int, typer.Option("-n", min=1, help="How many other plans.")] = 5,
    within: Annotated[
        str, typer.Option(help="Share of what the plan adds to each goal that they may give up.")
    ] = "0.5%",
    time_limit: Annotated[str, typer.Option(help="Time to solve, over all plans.")] = "60s",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Write a CSV of who has what, too."),
    ] = None,
    instance: MovedInstance = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Find plans nearly as good as one, as unlike as possible, and what all of them have.

    Example: siting alternatives runs/monaco -n 5 --within 0.5%
    """
    from siting.cli.alternative_plans import AlternativeOptions, show_alternatives

    options = AlternativeOptions(run, count, within, time_limit, out, instance, as_json)
    show_alternatives(options)


def regret_command(
    run: RunPath,
    *,
    gap: Annotated[str, typer.Option(help="How near to the best each year is solved.")] = "0.05%",
    time_limit: Annotated[str, typer.Option(help="Time to solve, over all years.")] = "180s",
    instance: MovedInstance = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Say what a plan of several years gives up in each year against the best for that year alone.

    Example: siting regret runs/years
    """
    from siting.cli.yearly_regret import RegretOptions, show_regret

    show_regret(RegretOptions(run, gap, time_limit, instance, as_json))
