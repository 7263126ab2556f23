"""Writes `hub` as arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array, kron, vstack

from siting.blocks.hub.spec import Hub
from siting.blocks.writer import ModelWriter


def build(block: Hub, model: ModelWriter) -> None:
    """Adds for each offer that is meant a row of functions, and one of those of the list."""
    data, instance = model.data, model.data.instance
    names = np.array(data.category_names)
    where = block.ids(instance, block.where) or set(names.tolist())
    meant = np.asarray(data.serves @ np.isin(names, list(where)).astype(float) > 0)
    meant &= np.isin(data.instance.offers["site_id"].astype(str), list(block.sites(instance)))
    offers = np.flatnonzero(meant)
    parts = [_rows(model, offers, block.at_least, np.ones(len(names)))]
    said = [np.full(len(offers), "functions", dtype=object)]
    if block.of:
        listed = np.isin(names, list(block.ids(instance, block.of))).astype(float)
        parts.append(_rows(model, offers, block.of_at_least, listed))
        said.append(np.full(len(offers), "of", dtype=object))
    ids = (np.tile(data.offer_ids[offers], len(parts)), np.concatenate(said))
    model.add_rows(ids, {"choose": csr_array(vstack(parts, format="csr"))}, upper=0.0)


def _rows(
    model: ModelWriter, offers: NDArray[np.int64], least: int, counted: NDArray[np.float64]
) -> csr_array:
    """`least x offer - categories that count at its site`, summed over the years."""
    data = model.data
    functions = np.asarray(data.serves @ counted)
    here = csr_array(data.at_site.multiply(functions[None, :]).tocsr()[data.site[offers]])
    own = csr_array(eye_array(len(data.offer_ids), format="csr"))[offers] * float(least)
    every_year = csr_array(np.ones((1, len(data.years))))
    return csr_array(kron(every_year, csr_array(own - here), format="csr"))
