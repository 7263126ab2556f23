"""The mapping: what raw sources mean, as data that a person can read, change and keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from siting.units import Currency, parse_length, parse_money, parse_share, parse_speed

Metres = Annotated[float, BeforeValidator(parse_length)]
Share = Annotated[float, BeforeValidator(parse_share)]
Speed = Annotated[float, BeforeValidator(parse_speed)]
TagRule = dict[str, list[str]]

ANY = "*"


class Strict(BaseModel):
    """A section of the mapping: frozen, and a key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ExtractSource(Strict):
    """Where the data comes from, for the folder's README and the instance's note.

    Attributes:
        title: What the extract is.
        as_of: Date of the data.
        obtained: How anyone gets the very same extract, Markdown.
        rebuild: The command that rebuilds the folder.
        remarks: Weaknesses of the result that a reader must know, Markdown list items.
    """

    title: str
    as_of: str
    obtained: str
    rebuild: str
    remarks: list[str] = []


class BudgetEntry(Strict):
    """The currency, its shown unit, and the year's budget as text with its unit."""

    unit: str = "CNY"
    shown_in: str = "万元"
    budget: str

    @field_validator("budget", mode="before")
    @classmethod
    def _readable(cls, value: str | float, info: ValidationInfo) -> str:
        parse_money(value, Currency(info.data.get("unit", "CNY")))
        return str(value)


class WalkingEntry(Strict):
    """Walking speeds in metres a minute, and those of groups."""

    speed: Speed
    groups: dict[str, Speed] = {}


class FootRules(Strict):
    """Which OSM ways people walk on.

    Attributes:
        highways: Values of `highway` that are walked unless foot traffic is refused.
        only_if_tagged: Values of `highway` that are walked only with a tag of `welcome`.
        welcome: Tags that open a way to people on foot, whatever its other tags.
        refused: Tags that close a way unless a tag of `permits` is there.
        permits: Tags that lift a refusal.
        never: Tags that close a way in any case.
    """

    highways: list[str]
    only_if_tagged: list[str]
    welcome: TagRule
    refused: TagRule
    permits: TagRule
    never: TagRule


class Streets(Strict):
    """How the walking network is built.

    Attributes:
        foot: Which ways are walked.
        least_component: Parts with fewer nodes than this are dropped, the largest never.
        keep_every: Along a street a node is kept at least this often, in metres, where OSM has one.
        snap_limit: A point further than this many metres from the network is off it.
    """

    foot: FootRules
    least_component: int = Field(ge=1)
    keep_every: Metres
    snap_limit: Metres


class Storeys(Strict):
    """Storeys assumed for a footprint of at least `from_m2` square metres."""

    from_m2: float = Field(ge=0)
    levels: float = Field(gt=0)


class BuildingType(Strict):
    """Homes in one type of building.

    Attributes:
        storeys: Storeys where OSM has no `building:levels`, by footprint.
        homes: Share of the floor area that is lived in.
        address: Whether only buildings with an address count.
        business: Whether a business tag or a business land use rules homes out.
        most_footprint: Larger footprints are halls and stores, square metres.
    """

    storeys: list[Storeys]
    homes: Share = 1.0
    address: bool = False
    business: bool = False
    most_footprint: float = Field(default=float("inf"), gt=0)


class Buildings(Strict):
    """Which buildings people live in, and on how much floor.

    Attributes:
        types: By value of `building`.
        business_tags: Keys that mark a business, for types that heed them.
        business_landuse: Values of `landuse` without homes, for types that heed them.
        address_within: An address point this near, in metres, gives a building its address.
        least_footprint: Smaller footprints are sheds, square metres.
        most_levels: Higher values of `building:levels` are taken for mistakes.
        multipolygons: Whether buildings that are relations are read.
    """

    types: dict[str, BuildingType]
    business_tags: list[str]
    business_landuse: list[str]
    address_within: Metres
    least_footprint: float = Field(ge=0)
    most_levels: float = Field(gt=0)
    multipolygons: bool = True


class Municipality(Strict):
    """A total of residents and what tells its buildings apart.

    Attributes:
        name: What it is called in the instance.
        place: Name of the OSM `place` node that carries its `population`.
        residents: The total, where the node's number is not wanted.
        postcodes: Values of `addr:postcode` in it.
        cities: Values of `addr:city` in it.
        anchors: Names of OSM `place` nodes that lie in it.
    """

    name: str
    place: str
    residents: int | None = Field(default=None, ge=0)
    postcodes: list[str] = []
    cities: list[str] = []
    anchors: list[str] = []


class Population(Strict):
    """How totals are spread over homes.

    Attributes:
        municipalities: The totals.
        neighbours: Labelled neighbours that vote on a building without an address of its own.
        quarters: Names of OSM `place` nodes; every point belongs to the nearest one.
        quarter_is: The column that the quarter fills; a quarter may be the district itself.
        groups: Share of each demand group in all residents, the same everywhere.
        cell: Homes in the same square cell of this size, in metres, are one demand point.
    """

    municipalities: list[Municipality] = Field(min_length=1)
    neighbours: int = Field(ge=1)
    quarters: list[str] = []
    quarter_is: Literal["circle", "district"] = "circle"
    groups: dict[str, Share]
    cell: Metres


class Category(Strict):
    """A business category: its standard and assumed money, and the OSM tags that are it.

    All but the tags comes from the default catalogue unless the mapping overrides it.

    Attributes:
        name_zh: Name in Chinese.
        name_en: Name in English.
        tier: Basic or quality.
        standard_minutes: Walking standard.
        group: Demand group.
        priority: Weight in the objective.
        investment: Assumed total investment of an ordinary outlet, in units of money.
        floor_area_m2: Floor that an outlet needs.
        public_share: Public money as a share of the investment.
        tags: Rules; an object is an outlet when all keys of one rule match. `*` is any value.
    """

    name_zh: str
    name_en: str
    tier: Literal["basic", "quality"]
    standard_minutes: float = Field(gt=0)
    group: str = "all"
    priority: float = Field(default=1.0, gt=0)
    investment: float = Field(ge=0)
    floor_area_m2: float = Field(ge=0)
    public_share: Share
    tags: list[TagRule] = Field(min_length=1)


class SiteKind(Strict):
    """A kind of candidate site, found by tags or at corners of underserved streets.

    Attributes:
        tags: Rules as for categories; empty for `corners`.
        refuse: An object with one of these tags is no candidate.
        corners: Whether sites are street junctions near uncovered residents.
        least_footprint: Smaller areas are no candidates, square metres.
        floor_share: Share of footprint x storeys that can be had.
        floor_area_m2: Least and most floor area offered; points get the least.
        slot_m2: Floor that one more slot needs, square metres.
        most_slots: Slots at most.
        spacing: Least distance to any site chosen before, metres.
        most: At most this many, those with most uncovered residents nearby first.
        allowed_categories: If given, nothing else may be added there.
        mode: How an outlet comes about there.
        factor: Investment there as a multiple of an ordinary outlet's.
    """

    tags: list[TagRule] = []
    refuse: TagRule = {}
    corners: bool = False
    least_footprint: float = Field(default=0, ge=0)
    floor_share: Share = 1.0
    floor_area_m2: tuple[float, float]
    slot_m2: float = Field(default=100, gt=0)
    most_slots: int = Field(default=4, ge=1)
    spacing: Metres
    most: int = Field(default=10_000, ge=1)
    allowed_categories: list[str] = []
    mode: Literal["new", "retrofit", "introduce", "add-on"]
    factor: float = Field(gt=0)


class Sites(Strict):
    """Candidate sites: kinds in order of preference, and when a place is worth a look.

    Attributes:
        kinds: By name, the preferred first.
        look_within: Straight-line metres within which residents make a place worth a look.
        least_residents: Fewer uncovered (resident, category) pairs than this nearby are too few.
    """

    kinds: dict[str, SiteKind]
    look_within: Metres
    least_residents: float = Field(ge=0)


class Bundle(Strict):
    """One shop, several services: categories added together for less than one by one."""

    categories: list[str] = Field(min_length=2)
    kinds: list[str]
    least_floor: float = Field(ge=0)
    saving: Share


class Offers(Strict):
    """What an outlet costs where.

    Attributes:
        price_level: Multiple of the investment by circle or district; 1 where none is named.
        density_premium: What the most densely peopled site costs more than the least.
        rounding: Amounts are rounded up to this.
        least_uncovered: An offer that reaches fewer uncovered people is not listed; of a group only
            its share in all residents of this number is asked.
        bundles: Categories that may be added together.
    """

    price_level: dict[str, float] = {}
    density_premium: Share = 0.0
    rounding: float = Field(gt=0)
    least_uncovered: float = Field(ge=0)
    bundles: list[Bundle] = []


class Outlets(Strict):
    """Objects of one category this near, in metres, and of one name are the same outlet."""

    merge_within: Metres


class OsmMapping(Strict):
    """Everything `prepare_osm` decides by, see `defaults.yaml` for each number.

    `clip` is a box in degrees, west, south, east, north, for an extract larger than the city;
    `extract` names the file, where the command does not.
    """

    siting_prepare: Literal[1]
    name: str
    crs: str = Field(pattern=r"^EPSG:\d+$")
    clip: tuple[float, float, float, float] | None = None
    extract: str | None = None
    source: ExtractSource
    money: BudgetEntry
    walking: WalkingEntry
    streets: Streets
    buildings: Buildings
    population: Population
    catalogue: dict[str, Category]
    categories: list[str] = Field(min_length=1)
    outlets: Outlets
    sites: Sites
    offers: Offers

    @property
    def currency(self) -> Currency:
        """The money of the instance."""
        return Currency(self.money.unit, self.money.shown_in)

    @property
    def site_kinds(self) -> dict[str, SiteKind]:
        """The kinds of site at which a category of the instance may be added.

        `allowed_categories` is cut down to the instance's; a kind left with none is no use, and
        must not turn into one where everything is allowed.
        """
        kinds = {}
        for name, kind in self.sites.kinds.items():
            allowed = [one for one in self.categories if one in kind.allowed_categories]
            if allowed or not kind.allowed_categories:
                kinds[name] = kind.model_copy(update={"allowed_categories": allowed})
        return kinds

    @property
    def chosen(self) -> dict[str, Category]:
        """The categories of the instance, by identifier, in the order they are listed."""
        return {name: self.catalogue[name] for name in self.categories}


def matches(tags: Mapping[str, str], rule: Mapping[str, list[str]], *, every: bool) -> bool:
    """Whether tags fit a rule: one of the values (`*`: any) of every key, or of at least one key.

    OSM joins several values by `;`; each of them counts.
    """
    hits = (
        key in tags and (ANY in values or not set(tags[key].split(";")).isdisjoint(values))
        for key, values in rule.items()
    )
    return all(hits) if every else any(hits)
