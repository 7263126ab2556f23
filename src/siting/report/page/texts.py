"""The fixed texts of a page, by the keys that its templates and its script use."""

from __future__ import annotations

from siting.coverage.gaps import PlaceKind
from siting.language import phrase, tr
from siting.report.page.lists import GAP_STATES, PLACE_STATES

_SECTIONS = {
    "overview": phrase("Overview"),
    "indicators": phrase("Indicators"),
    "map": phrase("Map"),
    "coverage": phrase("Coverage before and after"),
    "money": phrase("Money"),
    "gaps": phrase("Gap list"),
    "tasks": phrase("Task list"),
    "places": phrase("Place by place"),
    "basis": phrase("What the figures rest on"),
    "model": phrase("The model"),
    "recheck": phrase("Check it yourself"),
}
_PLACE_SECTIONS = {
    "circle": phrase("Circle by circle"),
    "district": phrase("District by district"),
    "city": phrase("The city on one page"),
}
_TEXTS = {
    "eyebrow": phrase("Annual plan of the 15-minute living circles"),
    "dateline": phrase("Written on {day} with siting {version}"),
    "indicators": phrase("Indicators"),
    "indicator": phrase("Indicator"),
    "formulas": phrase("How each is worked out, and from what"),
    "skip": phrase("Skip to the content"),
    "contents": phrase("Contents"),
    "theme": phrase("Colours"),
    "print": phrase("Print"),
    "noscript": phrase("Lists, map and sheets need JavaScript, which is off in this browser."),
    "synthetic": phrase("Synthetic data"),
    "note": phrase("About the data"),
    "before": phrase("before"),
    "after": phrase("after"),
    "new": phrase("new"),
    "left": phrase("without"),
    "map_lead": phrase(
        "Every dot is a place where people live, every number a site of the plan. Choose a "
        "category or a place, point at a dot or a number, and see who has what within how "
        "many minutes."
    ),
    "coverage_lead": phrase(
        "Of the people whom a category serves, how many have it within its standard."
    ),
    "category": phrase("Category"),
    "group": phrase("Whom"),
    "standard": phrase("Standard, min"),
    "people": phrase("People"),
    "coverage": phrase("Share covered"),
    "covered_before": phrase("Covered before"),
    "covered_after": phrase("Covered after"),
    "coverage_caption": phrase("Coverage of each category, the best covered first"),
    "added": phrase("Additions"),
    "cost": phrase("Public money"),
    "in_unit": phrase("{name} ({unit})"),
    "minutes_title": phrase("How far people walk"),
    "minutes_lead": phrase(
        "How many residents have what they need within so many minutes on foot."
    ),
    "minutes_caption": phrase("Share of residents who reach them within so many minutes"),
    "minutes": phrase("Minutes"),
    "minutes_all": phrase("all required categories together"),
    "minutes_one": phrase("a single one: the median category"),
    "money_lead": phrase(
        "Public money by district, and within it by the categories that take most. An offer with "
        "several categories counts in equal shares."
    ),
    "money_caption": phrase("Public money by district and category"),
    "adds_nothing": phrase("The plan adds nothing."),
    "district": phrase("District"),
    "year": phrase("Year"),
    "sum": phrase("Sum"),
    "gap_title": phrase("How close to the best possible plan"),
    "gap_caption": phrase("The best plan so far and the bound while solving"),
    "best_plan": phrase("best plan so far"),
    "no_better": phrase("no plan can be better than this"),
    "seconds": phrase("Time"),
    "incumbent": phrase("Best plan so far"),
    "bound": phrase("Bound"),
    "gap": phrase("Gap"),
    "as_table": phrase("The same as a table"),
    "gaps_lead": phrase(
        "What is missing now, and what the plan makes of it. Still missing: fewer outlets in reach "
        "than the place needs. Filled: as many as it needs, though some residents may live beyond "
        "the standard. Smaller: not filled by the plan, but fewer residents go without."
    ),
    "tasks_lead": phrase(
        "Each line is one project at one site. Residents newly covered count at every project that "
        "reaches them; the last column counts whom no other project reaches."
    ),
    "places_lead": phrase("Choose a place for its sheet: map, figures, tasks and gaps."),
    "sheet": phrase("Sheet"),
    "previous": phrase("Previous"),
    "next": phrase("Next"),
    "print_sheet": phrase("Print this sheet"),
    "sheet_tasks": phrase("What is added"),
    "sheet_gaps": phrase("What is missing, before and after"),
    "sheet_map": phrase("Map of {name} with its tasks"),
    "no_tasks": phrase("The plan adds nothing here."),
    "no_gaps": phrase("Nothing is missing here, now or later."),
    "outlets": phrase("Outlets"),
    "needed_cell": phrase("{have} → {after} of {needed}"),
    "uncovered": phrase("Not covered"),
    "of_required": phrase("Required categories"),
    "all_covered": phrase("Residents with all of them"),
    "newly": phrase("Residents newly covered"),
    "residents": phrase("Residents"),
    "tasks": phrase("Tasks"),
    "result": phrase("Result"),
    "number": phrase("No."),
    "site": phrase("Site"),
    "mode": phrase("Way of building"),
    "investment": phrase("Total investment"),
    "money_unit": phrase("{amount} {unit}"),
    "basis_data": phrase("Data"),
    "basis_walking": phrase("Walking and coverage"),
    "basis_standards": phrase("Standards and costs by category"),
    "basis_solve": phrase("How it was solved"),
    "basis_files": phrase("Input files"),
    "tier": phrase("Tier"),
    "metres": phrase("Metres of path"),
    "priority": phrase("Priority"),
    "unit_cost": phrase("Public money each"),
    "unit_investment": phrase("Total investment each"),
    "required": phrase("Required"),
    "yes": phrase("yes"),
    "file": phrase("File"),
    "digest": phrase("SHA-256, first 12 digits"),
    "versions": phrase("Versions"),
    "model_lead": phrase(
        "What the solver was asked for, written from the same blocks that it solved: each line of "
        "maths, and what it says with the numbers of this plan."
    ),
    "symbols": phrase("Symbols"),
    "symbol": phrase("Symbol"),
    "meaning": phrase("Meaning"),
    "here": phrase("Here"),
    "maximise": phrase("As large as possible"),
    "subject_to": phrase("Subject to"),
    "recheck_lead": phrase(
        "Nothing on this page has to be taken on trust. These commands run on any computer with "
        "siting, in the folder that holds the run folder and the data."
    ),
    "commands": phrase("Commands"),
    "checks": phrase("What verify looks at"),
    "proof": phrase("What is proven, and by what"),
    "in_plan": phrase("Key in plan.json"),
    "name": phrase("Name"),
    "value": phrase("Value"),
    "foot": phrase(
        "Every figure of this page is worked out from plan.json and the input files; nothing is "
        "loaded from a network."
    ),
    "all_rows": phrase("Show all"),
    "some_rows": phrase("Show fewer"),
    "range": phrase("{from}–{to} of {all}"),
    "no_rows": phrase("No line matches."),
    "total": phrase("Total of {count} lines"),
    "clear": phrase("Clear filters"),
    "printed": phrase(
        "The first {count} of {all} lines. The whole list is in plan.xlsx, and in report.html on "
        "the screen."
    ),
    "theme_auto": phrase("automatic"),
    "theme_light": phrase("light"),
    "theme_dark": phrase("dark"),
}


def page_texts() -> dict[str, str]:
    """All texts by their keys, in the language in use; `{fields}` are filled in by the script."""
    return {key: tr(text) for key, text in _TEXTS.items()}


def section_names(kind: PlaceKind) -> dict[str, str]:
    """The headings of the sections by their identifiers, in order."""
    names = {key: tr(text) for key, text in _SECTIONS.items()}
    return names | {"places": tr(_PLACE_SECTIONS[kind])}


def state_names() -> dict[str, dict[str, str]]:
    """What the states of gaps and places are called, by table, the worst first."""
    return {
        "gaps": {key: tr(text) for key, text in GAP_STATES.items()},
        "places": {key: tr(text) for key, text in PLACE_STATES.items()},
    }
