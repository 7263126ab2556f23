"""One way in: a mapping file says what it is, and its own folder holds what it names."""

from __future__ import annotations

from pathlib import Path

from siting.errors import InputError, Problem
from siting.inputs.characters import decode_text
from siting.inputs.files import path_of
from siting.inputs.yaml_marks import read_marked
from siting.language import tr
from siting.prepare.osm_mapping_file import read_mapping

BUREAU, OSM = "siting_bureau", "siting_prepare"


def mapping_kind(mapping: Path) -> str:
    """Which of the two kinds of mapping a file is: `siting_bureau` or `siting_prepare`.

    Raises:
        InputError: There is no such file, or it is neither.
    """
    if not mapping.is_file():
        raise InputError([_neither(mapping, tr("no file"))])
    marked, problems = read_marked(decode_text(mapping.read_bytes(), mapping.name), mapping.name)
    if any(one.code == "yaml-syntax" for one in problems):
        raise InputError(problems)
    keys = marked.value if isinstance(marked.value, dict) else {}
    kinds = [kind for kind in (BUREAU, OSM) if kind in keys]
    if len(kinds) != 1:
        raise InputError([_neither(mapping, tr("neither or both of the two keys"))])
    return kinds[0]


def _neither(mapping: Path, found: str) -> Problem:
    return Problem(
        code="no-mapping",
        where=str(mapping),
        found=found,
        expected=tr("a mapping file with 'siting_bureau: 1' or 'siting_prepare: 1'"),
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
