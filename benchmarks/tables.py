"""From the records of the registry to the measured part of docs/benchmarks.md and its figure."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from pathlib import Path

import profiles
from cells_text import count, large, megabytes, percent, seconds, table
from goals import below_known, certified_gap, elapsed, in_words, memory, met, missed_overall
from records import Record
from registry import CBC, COMMANDS, ENGINE, SPOPT, Cell

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
TITLES = {
    ENGINE: "engine",
    "highs": "HiGHS cold",
    "gscip": "GSCIP cold",
    "cp_sat": "CP-SAT cold",
    CBC: "PuLP, CBC",
    SPOPT: "spopt, CBC",
}
# Every program's first plan, and a gap of 5 %, are wanted this soon.
_FIRST_SECONDS, _FIVE_SECONDS = 2.0, 10.0

Lines = dict[tuple[str, int], list[Cell]]


def write_report(
    records: list[Record], cells: list[Cell], titles: Mapping[str, str], page: Path, figures: Path
) -> str:
    """Writes tables between the markers of the page, and a figure where there are peers.

    Returns:
        What was written.
    """
    newest = latest(records, cells)
    failed = [f"`{r['cell']}` by {r['who']}" for r in newest if "error" in r]
    solved = [record for record in newest if "error" not in record]
    parts = [origin(solved), worst(solved, cells, titles), spread(solved, titles)]
    parts += [details(solved, titles), steps(solved), by_commands(solved)]
    parts += [against(solved, figures)]
    parts += ["Failed: " + ", ".join(failed) + "."] if failed else []
    text = page.read_text(encoding="utf-8") if page.exists() else "# Benchmarks\n"
    part = "\n\n".join(one for one in parts if one) if newest else "Not run yet."
    page.write_text(replace_marked(text, part), encoding="utf-8", newline="\n")
    return f"{page.name}, {len(solved)} results"


def replace_marked(text: str, part: str) -> str:
    """The page with `part` between its markers, which are put at its end if it has none.

    Raises:
        ValueError: One marker is missing, or they are the wrong way round.
    """
    block = f"{BEGIN}\n\n{part.strip()}\n\n{END}"
    if BEGIN not in text and END not in text:
        return f"{text.rstrip()}\n\n{block}\n"
    before, found, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise ValueError(f"the page needs {BEGIN} and, behind it, {END}")
    return before + block + after


def latest(records: list[Record], cells: list[Cell]) -> list[Record]:
    """The last record of each cell of the registry and each solver, with the registry's time limit.

    All are from the machine of the very last one.
    """
    limits = {cell.name: cell.seconds for cell in cells}
    here = records[-1]["machine"] if records else ""
    newest = {
        (record["cell"], record["who"]): record
        for record in records
        if record["machine"] == here and limits.get(record["cell"]) == record["time_limit"]
    }
    order = {name: number for number, name in enumerate(limits)}
    return sorted(newest.values(), key=lambda record: order[record["cell"]])


def origin(records: list[Record]) -> str:
    """What was measured where, when and with what; a line for each machine and set of packages."""
    seen: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        seen.setdefault((record["machine"], record["packages"]), []).append(record)
    lines = []
    for (machine, packages), some in seen.items():
        code = ", ".join(dict.fromkeys(f"`{r['commit']}` ({r['version']})" for r in some))
        dates = sorted({r["date"] for r in some})
        when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
        notes = "".join(f"; {note}" for note in dict.fromkeys(r["note"] for r in some) if note)
        lines.append(f"{machine}; {packages}; {when}; code {code}{notes}.")
    return "\n\n".join(lines)


# --- the engine by itself -----------------------------------------------------------------------


def worst(records: list[Record], cells: list[Cell], titles: Mapping[str, str]) -> str:
    """What was wanted of each line of the registry, and the worst that came of it."""
    lines: Lines = {}
    for cell in cells:
        lines.setdefault((cell.family, cell.line), []).append(cell)
    ours = _of(records, ENGINE)
    rows = []
    for (family, line), some in lines.items():
        found = [r for r in ours if (r["family"], r["line"]) == (family, line)]
        if found:
            rows.append([f"{titles[family]}: {crossed(some)}", *worst_of(found, some)])
    if not rows:
        return ""
    heads = ["what", "wanted", "run", "met", "worst", "certified gap", "median", "below best known"]
    heads += ["first plan", "to 5 %", "most s", "most memory"]
    reads = (
        "The worst cell of each line of the registry is the one with the largest certified gap; "
        "the columns behind it tell the worst of the line, each for itself. A first plan is "
        f"wanted within {_FIRST_SECONDS:g} s of the program being built, a gap of 5 % within "
        f"{_FIVE_SECONDS:g} s; what is later is marked *."
    )
    return "### The worst of each line\n\n" + reads + "\n\n" + table(heads, rows)


def crossed(cells: list[Cell]) -> str:
    """The parameters of a line with all values they take, and its time limit."""
    values: dict[str, list[str]] = {}
    for cell in cells:
        for name, value in cell.parameters.items():
            seen = values.setdefault(name, [])
            if str(value) not in seen:
                seen.append(str(value))
    names = ", ".join(f"{name} {' '.join(some)}" for name, some in values.items())
    return f"{names}; {cells[0].seconds:g} s"


def worst_of(records: list[Record], cells: list[Cell]) -> list[str]:
    """The cells of a table row behind its name."""
    goal, overall = cells[0].goal, cells[0].overall
    reached = sum(met(record, goal) for record in records)
    missed = missed_overall(records, overall)
    shown = f"{reached} of {len(records)}" + "".join(f", missed: {words}" for words in missed)
    gaps = [certified_gap(record) for record in records]
    last = max(records, key=certified_gap)
    known = [share for record in records if (share := below_known(record)) is not None]
    return [
        in_words(goal, overall),
        f"{len(records)} of {len(cells)}",
        shown,
        f"`{last['cell']}`",
        percent(max(gaps)),
        percent(statistics.median(gaps)),
        percent(max(known, default=None)),
        _late(records, "first", _FIRST_SECONDS),
        _late(records, "gap_5pct", _FIVE_SECONDS),
        seconds(max(map(elapsed, records))),
        megabytes(max(map(memory, records))),
    ]


def _late(records: list[Record], name: str, wanted: float) -> str:
    """The longest time to something; a star where it is too long, `-` where it was not reached."""
    times = [record["seconds"].get(name) for record in records]
    if None in times:
        return "- *"
    longest = max(times)
    return seconds(longest) + (" *" if longest > wanted else "")


def spread(records: list[Record], titles: Mapping[str, str]) -> str:
    """How many cells of each family end within which gap."""
    gaps: dict[str, list[float]] = {}
    for record in _of(records, ENGINE):
        gaps.setdefault(titles[record["family"]], []).append(certified_gap(record))
    if not gaps:
        return ""
    if len(gaps) > 1:
        gaps["all"] = [gap for some in gaps.values() for gap in some]
    shares = _shares("family", gaps, profiles.GAPS, "{:.2%}".format)
    return "### Share of the cells by certified gap at the end, at most\n\n" + shares


def details(records: list[Record], titles: Mapping[str, str]) -> str:
    """One table a family: its problems, each over its seeds."""
    heads = ["problem", "seeds", "offers", "nonzeros", "first plan", "to 1 %", "to 0.1 %"]
    heads += ["gap, median", "certified gap, worst", "build", "solve", "memory"]
    parts = []
    ours = _of(records, ENGINE)
    for family in dict.fromkeys(record["family"] for record in ours):
        problems: dict[str, list[Record]] = {}
        for record in ours:
            if record["family"] == family:
                problems.setdefault(record["problem"], []).append(record)
        rows = [_row(name, some) for name, some in problems.items()]
        parts.append(f"### {titles[family]}\n\n{table(heads, rows)}")
    return "\n\n".join(parts)


def _row(problem: str, records: list[Record]) -> list[str]:
    gaps = [certified_gap(record) for record in records]
    return [
        f"`{problem}`",
        str(len(records)),
        count(records[0]["offers"]),
        large(records[0]["nonzeros"]),
        *(_longest(records, name) for name in ("first", "gap_1pct", "gap_01pct")),
        percent(statistics.median(gaps)),
        percent(max(gaps)),
        *(_longest(records, name) for name in ("build", "solve")),
        megabytes(max(map(memory, records))),
    ]


def _longest(records: list[Record], name: str) -> str:
    times = [record["seconds"].get(name) for record in records]
    return "-" if None in times else seconds(max(times))


def steps(records: list[Record]) -> str:
    """What each step of the engine brought over all cells."""
    found: dict[str, list[list[float]]] = {}
    for record in _of(records, ENGINE):
        for name, brought in record["steps"].items():
            found.setdefault(name, []).append(brought)
    if not found:
        return ""
    rows = [
        [
            name,
            str(len(some)),
            str(sum(plan > 0 for plan, _ in some)),
            percent(statistics.mean(plan for plan, _ in some)),
            str(sum(bound > 0 for _, bound in some)),
            percent(statistics.mean(bound for _, bound in some)),
        ]
        for name, some in found.items()
    ]
    heads = ["step", "cells", "raised the plan in", "by, mean", "lowered the bound in", "by, mean"]
    reads = "The first plan and the first bound of a solve count for no step."
    return f"### What each step brings\n\n{reads}\n\n" + table(heads, rows)


def by_commands(records: list[Record]) -> str:
    """Solve and verify as a planner calls them."""
    stages = ("read", "coverage", "formulate", "solve", "plan")
    rows = [
        [
            f"`{r['cell']}`",
            percent(r["certified_gap"]),
            *(seconds(r["commands"]["stages"].get(name)) for name in stages),
            seconds(r["commands"]["solve"]),
            seconds(r["commands"]["verify"]),
            f"{r['commands']['bytes'] / 1e6:.2f} MB",
            megabytes(memory(r)),
        ]
        for r in _of(records, COMMANDS)
    ]
    heads = ["cell", "certified gap", *stages, "siting solve", "siting verify", "certificate"]
    heads += ["memory"]
    return "### From files to a verified plan\n\n" + table(heads, rows) if rows else ""


# --- beside others ------------------------------------------------------------------------------


def against(records: list[Record], figures: Path) -> str:
    """The engine beside the peers: profiles over what all were asked, then cell by cell."""
    asked = {record["who"] for record in records}
    who = [name for name in TITLES if name in asked]
    if len(who) < 2:
        return ""
    return "### Against others\n\n" + "\n\n".join(
        part for part in (profile(records, who, figures), beside(records, who)) if part
    )


def profile(records: list[Record], who: list[str], figures: Path) -> str:
    """Both profiles over the cells that all were asked for."""
    cells = profiles.by_cell(records, who)
    if not cells:
        return ""
    times = profiles.ratios(cells, who)
    drawn = profiles.draw(times, TITLES, figures / profiles.FIGURE)
    quickest = (
        f"Share of the {len(cells)} cells that all were asked for, brought to a proven gap of 1 % "
        "within so many times the seconds of the quickest:"
    )
    at_the_end = (
        "Share of the same cells whose gap at the end is at most (certified for the engine, by "
        "its own word for a peer):"
    )
    parts = [
        quickest,
        _shares("who", times, profiles.RATIOS, "{:g}".format),
        at_the_end,
        _shares("who", profiles.final_gaps(cells, who), profiles.GAPS, "{:.2%}".format),
    ]
    parts += [f"![Performance profile](figures/{profiles.FIGURE})"] if drawn else []
    return "\n\n".join(parts)


def _shares(
    what: str,
    values: Mapping[str, list[float]],
    limits: tuple[float, ...],
    shown: Callable[[float], str],
) -> str:
    rows = [
        [TITLES.get(name, name), *(f"{share:.0%}" for share in shares)]
        for name, shares in profiles.shares_within(values, limits).items()
    ]
    return table([what, *map(shown, limits)], rows)


def beside(records: list[Record], who: list[str]) -> str:
    """Every cell that a peer was asked for."""
    cells: dict[str, dict[str, Record]] = {}
    for record in records:
        if record["who"] in TITLES:
            cells.setdefault(record["cell"], {})[record["who"]] = record
    rows = [
        [f"`{name}`", *(standing(answers.get(p), list(answers.values())) for p in who)]
        for name, answers in cells.items()
        if len(answers) > 1
    ]
    reads = (
        "Seconds to the proof, or the gap at the time limit: to its own bound and, behind the "
        "stroke, how far its plan is below the best plan of all. The same program for everyone; "
        "plans are counted again by us."
    )
    return reads + "\n\n" + table(["cell", *(TITLES[p] for p in who)], rows)


def standing(record: Record | None, everyone: list[Record]) -> str:
    """One solver on one cell, beside what everyone found."""
    if record is None:
        return ""
    if "proven" in record["seconds"]:
        return f"proven, {seconds(record['seconds']['proven'])}"
    if record["objective"] is None:
        return "no plan"
    best = max(other["objective"] or 0.0 for other in everyone)
    below = (best - record["objective"]) / max(1.0, best)
    return f"{percent(record['gap'])} / {percent(below)}"


def _of(records: list[Record], who: str) -> list[Record]:
    return [record for record in records if record["who"] == who]
