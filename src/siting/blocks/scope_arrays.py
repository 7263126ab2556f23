"""Which (offer, year) columns a scope is about, as arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from siting.blocks.names import category_ids, ids_by_name
from siting.blocks.scope import OfferScope
from siting.blocks.writer import ModelWriter

Flags = NDArray[np.bool_]


def scope_rows(scope: OfferScope, model: ModelWriter) -> tuple[list[object], csr_array]:
    """One row for each value of `each`, or a single one.

    Returns:
        What each row stands for (empty without `each`), and 1 where an (offer, year) column is
        meant, shape (rows, columns of `choose`).
    """
    data = model.data
    inside = _inside(scope, model)
    if scope.each is None:
        return [], csr_array(inside[None, :].astype(float))
    values = list(scope.values_of_each(data.instance))
    masks = [inside & _has(scope.each, value, model) for value in values]
    rows = [csr_array(mask[None, :].astype(float)) for mask in masks]
    return values, csr_array(vstack(rows, format="csr"))


def _inside(scope: OfferScope, model: ModelWriter) -> Flags:
    """Whether each column keeps every setting, shape (columns,)."""
    inside = np.ones(len(model.variables.choose.offer), dtype=bool)
    known = category_ids(model.data.instance)
    sites = ids_by_name(model.data.instance, "site")
    wanted: dict[str, tuple[object, ...]] = {
        "category": tuple(known[name] for name in scope.category),
        "site": tuple(sites[name] for name in scope.site),
        **{kind: getattr(scope, kind) for kind in ("tier", "district", "circle", "mode")},
        "year": scope.year,
    }
    for kind, values in wanted.items():
        if values:
            inside &= np.any([_has(kind, value, model) for value in values], axis=0)
    return inside


def _has(kind: str, value: object, model: ModelWriter) -> Flags:
    """Whether each (offer, year) column has one value of one kind, shape (columns,)."""
    data, choose = model.data, model.variables.choose
    if kind == "year":
        return np.asarray(choose.year == value)
    if kind in ("category", "tier"):
        column = "category" if kind == "category" else "tier"
        named = (data.instance.categories[column].astype(str) == value).to_numpy(float)
        by_offer = data.serves @ named > 0
    elif kind == "site":
        by_offer = data.instance.offers["site_id"].to_numpy(object) == value
    elif kind == "mode":
        by_offer = data.instance.offers["mode"].to_numpy(object) == value
    else:
        by_offer = data.of_site(kind) == value
    return np.asarray(by_offer[choose.offer])
