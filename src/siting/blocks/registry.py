"""Every block by its name, found in the folders of this package."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, cast

import siting.blocks
from siting.blocks.contract import Block, ConstraintBlock, ObjectiveBlock, Row, Sum

if TYPE_CHECKING:
    from siting.blocks.plain_inputs import PlainInputs
    from siting.blocks.writer import ModelWriter

# The order in which lists and pages show the blocks of the package; others follow by name.
_ORDER = (
    "covered_residents",
    "scenarios",
    "complete_residents",
    "complete_places",
    "worst_share",
    "least_money",
    "least_walking",
    "budget",
    "count",
    "covered_share",
    "complete_share",
    "complete_places_floor",
    "site_slots",
    "site_area",
    "requires",
    "hub",
    "spacing",
    "excludes",
    "catchment",
    "capacity",
    "category_once_per_site",
    "earliest",
    "allowed_categories",
    "locked_in",
    "locked_out",
)

_found: dict[str, type[Block]] = {}
_objectives: dict[str, type[ObjectiveBlock]] = {}
_constraints: dict[str, type[ConstraintBlock]] = {}
BLOCKS: Mapping[str, type[Block]] = MappingProxyType(_found)
OBJECTIVES: Mapping[str, type[ObjectiveBlock]] = MappingProxyType(_objectives)
CONSTRAINTS: Mapping[str, type[ConstraintBlock]] = MappingProxyType(_constraints)


class Checker(Protocol):
    """The module `check` of a block; a constraint has `rows`, an objective `value`."""

    def rows(self, block: Block, inputs: PlainInputs) -> Iterator[Row]:
        """Says the rows of a constraint."""

    def value(self, block: Block, inputs: PlainInputs) -> Sum:
        """Says what an objective counts."""


class BlockBuilder(Protocol):
    """The module `build` of a block."""

    def build(self, block: Block, model: ModelWriter) -> None:
        """Writes the block as arrays."""


def checker(name: str) -> Checker:
    """The `check` of a block."""
    return cast("Checker", importlib.import_module(f"siting.blocks.{name}.check"))


def block_builder(name: str) -> BlockBuilder:
    """The `build` of a block."""
    return cast("BlockBuilder", importlib.import_module(f"siting.blocks.{name}.build"))


def add_folder(folder: Path) -> None:
    """Makes known the blocks of another folder, one folder a block.

    Raises:
        ValueError: A block there has the name of another one, or lacks one of its three files.
    """
    siting.blocks.__path__.append(str(folder))
    importlib.invalidate_caches()
    try:
        _discover([str(folder)])
    except Exception:
        _forget(folder)
        raise


def remove_folder(folder: Path) -> None:
    """Takes back what `add_folder` did."""
    for name in _names([str(folder)]):
        for known in (_found, _objectives, _constraints):
            known.pop(name, None)
    _forget(folder)


def _forget(folder: Path) -> None:
    """Forgets a folder and its modules, so that it can be added again as it is then."""
    siting.blocks.__path__.remove(str(folder))
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        places = [file] if file else list(getattr(module, "__path__", ()))
        if any(Path(place).is_relative_to(folder) for place in places):
            del sys.modules[name]


def _names(path: list[str]) -> list[str]:
    found = {file.parent.name for folder in path for file in Path(folder).glob("*/spec.py")}
    return sorted(found, key=lambda one: (_ORDER.index(one) if one in _ORDER else 99, one))


def _discover(path: list[str]) -> None:
    names = _names(path)
    twice = [name for name in names if name in _found]
    if twice:
        raise ValueError(f"two blocks are named {', '.join(twice)}")
    kinds = {
        name: _block_in(name, importlib.import_module(f"siting.blocks.{name}.spec"))
        for name in names
    }
    for name, kind in kinds.items():
        _found[name] = kind
        if issubclass(kind, ObjectiveBlock):
            _objectives[name] = kind
        elif issubclass(kind, ConstraintBlock):
            _constraints[name] = kind


def _block_in(name: str, module: Any) -> type[Block]:  # noqa: ANN401 - a module has no nominal type
    kinds = [
        kind
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Block) and kind.block == name
    ]
    parts = ("build", "check")
    missing = [part for part in parts if find_spec(f"siting.blocks.{name}.{part}") is None]
    if len(kinds) != 1 or missing:
        what = ", ".join(f"{part}.py" for part in missing) or "one class of its name in spec.py"
        raise ValueError(f"the block {name} lacks {what}")
    return kinds[0]


_discover(list(siting.blocks.__path__))
