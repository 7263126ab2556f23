"""What the map's script draws: a plan in numbers packed small, and texts in the language in use.

Lengths are in `unit` metres, x to the east and y to the north, in whole numbers from the lower left
corner of all that is drawn; see `siting.report.page.packing` for how arrays are coded. Positions in
arrays are those of the tables of `Facts`: points of `instance.residents`, tasks of `facts.tasks`,
places of `facts.by_place`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from siting.coverage.relation import outlets_by_category
from siting.inputs import split_categories
from siting.language import joined, language, tr
from siting.report.facts import Facts, required_categories
from siting.report.map_windows import Window, inset_windows, main_window
from siting.report.page.map_texts import map_texts
from siting.report.page.packing import bit_words, pack_bits, pack_lines, pack_lists, pack_numbers
from siting.report.page.street_lines import area_round, areas_round, barriers, streets
from siting.report.summary import group_name
from siting.report.words import place_name

# Half a metre: finer than a screen shows, and 32 km fit into two bytes.
UNIT = 0.5
# Walks of so many minutes or more are told as that; `NO_WALK` where there is none.
LONGEST_WALK, NO_WALK = 120, 255
# Width by height of the first view; towns far from the city are a zoom away.
_RATIO = 1.25

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


def map_data(facts: Facts) -> dict[str, object]:
    """Everything that `map.js` needs, of kinds that JSON has.

    Keys: `language`, `note`, `unit`, `size` and `view` (units), `words` (of 32 bits that the masks
    take), `groups` (names), `people` (by group), `points`, `categories`, `places`, `districts`,
    `outlets`, `sites`, `tasks`, `catchments`, `streets`, `barriers`, `texts`.
    """
    instance, grid = facts.instance, _Grid(facts)
    count = len(instance.categories)
    return {
        "language": language(),
        "note": instance.note,
        "unit": UNIT,
        "size": grid.size,
        "view": _in_units(main_window(facts.instance, _RATIO), grid),
        "elsewhere": _elsewhere(facts, grid),
        "words": bit_words(count),
        "groups": {group: group_name(group) for group in instance.groups},
        "people": {group: pack_numbers(instance.people(group)) for group in instance.groups},
        "points": _points(facts, grid),
        "categories": _categories(facts),
        **_places(facts, grid),
        "outlets": grid.packed(instance.outlets)
        | {"by_category": pack_lists(list(outlets_by_category(instance).values()))},
        "sites": grid.packed(instance.sites),
        "tasks": _tasks(facts, grid),
        "catchments": _catchments(facts, grid),
        "streets": pack_lines(grid.lines(grid.streets)),
        "barriers": pack_lines(grid.lines(grid.barriers)),
        "texts": map_texts(facts.gaps_before.place_kind),
    }


@dataclass(frozen=True)
class Catchment:
    """Whom one category of one task is within the standard of.

    Attributes:
        task: Row of `facts.tasks`.
        category: Position in the catalogue.
        points: Demand points within the standard, rising.
        states: Of each: 0 if it has the category already or nobody of the group lives there, 1 if
            it is newly covered, 2 if nothing else in the plan brings it the category.
    """

    task: int
    category: int
    points: Whole
    states: Whole


def catchments(facts: Facts) -> list[Catchment]:
    """The catchments of all tasks, task by task."""
    instance = facts.instance
    names, groups = instance.category_names, instance.categories["group"].tolist()
    site = pd.Index(instance.sites["site_id"]).get_indexer(facts.plan.chosen["site_id"])
    lines = split_categories(facts.plan.chosen["categories"]).drop_duplicates()
    found = []
    for category, rows in lines.groupby("category")["row"]:
        number, tasks = names.index(str(category)), rows.to_numpy(np.int64)
        reach = facts.before[str(category)].reach[:, site[tasks]].tocsc()
        lives = instance.people(groups[number]).to_numpy(float) > 0
        new = lives & ~facts.plan.judgement.before[:, number]
        times = np.asarray(reach.sum(axis=1)).ravel()
        for column, task in enumerate(tasks.tolist()):
            points = np.sort(reach.indices[reach.indptr[column] : reach.indptr[column + 1]])
            states = np.where(new[points], np.where(times[points] == 1, 2, 1), 0)
            found.append(Catchment(task, number, points.astype(np.int64), states))
    return sorted(found, key=lambda one: (one.task, one.category))


@dataclass(frozen=True)
class _Grid:
    """Where everything lies, in whole units from the lower left corner of all that is drawn."""

    facts: Facts

    @cached_property
    def streets(self) -> list[Floats]:
        return streets(self.facts.instance)

    @cached_property
    def barriers(self) -> list[Floats]:
        return barriers(self.facts.instance)

    @cached_property
    def corners(self) -> Floats:
        """Lower left and upper right of all that is drawn, in metres, shape (2, 2)."""
        instance = self.facts.instance
        frames = (instance.residents, instance.outlets, instance.sites)
        parts = [_xy(frame) for frame in frames] + self.streets + self.barriers
        everything = np.concatenate(parts)
        return np.stack([np.floor(everything.min(axis=0)), np.ceil(everything.max(axis=0))])

    @property
    def size(self) -> list[int]:
        """Width and height of all that is drawn, in units."""
        return [int(length) for length in self.units(self.corners[1])]

    def units(self, xy: Floats) -> Whole:
        """Metres to whole units; areas may reach a little below 0."""
        return np.asarray(np.rint((xy - self.corners[0]) / UNIT), dtype=np.int64)

    def lines(self, lines: Sequence[Floats]) -> list[Whole]:
        """Lines in whole units."""
        return [self.units(line) for line in lines]

    def packed(self, frame: pd.DataFrame) -> dict[str, str]:
        """The points of a table: `x` and `y`."""
        units = self.units(_xy(frame))
        return {"x": pack_numbers(units[:, 0]), "y": pack_numbers(units[:, 1])}


def _xy(frame: pd.DataFrame) -> Floats:
    return frame[["x", "y"]].to_numpy(float).reshape(-1, 2)


def _elsewhere(facts: Facts, grid: _Grid) -> list[tuple[str, list[int]]]:
    """What lies beyond the first view: the whole, and each settlement by its district or place."""
    first = main_window(facts.instance, _RATIO)
    windows = inset_windows(facts.instance, first)
    if not windows:
        return []
    residents = facts.instance.residents
    place = residents["district"].fillna("") if "district" in residents else facts.places
    frame = pd.DataFrame({"place": place, "people": facts.instance.people("all")})
    x, y = _xy(residents).T
    main = [
        frame[window.holds(x, y)].groupby("place")["people"].sum().idxmax() for window in windows
    ]
    parts = [
        (place_name(str(name)), _in_units(window, grid))
        for name, window in zip(main, windows, strict=True)
    ]
    return [(tr("the whole area"), [0, 0, *grid.size]), *parts]


def _in_units(window: Window, grid: _Grid) -> list[int]:
    """Left, bottom, right and top of a window, in units."""
    corners = np.array([[window.left, window.bottom], [window.right, window.top]])
    return [int(length) for length in grid.units(corners).ravel()]


def _estates(residents: pd.DataFrame) -> list[str]:
    """What the demand points are called; nothing where the data do not say."""
    if "name" not in residents:
        return []
    named = [str(name) for name in residents["name"].fillna("")]
    return named if any(named) else []


def _points(facts: Facts, grid: _Grid) -> dict[str, object]:
    """`x`, `y`, `place`, `district`, `names`, masks `before` and `after`, and the minutes of both.

    Minutes stand category by category, rounded up so that a walk within the standard looks so.
    """
    residents, judged = facts.instance.residents, facts.plan.judgement
    names = facts.instance.category_names
    return grid.packed(residents) | {
        "place": pack_numbers(_codes(facts.places, facts.by_place["place"])),
        "district": pack_numbers(_codes(_districts(residents), _district_names(facts))),
        "before": pack_bits(judged.before),
        "after": pack_bits(judged.after),
        "minutes_before": pack_numbers([_minutes(facts.before[name].minutes) for name in names]),
        "minutes_after": pack_numbers([_minutes(facts.after[name].minutes) for name in names]),
        "names": _estates(residents),
    }


def _minutes(minutes: Floats) -> Whole:
    known = np.isfinite(minutes)
    whole = np.ceil(np.where(known, minutes, 0.0) - 1e-6)
    return np.asarray(np.where(known, np.clip(whole, 0, LONGEST_WALK), NO_WALK), dtype=np.int64)


def _categories(facts: Facts) -> list[dict[str, object]]:
    required = set(required_categories(facts.instance))
    return [
        {
            "name": str(row[f"name_{language()}"] or row["category"]),
            "group": row["group"],
            "standard": float(row["standard_minutes"]),
            "required": row["category"] in required,
        }
        for row in facts.instance.categories.to_dict(orient="records")
    ]


def _places(facts: Facts, grid: _Grid) -> dict[str, object]:
    """`places`: `name`, `district` (where all of it lies, else -1), `area`; and `districts`."""
    districts = _district_names(facts)
    code = _codes(_districts(facts.instance.residents), districts)
    xy, found = _xy(facts.instance.residents), []
    for name in facts.by_place["place"]:
        here = facts.places == name
        lies_in = np.unique(code[here])
        named = bool(name) and facts.gaps_before.place_kind != "city"
        areas = areas_round(xy[here]) if named and here.any() else []
        found.append(
            {
                "name": str(name) or tr("no place named"),
                "district": int(lies_in[0]) if len(lies_in) == 1 and len(districts) else -1,
                "area": pack_lines(grid.lines(areas)),
            }
        )
    return {"places": found, "districts": [name or tr("no place named") for name in districts]}


def _district_names(facts: Facts) -> list[str]:
    """The districts, where they are something else than the places."""
    if facts.gaps_before.place_kind != "circle" or "district" not in facts.instance.residents:
        return []
    return sorted({*_districts(facts.instance.residents), *facts.tasks["district"]})


def _districts(residents: pd.DataFrame) -> list[str]:
    if "district" not in residents:
        return [""] * len(residents)
    return [str(name) for name in residents["district"].fillna("")]


def _codes(names: Sequence[str] | NDArray[np.object_], known: ArrayLike) -> Whole:
    """Position of each name among the known ones; 0 where nothing is known."""
    codes = pd.Index(np.asarray(known, dtype=object)).get_indexer(list(names))
    return np.asarray(np.maximum(codes, 0), dtype=np.int64)


def _tasks(facts: Facts, grid: _Grid) -> list[dict[str, object]]:
    instance, show = facts.instance, facts.instance.currency.show
    names = facts.by_category.set_index("category")[f"name_{language()}"]
    places = _codes(facts.task_places, facts.by_place["place"])
    districts = _codes(facts.tasks["district"].tolist(), _district_names(facts))
    units = grid.units(_xy(facts.tasks))
    found = []
    offered = split_categories(facts.plan.chosen["categories"]).groupby("row")["category"].unique()
    for row, task in enumerate(facts.tasks.to_dict(orient="records")):
        categories = [str(category) for category in offered[row]]
        found.append(
            {
                "number": int(task["number"]),
                "x": int(units[row, 0]),
                "y": int(units[row, 1]),
                "site": task["site"] or task["site_id"],
                "site_id": task["site_id"],
                "categories": [instance.category_names.index(name) for name in categories],
                "names": joined(str(names[name] or name) for name in categories),
                "mode": task["mode"],
                "mode_name": task["mode_zh"] if language() == "zh" else task["mode"],
                "cost": show(task["cost"]),
                "investment": show(task["investment"]),
                "newly": float(task["newly_covered"]),
                "only": float(task["only_here"]),
                "place": int(places[row]),
                "district": int(districts[row]),
            }
        )
    return found


def _catchments(facts: Facts, grid: _Grid) -> dict[str, object]:
    """`task` and `category` of each catchment, its `points` with their states, and task `areas`.

    An area is drawn round all catchments of a task and its site; `areas` holds one line a task.
    """
    found = catchments(facts)
    return {
        "task": pack_numbers([one.task for one in found]),
        "category": pack_numbers([one.category for one in found]),
        "points": pack_lists([one.points for one in found], [one.states for one in found]),
        "areas": pack_lines(grid.lines(_task_areas(facts, found))),
    }


def _task_areas(facts: Facts, found: Sequence[Catchment]) -> list[Floats]:
    home = _xy(facts.instance.residents)
    points = [[site] for site in _xy(facts.tasks)[:, None]]
    for one in found:
        points[one.task].append(home[one.points])
    return [area_round(np.concatenate(parts)) for parts in points]
