"""Inputs that several solves share: instances, walks and coverage, each read or computed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from threading import RLock

from siting.coverage.relation import Coverage, compute_coverage
from siting.coverage.walks import Walks, measure_walks
from siting.inputs import Instance, read_instance
from siting.inputs.changes import Changes, apply_changes, split_key

# Of a city of 100,000 pairs these take some hundred megabytes each.
_KEPT = 2

Texts = tuple[tuple[str, str], ...]
Cells = tuple[tuple[str, float | str], ...]


@dataclass(frozen=True)
class PointInputs:
    """An instance as one point has it, with its coverage and walks."""

    instance: Instance
    coverage: Coverage
    walks: Walks


class InputCache:
    """The inputs of the points before, of which the latest are kept; one serves all threads."""

    def __init__(self, kept: int = _KEPT) -> None:
        # Two threads that ask for the same would compute it twice.
        self._one = RLock()
        self._read = lru_cache(kept)(self._read_afresh)
        self._walk = lru_cache(kept)(self._walk_afresh)
        self._cover = lru_cache(kept)(self._cover_afresh)

    def of_point(self, folder: Path, state: str, overrides: Texts, changes: Changes) -> PointInputs:
        """Reads the inputs of a point, or takes them from a point before.

        Args:
            folder: The instance folder.
            state: What its files are now; other files under the same name are read again.
            overrides: Values of instance.yaml that are replaced.
            changes: Changes of the tables.

        Raises:
            InputError: With every problem of them.
        """
        # Money and people do not change who reaches what.
        cells = tuple((k, v) for k, v in changes.items() if split_key(k)[0] == "category")
        with self._one:
            instance = apply_changes(self._read(folder, state, overrides), changes)
            coverage = self._cover(folder, state, overrides, cells)
            return PointInputs(instance, coverage, self._walk(folder, state, overrides))

    def instance(self, folder: Path, state: str, overrides: Texts) -> Instance:
        """The instance without changes, before anything is measured of it."""
        with self._one:
            return self._read(folder, state, overrides)

    def _read_afresh(self, folder: Path, _state: str, overrides: Texts) -> Instance:
        return read_instance(folder, overrides=dict(overrides))

    def _walk_afresh(self, folder: Path, state: str, overrides: Texts) -> Walks:
        return measure_walks(self._read(folder, state, overrides))

    def _cover_afresh(self, folder: Path, state: str, overrides: Texts, cells: Cells) -> Coverage:
        instance = apply_changes(self._read(folder, state, overrides), dict(cells))
        return compute_coverage(instance, self._walk(folder, state, overrides))


@cache
def cache_of_process() -> InputCache:
    """The one cache of a process that others give points to, which has no other place to last."""
    return InputCache()
