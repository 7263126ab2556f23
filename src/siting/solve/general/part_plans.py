"""Puts plans of parts together into plans of the whole."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from siting.program import Domain, Program, Section
from siting.solve.backends import mathopt
from siting.solve.backends.contract import MipTask
from siting.solve.general.parts import Parts
from siting.solve.settings import Backend

Floats = NDArray[np.float64]
Index = NDArray[np.int64]

# A few plans of a few parts are chosen from in far less.
_SECONDS = 2.0
_MOST_PLANS = 200


@dataclass(eq=False)
class PartPlans:
    """The plans of parts that are known.

    Attributes:
        parts: The parts.
        limits: Rows that join them, with their upper limits.
    """

    parts: Parts
    limits: Index
    _plans: list[tuple[int, Floats]] = field(default_factory=list)
    _known: set[tuple[int, bytes]] = field(default_factory=set)
    _tried: int = 0

    def add(self, part: int, values: Floats) -> None:
        """Takes a plan of a part, shape (part's columns,)."""
        columns = self.parts.columns[part]
        chosen = np.where(self.parts.program.domain[columns] == Domain.INTEGER, values, 0.0)
        key = part, np.round(chosen).astype(np.int8).tobytes()
        if key not in self._known:
            self._known.add(key)
            self._plans.append((part, values))

    def combine(self) -> Floats | None:
        """The best plans of parts that keep the limits together; None where none is new.

        Returns:
            Shape (columns,); states are not filled beyond the parts.
        """
        if len(self._plans) == self._tried:
            return None
        self._tried = len(self._plans)
        plans = self._plans[-_MOST_PLANS:]
        task = MipTask(self._program(plans), Backend.HIGHS, _SECONDS, 1e-6)
        answer = mathopt.search(task, lambda _best, _bound: None)
        if answer.values is None:
            return None
        whole = self.parts.program.lower.copy()
        for number in np.flatnonzero(answer.values > 0.5).tolist():
            part, values = plans[number]
            columns = self.parts.columns[part]
            whole[columns] = np.maximum(whole[columns], values)
        return whole

    def union(self) -> Floats:
        """All that any plan of a part takes, shape (columns,); limits may not allow it."""
        whole = self.parts.program.lower.copy()
        for part, values in self._plans:
            columns = self.parts.columns[part]
            whole[columns] = np.maximum(whole[columns], values)
        return whole

    def _program(self, plans: list[tuple[int, Floats]]) -> Program:
        """One column a plan: at most one of a part, within what joins them."""
        program, count = self.parts.program, len(plans)
        used, earned = np.zeros((len(self.limits), count)), np.zeros(count)
        for number, (part, values) in enumerate(plans):
            columns = self.parts.columns[part]
            used[:, number] = program.matrix[self.limits][:, columns] @ values
            earned[number] = program.objective[columns] @ values
        once = np.zeros((len(self.parts), count))
        once[[part for part, _ in plans], np.arange(count)] = 1.0
        rows = len(self.limits) + len(self.parts)
        return replace(
            program,
            columns=(Section("plan", 0, count, ()),),
            rows=(Section("row", 0, rows, ()),),
            objective=earned,
            offset=0.0,
            matrix=csr_array(vstack([csr_array(used), csr_array(once)], format="csr")),
            row_lower=np.full(rows, -np.inf),
            row_upper=np.concatenate([program.row_upper[self.limits], np.ones(len(self.parts))]),
            lower=np.zeros(count),
            upper=np.ones(count),
            domain=np.full(count, int(Domain.INTEGER), dtype=program.domain.dtype),
            further=(),
        )
