"""The mapping of a bureau's files: which file, sheet and column is what, and in which system.

A description is a noun phrase: messages show it as what was expected.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, Field

from siting.inputs.schemas import Schema
from siting.language import phrase
from siting.units import parse_share


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _words(value: object) -> object:
    """Words of a filter; YAML makes numbers and truths of some, which cells hold as text."""
    words = value if isinstance(value, list) else [value]
    return [str(one) if isinstance(one, int | float) else one for one in words]


def _share(value: object) -> float:
    return parse_share(cast("str", value))


# Names that a column may have; the first that the file has counts.
Names = Annotated[list[str], BeforeValidator(_listed), Field(min_length=1)]
Words = Annotated[list[str], BeforeValidator(_words), Field(min_length=1)]
Share = Annotated[float, BeforeValidator(_share)]
Categories = Annotated[list[str], BeforeValidator(_listed)]
_ID = phrase("the column of ids, e.g. 编号; without it rows are numbered")
_NAME = phrase("the column of names, e.g. 小区名称")
_X = phrase("the column of longitudes or eastings, e.g. 经度")
_Y = phrase("the column of latitudes or northings, e.g. 纬度")
_PAIR = phrase("the column with both coordinates in one cell, e.g. 坐标")
_DISTRICT = phrase("the column of districts, e.g. 旗县区")
_CIRCLE = phrase("the column of living circles, e.g. 生活圈")
_FLOOR = phrase("the column of square metres, e.g. 面积(平方米)")
_COST = phrase("the column of public money, e.g. 财政资金(万元)")
_INVESTMENT = phrase("the column of total investment, e.g. 总投资(万元)")


class BureauFile(Schema):
    """A file and how it is to be read."""

    file: str = Field(min_length=1, description=phrase("the name of a file, e.g. 小区台账.xlsx"))
    sheet: str | None = Field(
        None, description=phrase("the name of an Excel sheet, in quotes if a number")
    )
    layer: str | None = Field(None, description=phrase("the name of a GeoPackage layer"))
    header_row: int | None = Field(
        None, ge=1, description=phrase("the row of the header, where it is not found by itself")
    )
    header_rows: int | None = Field(
        None, ge=1, le=4, description=phrase("how many rows the header has")
    )
    fill_down: list[str] = Field(
        default_factory=list,
        description=phrase(
            "our names of columns whose empty cells mean the one above, e.g. [district]"
        ),
    )
    where: dict[str, Words] = Field(
        default_factory=dict,
        description=phrase("the file's column and what it must say, e.g. {状态: 正常}"),
    )
    where_not: dict[str, Words] = Field(
        default_factory=dict,
        description=phrase("the file's column and what it must not say, e.g. {状态: 已停业}"),
    )
    keep: list[str] = Field(
        default_factory=list,
        description=phrase("further columns of the file to carry along, e.g. [街道, 责任单位]"),
    )


class PlacedEntry(BureauFile):
    """A file with places on the map."""

    crs: str = Field(
        description=phrase("the file's coordinate system: WGS84, GCJ-02, BD-09, CGCS2000 or EPSG:n")
    )


class PointColumns(Schema):
    """Columns that every file of places may have."""

    id: Names | None = Field(None, description=_ID)
    name: Names | None = Field(None, description=_NAME)
    x: Names | None = Field(None, description=_X)
    y: Names | None = Field(None, description=_Y)
    coordinates: Names | None = Field(None, description=_PAIR)


class ResidentColumns(PointColumns):
    """Columns of a ledger of estates or buildings."""

    residents: Names = Field(
        description=phrase("the column of people (or households), e.g. 常住人口")
    )
    households: Names | None = Field(
        None, description=phrase("the column of households, to compare people with, e.g. 户数")
    )
    district: Names | None = Field(None, description=_DISTRICT)
    circle: Names | None = Field(None, description=_CIRCLE)
    groups: dict[str, Names] = Field(
        default_factory=dict,
        description=phrase("a column of people for each group, e.g. {elderly: 60岁以上}"),
    )


class ResidentsEntry(PlacedEntry):
    """A ledger of where people live."""

    columns: ResidentColumns = Field(
        description=phrase("which column is what, e.g. {name: 小区名称}")
    )
    persons_per_household: float | None = Field(
        None,
        gt=0,
        le=10,
        description=phrase("people in a household, e.g. 2.4, where households are given"),
    )
    fractions: bool = Field(
        default=False,
        description=phrase("true where people may be fractions, as in a population grid"),
    )
    group_shares: dict[str, Share] = Field(
        default_factory=dict,
        description=phrase("a share for each group without a column, e.g. {elderly: 22%}"),
    )


class OutletColumns(PointColumns):
    """Columns of a ledger of outlets."""

    types: list[Names] = Field(
        min_length=1,
        description=phrase("the columns of types, all of them read, e.g. [业态, 兼营业态]"),
    )


class OutletsEntry(PlacedEntry):
    """A ledger of what exists."""

    columns: OutletColumns = Field(
        description=phrase("which column is what, e.g. {name: 网点名称}")
    )


class SiteColumns(PointColumns):
    """Columns of a list of candidate sites."""

    district: Names | None = Field(None, description=_DISTRICT)
    circle: Names | None = Field(None, description=_CIRCLE)
    floor_area: Names | None = Field(None, description=_FLOOR)
    slots: Names | None = Field(
        None, description=phrase("the column of how many categories fit, e.g. 可容纳业态数")
    )
    allowed: Names | None = Field(
        None, description=phrase("the column of categories allowed there, e.g. 可布置业态")
    )


class SitesEntry(PlacedEntry):
    """A list of places where something can be added."""

    columns: SiteColumns = Field(description=phrase("which column is what, e.g. {name: 点位名称}"))


class OfferColumns(Schema):
    """Columns of a list of what could be added where."""

    id: Names | None = Field(None, description=_ID)
    site: Names = Field(description=phrase("the column with the site's id or name, e.g. 点位名称"))
    categories: Names = Field(description=phrase("the column of categories, e.g. 业态"))
    cost: Names = Field(description=_COST)
    investment: Names | None = Field(None, description=_INVESTMENT)
    mode: Names | None = Field(None, description=phrase("the column of 新建, 改造, 引进 or 叠加"))
    floor_area: Names | None = Field(None, description=_FLOOR)


class OffersEntry(BureauFile):
    """A list of what could be added where, at which cost."""

    columns: OfferColumns = Field(description=phrase("which column is what, e.g. {site: 点位名称}"))


class CategoryColumns(Schema):
    """Columns of the categories of the plan; empty cells come from the default catalogue."""

    category: Names = Field(description=phrase("the column of categories, e.g. 业态"))
    standard_minutes: Names | None = Field(
        None, description=phrase("the column of walking minutes, e.g. 步行时间(分钟)")
    )
    priority: Names | None = Field(None, description=phrase("the column of weights, e.g. 权重"))
    cost: Names | None = Field(None, description=_COST)
    investment: Names | None = Field(None, description=_INVESTMENT)
    floor_area: Names | None = Field(None, description=_FLOOR)


class CategoriesEntry(BureauFile):
    """The categories of the plan as a table."""

    columns: CategoryColumns = Field(
        description=phrase("which column is what, e.g. {category: 业态}")
    )


class OutlinesEntry(Schema):
    """Outlines of districts or of living circles."""

    file: str = Field(min_length=1, description=phrase("the name of a file, e.g. 旗县区.geojson"))
    layer: str | None = Field(None, description=phrase("the name of a GeoPackage layer"))
    crs: str = Field(
        description=phrase("the file's coordinate system: WGS84, GCJ-02, BD-09, CGCS2000 or EPSG:n")
    )
    name: Names = Field(description=phrase("the column of names, e.g. 旗县区"))


class LinesEntry(Schema):
    """Streets, or lines that nobody crosses on foot."""

    file: str = Field(min_length=1, description=phrase("the name of a file, e.g. 道路.shp"))
    layer: str | None = Field(None, description=phrase("the name of a GeoPackage layer"))
    crs: str = Field(
        description=phrase("the file's coordinate system: WGS84, GCJ-02, BD-09, CGCS2000 or EPSG:n")
    )


class AreaSchema(Schema):
    """The city's outline as a box, degrees."""

    west: float = Field(ge=-180, le=180, description=phrase("degrees east, e.g. 109.3"))
    south: float = Field(ge=-90, le=90, description=phrase("degrees north, e.g. 40.2"))
    east: float = Field(ge=-180, le=180, description=phrase("degrees east, e.g. 111.4"))
    north: float = Field(ge=-90, le=90, description=phrase("degrees north, e.g. 42.7"))


class PopulationEntry(Schema):
    """A raster of people, e.g. of WorldPop or GHS-POP."""

    file: str = Field(min_length=1, description=phrase("the name of a GeoTIFF, e.g. people.tif"))
    band: int | None = Field(
        None, ge=1, description=phrase("the number of the band of people, where there are several")
    )
    group_shares: dict[str, Share] = Field(
        default_factory=dict,
        description=phrase("a share for each group without a column, e.g. {elderly: 22%}"),
    )


class OsmEntry(Schema):
    """An OSM extract and which layers it gives."""

    file: str = Field(
        min_length=1, description=phrase("the name of an OSM extract, e.g. city.osm.pbf")
    )
    layers: list[Literal["streets", "residents", "outlets", "corners"]] = Field(
        min_length=1,
        description=phrase("which of streets, residents, outlets and corners (as sites) it gives"),
    )
    totals: dict[str, Annotated[int, Field(ge=0, lt=10**8)]] = Field(
        default_factory=dict,
        description=phrase(
            "people of each district, spread over its homes, e.g. {昆都仑区: 790000}; without it, "
            "those of the place nodes"
        ),
    )
    group_shares: dict[str, Share] = Field(
        default_factory=dict,
        description=phrase("a share for each group without a column, e.g. {elderly: 22%}"),
    )
    tags: dict[str, list[dict[str, list[str]]]] = Field(
        default_factory=dict,
        description=phrase("tags of a category, e.g. {pharmacy: [{amenity: [pharmacy]}]}"),
    )
    corners_every: float = Field(
        400.0, ge=20, description=phrase("metres between corners that are taken for sites")
    )


class TypesSchema(Schema):
    """What types of outlets mean: laid over the packaged list, entry by entry."""

    words: dict[str, Categories] = Field(
        default_factory=dict,
        description=phrase("categories for a whole word, e.g. {社区菜店: 生鲜超市}; [] for none"),
    )
    contains: dict[str, Categories] = Field(
        default_factory=dict,
        description=phrase("categories for words that contain it, e.g. {超市: 综合超市}"),
    )
    codes: dict[str, Categories] = Field(
        default_factory=dict,
        description=phrase('categories for an Amap typecode, e.g. {"060200": 便利店}'),
    )


class BureauMapping(Schema):
    """Everything that may stand in the mapping of a bureau's files."""

    siting_prepare: Literal[2] | None = Field(
        None, description=phrase("2, the version of this file's form")
    )
    siting_bureau: Literal[1] | None = Field(
        None, description=phrase("1, an older name of 'siting_prepare: 2'")
    )
    name: str = Field(min_length=1, description=phrase("what people call the instance, a text"))
    note: str = Field("", description=phrase("what a reader must know of the data, a text"))
    crs: str = Field(
        description=phrase(
            "the metric system of the instance, EPSG:4546 for Baotou; local for metres of a plane"
        )
    )
    area: AreaSchema | None = Field(
        None, description=phrase("{west: 109.3, south: 40.2, east: 111.4, north: 42.7}, degrees")
    )
    instance: dict[str, Any] = Field(
        default_factory=dict,
        description=phrase("keys of instance.yaml as they stand, e.g. {budget: 300万}"),
    )
    residents: list[ResidentsEntry] = Field(
        default_factory=list, description=phrase("the ledger of estates")
    )
    population: PopulationEntry | None = Field(
        None, description=phrase("a raster of people, e.g. {file: people.tif}")
    )
    osm: OsmEntry | None = Field(
        None, description=phrase("an OSM extract, e.g. {file: city.osm.pbf, layers: [streets]}")
    )
    outlets: list[OutletsEntry] = Field(
        default_factory=list, description=phrase("the ledger of outlets")
    )
    sites: list[SitesEntry] = Field(
        default_factory=list, description=phrase("the list of candidate sites")
    )
    offers: OffersEntry | None = Field(
        None, description=phrase("the list of what could be added where")
    )
    categories: list[str] = Field(
        default_factory=list,
        description=phrase("the categories of the plan by name; all basic ones if none is named"),
    )
    category_table: CategoriesEntry | None = Field(
        None, description=phrase("the categories of the plan as a table, with local costs")
    )
    districts: OutlinesEntry | None = Field(
        None, description=phrase("the outlines of the districts")
    )
    circles: OutlinesEntry | None = Field(
        None, description=phrase("the outlines of the living circles")
    )
    streets: LinesEntry | None = Field(None, description=phrase("the streets, as lines"))
    barriers: LinesEntry | None = Field(
        None, description=phrase("lines that nobody crosses on foot, e.g. a railway")
    )
    types: TypesSchema = Field(
        default_factory=TypesSchema, description=phrase("what types of outlets mean")
    )
