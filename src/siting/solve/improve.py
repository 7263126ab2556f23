"""Better plans from good ones: free a neighbourhood of offers, keep the rest, search exactly.

Large-neighbourhood search (Shaw 1998, doi 10.1007/3-540-49481-2_30). A neighbourhood grows from one
offer along shared demand and shared sites, so that what is freed can trade places; every block is
respected because the small search sees all rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from siting.solve.backend import Task
from siting.solve.calls import run_call
from siting.solve.cover import CoverProblem, restrict
from siting.solve.result import Reason
from siting.solve.search import Search
from siting.solve.settings import Backend

Flags = NDArray[np.bool_]

_FIRST_SIZE = 300
_SECONDS = 1.0
# Fruitless rounds in a row before neighbourhoods grow.
_PATIENCE = 12
_GROWTH = 1.25


@dataclass
class Improver:
    """Improves the incumbent of a search, one neighbourhood a round.

    Attributes:
        search: The search whose incumbent is improved.
        problem: Its covering structure.
    """

    search: Search
    problem: CoverProblem
    size: float = _FIRST_SIZE
    fruitless: int = 0
    rng: np.random.Generator = field(init=False)
    _links: csr_array = field(init=False)
    _links_back: csr_array = field(init=False)

    def __post_init__(self) -> None:
        """Links offers that share demand or a small side row."""
        self.rng = np.random.default_rng(self.search.settings.seed)
        side = self.problem.side
        local = np.flatnonzero(np.diff(side.indptr) <= 100)
        links = csr_array(vstack([self.problem.cover, side[local]], format="csr"))
        links.data = np.ones(links.nnz)
        self._links, self._links_back = links, csr_array(links.T)

    def round(self) -> bool:
        """Searches one neighbourhood; False when there is nothing left to try."""
        if self.search.values is None or len(self.problem.offers) < 2:
            return False
        self.search.phase = "improve"
        chosen = self.search.values[self.problem.offers] > 0.5
        count = min(int(self.size), len(chosen))
        better = self._search(chosen, self.neighbourhood(count))
        self.fruitless = 0 if better else self.fruitless + 1
        if self.fruitless >= _PATIENCE:
            self.fruitless, self.size = 0, self.size * _GROWTH
        return count < len(chosen) or better

    def neighbourhood(self, count: int) -> Flags:
        """Offers around a random one, shape (offers,), `count` of them True."""
        offers = len(self.problem.offers)
        free = np.zeros(offers, dtype=bool)
        while free.sum() < count:
            around = self._around(free) if free.any() else np.empty(0, dtype=np.int64)
            if len(around) == 0:
                around = self.rng.choice(np.flatnonzero(~free), 1)
            room = count - int(free.sum())
            if len(around) > room:
                around = self.rng.choice(around, room, replace=False)
            free[around] = True
        return free

    def _around(self, free: Flags) -> NDArray[np.int64]:
        rows = (self._links @ free.astype(float) > 0).astype(float)
        return np.flatnonzero((self._links_back @ rows > 0) & ~free)

    def _search(self, chosen: Flags, free: Flags) -> bool:
        """Searches exactly with everything outside the neighbourhood kept as it is."""
        kept = chosen & ~free
        fixed = replace(self.problem, lower=np.where(kept, 1.0, self.problem.lower))
        smaller = restrict(fixed, free | chosen)
        start = chosen[np.searchsorted(self.problem.offers, smaller.offers)].astype(float)
        task = Task(
            program=smaller.to_program(),
            backend=Backend.HIGHS,
            time_limit=max(0.01, min(_SECONDS, self.search.time_left)),
            relative_gap=1e-6,
            seed=self.search.settings.seed,
            hint=np.concatenate([start, np.minimum(1.0, smaller.cover @ start)]),
        )
        answer = run_call(task, lambda _best, _bound: None)
        values = getattr(answer, "values", None)
        if values is None:
            return False
        if answer.termination.reason is not Reason.OPTIMAL:
            self.size = max(_FIRST_SIZE / 4, self.size / _GROWTH)
        return self.search.offer(smaller.to_values(values, self.search.program))
