"""Settings and words of `covered_residents`."""

from __future__ import annotations

from typing import ClassVar

from siting.blocks.contract import ObjectiveBlock
from siting.language import phrase


class CoveredResidents(ObjectiveBlock):
    """Most residents covered, over all categories, weighted by priority."""

    block: ClassVar[str] = "covered_residents"
    formula: ClassVar[str] = (
        r"\max \sum_{k \in K} \sum_{i \in I} v_k\, w_{ik}\, y_{ik}, \qquad"
        "\n"
        r"y_{ik} \le e_{ik} + \sum_{o \in O:\, a_{iok} = 1} x_o, \quad 0 \le y_{ik} \le 1"
    )
    reads: ClassVar[str] = phrase(
        "y is 1 where a resident point has the category within the walking standard: from an "
        "existing outlet (e) or from a chosen offer (x). Covered already, the pair is a constant."
    )
    counts: ClassVar[str] = phrase("covered (resident, category) pairs")
    source: ClassVar[str] = "Church and ReVelle 1974, doi 10.1007/BF01942293"
