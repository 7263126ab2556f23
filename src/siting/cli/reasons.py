"""Why a plan has an offer, or has it not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import typer

from siting.blocks.names import ids_by_name
from siting.cli import exits
from siting.cli.arguments import bad_option, read_time_limit
from siting.cli.interrupts import stoppable
from siting.cli.progress import StageProgress
from siting.cli.runs import read_run
from siting.cli.text_columns import aligned, paired
from siting.inputs.schema_problems import close_match
from siting.language import joined, phrase, quoted, tr
from siting.model.name_book import nearest_names
from siting.plan import LoadedRun, Plan
from siting.plan.exchanges import set_up
from siting.plan.why import Solving, Why, why, worth_of_offers
from siting.report import why_texts as texts
from siting.units import listed

SHOWN_ROWS = 20


@dataclass(frozen=True)
class WhyOptions:
    """What `siting why` was given; see its help."""

    run: Path
    instance: Path | None
    offer: str | None
    site: str | None
    time_limit: str
    quick: bool
    everything: bool
    as_json: bool


def show_reasons(options: WhyOptions) -> None:
    """Says why offers are in a plan or are not, or lists those of the plan.

    Raises:
        InputError: There is no such offer or site, or the plan or its instance cannot be read.
        VerificationError: The plan says something else than its inputs give.
    """
    seconds = read_time_limit(options.time_limit)
    progress = StageProgress()
    with progress.live(), stoppable() as stop:
        with progress.stage("read"):
            loaded = read_run(options.run, options.instance)
        asked = _asked(loaded, options.offer, options.site)
        with progress.stage("formulate"):
            board = set_up(loaded)
            worth = worth_of_offers(loaded, board)
        each = 0.0 if options.quick or not asked else seconds / len(asked)
        solving = Solving(each, progress.trace, stop.is_set) if each > 0 else None
        found = []
        for offer in asked:
            progress.say(offer)
            # Once a person wants to stop, nothing is solved any more.
            found.append(why(loaded, offer, None if stop.is_set() else solving, board))
    _show(loaded.plan, worth, found, options)
    raise typer.Exit(exits.INTERRUPTED if stop.is_set() else exits.DONE)


def _asked(loaded: LoadedRun, offer: str | None, site: str | None) -> list[str]:
    """The offers that are asked for.

    Raises:
        InputError: There is no such offer or site, or both options were given.
    """
    instance = loaded.plan.instance
    offers = instance.offers
    if offer is not None and site is not None:
        raise bad_option("--offer, --site", tr("both options"), tr("one of the two"))
    if offer is not None:
        return [_by_name("--offer", offer, ids_by_name(instance, "offer"))]
    if site is None:
        return []
    place = _by_name("--site", site, ids_by_name(instance, "site"))
    here = [str(one) for one in offers.loc[offers["site_id"] == place, "offer_id"]]
    if not here:
        raise bad_option("--site", tr("a site without offers"), tr("a site with at least one"))
    return here


def _by_name(option: str, name: str, known: Mapping[str, str]) -> str:
    """The id of what a text names, by its id or its name."""
    if name in known:
        return known[name]
    near = nearest_names(name, list(known))
    nearest = joined(near) if near else listed(list(dict.fromkeys(known.values())), 10)
    expected = tr("one of the inputs' ids or names, e.g. {names}", names=nearest)
    mend = close_match(name, known) + tr("Correct the option.")
    raise bad_option(option, quoted(name), expected, mend)


def _show(plan: Plan, worth: pd.DataFrame, found: Sequence[Why], options: WhyOptions) -> None:
    if options.as_json:
        content: dict[str, Any] = {"siting_why": texts.FORMAT, "instance": plan.instance.name}
        content |= {"objective": plan.objective, "bound": _finite(plan.bound)}
        if found:
            content["offers"] = [texts.why_facts(one) for one in found]
        else:
            content["chosen"] = texts.worth_facts(worth)
        typer.echo(json.dumps(content, ensure_ascii=False))
        return
    lines = (
        _answer_lines(plan, worth, found)
        if found
        else _list(plan, worth, everything=options.everything)
    )
    for line in lines:
        typer.echo(line)


def _finite(number: float) -> float | None:
    return number if abs(number) < float("inf") else None


def _answer_lines(plan: Plan, worth: pd.DataFrame, found: Sequence[Why]) -> list[str]:
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
