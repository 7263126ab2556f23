"""What may stand in instance.yaml: one frozen schema for each mapping, each field described.

A description is a noun phrase: messages show it as what was expected.
"""

from __future__ import annotations

from typing import Annotated, Literal, cast

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from siting.errors import UnitError
from siting.inputs.instance import Grade, Walking, Winter
from siting.inputs.walking import PRESETS, two_speeds, unknown_preset
from siting.language import joined, tr
from siting.units import Currency, parse_growth, parse_length, parse_money, parse_share, parse_speed

_CNY_SHOWN = ("元", "千元", "万元", "百万元", "千万元", "亿元", "CNY")


class Schema(BaseModel):
    """Base of every schema: frozen, no unknown keys, no guessing between types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FileEntry(Schema):
    """Where one table is and how its file is to be read."""

    file: str = Field(
        min_length=1, description="the name of a file in this folder, e.g. residents.csv"
    )
    sheet: str | None = Field(None, description="the name of an Excel sheet, in quotes if a number")
    layer: str | None = Field(None, description="the name of a GeoPackage layer")
    crs: str | None = Field(None, description="the file's own coordinate system, e.g. EPSG:4326")
    columns: dict[str, str] = Field(
        default_factory=dict, description="our name and the file's column, e.g. {residents: 人口}"
    )


def _named_file(value: object) -> object:
    return {"file": value} if isinstance(value, str) else value


TableFile = Annotated[FileEntry, BeforeValidator(_named_file)]


class MoneySchema(Schema):
    """The money of the instance."""

    unit: str = Field(
        "CNY", pattern="^[A-Z]{3}$", description="a currency code of three letters, e.g. CNY"
    )
    shown_in: str | None = Field(
        None, description=f"one of {', '.join(_CNY_SHOWN[:-1])} for CNY, else the currency code"
    )

    @field_validator("shown_in")
    @classmethod
    def _known(cls, value: str | None, info: ValidationInfo) -> str | None:
        unit = info.data.get("unit", "CNY")
        if value is None or value == unit or (unit == "CNY" and value in _CNY_SHOWN):
            return value
        expected = tr("the currency code {unit}", unit=unit)
        if unit == "CNY":
            expected = tr("one of {names}", names=joined(_CNY_SHOWN))
        raise UnitError(value, expected, tr("Choose one of these."))

    @property
    def currency(self) -> Currency:
        """The currency as a record."""
        return Currency(self.unit, self.shown_in or ("元" if self.unit == "CNY" else self.unit))


def _speed(value: object) -> float:
    return parse_speed(cast("str", value))


def _length(value: object) -> float:
    return parse_length(cast("str", value))


def _share(value: object) -> float:
    return parse_share(cast("str", value))


def _growth(value: object) -> float:
    return parse_growth(cast("str", value))


Speed = Annotated[float, BeforeValidator(_speed)]
Share = Annotated[float, BeforeValidator(_share)]
Growth = Annotated[float, BeforeValidator(_growth)]
Length = Annotated[float, BeforeValidator(_length)]


class WalkingSchema(Schema):
    """How fast people walk, in metres a minute."""

    preset: str | None = Field(
        None, description="one of adult, planning, elderly, child, wheelchair"
    )
    speed: Speed | None = Field(None, description="a walking speed with its unit, e.g. 80 m/min")
    winter: Winter = Field("none", description="one of none, winter, ice")
    groups: dict[str, Speed] = Field(
        default_factory=dict, description="a walking speed for each group, e.g. {elderly: 50 m/min}"
    )

    @field_validator("preset")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        if value is None or value in PRESETS:
            return value
        raise PydanticCustomError("unknown-preset", "no such preset", unknown_preset(value))

    @model_validator(mode="after")
    def _one_pace(self) -> WalkingSchema:
        if self.preset is not None and self.speed is not None:
            raise PydanticCustomError("two-speeds", "a preset and a speed", two_speeds())
        return self

    @property
    def walking(self) -> Walking:
        """The speeds that are written, as a record; those of a preset's groups are left out."""
        speed = PRESETS[self.preset] if self.preset else self.speed or Walking().speed
        return Walking(speed, dict(self.groups), self.winter, self.preset or "")


def crossings_of_nothing() -> dict[str, str]:
    """What was found, what is expected and what to do about crossings without barriers."""
    return {
        "found": tr("crossings without barriers"),
        "expected": tr("the barriers that they open"),
        "mend": tr("Add 'barriers: {file: barriers.geojson}' or delete the crossings."),
    }


class NetworkSchema(Schema):
    """A street network."""

    nodes: TableFile = Field(description="the file of the nodes: node_id, x, y")
    edges: TableFile = Field(description="the file of the edges: from_node, to_node, metres")
    snap_limit: Length = Field(300.0, description="a length with its unit, e.g. 300 m")


class StraightLineSchema(Schema):
    """Straight lines, made longer by a factor."""

    detour: float = Field(1.25, ge=1, le=3, description="a factor from 1 to 3, e.g. 1.25")
    barriers: TableFile | None = Field(
        None, description="the file of lines that nobody crosses, e.g. {file: barriers.geojson}"
    )
    crossings: TableFile | None = Field(
        None, description="the file of the points that open barriers: x, y, [open_within]"
    )
    open_within: Length = Field(20.0, gt=0, description="a length above 0 with its unit, e.g. 20 m")

    @model_validator(mode="after")
    def _of_something(self) -> StraightLineSchema:
        if self.crossings is not None and self.barriers is None:
            raise PydanticCustomError("no-barriers", "no barriers", crossings_of_nothing())
        return self


class TableTravelSchema(FileEntry):
    """Measured walks."""


TravelFile = Annotated[TableTravelSchema, BeforeValidator(_named_file)]


class TravelSchema(Schema):
    """How walks are measured: exactly one of three."""

    network: NetworkSchema | None = Field(None, description="{nodes: nodes.csv, edges: edges.csv}")
    straight_line: StraightLineSchema | None = Field(None, description="{detour: 1.25}")
    table: TravelFile | None = Field(None, description="{file: travel.csv}")

    @model_validator(mode="after")
    def _one(self) -> TravelSchema:
        given = [name for name in ("network", "straight_line", "table") if getattr(self, name)]
        if len(given) != 1:
            raise PydanticCustomError(
                "bad-value",
                "not exactly one way of travel",
                {
                    "found": tr(" and ").join(given) or tr("none of them"),
                    "expected": tr("exactly one of network, straight_line, table"),
                    "mend": tr("Keep the one that says how walks are measured."),
                },
            )
        return self


class GradeSchema(Schema):
    """What a living circle has to have for one grade."""

    basic: Share = Field(description="the least share of the required categories, e.g. 60%")
    quality: int = Field(
        0, ge=0, description="the least number of categories beyond the required ones, e.g. 10"
    )
    satisfaction: Share = Field(0.0, description="the least satisfaction of residents, e.g. 90%")

    @property
    def grade(self) -> Grade:
        """The same as a record."""
        return Grade(self.basic, self.quality, self.satisfaction)


def _year(key: object) -> object:
    """The year that a key names; keys of YAML are read as texts."""
    return int(key) if isinstance(key, str) and key.isdecimal() else key


class InstanceSchema(Schema):
    """Everything that may stand in instance.yaml."""

    siting_instance: Literal[1] = Field(description="1, the version of this file's form")
    name: str = Field(min_length=1, description="what people call the instance, a text")
    note: str = Field("", description="what a reader must know of the data, a text")
    crs: str = Field(description="the metric coordinate system of every x and y, e.g. EPSG:32649")
    money: MoneySchema = Field(
        default_factory=MoneySchema, description="{unit: CNY, shown_in: 万元}"
    )
    budget: float | None = Field(
        None, description="the year's public money with its unit, e.g. 800万"
    )
    years: dict[int, float] = Field(
        default_factory=dict,
        description="public money of each year, e.g. {2026: 600万, 2027: 500万}",
    )
    growth: dict[str, Growth] = Field(
        default_factory=dict,
        description="how much each group grows a year after the first planned one, 'all' of those "
        "not named, e.g. {all: 0.5%, elderly: 4%}",
    )
    grades: dict[str, GradeSchema] = Field(
        default_factory=dict,
        description="what each grade of a living circle asks for, the lowest grade first, e.g. "
        "{提升型: {basic: 80%, quality: 5}}",
    )
    residents: TableFile = Field(
        description="the file of the demand points, e.g. {file: residents.csv}"
    )
    outlets: TableFile | None = Field(
        None, description="the file of what exists, e.g. {file: outlets.csv}"
    )
    sites: TableFile = Field(description="the file of the candidate sites, e.g. {file: sites.csv}")
    categories: TableFile = Field(
        description="the file of the categories, e.g. {file: categories.csv}"
    )
    offers: TableFile | None = Field(
        None, description="the file of the offers, e.g. {file: offers.csv}"
    )
    travel: TravelSchema = Field(
        description="one of {network: ...}, {straight_line: {detour: 1.25}}, {table: ...}"
    )
    walking: WalkingSchema = Field(
        default_factory=WalkingSchema, description="{speed: 80 m/min, groups: {elderly: 50 m/min}}"
    )

    @field_validator("budget", mode="before")
    @classmethod
    def _money(cls, value: object, info: ValidationInfo) -> float | None:
        money = info.data.get("money") or MoneySchema()
        return None if value is None else parse_money(cast("str", value), money.currency)

    @field_validator("years", mode="before")
    @classmethod
    def _yearly_money(cls, value: object, info: ValidationInfo) -> object:
        money = info.data.get("money") or MoneySchema()
        if not isinstance(value, dict):
            return value
        return {_year(year): parse_money(amount, money.currency) for year, amount in value.items()}
