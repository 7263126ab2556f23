"""What all calls are about: a city's folder, and its inputs, which stay in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from siting.coverage import Coverage
from siting.coverage.input_cache import InputCache
from siting.inputs import Instance

if TYPE_CHECKING:
    from siting.model import ModelSpec

# The city as it is, and two with other walks.
_KEPT = 3


@dataclass(frozen=True)
class City:
    """What all requests of a workspace are about.

    Attributes:
        folder: The instance folder.
        given: The model of the run that it was opened with, or None.
        overrides: Values of instance.yaml that are replaced in every request.
        cache: Its inputs, each read once.
    """

    folder: Path
    given: ModelSpec | None = None
    overrides: tuple[tuple[str, str], ...] = ()
    cache: InputCache = field(default_factory=lambda: InputCache(_KEPT), compare=False, repr=False)

    @cached_property
    def _texts(self) -> tuple[tuple[str, str], ...]:
        return tuple(sorted(self.overrides))

    @property
    def instance(self) -> Instance:
        """The inputs without any wish, before anything is measured of them."""
        return self.cache.instance(self.folder, "", self._texts)

    @property
    def coverage(self) -> Coverage:
        """Who reaches what without any wish."""
        return self.cache.of_point(self.folder, "", self._texts, {}).coverage
