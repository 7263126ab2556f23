"""Which kind of move is next: each gets time by what it brought for its time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Turns:
    """Shares time among kinds of moves, by what they brought.

    Adaptive operator selection (Ropke and Pisinger 2006, doi 10.1287/trsc.1050.0135).

    Attributes:
        kinds: The kinds of moves.
        least: No kind gets less than this share of the time.
        memory: What counts of all before, at each record.
    """

    kinds: Sequence[str]
    least: float = 0.2
    memory: float = 0.9
    _seconds: dict[str, float] = field(default_factory=dict)
    _gains: dict[str, float] = field(default_factory=dict)

    def next(self) -> str:
        """The kind whose time is shortest for its share."""
        shares = self.shares()
        return min(self.kinds, key=lambda kind: self._seconds.get(kind, 0.0) / shares[kind])

    def record(self, kind: str, seconds: float, gain: float) -> None:
        """Tells what a move took, and by how much it made the best plan better."""
        for known in self.kinds:
            self._seconds[known] = self.memory * self._seconds.get(known, 0.0)
            self._gains[known] = self.memory * self._gains.get(known, 0.0)
        self._seconds[kind] += seconds
        self._gains[kind] += gain

    def shares(self) -> dict[str, float]:
        """The share of the time that each kind should have; they add up to 1."""
        rates = {
            kind: self._gains.get(kind, 0.0) / max(self._seconds.get(kind, 0.0), 1e-3)
            for kind in self.kinds
        }
        total, free = sum(rates.values()), 1.0 - self.least * len(self.kinds)
        equal = 1.0 / len(self.kinds)
        return {
            kind: self.least + free * (rate / total if total > 0 else equal)
            for kind, rate in rates.items()
        }
