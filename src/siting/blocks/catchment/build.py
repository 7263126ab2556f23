"""Writes `catchment` as arrays."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from siting.blocks.catchment.spec import Catchment
from siting.blocks.exact import exact, exact_product, exact_vector
from siting.blocks.writer import ModelWriter, rows_of_offers
from siting.program import Kind


def build(block: Catchment, model: ModelWriter) -> None:
    """Adds a row that rules out each offer with a category of too few people."""
    data = model.data.yearly[-1]
    least, wanted = exact(block.at_least), block.ids(data.instance)
    out = np.zeros(len(data.offer_ids), dtype=bool)
    for column, name in enumerate(data.category_names):
        if name in wanted:
            group = str(data.instance.categories["group"].iloc[column])
            here = data.coverage[name]
            people = data.people(group) * (~here.served if block.who == "unserved" else 1.0)
            reach = csr_array((here.reach > 0).astype(np.int64).T.tocsr())
            vector = exact_vector(people)
            sums = exact_product(reach, vector.numerators)
            few = np.array([n < least * vector.denominator for n in sums.tolist()], dtype=bool)
            adds = data.serves[:, [column]].toarray().ravel() > 0
            out |= adds & few[data.site]
    ids, terms = rows_of_offers(model, np.flatnonzero(out))
    model.add_rows(ids, terms, upper=0.0, kind=Kind.PACKING)
