"""What people write into cells: numbers with words around them, money, areas, degrees.

Full-width signs count as their ASCII twins everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from siting.inputs.characters import has_odd_digits
from siting.inputs.header_units import SCALES, Unit, plain, read_unit, unit_of

_ABSENT = {"", "-", "--", "—", "——", "/", "\\", "无", "暂无", "不详", "未知", "待定", "待核", "空"}
_ABSENT |= {"null", "none", "nan", "n/a"}
_ABOUT = "大约|大概|约计|约为|约|将近|接近|近|不足|超过|估计|≈|~|>|<"
_SCALE = "|".join(sorted(SCALES, key=len, reverse=True))
_MORE = "左右|上下|以上|以下|余|多|\\+"
_AMOUNT = re.compile(
    rf"(?P<about>{_ABOUT})?(?P<number>[+-]?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?)"
    rf"(?P<more>{_MORE})?(?P<scale>{_SCALE})?(?P<more2>{_MORE})?"
    rf"(?P<unit>[^\d.,+~<>-]*?|m2)(?P<more3>{_MORE})?",
    re.IGNORECASE,
)
_UNIT_NOTE = re.compile(r"单位[::]?([^\s()]*)")
_SIGNS = str.maketrans(
    {
        "″": '"', "”": '"', "“": '"', "秒": '"', "′": "'", "’": "'", "‘": "'", "分": "'",
        "º": "°", "˚": "°", "度": "°",
    }
)  # fmt: skip
_ANGLE = re.compile(
    r"(?P<before>[nsew])?(?P<sign>-)?(?P<degrees>\d{1,3}(?:\.\d+)?)°"
    r"(?:(?P<minutes>\d{1,2}(?:\.\d+)?)')?(?:(?P<seconds>\d{1,2}(?:\.\d+)?)\")?(?P<after>[nsew])?"
)
_COLONS = re.compile(r"(\d{1,3}):(\d{1,2}):(\d{1,2}(?:\.\d+)?)")
_PLAIN = re.compile(r"(?P<before>[nsew])?(?P<number>[+-]?\d+(?:\.\d+)?)°?(?P<after>[nsew])?")
_WELL_KNOWN = re.compile(
    r"point\s*(?:zm?|m)?\s*\(\s*(\S+)\s+(\S+)(?:\s+\S+){0,2}\s*\)", re.IGNORECASE
)
_SIDES = (("东经", "e"), ("北纬", "n"), ("经°", "e"), ("纬°", "n"), ("经", "e"), ("纬", "n"))


@dataclass(frozen=True)
class Amount:
    """A number as a person wrote it.

    Attributes:
        value: With 万 and the like counted in.
        unit: The words behind it, lower case.
        scaled: Whether a 万 or the like was counted in.
        estimated: Whether the cell says that it is not exact.
    """

    value: float
    unit: str
    scaled: bool
    estimated: bool


@dataclass(frozen=True)
class MoneyCell:
    """An amount of money in yuan; None where nothing says what the number counts."""

    yuan: float | None
    estimated: bool


def is_absent(text: str) -> bool:
    """Whether a cell says that there is nothing: empty, a dash, 无."""
    return plain(text) in _ABSENT


# As in instances: what is larger cannot be added up exactly, and is no number of a bureau.
_LARGEST = 1e15


def read_amount(text: str) -> Amount | None:
    """Reads `约1,200人`, `3.5万` and the like; None where it is no single number."""
    match = _AMOUNT.fullmatch(plain(text))
    if not match or has_odd_digits(text):
        return None
    value = float(match["number"].replace(",", "")) * SCALES.get(match["scale"], 1.0)
    if value > _LARGEST:
        return None
    about = any(match[name] for name in ("about", "more", "more2", "more3"))
    return Amount(value, match["unit"], match["scale"] is not None, about)


def counts_households(header: str, kind: str) -> bool:
    """Whether a column or cell counts households: 户数 or the unit 户, but not 户籍人口."""
    if kind:
        return kind == "households"
    name = re.sub(r"[(\[].*?[)\]]", "", plain(header).rsplit("/", 1)[-1])
    return bool(re.search(r"户数|住户$|家庭户$|总户$", name))


def kind_of(unit: str) -> str | None:
    """What the words behind a number count, as `Unit.kind` says it; None where nobody knows."""
    known = read_unit(unit) if unit else Unit()
    return None if known is None else known.kind


def noted_units(titles: str) -> list[Unit]:
    """The units that a note above the header names: `单位:万元、平方米`."""
    words = [one for note in _UNIT_NOTE.findall(plain(titles)) for one in re.split("[、,;/]", note)]
    return [unit for unit in map(read_unit, words) if unit is not None]


def read_money_cell(text: str, header: str, titles: str) -> MoneyCell | None:
    """Reads an amount by the unit in its cell, else in its header, else in the titles above.

    Args:
        text: The cell.
        header: Name of its column in the file.
        titles: What stands above the header, e.g. `单位:万元`.

    Returns:
        None where the cell is no number.
    """
    amount = read_amount(text)
    if amount is None or kind_of(amount.unit) not in ("", "money"):
        return None
    if amount.unit or amount.scaled:
        return MoneyCell(amount.value, amount.estimated)
    own = unit_of(header)
    named = [own] if own.kind == "" and own.scale > 1 else []  # 资金(万)
    named += [one for one in (own, *noted_units(titles)) if one.kind == "money"]
    return MoneyCell(amount.value * named[0].scale if named else None, amount.estimated)


def read_area(text: str, header: str) -> Amount | None:
    """Reads square metres; `亩` is counted in."""
    return _measured(text, header, "area")


def read_minutes(text: str, header: str) -> Amount | None:
    """Reads minutes; hours and seconds are counted in."""
    return _measured(text, header, "time")


def _measured(text: str, header: str, kind: str) -> Amount | None:
    """Reads a number by the unit in its cell, else in its header."""
    amount = read_amount(text)
    unit = None if amount is None else read_unit(amount.unit) if amount.unit else unit_of(header)
    if amount is None or unit is None or unit.kind not in ("", kind):
        return None
    return Amount(amount.value * unit.scale, "", amount.scaled, amount.estimated)


def read_coordinate(text: str) -> float | None:
    """Reads a plain number, or degrees, minutes and seconds; south and west are negative."""
    found = None if has_odd_digits(text) else _angle(_signs(text))
    return None if found is None else found[0]


def read_pair(text: str) -> tuple[float, float] | None:
    """Reads two coordinates in one cell, x before y; `北纬` in front turns them round.

    So does it `POINT (109.84 40.64)`, well-known text as GIS and databases write it.
    """
    if has_odd_digits(text):
        return None
    if match := _WELL_KNOWN.fullmatch(text.strip()):
        text = " ".join(match.groups())
    parts = [part for part in re.split(r"[,;|/、]", _signs(text, keep_blanks=True)) if part.strip()]
    if len(parts) == 1:
        parts = _halves(parts[0])
    angles = [_angle(re.sub(r"\s+", "", part)) for part in parts]
    if len(angles) != 2 or angles[0] is None or angles[1] is None:
        return None
    (first, side), (second, other) = angles[0], angles[1]
    return (
        (second, first) if (side in "ns" and side) or (other in "ew" and other) else (first, second)
    )


def _halves(text: str) -> list[str]:
    """`109.8 40.6` and `e109°50'n40°39'` in two."""
    parts = text.split()
    if len(parts) == 2:
        return parts
    close = re.sub(r"\s+", "", text)
    border = r"(?<=.)(?=[nsew])" if close[:1] in tuple("nsew") else r"(?<=[nsew])(?=\d)"
    return re.split(border, close)


def _signs(text: str, *, keep_blanks: bool = False) -> str:
    """Signs of degrees, minutes and seconds as ASCII, sides of the world as n, s, e, w."""
    # Before NFKC, which makes two primes of a double prime and an o of an ordinal sign.
    signs = text.translate(_SIGNS).replace("''", '"')
    ascii_text = unicodedata.normalize("NFKC", signs).lower().strip("()[]{} \t\n")
    for word, side in _SIDES:
        ascii_text = ascii_text.replace(word, side)
    return ascii_text if keep_blanks else re.sub(r"\s+", "", ascii_text)


def _angle(text: str) -> tuple[float, str] | None:
    """A coordinate with the side of the world it names, if it names one."""
    if match := _COLONS.fullmatch(text):
        degrees, minutes, seconds = map(float, match.groups())
        return degrees + minutes / 60 + seconds / 3600, ""
    match = _PLAIN.fullmatch(text) or _ANGLE.fullmatch(text)
    if not match:
        return None
    side = match["before"] or match["after"] or ""
    parts = match.groupdict()
    if parts.get("number"):
        value = float(parts["number"])
    else:
        steps = [float(parts[name] or 0) for name in ("degrees", "minutes", "seconds")]
        if steps[1] >= 60 or steps[2] >= 60:
            return None
        value = (steps[0] + steps[1] / 60 + steps[2] / 3600) * (-1 if parts["sign"] else 1)
    return (-value if side in ("s", "w") else value), side
