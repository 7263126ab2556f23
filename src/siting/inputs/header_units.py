"""Units, and where the name of a column says one: `总投资(万元)`, `人口【万人】`, `people (k)`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

SCALES = {
    "十": 1e1, "百": 1e2, "千": 1e3, "万": 1e4, "十万": 1e5, "百万": 1e6, "千万": 1e7, "亿": 1e8,
}  # fmt: skip
PEOPLE = ("人", "口", "名", "个", "位")
HOUSEHOLDS = ("户", "住户", "家")
YUAN = ("元", "人民币", "人民币元", "cny", "rmb")
# In square metres; those of an acre, a square foot and a tsubo by definition.
AREAS = {
    **dict.fromkeys(("m2", "平方米", "平米", "平", "sqm"), 1.0),
    "亩": 2000 / 3,
    **dict.fromkeys(("公顷", "ha", "hectares"), 1e4),
    **dict.fromkeys(("平方公里", "平方千米", "km2"), 1e6),
    **dict.fromkeys(("acre", "acres"), 4046.8564224),
    **dict.fromkeys(("sqft", "ft2"), 0.09290304),
    "坪": 400 / 121,
}
# In minutes.
TIMES = {
    **dict.fromkeys(("分钟", "分", "min", "mins", "minute", "minutes"), 1.0),
    **dict.fromkeys(("小时", "时", "h", "hour", "hours"), 60.0),
    **dict.fromkeys(("秒", "秒钟", "s", "sec", "seconds"), 1 / 60),
}
_KINDS = {
    **dict.fromkeys(PEOPLE, ("people", 1.0)),
    **dict.fromkeys(HOUSEHOLDS, ("households", 1.0)),
    **dict.fromkeys(YUAN, ("money", 1.0)),
    **{word: ("area", factor) for word, factor in AREAS.items()},
    **{word: ("time", factor) for word, factor in TIMES.items()},
    "%": ("%", 1.0),
    "": ("", 1.0),
}
_TWINS = str.maketrans("萬億仟佰拾戶畝頃", "万亿千百十户亩顷")
_WORDS = (
    (re.compile(r"(in)?thousands?|'000s?|k"), "千"),
    (re.compile(r"(in)?millions?|mn|mio"), "百万"),
)
_POWER = re.compile(r"[x×*]?(10{1,7})(?=\D|$)")
_BRACKETS = re.compile(r"[(\[【〔{<《]([^()\[\]【】〔〕{}<>《》]*)[)\]】〕}>》]")
_SCALE = "|".join(sorted(SCALES, key=len, reverse=True))
_UNIT = re.compile(rf"({_SCALE})?(.*)")
# A unit that a name ends with has a scale, or is one of money, areas or minutes.
_ENDING = re.compile(
    rf"(?<!每)(?:{_SCALE})(?:人|户|元|平方米|平米)?$|(?:元|平方米|平米|m2|亩|公顷|分钟|小时)$"
)


@dataclass(frozen=True)
class Unit:
    """What the numbers of a column count.

    Attributes:
        kind: `people`, `households`, `money`, `area`, `time`, `%`; empty where nothing says it.
        scale: What a number is multiplied by for people, yuan, square metres or minutes.
    """

    kind: str = ""
    scale: float = 1.0


def plain(text: str) -> str:
    """A text without blanks, full-width signs as ASCII, lower case."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()


def read_unit(text: str) -> Unit | None:
    """Reads `万人`, `元`, `亩`, `thousand` and the like; None where a text is no unit."""
    name = plain(text).removeprefix("单位").lstrip(":").translate(_TWINS)
    power = _POWER.match(name)
    factor = float(power[1]) if power else 1.0
    name = name[power.end() :] if power else name
    for word, scale in _WORDS:
        name = scale if word.fullmatch(name) else name
    match = _UNIT.fullmatch(name)
    if match is None or match[2] not in _KINDS or not (name or power):
        return None
    kind, own = _KINDS[match[2]]
    return Unit(kind, factor * SCALES.get(match[1], 1.0) * own)


def unit_of(header: str) -> Unit:
    """The unit that the name of a column says: in brackets, behind a sign, or at its end."""
    # A slash in brackets is a unit such as (元/年), no border between parts of a name.
    last = re.split(r"/(?![^(]*\))", plain(header))
    named = last[-1].translate(_TWINS)
    bare = _BRACKETS.sub("", named)
    ending = _ENDING.search(bare)
    candidates = [
        *_BRACKETS.findall(named)[::-1],
        *re.split("[,:_、;|-]", bare)[1:],
        *([ending[0]] if ending else []),
    ]
    found = (read_unit(one) for one in candidates if one)
    return next((one for one in found if one is not None), Unit())
