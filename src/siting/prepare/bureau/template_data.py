"""The filled example of the template: three invented circles in Baotou.

Every estate, outlet, site and amount is made up; only the districts are real.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siting.prepare.coordinates import wgs84_to_gcj02

_METRES_A_DEGREE = 111_320.0


@dataclass(frozen=True)
class Circle:
    """One invented living circle.

    Attributes:
        district: A district of Baotou.
        street: Its sub-district office, invented.
        name: Its name, invented.
        lon: Longitude of its middle, WGS84.
        lat: Latitude of its middle, WGS84.
    """

    district: str
    street: str
    name: str
    lon: float
    lat: float

    def wgs84(self, east: float, north: float) -> tuple[float, float]:
        """A point so many metres from the middle, in WGS84, to 6 digits."""
        lon = self.lon + east / (_METRES_A_DEGREE * np.cos(np.radians(self.lat)))
        return round(float(lon), 6), round(self.lat + north / _METRES_A_DEGREE, 6)

    def gcj02(self, east: float, north: float) -> tuple[float, float]:
        """The same in GCJ-02, as a map on the phone shows it."""
        lon, lat = wgs84_to_gcj02(np.array([self.wgs84(east, north)]))[0]
        return round(float(lon), 6), round(float(lat), 6)


CIRCLES = (
    Circle("东河区", "示例东街道", "示例东兴圈", 110.0262, 40.5871),
    Circle("昆都仑区", "示例昆街道", "示例友谊圈", 109.8384, 40.6423),
    Circle("青山区", "示例青街道", "示例富强圈", 109.9012, 40.6447),
)
# Name, metres east and north of the middle, people, aged 60 and over, 0-3, 6-17.
_ESTATES = (
    ("阳光家园", -620, 480, 1860, 402, 49, 180),
    ("锦绣小区", -210, 560, 2240, 531, 52, 214),
    ("和平里", 260, 510, 1520, 448, 30, 121),
    ("新苑小区", 640, 300, 2710, 488, 84, 301),
    ("文化里", -560, -60, 1330, 395, 26, 104),
    ("百合园", 120, 60, 3080, 601, 97, 338),
    ("铁西宿舍", 560, -220, 1170, 402, 18, 82),
    ("景观花园", -330, -470, 2460, 410, 88, 287),
    ("向阳小区", 210, -560, 1940, 505, 43, 176),
)
# Name, type, second type, metres east and north.
_OUTLETS = (
    ("惠民便利店", "便利店", "快递", -480, 420),
    ("老街早餐铺", "早餐店", "", -180, 380),
    ("康源大药房", "药店", "", 240, 420),
    ("万佳综合超市", "综合超市", "", 60, -40),
    ("顺发菜店", "生鲜超市", "水果店", 90, 120),
    ("小张修鞋配钥匙", "维修点", "", -60, 90),
    ("丽人美发", "美容美发店", "", 300, 60),
    ("邻里驿站", "邮政快递综合服务点", "", 520, 220),
    ("洁净洗衣", "洗染店", "", -260, -360),
    ("南门早点", "早餐、快餐", "", 180, -430),
    ("农行社区支行", "银行", "", 20, 240),
    ("社区卫生服务站", "社区卫生服务站", "", -380, 40),
)
# Only here: what one circle has and the others lack.
_ONLY = (
    (0, ("东兴农贸市场", "菜市场", "肉禽水产店", 330, -120)),
    (1, ("友谊日间照料中心", "养老服务", "老年助餐点", -140, 200)),
    (2, ("宝贝托育园", "托育机构", "", 60, 300)),
    (2, ("棋牌娱乐室", "棋牌室", "", 120, 310)),
)
# Name, metres east and north, square metres, slots, what is allowed.
_SITES = (
    ("原锅炉房", -420, 260, 420, 3, ""),
    ("社区服务中心一层", 180, -180, 180, 2, "社区食堂、养老服务设施、托育机构、便利店"),
    ("空置商铺", 430, 90, 90, 1, "便利店、早餐店、菜店、药店、维修点"),
)
# Type, way of building, square metres, total investment and public money in 万元; by site.
_OFFERS = (
    (("菜市场", "改造", 400, 100, 50), ("综合超市", "引进", 300, 150, 45),
     ("生鲜超市、水果店", "改造", 150, 45, 15)),
    (("社区食堂", "新建", 120, 40, 40), ("养老服务设施、社区食堂", "叠加", 170, 80, 72),
     ("托育机构", "改造", 180, 60, 30)),
    (("便利店、早餐店", "叠加", 80, 38, 11), ("菜店", "引进", 90, 30, 9),
     ("维修点", "新建", 10, 3, 1)),
)  # fmt: skip

Row = tuple[object, ...]


def estates() -> list[Row]:
    """Rows of the ledger of estates: district to people, coordinates in GCJ-02."""
    return [
        (one.district, one.street, one.name, _named(number, name), *one.gcj02(east, north), *people)
        for number, one in enumerate(CIRCLES)
        for name, east, north, *people in _ESTATES
    ]


def outlets() -> list[Row]:
    """Rows of the ledger of outlets, coordinates in GCJ-02."""
    rows: list[Row] = []
    for number, circle in enumerate(CIRCLES):
        local = [*_OUTLETS[number:], *(row for at, row in _ONLY if at == number)]
        for name, kind, second, east, north in local:
            place = circle.gcj02(east, north)
            address = f"{circle.district}{circle.street}"
            rows.append((_named(number, name), kind, second, *place, address))
    return rows


def sites() -> list[Row]:
    """Rows of the list of sites, coordinates in WGS84."""
    return [
        (f"D{number + 1}{at + 1}", _named(number, name), one.district, one.name,
         *one.wgs84(east, north), area, slots, allowed)
        for number, one in enumerate(CIRCLES)
        for at, (name, east, north, area, slots, allowed) in enumerate(_SITES)
    ]  # fmt: skip


def offers() -> list[Row]:
    """Rows of the list of what could be added where."""
    return [
        (_named(number, site[0]), *offer)
        for number in range(len(CIRCLES))
        for site, several in zip(_SITES, _OFFERS, strict=True)
        for offer in several
    ]


def _named(number: int, name: str) -> str:
    return f"{'东昆青'[number]}·{name}"
