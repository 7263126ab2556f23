"""Objective: the most residents covered, counted once for each category within their reach."""

from __future__ import annotations

import numpy as np
import pulp
from scipy.sparse import eye_array, vstack

from siting.inputs.blocks import CoveredResidents
from siting.model.data import ModelData
from siting.model.readable import ReadableModel
from siting.program.builder import ProgramBuilder
from siting.program.program import Domain

FORMULA = r"""\max \sum_{k \in K} \sum_{i \in I} v_k\, w_{ik}\, y_{ik}, \qquad
y_{ik} \le e_{ik} + \sum_{o \in O:\, a_{iok} = 1} x_o, \quad 0 \le y_{ik} \le 1"""
READS = (
    "y is 1 where a resident point has the category within the walking standard: from an existing "
    "outlet (e) or from a chosen offer (x). Covered already, the pair is a constant."
)


def to_arrays(_block: CoveredResidents, data: ModelData, program: ProgramBuilder) -> None:
    """Adds one column and one row for each pair that an offer could newly cover."""
    names = data.instance.category_names
    demands = [data.demand(category) for category in names]
    residents = data.instance.residents["resident_id"].to_numpy(object)
    ids = (
        np.concatenate([residents[demand.rows] for demand in demands]),
        np.repeat(np.array(names, dtype=object), [len(demand.rows) for demand in demands]),
    )
    program.offset += sum(demand.served for demand in demands)
    weights = np.concatenate([demand.weights for demand in demands])
    program.add_columns("covered", ids, objective=weights, domain=Domain.IMPLIED)
    cover = vstack([demand.cover for demand in demands], format="csr")
    terms = {"choose": -cover, "covered": eye_array(len(weights), format="csr")}
    program.add_rows("cover", ids, terms, upper=0.0)


def to_pulp(_block: CoveredResidents, data: ModelData, model: ReadableModel) -> None:
    """Writes the same in algebra."""
    residents = list(data.instance.residents["resident_id"])
    offers = list(data.offer_ids)
    goal: list[object] = []
    for category in data.instance.category_names:
        demand = data.demand(category)
        pairs = [(residents[row], category) for row in demand.rows]
        labels = [f"covered[{resident},{category}]" for resident, _ in pairs]
        model.covered |= dict(zip(pairs, model.variables(labels, whole=False), strict=True))
        goal.append(demand.served)
        goal += [w * model.covered[pair] for pair, w in zip(pairs, demand.weights, strict=True)]
        reach = [
            [model.add[offers[o]] for o in demand.cover[[row]].indices] for row in range(len(pairs))
        ]
        model.constrain(
            [f"cover[{resident},{category}]" for resident, _ in pairs],
            (
                model.covered[pair] <= pulp.lpSum(near)
                for pair, near in zip(pairs, reach, strict=True)
            ),
        )
    model.problem += pulp.lpSum(goal), "covered_residents"
