"""The command why: why a plan has an offer, or has it not."""

from __future__ import annotations

import difflib
import json
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.cli import exits
from siting.cli.arguments import read_time_limit
from siting.cli.interrupts import stoppable
from siting.cli.progress import StageProgress
from siting.cli.runs import MovedInstance, RunPath, read_run
from siting.cli.text_columns import aligned, paired
from siting.language import joined, phrase, quoted, tr

if TYPE_CHECKING:
    import pandas as pd

    from siting.plan import LoadedRun, Plan
    from siting.plan.why import Why

SHOWN_ROWS = 20


def why(  # noqa: PLR0913 - a parameter is an option of the command
    run: RunPath,
    *,
    offer: Annotated[str | None, typer.Option(help="One offer, in the plan or not.")] = None,
    site: Annotated[str | None, typer.Option(help="All offers of one site.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every offer of the plan, not only the first 20.")
    ] = False,
    time_limit: Annotated[
        str, typer.Option(help="Time to solve again, over all offers that are asked for.")
    ] = "30s",
    quick: Annotated[bool, typer.Option("--quick", help="Solve nothing again.")] = False,
    instance: MovedInstance = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Say why an offer is in a plan or is not, what it is worth, and what else could be had.

    Without --offer and --site it lists the plan's offers, those first that bring least for their
    money; nothing is solved then.

    Example: siting why runs/monaco --site S0088 --time-limit 30s
    """
    from siting.plan.exchanges import set_up  # noqa: PLC0415
    from siting.plan.why import worth_of_offers  # noqa: PLC0415

    seconds = read_time_limit(time_limit)
    progress = StageProgress()
    with progress.live(), stoppable() as stop:
        with progress.stage("read"):
            again = read_run(run, instance)
        asked = _asked(again, offer, site)
        with progress.stage("formulate"):
            board = set_up(again)
            worth = worth_of_offers(again, board)
        each = 0.0 if quick or not asked else seconds / len(asked)
        found = _answers(again, board, asked, each, progress, stop)
    _show(again.plan, worth, found, everything=everything, as_json=as_json)
    raise typer.Exit(exits.INTERRUPTED if stop.is_set() else exits.DONE)


def _asked(again: LoadedRun, offer: str | None, site: str | None) -> list[str]:
    """The offers that are asked for.

    Raises:
        InputError: There is no such offer or site, or both options were given.
    """
    offers = again.plan.instance.offers
    if offer is not None and site is not None:
        raise _wrong("--offer, --site", tr("both options"), tr("one of the two"), "")
    if offer is not None:
        _refuse_unknown("--offer", offer, list(offers["offer_id"]))
        return [offer]
    if site is None:
        return []
    _refuse_unknown("--site", site, list(again.plan.instance.sites["site_id"]))
    here = [str(one) for one in offers.loc[offers["site_id"] == site, "offer_id"]]
    if not here:
        raise _wrong("--site", tr("a site without offers"), tr("a site with at least one"), "")
    return here


def _refuse_unknown(option: str, name: str, known: Sequence[str]) -> None:
    from siting.inputs.schema_problems import close_match  # noqa: PLC0415
    from siting.units import listed  # noqa: PLC0415

    if name in known:
        return
    near = difflib.get_close_matches(name, known, n=5, cutoff=0.4)
    nearest = joined(near) if near else listed(known, 10)
    hint = close_match(name, known)
    raise _wrong(
        option, quoted(name), tr("one of the inputs' ids, e.g. {names}", names=nearest), hint
    )


def _wrong(option: str, found: str, expected: str, hint: str) -> Exception:
    from siting.errors import InputError, Problem  # noqa: PLC0415

    mend = hint + tr("Correct the option.")
    return InputError([Problem("bad-option", option, found, expected, mend)])


def _answers(
    again: LoadedRun,
    board: Any,  # noqa: ANN401 - --help loads no numpy
    asked: Sequence[str],
    seconds: float,
    progress: StageProgress,
    stop: threading.Event,
) -> list[Why]:
    """One answer an offer; once a person wants to stop, without solving."""
    from siting.plan.why import Solving  # noqa: PLC0415
    from siting.plan.why import why as why_offer  # noqa: PLC0415

    solving = Solving(seconds, progress.trace, stop.is_set) if seconds > 0 else None
    answers = []
    for offer in asked:
        progress.say(offer)
        answers.append(why_offer(again, offer, None if stop.is_set() else solving, board))
    return answers


def _show(
    plan: Plan, worth: pd.DataFrame, found: Sequence[Why], *, everything: bool, as_json: bool
) -> None:
    from siting.report import why_texts as texts  # noqa: PLC0415

    if as_json:
        content: dict[str, Any] = {"siting_why": texts.FORMAT, "instance": plan.instance.name}
        content |= {"objective": plan.objective, "bound": _finite(plan.bound)}
        if found:
            content["offers"] = [texts.why_facts(one) for one in found]
        else:
            content["chosen"] = texts.worth_facts(worth)
        typer.echo(json.dumps(content, ensure_ascii=False))
        return
    lines = (
        _answer_lines(plan, worth, found) if found else _list(plan, worth, everything=everything)
    )
    for line in lines:
        typer.echo(line)


def _finite(number: float) -> float | None:
    return number if abs(number) < float("inf") else None


def _answer_lines(plan: Plan, worth: pd.DataFrame, found: Sequence[Why]) -> list[str]:
    from siting.report import why_texts as texts  # noqa: PLC0415

    lines: list[str] = []
    for one in found:
        lines += ["", "=" * 78, ""] if lines else []
        lines += paired(_once(texts.why_pairs(one, plan)))
        heads, rows = texts.reach_table(one, plan)
        if rows:
            lines += ["", *aligned(heads, rows, range(3, len(heads)))]
        pairs = texts.worth_pairs(one, plan, worth)
        lines += ["", *paired(_once(pairs))] if pairs else []
    return lines


def _once(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs, each name at the first of its texts only."""
    names = [name for name, _ in pairs]
    return [
        ("" if number and names[number - 1] == name else name, text)
        for number, (name, text) in enumerate(pairs)
    ]


def _list(plan: Plan, worth: pd.DataFrame, *, everything: bool) -> list[str]:
    """The plan's offers, those first that bring least for their money."""
    from siting.report import why_texts as texts  # noqa: PLC0415

    shown = worth if everything else worth.head(SHOWN_ROWS)
    heads, rows = texts.worth_table(shown, plan)
    lines = aligned(heads, rows, range(3, len(heads)))
    if len(worth) > len(shown):
        form = phrase("and {count:,} more; --all shows them")
        lines.append(tr(form, count=len(worth) - len(shown)))
    note = phrase(
        "first those that bring least for their money; --offer says of one, in the plan or not, why"
    )
    return [*lines, tr(note)]
