"""The two texts of an instance folder that people read: `instance.yaml` and `README.md`."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping

from siting.prepare.instance_folder import FILES
from siting.prepare.osm_mapping import OsmMapping

_LICENCE = """\
© OpenStreetMap contributors. The data is available under the Open Database License 1.0 (ODbL,
https://opendatacommons.org/licenses/odbl/1-0/); this folder is a derived database and is under the
same licence. See https://www.openstreetmap.org/copyright."""

_RULES = """\
Every number below stands in `prepare.yaml` or in the packaged defaults it overrides.

* **Walking network.** Ways that people may walk on by their `highway`, `foot`, `access` and
  `sidewalk` tags, both directions alike; pedestrian areas are walked round their outline. Lengths
  are geodesic. Parts of fewer than {least_component} nodes are dropped, except the largest. Nodes
  in mid-street are removed where that changes no distance: junctions, dead ends, nodes that a
  demand point, outlet or site snaps to, and one node at least every {keep_every:.0f} m stay.
* **Residents.** The total of each municipality is spread over the floor area of homes (footprint x
  storeys x the share that is lived in, by type of building; storeys are assumed from the footprint
  where OSM does not tell). A home belongs to the municipality of its own postcode or town; without
  one, its {neighbours} nearest labelled neighbours vote. Homes in one square cell of {cell:.0f} m
  are one demand point, at the member with the most floor. People are whole and sums are exact
  (largest remainder).
* **Groups.** {groups} of the residents at every point alike: an assumption, for nothing in the
  extract tells where the old and the young live. The groups do not overlap.
* **Outlets.** OSM objects by their tags, one list of tags a category; objects of one category and
  one name within {merge:.0f} m are one outlet. One outlet may serve several categories.
* **Sites.** {kinds}. Each kind has a least spacing, and a place needs at least
  {least_residents:.0f} uncovered (resident, category) pairs within {look_within:.0f} m.
* **Offers and costs.** The ordinary investment of a category times a factor of the kind of site,
  one of the circle or district where the mapping gives one, and a premium of up to {premium:.0%} by
  the rank of the number of residents within {look_within:.0f} m. Public money is a share of it that
  depends on the category ({shares}). Some pairs of categories are also offered together for less.
  An offer is listed when the floor suffices, the kind of site allows it and at
  least {least_uncovered:.0f} uncovered residents (of a group: its share of that number) are within
  the standard. **All amounts are assumptions**, meant to be replaced by a bureau's own."""

_README = """\
# {name}

{title}, state of {as_of}.
Built by `siting prepare osm`; nothing in this folder is edited by hand but `prepare.yaml`.

## Origin and licence

{licence}

{obtained}

## Rebuild

```sh
{rebuild}
```

The same extract, mapping and versions give the same bytes.

## Rules

{rules}

## Known weaknesses

{remarks}

## Counts

{counts}

### Residents

{residents}

Floor of homes for each resident, in square metres (a check of the totals against the buildings):
{floor}.

### Left out

{skipped}
"""


def osm_instance_yaml(mapping: OsmMapping) -> str:
    """The text of `instance.yaml`."""
    walking = mapping.walking
    speeds = {name: walking.groups.get(name) for name in mapping.population.groups}
    groups = ", ".join(f"{name}: {speed:g} m/min" for name, speed in speeds.items() if speed)
    note = (
        f"Data: {mapping.source.title}, state of {mapping.source.as_of}, "
        "© OpenStreetMap contributors, ODbL. Costs, storeys and age shares are assumptions."
    )
    tables = [f"{name}: {{file: {FILES[name]}}}" for name in list(FILES)[:5]]
    network = ", ".join(f"{name}: {FILES[name]}" for name in ("nodes", "edges"))
    lines = [
        "siting_instance: 1",
        f"name: {_quoted(mapping.name)}",
        f"note: {_quoted(note)}",
        f"crs: {mapping.crs}",
        f"money: {{unit: {mapping.money.unit}, shown_in: {mapping.money.shown_in}}}",
        f"budget: {mapping.money.budget}",
        *tables,
        "travel:",
        f"  network: {{{network}, snap_limit: {mapping.streets.snap_limit:g} m}}",
        f"walking: {{speed: {walking.speed:g} m/min, groups: {{{groups}}}}}",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A text in double quotes: what JSON quotes, YAML reads."""
    return json.dumps(text, ensure_ascii=False)


def osm_readme(
    mapping: OsmMapping,
    counts: Mapping[str, int],
    skipped: Mapping[str, int],
    districts: Mapping[str, int],
    floor: Mapping[str, float],
) -> str:
    """The text of `README.md`: origin, licence, rules, weaknesses and counts."""
    source = mapping.source
    return _README.format(
        name=mapping.name,
        title=source.title,
        as_of=source.as_of,
        licence=_LICENCE,
        obtained=source.obtained.strip(),
        rebuild=source.rebuild.strip(),
        rules=_rules(mapping),
        remarks="\n".join(_bullet(f"* {one}") for one in source.remarks) or "None known.",
        counts=_list(counts),
        residents=_list(districts),
        floor=", ".join(f"{name} {m2:.0f}" for name, m2 in floor.items()),
        skipped=_list(skipped),
    )


def _rules(mapping: OsmMapping) -> str:
    population, sites, offers = mapping.population, mapping.sites, mapping.offers
    groups = ", ".join(f"{name} {share:.1%}" for name, share in population.groups.items())
    text = _RULES.format(
        least_component=mapping.streets.least_component,
        keep_every=mapping.streets.keep_every,
        neighbours=population.neighbours,
        cell=population.cell,
        groups=groups or "No shares",
        merge=mapping.outlets.merge_within,
        kinds=", ".join(name.replace("_", " ") for name in mapping.site_kinds).capitalize(),
        least_residents=sites.least_residents,
        look_within=sites.look_within,
        shares=", ".join(f"{name} {one.public_share:.0%}" for name, one in mapping.chosen.items()),
        premium=offers.density_premium,
        least_uncovered=offers.least_uncovered,
    )
    first, *bullets = text.split("\n* ")
    return "\n".join([first, *(_bullet(f"* {one}") for one in bullets)])


def _bullet(text: str) -> str:
    """A list item in lines of at most 100 characters."""
    return textwrap.fill(
        " ".join(text.split()), 100, subsequent_indent="  ", break_on_hyphens=False
    )


def _list(numbers: Mapping[str, int]) -> str:
    return "\n".join(f"* {name}: {number:,}" for name, number in numbers.items()) or "* nothing"
