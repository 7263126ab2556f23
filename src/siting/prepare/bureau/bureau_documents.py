"""The two texts of an imported instance that people read: `instance.yaml` and `README.md`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from siting import __version__
from siting.language import tr
from siting.prepare.bureau.bureau_mapping import BureauMapping
from siting.prepare.bureau.findings import FINDINGS_FILE
from siting.prepare.bureau.sources import ROLES, Sources
from siting.prepare.bureau.street_file import SNAP_LIMIT_METRES

_DETOUR = 1.25


def bureau_instance_yaml(mapping: BureauMapping, files: Mapping[str, str], assumed: str) -> str:
    """The text of `instance.yaml`: the mapping's own keys as they stand, and the tables.

    Args:
        mapping: What the mapping says.
        files: Name of the file of each table that was written.
        assumed: What a reader must know of the costs; empty where they are the bureau's own.
    """
    note = mapping.note or tr("Imported from a bureau's files; see README.md.")
    content: dict[str, Any] = {
        "siting_instance": 1,
        "name": mapping.name,
        "note": f"{note} {assumed}".strip(),
        "crs": mapping.crs,
        "money": {"unit": "CNY", "shown_in": "万元"},
    }
    roles = ("residents", "outlets", "sites", "categories", "offers")
    content |= {role: {"file": files[role]} for role in roles if role in files}
    content["travel"] = _travel(files)
    content |= mapping.instance
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)


def _travel(files: Mapping[str, str]) -> dict[str, Any]:
    if "nodes" in files:
        limit = f"{SNAP_LIMIT_METRES:g} m"
        return {"network": {"nodes": files["nodes"], "edges": files["edges"], "snap_limit": limit}}
    line: dict[str, Any] = {"detour": _DETOUR}
    if "barriers" in files:
        line["barriers"] = {"file": files["barriers"]}
    return {"straight_line": line}


def bureau_readme(sources: Sources, counts: Mapping[str, int], people: int) -> str:
    """The text of `README.md`: origin, systems, counts and what was left out."""
    mapping, findings = sources.mapping, sources.findings
    lines = [
        f"# {mapping.name}",
        "",
        tr("Imported by `siting prepare bureau` (siting {version}); nothing here is edited by "
           "hand. To change it, change the source files and import again.", version=__version__),
        "",
        f"## {tr('Origin')}",
        "",
        *_origin(sources),
        "",
        tr("Everything is computed in {name}.", name=mapping.crs),
        "",
        f"## {tr('Counts')}",
        "",
        *(f"* {name}: {number:,}" for name, number in titled(counts).items()),
        f"* {tr('people')}: {people:,}",
        "",
        f"## {tr('Findings')}",
        "",
        tr("Each one is a line in {file}, with its row in the source.", file=FINDINGS_FILE),
        "",
        *(f"* {title}: {number:,}" for title, number in findings.titled().items()),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def titled(counts: Mapping[str, int]) -> dict[str, int]:
    """Rows by what people call each table."""
    titles = {
        "residents": tr("demand points"),
        "outlets": tr("outlets"),
        "sites": tr("sites"),
        "categories": tr("categories"),
        "offers": tr("offers"),
        "nodes": tr("street nodes"),
        "edges": tr("street edges"),
    }
    return {titles[role]: number for role, number in counts.items()}


def _origin(sources: Sources) -> list[str]:
    head = [
        f"| {tr('table')} | {tr('file')} | {tr('coordinate system')} | {tr('rows')} |",
        "|---|---|---|---|",
    ]
    rows = [
        f"| {title} | {one.ledger.grid.label} | {one.points.system.name} | {len(one.points.xy):,} |"
        for role, title in zip(ROLES, titled(dict.fromkeys(ROLES, 0)), strict=True)
        for one in sources.by_role.get(role, [])
    ]
    digests = [f"* {name}: SHA-256 `{digest}`" for name, digest in sources.digests().items()]
    return [*head, *rows, "", *digests]
