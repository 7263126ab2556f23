"""Constants of the track for programs of any structure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GeneralParameters:
    """Constants, tuned on Baotou and Reykjavik with baskets, seeds 1 to 3.

    Attributes:
        relax_share: Of the time that is left, for the relaxation.
        union_share: Of the time that is left, for the search among what the relaxation takes.
        union_beside_parts: The same where parts are searched beside, whose plans make a union, too.
        parts_share: Of the time that is left, for a search among what plans of parts take.
        greedy_nonzeros: Up to which greed begins with the whole, not with its covering core.
        small: Nonzeros up to which a program is searched exactly at once.
        first_size: Choices that a neighbourhood frees at first.
        least_size: And at least.
        growth: By which it grows where a part was searched to its end, and shrinks where not.
        seconds: Of one neighbourhood.
        narrow: Rows with more entries do not make choices neighbours.
        patience: Fruitless neighbourhoods before the relaxation's own view is freed.
    """

    relax_share: float = 0.75
    union_share: float = 0.55
    union_beside_parts: float = 0.3
    parts_share: float = 0.25
    greedy_nonzeros: int = 1_000_000
    small: int = 50_000
    first_size: int = 600
    least_size: int = 80
    growth: float = 1.15
    seconds: float = 4.0
    narrow: int = 200
    patience: int = 12
