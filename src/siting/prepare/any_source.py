"""One way in: a mapping file says what it is, and its own folder holds what it names."""

from __future__ import annotations

from pathlib import Path

from siting.errors import InputError, Problem
from siting.inputs.characters import decode_text
from siting.inputs.files import path_of, read_named
from siting.inputs.yaml_marks import read_marked
from siting.language import tr
from siting.prepare.osm_mapping_file import read_mapping

BUREAU, OSM = "siting_bureau", "siting_prepare"
# Versions of `siting_prepare`: the first knows OSM alone, the second any source.
_OSM_ONLY, _ANY_SOURCE = 1, 2


def knows_any_source(mapping: Path) -> bool:
    """Whether a mapping is of the kind that takes any source, by whichever of its names.

    Raises:
        InputError: There is no such file, or it is no mapping.
    """
    if not mapping.exists() or mapping.is_dir():
        raise InputError([_no_mapping(mapping, tr("no file"))])
    marked, problems = read_marked(decode_text(read_named(mapping), mapping.name), mapping.name)
    if any(one.code == "yaml-syntax" for one in problems):
        raise InputError(problems)
    keys = marked.value if isinstance(marked.value, dict) else {}
    if (BUREAU in keys) == (OSM in keys):
        raise InputError([_no_mapping(mapping, tr("neither or both of the two keys"))])
    if OSM in keys and keys[OSM] not in (_OSM_ONLY, _ANY_SOURCE):
        raise InputError([_no_mapping(mapping, tr("another version"))])
    return BUREAU in keys or keys[OSM] == _ANY_SOURCE


def _no_mapping(mapping: Path, found: str) -> Problem:
    return Problem(
        code="no-mapping",
        where=str(mapping),
        found=found,
        expected=tr("a mapping file with 'siting_prepare: 2', or 1 for OSM alone"),
        mend=tr("Start from the one that 'siting new DIR --template bureau' writes."),
    )


def named_extract(mapping: Path) -> Path:
    """The OSM extract that a mapping of one names, beside the mapping.

    Raises:
        InputError: The mapping is wrong or names none.
    """
    extract = read_mapping(mapping).extract
    if extract is None:
        problem = Problem(
            code="missing-key",
            where=mapping.name,
            found=tr("no key '{key}'", key="extract"),
            expected=tr("the name of an OSM extract, e.g. city.osm.pbf"),
            mend=tr("Add the key '{key}', or the layer.", key="extract"),
        )
        raise InputError([problem])
    return path_of(mapping.parent, extract)
