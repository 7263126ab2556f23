"""Reads a mapping file on top of the packaged defaults, and says everything that is wrong in it.

A mapping file names the city and overrides `defaults.yaml` key by key: mappings are merged, lists
and single values are replaced.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from siting.errors import InputError, Problem
from siting.inputs.catalogue import load_catalogue
from siting.inputs.files import read_named
from siting.inputs.placement import check_metric, parse_crs
from siting.inputs.schema_problems import close_match, schema_problems
from siting.inputs.yaml_marks import MarkedYaml, YamlPath, read_marked
from siting.prepare.osm_mapping import Buildings, Category, OsmMapping, Streets

_FROM_CATALOGUE = (
    "name_zh",
    "name_en",
    "tier",
    "standard_minutes",
    "group",
    "priority",
    "investment",
    "floor_area_m2",
)


def read_mapping(path: Path) -> OsmMapping:
    """Reads a mapping file on top of the packaged defaults.

    Raises:
        InputError: The file is missing, no YAML, or has unknown keys, wrong values or names that
            are not defined; every problem at once.
    """
    marked, problems = read_marked(_text(path), path.name)
    if problems or not isinstance(marked.value, dict):
        raise InputError(problems or [_no_mapping(path)])
    try:
        mapping = OsmMapping.model_validate(merge_keys(_defaults(), marked.value))
    except ValidationError as error:
        raise InputError(schema_problems(error, OsmMapping, marked)) from None
    wrong = (*_undefined(mapping, marked), *_too_many(mapping, marked), *_crs(mapping, marked))
    if wrong:
        raise InputError(wrong)
    return mapping


def default_catalogue() -> dict[str, Category]:
    """The packaged categories with the OSM tags that are them."""
    known = _defaults()["catalogue"]
    return {name: Category.model_validate(one) for name, one in known.items()}


def default_buildings() -> Buildings:
    """The packaged rules of which buildings are lived in."""
    return Buildings.model_validate(_defaults()["buildings"])


def default_streets() -> Streets:
    """The packaged rules of the walking network."""
    return Streets.model_validate(_defaults()["streets"])


def merge_keys(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Lays one tree of keys over another: mappings are merged, everything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        nested = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = merge_keys(below or {}, value) if nested else value
    return merged


def _defaults() -> dict[str, Any]:
    text = resources.files("siting.prepare").joinpath("defaults.yaml").read_text(encoding="utf-8")
    defaults: dict[str, Any] = yaml.safe_load(text)
    ordinary = {
        str(row["category"]): {name: row[name] for name in _FROM_CATALOGUE}
        | {"public_share": f"{row['public_share']:.0%}"}
        for row in load_catalogue().to_dict("records")
    }
    known = {name: ordinary[name] for name in defaults["catalogue"]}
    return merge_keys({"catalogue": known}, defaults)


def _text(path: Path) -> str:
    try:
        if path.exists():
            return read_named(path).decode("utf-8-sig")
        found = "no file"
    except UnicodeDecodeError:
        found = "bytes that are not UTF-8"
    mend = "See prepare.yaml in an instance folder for an example."
    raise InputError(
        [Problem("no-mapping", str(path), found, "a mapping file, YAML in UTF-8", mend)]
    )


def _no_mapping(path: Path) -> Problem:
    mend = "See prepare.yaml in an instance folder for an example."
    return Problem("no-mapping", path.name, "no keys", "lines like 'key: value'", mend)


def _undefined(mapping: OsmMapping, marked: MarkedYaml) -> Iterator[Problem]:
    """Names that are used but defined nowhere, each with its line."""
    for path, name, kind, known in _uses(mapping):
        if name not in known:
            yield Problem(
                code="unknown-name",
                where=marked.where(path),
                found=f"the {kind} '{name}'",
                expected=f"one of {', '.join(known)}",
                mend=f"{close_match(name, known)}Correct the name or define it.",
            )


def _crs(mapping: OsmMapping, marked: MarkedYaml) -> Iterator[Problem]:
    """A system that there is not, or in which no walk is measured."""
    crs, problems = parse_crs(mapping.crs, marked.where(("crs",)))
    yield from problems
    if crs is not None:
        yield from check_metric(crs, {}, marked.where(("crs",)))


def _too_many(mapping: OsmMapping, marked: MarkedYaml) -> Iterator[Problem]:
    """Groups are disjoint, so that together they cannot be more than everyone."""
    together = sum(mapping.population.groups.values())
    if together > 1 + 1e-9:
        yield Problem(
            code="too-many",
            where=marked.where(("population", "groups")),
            found=f"groups of {together:.1%} of the residents together",
            expected="at most 100%: the groups do not overlap",
            mend="Lower the shares.",
        )


def _uses(mapping: OsmMapping) -> Iterator[tuple[YamlPath, str, str, Collection[str]]]:
    catalogue, kinds = mapping.catalogue, mapping.sites.kinds
    groups = ("all", *mapping.population.groups)
    for number, name in enumerate(mapping.categories):
        yield ("categories", number), name, "category", catalogue
        if name in catalogue:
            yield ("catalogue", name, "group"), catalogue[name].group, "group", groups
    for kind, rule in kinds.items():
        for name in rule.allowed_categories:
            yield ("sites", "kinds", kind, "allowed_categories"), name, "category", catalogue
    local = [*(row.name for row in mapping.population.municipalities), *mapping.population.quarters]
    for name in mapping.offers.price_level:
        yield ("offers", "price_level", name), name, "district or circle", local
    for number, bundle in enumerate(mapping.offers.bundles):
        for name in bundle.categories:
            yield ("offers", "bundles", number, "categories"), name, "category", catalogue
        for name in bundle.kinds:
            yield ("offers", "bundles", number, "kinds"), name, "kind of site", kinds
