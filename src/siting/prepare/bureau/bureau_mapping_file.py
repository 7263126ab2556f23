"""Reads the mapping of a bureau's files and says everything that is wrong in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from siting.errors import InputError, Problem
from siting.inputs.characters import decode_text
from siting.inputs.files import read_named
from siting.inputs.placement import LOCAL
from siting.inputs.schema_problems import schema_problems, unknown_key
from siting.inputs.schemas import InstanceSchema
from siting.inputs.yaml_marks import MarkedYaml, read_marked
from siting.language import tr
from siting.prepare.bureau.bureau_mapping import BureauMapping
from siting.prepare.bureau.systems import WHICH_SYSTEM

MAPPING_FILE = "prepare.yaml"
# What the import itself writes into instance.yaml.
_TABLES = ("residents", "outlets", "sites", "categories", "offers")
_WRITTEN = ("siting_instance", "name", "note", "crs", *_TABLES)
# What an instance needs beside the mapping's own keys, to check those.
_SAMPLE = {
    "siting_instance": 1,
    "name": "name",
    "crs": "EPSG:4546",
    "travel": {"straight_line": {}},
    **dict.fromkeys(_TABLES[:-1], "table.csv"),
}
_SEVERAL = ("residents", "outlets", "sites")


@dataclass(frozen=True)
class BureauRules:
    """A mapping with the lines of its file, for messages."""

    mapping: BureauMapping
    marked: MarkedYaml


def read_bureau_mapping(path: Path) -> BureauRules:
    """Reads a mapping file.

    Raises:
        InputError: The file is missing, no YAML, or has unknown keys or wrong values; every
            problem at once.
    """
    marked, problems = read_marked(_text(path), path.name)
    if any(one.code == "yaml-syntax" for one in problems) or not isinstance(marked.value, dict):
        raise InputError(problems or [_no_mapping(path.name, tr("no keys"))])
    marked = _as_lists(marked)
    try:
        mapping = BureauMapping.model_validate(marked.value)
    except ValidationError as error:
        wrong = schema_problems(error, BureauMapping, marked)
        raise InputError([*problems, *map(_of_a_file, wrong)]) from None
    problems = (*problems, *_instance_problems(mapping, marked), *_area_problems(mapping, marked))
    problems = (
        *problems,
        *_twice(mapping, marked),
        *_no_source(mapping, marked),
        *_reserved(mapping, marked),
    )
    if problems:
        raise InputError(problems)
    return BureauRules(mapping, marked)


def _as_lists(marked: MarkedYaml) -> MarkedYaml:
    """Makes a list of one of a ledger that is given without a list, lines and all."""
    assert isinstance(marked.value, dict)  # noqa: S101 - for mypy; the caller has seen to it
    single = {role for role in _SEVERAL if isinstance(marked.value.get(role), dict)}
    value = {key: [one] if key in single else one for key, one in marked.value.items()}
    lines = {
        (path[0], 0, *path[1:]) if path and path[0] in single else path: line
        for path, line in marked.lines.items()
    }
    return replace(marked, value=value, lines={**marked.lines, **lines})


def _text(path: Path) -> str:
    if not path.exists() or path.is_dir():
        raise InputError([_no_mapping(str(path), tr("no file"))])
    return decode_text(read_named(path), path.name)


def _no_mapping(where: str, found: str) -> Problem:
    return Problem(
        code="no-mapping",
        where=where,
        found=found,
        expected=tr("a mapping file that says what each file and column is"),
        mend=tr("Start from the one that 'siting new DIR --template bureau' writes."),
    )


def _instance_problems(mapping: BureauMapping, marked: MarkedYaml) -> Iterator[Problem]:
    """Keys that instance.yaml does not know, or that the import writes itself."""
    free = [name for name in InstanceSchema.model_fields if name not in _WRITTEN]
    for key in mapping.instance:
        if key not in free:
            yield unknown_key(marked.where(("instance", key)), key, free)
    own = {key: value for key, value in mapping.instance.items() if key in free}
    try:
        InstanceSchema.model_validate(_SAMPLE | own)
    except ValidationError as error:
        yield from schema_problems(error, InstanceSchema, marked, ("instance",))


def _of_a_file(problem: Problem) -> Problem:
    """A missing system of a file is mended otherwise than that of the instance."""
    if problem.code == "missing-key" and problem.where.endswith(".crs"):
        return replace(problem, mend=tr(WHICH_SYSTEM))
    return problem


def _twice(mapping: BureauMapping, marked: MarkedYaml) -> Iterator[Problem]:
    if (mapping.siting_prepare is None) == (mapping.siting_bureau is None):
        yield Problem(
            code="missing-key",
            where=marked.where(("siting_prepare",)),
            found=tr("no key '{key}'", key="siting_prepare"),
            expected=tr("2, the version of this file's form"),
            mend=tr("Write 'siting_prepare: 2' in its first line."),
        )
    if mapping.categories and mapping.category_table:
        yield Problem(
            code="bad-value",
            where=marked.where(("categories",)),
            found=tr("both 'categories' and 'category_table'"),
            expected=tr("one of the two"),
            mend=tr("Delete one of them."),
        )


def _no_source(mapping: BureauMapping, marked: MarkedYaml) -> Iterator[Problem]:
    """Residents and sites that no source gives; there may be no outlets."""
    given = mapping.osm.layers if mapping.osm else []
    if not mapping.residents and mapping.population is None and "residents" not in given:
        yield Problem(
            code="missing-key",
            where=marked.where(("residents",)),
            found=tr("no key '{key}'", key="residents"),
            expected=tr("a ledger, a raster in 'population', or 'residents' among those of 'osm'"),
            mend=tr("Add one of the keys."),
        )
    if not mapping.sites and "corners" not in given:
        yield Problem(
            code="missing-key",
            where=marked.where(("sites",)),
            found=tr("no key '{key}'", key="sites"),
            expected=tr("a ledger, or '{layer}' among the layers of 'osm'", layer="corners"),
            mend=tr("Add the key '{key}', or the layer.", key="sites"),
        )


# What the tables of an instance call their own columns.
_OURS = {
    "residents": ("resident_id", "residents", "households", "district", "circle"),
    "outlets": ("outlet_id", "categories"),
    "sites": ("site_id", "district", "circle", "floor_area_m2", "slots", "allowed_categories"),
    "offers": ("offer_id", "site_id", "categories", "cost", "investment", "mode", "floor_area_m2"),
}
_EVERYWHERE = ("id", "name", "x", "y", "lon", "lat", "file", "sheet", "row", "source")


def _reserved(mapping: BureauMapping, marked: MarkedYaml) -> Iterator[Problem]:
    """Columns that are carried along under a name that another column of the instance has."""
    for role, ours in _OURS.items():
        given = getattr(mapping, role)
        for at, entry in enumerate(given if isinstance(given, list) else [given] if given else []):
            groups = [*getattr(entry.columns, "groups", ()), *getattr(entry, "group_shares", ())]
            for number, name in enumerate(entry.keep):
                if name in (*ours, *_EVERYWHERE, *groups):
                    path = (role, at) if isinstance(given, list) else (role,)
                    yield Problem(
                        code="reserved-name",
                        where=marked.where((*path, "keep", number)),
                        found=tr("'{name}', which the instance's own table has", name=name),
                        expected=tr("a name that no column of the instance has"),
                        mend=tr("Name the column in 'columns', or rename it in the file."),
                    )


def _not_on_a_plane(mapping: BureauMapping, marked: MarkedYaml) -> Iterator[Problem]:
    """What a plane that is nowhere on Earth has not: a map, and files in other systems."""
    ground = ("area", "population", "osm", "districts", "circles", "streets", "barriers")
    entries = [(role, at) for role in _SEVERAL for at in range(len(getattr(mapping, role)))]
    systems = [(role, at, "crs") for role, at in entries if getattr(mapping, role)[at].crs != LOCAL]
    for path in [*systems, *((key,) for key in ground if getattr(mapping, key) is not None)]:
        yield Problem(
            code="bad-value",
            where=marked.where(path),
            found=tr("a place on Earth, beside 'crs: local'"),
            expected=tr("tables in metres of one plane, all of them 'crs: local'"),
            mend=tr("Correct the value, or delete the key."),
        )


def _area_problems(mapping: BureauMapping, marked: MarkedYaml) -> Iterator[Problem]:
    area = mapping.area
    if mapping.crs == LOCAL:
        yield from _not_on_a_plane(mapping, marked)
    elif area is None and mapping.districts is None:
        yield Problem(
            code="missing-key",
            where=marked.where(("area",)),
            found=tr("neither 'area' nor 'districts'"),
            expected=tr("where the city is, so that swapped or shifted coordinates are noticed"),
            mend=tr("Add the key 'area' with west, south, east and north in degrees."),
        )
    if area and (area.west >= area.east or area.south >= area.north):
        yield Problem(
            code="bad-value",
            where=marked.where(("area",)),
            found=tr("a box without an inside"),
            expected=tr("west below east and south below north, degrees"),
            mend=tr("Correct the value."),
        )
