"""The family `worst` said plainly: one column, the smallest share of all divisions.

`worst_variables.py` writes the same as arrays; the two never meet but in a test.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.blocks.exact import Wholes
from siting.blocks.plain_inputs import PlainInputs


@dataclass(frozen=True, eq=False)
class Division:
    """One division: who counts in it, in whole numbers.

    Attributes:
        name: The district, circle, group or category.
        scale: What people were multiplied by to make all of them whole.
        people: By category (empty where all count together): positions of the demand points where
            anybody lives, and how many, each of shape (points,).
    """

    name: str
    scale: int
    people: dict[str, tuple[NDArray[np.int64], Wholes]]

    @property
    def total(self) -> int:
        """All people who count, times the scale."""
        return sum(int(sum(wholes.tolist())) for _, wholes in self.people.values())


def worst_name(each: str, of: str, group: str, required: tuple[str, ...]) -> str:
    """Name of the column, from which everything can be read back."""
    return f"worst({each};{of};{group};{'+'.join(required)})"


def read_worst_name(name: str) -> tuple[str, str, str, tuple[str, ...]]:
    """`each`, `of`, `group` and the categories of a name."""
    each, of, group, required = name.partition("(")[2].removesuffix(")").split(";")
    return each, of, group, tuple(required.split("+"))


def divisions(inputs: PlainInputs, name: str) -> tuple[Division, ...]:
    """The divisions of a column that anybody lives in."""
    each, of, group, required = read_worst_name(name)
    found = []
    for value, chosen, members, homes in _values(inputs, each, group, required):
        groups = {k: members or inputs.categories[k].group for k in chosen}
        counted = {"": members or "all"} if of == "complete" else groups
        part = _division(inputs, value, counted, np.array(homes, dtype=np.int64))
        if part.total > 0:
            found.append(part)
    return tuple(found)


def _division(
    inputs: PlainInputs, name: str, groups: dict[str, str], homes: NDArray[np.int64]
) -> Division:
    vectors = {category: inputs.people(group) for category, group in groups.items()}
    scale = math.lcm(*(vector.denominator for vector in vectors.values()))
    people = {}
    for category, vector in vectors.items():
        wholes = vector[homes].at(scale)
        people[category] = (homes[wholes > 0], wholes[wholes > 0])
    return Division(name, scale, people)


def _values(
    inputs: PlainInputs, each: str, group: str, required: tuple[str, ...]
) -> Iterator[tuple[str, tuple[str, ...], str, list[int]]]:
    """Each division's name, its categories, its group (or empty), and where its people live."""
    everywhere = list(range(len(inputs.residents)))
    if each == "group":
        yield from ((one, required, one, everywhere) for one in inputs.instance.groups)
    elif each == "category":
        yield from ((one, (one,), group, everywhere) for one in required)
    else:
        homes = inputs.place(each)
        for place in sorted({home for home in homes if home}):
            yield place, required, group, [i for i in everywhere if homes[i] == place]
