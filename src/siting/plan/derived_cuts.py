"""Derives the cuts of a certificate anew, in whole numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.sparse import csr_array

from siting.blocks.exact import LARGEST
from siting.blocks.plain_family import PlainFamily
from siting.blocks.plain_model import PlainRows
from siting.language import tr
from siting.plan.certificate import CUTS, entries_of_rows

# What a solve finds is some hundred cuts of some ten rows each.
_MOST_CUTS, _MOST_PRODUCTS = 1 << 20, 1 << 25


def derive_cuts(
    families: Mapping[str, PlainFamily],
    rows: Mapping[str, PlainRows],
    halves: Mapping[str, csr_array],
) -> PlainRows:
    """The cuts: sums of halves of rows, made whole.

    Half a choice is rounded down, which is right as no choice is below 0. Half of what follows is
    rounded up by half its upper limit of 1, which goes to the limit of the cut. What is left is
    whole in every plan, so its limit is rounded down.

    Raises:
        ValueError: A cut uses rows that there are not, or from their wrong side.
    """
    count = next(iter(halves.values())).shape[0] if halves else 0
    if count > _MOST_CUTS or _products(rows, halves) > _MOST_PRODUCTS:
        raise ValueError(tr("certificate: more cuts than can be checked"))
    terms: dict[str, csr_array] = {}
    limits = [0] * count
    for name, part in halves.items():
        section = rows.get(name)
        if section is None or part.shape != (count, len(section)) or name == CUTS:
            raise ValueError(
                tr("certificate: a cut of rows {name} that the model lacks", name=name)
            )
        if part.nnz and (int(part.data.min()) < 0 or int(part.data.max()) > LARGEST >> 32):
            raise ValueError(tr("certificate: a cut uses {name} from the wrong side", name=name))
        _add_limits(limits, section, part)
        for family, matrix in section.terms.items():
            added = _whole_product(part, matrix)
            terms[family] = added if family not in terms else _whole_sum(terms[family], added)
    if not all(families[family].is_whole for family in terms):
        raise ValueError(tr("certificate: a cut of columns that are not whole"))
    floored = {}
    for family, matrix in terms.items():
        floored[family], odd = _halved(matrix, up=not families[family].decided)
        limits = [limit + more for limit, more in zip(limits, odd, strict=True)]
    return PlainRows(
        CUTS,
        tuple((number,) for number in range(count)),
        floored,
        (1,) * count,
        (None,) * count,
        tuple(limit // 2 for limit in limits),
    )


def _products(rows: Mapping[str, PlainRows], halves: Mapping[str, csr_array]) -> int:
    """How many entries the cuts have before equal columns are added up."""
    return sum(
        int(entries_of_rows(rows[name])[part.indices].sum())
        for name, part in halves.items()
        if name in rows and part.shape[1] == len(rows[name])
    )


def _add_limits(limits: list[int], section: PlainRows, part: csr_array) -> None:
    entries = part.tocoo()
    for cut, row, times in zip(
        entries.row.tolist(), entries.col.tolist(), entries.data.tolist(), strict=True
    ):
        limit = section.upper[row]
        if limit is None:
            raise ValueError(
                tr(
                    "certificate: a cut uses {row}, which has no upper limit",
                    row=section.label(row),
                )
            )
        limits[cut] += int(times) * limit


def _whole_product(part: csr_array, matrix: csr_array) -> csr_array:
    """A product of whole matrices, refused where 64 bits might not hold it."""
    sizes = abs(part.astype(float)) @ abs(matrix.astype(float))
    if sizes.nnz and float(sizes.data.max()) >= LARGEST / 4:
        raise ValueError(tr("certificate: a cut of numbers that are too large"))
    return csr_array(part.astype(np.int64) @ matrix)


def _whole_sum(one: csr_array, two: csr_array) -> csr_array:
    """A sum of whole matrices, refused before further ones could leave 64 bits."""
    total = csr_array(one + two)
    if total.nnz and float(np.abs(total.data.astype(float)).max()) >= LARGEST / 4:
        raise ValueError(tr("certificate: a cut of numbers that are too large"))
    return total


def _halved(matrix: csr_array, *, up: bool) -> tuple[csr_array, list[int]]:
    """Halves of whole numbers, rounded up or down, and in how many of each row's that added."""
    half, odd = matrix.copy(), matrix.copy()
    odd.data = (odd.data % 2) * up
    half.data = half.data // 2 + odd.data
    half.eliminate_zeros()
    return half, np.asarray(odd.sum(axis=1)).tolist()
