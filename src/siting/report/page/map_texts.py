"""What the map says, in the language in use; `{fields}` are filled in by its script."""

from __future__ import annotations

from siting.coverage.gaps import PlaceKind
from siting.language import phrase, tr

_TEXTS = {
    "map": phrase("Map of the plan"),
    "category": phrase("Category shown"),
    "required": phrase("All required categories"),
    "required_group": phrase("Required for a complete circle"),
    "other_group": phrase("Other categories"),
    "everywhere": phrase("Everywhere"),
    "whole": phrase("All of {name}"),
    "layers": phrase("Layers"),
    "streets": phrase("Streets"),
    "barriers": phrase("Barriers"),
    "residents": phrase("Homes of residents"),
    "outlets": phrase("Existing outlets"),
    "sites": phrase("Candidate sites"),
    "chosen": phrase("Chosen sites"),
    "reset": phrase("Reset"),
    "legend": phrase("Legend"),
    "people": phrase("People"),
    "share": phrase("Share"),
    "before": phrase("Has it today"),
    "new": phrase("Newly covered by the plan"),
    "none": phrase("Not within reach"),
    "all_before": phrase("Complete today"),
    "all_new": phrase("Complete with the plan"),
    "all_some": phrase("Gains some, not all"),
    "all_none": phrase("No change, not all"),
    "tasks": phrase("Chosen sites ({count})"),
    "no_tasks": phrase("The plan adds nothing here."),
    "nothing": phrase("Point at the map, or choose a site from the list."),
    "hint": phrase(
        "Click the map and the wheel zooms; arrow keys move, Enter tells what is in the middle, "
        "Esc clears."
    ),
    "point_people": phrase("{people} residents"),
    "point_group": phrase("{people} {group} of {all} residents"),
    "has": phrase("Has {before} of {all} required categories, with the plan {after}"),
    "has_same": phrase("Has {before} of {all} required categories"),
    "gains": phrase("Gains: {names}"),
    "lacks": phrase("Lacks: {names}"),
    "more": phrase("and {count} more"),
    "status": phrase("{name}: {status}"),
    "walk": phrase("{time} walk"),
    "walk_change": phrase("{before} → {after} walk"),
    "minutes": phrase("{minutes} min"),
    "far": phrase("over {minutes} min"),
    "no_walk": phrase("no walk"),
    "standard": phrase("{walk}, standard {minutes} min"),
    "by": phrase("By no. {numbers}"),
    "number": phrase("No. {number}"),
    "mode": phrase("Mode"),
    "place": phrase("Place"),
    "cost": phrase("Public funds"),
    "investment": phrase("Total investment"),
    "newly": phrase("Newly covered"),
    "only": phrase("Of them by this alone"),
    "persons": phrase("{people} people"),
    "catchment": phrase("Within its standard"),
    "ring_new": phrase("Newly covered by it"),
    "ring_only": phrase("Only it covers them"),
    "close": phrase("Clear"),
    "comma": phrase(", "),
    "zoom_in": phrase("Zoom in"),
    "zoom_out": phrase("Zoom out"),
    "elsewhere": phrase("Far away:"),
    "first_view": phrase("the city"),
    "north": phrase("N"),
    "metres": phrase("{count} m"),
    "kilometres": phrase("{count} km"),
}
_PLACES = {
    "circle": phrase("Circle"),
    "district": phrase("District"),
    "city": phrase("City"),
}
_NAMES = {
    "circle": phrase("Circles and their names"),
    "district": phrase("Districts and their names"),
    "city": phrase("Circles and their names"),
}


def map_texts(kind: PlaceKind) -> dict[str, str]:
    """All texts of the map by their keys; `filter` and `names` say what its places are."""
    texts = {key: tr(text) for key, text in _TEXTS.items()}
    return texts | {"filter": tr(_PLACES[kind]), "names": tr(_NAMES[kind])}
