"""Writes `scenarios` as arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.blocks.reach_variables import ScenarioTerms
from siting.blocks.scenario import Scenario, worst_case_name
from siting.blocks.scenarios.spec import Scenarios
from siting.blocks.writer import ModelWriter


def build(block: Scenarios, model: ModelWriter) -> None:
    """Adds each scenario by its weight, or the column of the worst."""
    terms = [_terms(one, model) for one in block.scenarios]
    if block.by == "expected":
        for one, share in zip(terms, block.probabilities, strict=True):
            model.add_value(one.family, one.weights * float(share), one.already * float(share))
        return
    name = worst_case_name(block.scenarios)
    most = 1.0 + min(one.already + float(one.weights.sum()) for one in terms)
    model.variables.worst_case(name, most, terms)
    model.add_value(name, np.array([most]))


def _terms(scenario: Scenario, model: ModelWriter) -> ScenarioTerms:
    variables, names = model.variables, model.data.category_names
    family = variables.within(scenario.ground, names) if scenario.ground else variables.covered
    people = _people(scenario, model)
    return ScenarioTerms(
        scenario.code,
        family.name,
        family.weights(people),
        float(people[family.already].sum()),
    )


def _people(scenario: Scenario, model: ModelWriter) -> NDArray[np.float64]:
    """Priority x people of a scenario, shape (years, residents, categories)."""
    frame, residents = model.data.instance.categories, model.data.instance.residents
    people = model.data.people_of([str(group) for group in frame["group"]])
    for number, group in enumerate(frame["group"]):
        if column := scenario.column(str(group)):
            people[:, :, number] = residents[column].to_numpy(float)
    factors = [float(scenario.factor(str(group))) for group in frame["group"]]
    return np.asarray(people * (frame["priority"].to_numpy(float) * np.array(factors)))
