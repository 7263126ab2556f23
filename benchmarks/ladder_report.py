"""From the records of the ladder to the measured part of docs/benchmarks.md and its figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ladder_cases import GAPS
from ladder_figures import draw_figures

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
ENGINE = "engine"
PEERS = ("highs", "gscip", "cp_sat", "cbc")
PEER_TITLES = {
    "highs": "HiGHS cold",
    "gscip": "GSCIP cold",
    "cp_sat": "CP-SAT cold",
    "cbc": "PuLP, CBC",
}
_BILLION, _MILLION = 1e9, 1e6

Record = dict[str, Any]
Column = tuple[str, Callable[[Record], str]]


def write_report(records: list[Record], page: Path, figures: Path) -> str:
    """Writes tables between the markers of the page, and figures.

    Returns:
        What was written.
    """
    newest = latest(records)
    failed = [f"`{r['case']}` by {r['peer']}" for r in newest if "error" in r]
    newest = [record for record in newest if "error" not in record]
    drawn = draw_figures(of_engine(newest), figures)
    ends = [f"![{title}](figures/{name})" for name, title in drawn.items()]
    ends += ["Failed: " + ", ".join(failed) + "."] if failed else []
    text = page.read_text(encoding="utf-8") if page.exists() else "# Benchmarks\n"
    page.write_text(replace_marked(text, measured(newest, ends)), encoding="utf-8", newline="\n")
    return f"{page.name} and {len(drawn)} figures" if drawn else f"{page.name}, no figures"


def replace_marked(text: str, part: str, begin: str = BEGIN, end: str = END) -> str:
    """The page with `part` between its markers, which are put at its end if it has none.

    Raises:
        ValueError: One marker is missing, or they are the wrong way round.
    """
    block = f"{begin}\n\n{part.strip()}\n\n{end}"
    if begin not in text and end not in text:
        return f"{text.rstrip()}\n\n{block}\n"
    before, found, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise ValueError(f"the page needs {begin} and, behind it, {end}")
    return before + block + after


def latest(records: list[Record]) -> list[Record]:
    """The last record of each case and peer, all from the machine of the very last one."""
    newest = {(record["case"], record["peer"], record["machine"]): record for record in records}
    here = records[-1]["machine"]
    return [record for record in newest.values() if record["machine"] == here]


def of_engine(records: list[Record], family: str = "") -> list[Record]:
    """The engine's own records, of one family of cases."""
    return [r for r in records if r["peer"] == ENGINE and r["case"].startswith(family)]


def measured(records: list[Record], ends: list[str]) -> str:
    """The measured part of the page."""
    drawn = ("city", "bds", "bds-square")
    places = [r for r in of_engine(records) if r["case"].partition("/")[0] not in drawn]
    known = [r for r in of_engine(records, "bds/") if r["points"] < _MILLION]
    large = [r for r in of_engine(records, "bds/") if r["points"] >= _MILLION]
    parts = [
        origin(records),
        section("Synthetic cities", of_engine(records, "city/"), PLAN_COLUMNS),
        section("Where the time and the memory go", of_engine(records, "city/"), COST_COLUMNS),
        section("Real places and published blocks", places, PLAN_COLUMNS),
        section("Cordeau, Furini and Ljubić: 100 facilities", known, KNOWN_COLUMNS),
        section("The same with millions of demand points", large, LARGE_COLUMNS),
        section(
            "The same with as many facilities as demand points",
            of_engine(records, "bds-square/"),
            PLAN_COLUMNS,
        ),
        against(records),
        "\n\n".join(ends),
    ]
    return "\n\n".join(part for part in parts if part)


def origin(records: list[Record]) -> str:
    """What was measured where, when and with what; a line for each machine."""
    seen: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        seen.setdefault((record["machine"], record["packages"]), []).append(record)
    lines = []
    for (machine, packages), some in seen.items():
        commits = ", ".join(dict.fromkeys(f"`{r['version']}`" for r in some))
        limits = ", ".join(dict.fromkeys(f"{r['time_limit']:g} s" for r in some))
        dates = sorted({r["date"] for r in some})
        when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
        lines.append(f"{machine}; {packages}; {when}; code {commits}; time limit {limits}.")
    return "\n\n".join(lines)


def section(title: str, records: list[Record], columns: tuple[Column, ...]) -> str:
    """A heading and a table; nothing without records."""
    if not records:
        return ""
    ordered = sorted(records, key=_rank)
    rows = [[cell(record) for _, cell in columns] for record in ordered]
    return f"### {title}\n\n" + table([name for name, _ in columns], rows)


def _rank(record: Record) -> tuple[object, ...]:
    family = record["case"].partition("/")[0]
    size = record["points"] if family in ("city", "bds") else 0
    return (family, size, record["sites"], record["budget"], record["case"])


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A Markdown table, the first column to the left, the others to the right."""
    lines = ["| " + " | ".join(heads) + " |", "|---|" + "---:|" * (len(heads) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def against(records: list[Record]) -> str:
    """The engine beside the peers: gap or proof, and when."""
    beside: dict[str, dict[str, Record]] = {}
    for case in sorted(of_engine(records), key=_rank):
        # Who had more time, or less, is no peer.
        alike = [r for r in records if (r["case"], r["time_limit"]) == _asked(case)]
        if len(alike) > 1:
            beside[case["case"]] = {r["peer"]: r for r in alike}
    if not beside:
        return ""
    peers = [p for p in PEERS if any(p in answers for answers in beside.values())]
    rows = [
        [name, *(standing(answers.get(p), list(answers.values())) for p in (ENGINE, *peers))]
        for name, answers in beside.items()
    ]
    heads = ["case", "engine", *(PEER_TITLES[p] for p in peers)]
    reads = (
        "Seconds to the proof, or the gap at the time limit: to its own bound and, behind the "
        "stroke, how far its plan is below the best plan of all. The same program for everyone; "
        "plans are counted again by us."
    )
    return "### Against others\n\n" + reads + "\n\n" + table(heads, rows) + later(beside)


def later(beside: dict[str, dict[str, Record]]) -> str:
    """How much longer each peer took to the smallest gap that it and the engine reached."""
    rows = []
    for name, answers in beside.items():
        ours = answers[ENGINE]["seconds"]
        for peer in PEERS:
            theirs = answers[peer]["seconds"] if peer in answers else {}
            reached = [gap for gap in GAPS if gap in theirs and gap in ours]
            if reached:
                gap = reached[-1]
                times = max(theirs[gap], 0.01), max(ours[gap], 0.01)
                ratio = f"{times[0] / times[1]:.3g}"
                shown = [percent(GAPS[gap]), *map(seconds, times), ratio]
                rows.append([name, PEER_TITLES[peer], *shown])
    if not rows:
        return ""
    heads = ["case", "peer", "smallest gap both reached", "peer", "engine", "times as long"]
    return (
        "\n\nSeconds to the same proven gap; a peer that proved none of the noted gaps (50 % and "
        "less) in its time is not in this table.\n\n" + table(heads, rows)
    )


def _asked(record: Record) -> tuple[str, float]:
    return record["case"], record["time_limit"]


def standing(record: Record | None, everyone: list[Record]) -> str:
    """One peer on one case, beside what everyone found."""
    if record is None:
        return ""
    if "proven" in record["seconds"]:
        return f"proven, {seconds(record['seconds']['proven'])}"
    if record["objective"] is None:
        return "no plan"
    best = max(other["objective"] or 0.0 for other in everyone)
    below = (best - record["objective"]) / max(1.0, best)
    return f"{percent(record['relative_gap'])} / {percent(below)}"


# --- cells --------------------------------------------------------------------------------------


def number(value: float | None) -> str:
    """A count with separators."""
    return "-" if value is None else f"{value:,.0f}"


def large_number(value: float) -> str:
    """A count of any size with three digits at most."""
    for scale, unit in ((_BILLION, "bn"), (_MILLION, "M"), (1e3, "k")):
        if value >= scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value:.0f}"


def percent(share: float | None) -> str:
    """A gap."""
    return "-" if share is None else f"{share:.3%}"


def seconds(value: float | None) -> str:
    """A time; tenths and hundredths only where they matter."""
    if value is None:
        return "-"
    return f"{value:.2f} s" if value < 1 else f"{value:.1f} s" if value < 100 else f"{value:.0f} s"


def _time(name: str) -> Callable[[Record], str]:
    return lambda record: seconds(record["seconds"].get(name))


def _memory(name: str) -> Callable[[Record], str]:
    return lambda record: f"{record['memory_mb'][name]:,.0f} MB"


def _count(name: str) -> Callable[[Record], str]:
    return lambda record: number(record[name])


def _agrees(record: Record) -> str:
    best, known = record["objective"], record["known"]
    if best is None or known is None:
        return "-"
    return "yes" if best == known else f"{best - known:+,.0f}"


_CASE: Column = ("case", lambda record: record["case"])
PLAN_COLUMNS: tuple[Column, ...] = (
    _CASE,
    ("offers", _count("offers")),
    ("rows", _count("rows")),
    ("nonzeros", lambda record: large_number(record["nonzeros"])),
    ("time limit", lambda record: seconds(record["time_limit"])),
    ("first plan", _time("first")),
    ("to 1 %", _time("gap_1pct")),
    ("to 0.1 %", _time("gap_01pct")),
    ("proven", _time("proven")),
    ("objective", _count("objective")),
    ("bound", _count("bound")),
    ("certified bound", _count("certified_bound")),
    ("gap", lambda record: percent(record["relative_gap"])),
    ("gap of the gain", lambda record: percent(record["gain_gap"])),
)
COST_COLUMNS: tuple[Column, ...] = (
    _CASE,
    ("draw", _time("generate")),
    ("coverage", _time("coverage")),
    ("formulate", _time("formulate")),
    ("reduce", _time("reduce")),
    ("solve", _time("solve")),
    ("memory to build", _memory("build")),
    ("memory of the engine", _memory("self")),
    ("memory of its solvers", _memory("children")),
)
KNOWN_COLUMNS: tuple[Column, ...] = (
    _CASE,
    ("distinct sets", _count("distinct")),
    ("build", _time("build")),
    ("to 1 %", _time("gap_1pct")),
    ("proven", _time("proven")),
    ("objective", _count("objective")),
    ("known optimum", _count("known")),
    ("equal", _agrees),
)
LARGE_COLUMNS: tuple[Column, ...] = (
    _CASE,
    ("distinct sets", _count("distinct")),
    ("build", _time("build")),
    ("memory to build", _memory("build")),
    ("to 1 %", _time("gap_1pct")),
    ("proven", _time("proven")),
    ("objective", _count("objective")),
    ("gap", lambda record: percent(record["relative_gap"])),
)
