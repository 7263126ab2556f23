"""What a plan file says of its goals, against the judge and the certificate."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from siting.blocks.contract import Sense
from siting.blocks.plain_model import PlainModel
from siting.language import tr
from siting.plan.agreement import DIFFERENCE, agree, is_number, show
from siting.plan.certificate import Certificate
from siting.plan.judgement import Judgement

# A certified bound this close to the objective, relative to it, leaves nothing to prove.
CLOSED = 1e-9
# Keys of plan.json that repeat those of the most important goal.
_REPEATED = ("objective", "baseline", "bound", "certified_bound", "relative_gap")


def check_goals(
    says: Mapping[str, Any], judgement: Judgement, model: PlainModel, bounds: Mapping[str, float]
) -> Iterator[str]:
    """Yields what is wrong with the goals of a plan file.

    Args:
        says: Content of plan.json.
        judgement: What the inputs give.
        model: The model said plainly.
        bounds: What the certificate proves, by goal.
    """
    said = says["goals"]
    names = [goal.get("name") if isinstance(goal, dict) else None for goal in said]
    if names != [goal.name for goal in model.goals]:
        yield tr("goals: plan.json has {said}, the model others", said=", ".join(map(str, names)))
        return
    for number, (goal, judged, spec) in enumerate(
        zip(said, judgement.goals, model.goals, strict=True)
    ):
        for key, given in (("objective", judged.value), ("baseline", judged.baseline)):
            if not agree(goal.get(key), float(given)):
                name = f"{judged.name}, {tr(key)}"
                yield tr(DIFFERENCE, name=name, said=show(goal.get(key)), given=show(float(given)))
        if goal.get("sense") != judged.sense or goal.get("within") != spec.within:
            yield tr("{name}: its sense or 'within' is not the model's", name=judged.name)
        yield from _check_bounds(goal, float(judged.value), judged.sense, bounds.get(judged.name))
        yield from _check_floor(goal, is_last=number == len(said) - 1, sense=judged.sense)
    yield from _check_gain_gap(says)
    yield from _check_optimal(says)
    for key in _REPEATED:
        if key in says and says[key] != said[0].get(key):
            yield tr("{key}: plan.json says two different things of it", key=key)


def _check_gain_gap(says: Mapping[str, Any]) -> Iterator[str]:
    """Whether the gap in shares of what the plan adds is that of its figures."""
    goal = says["goals"][0]
    numbers = [goal.get(key) for key in ("objective", "baseline", "bound")]
    gap = None
    if all(map(is_number, numbers)):
        objective, baseline, bound = numbers
        gap = abs(bound - objective) / max(1.0, abs(objective - baseline))
    if not _same(says.get("gain_gap"), gap):
        said = says.get("gain_gap")
        yield tr(DIFFERENCE, name="gain_gap", said=show(said), given=show(gap))


def _check_optimal(says: Mapping[str, Any]) -> Iterator[str]:
    """Whether a plan that calls itself optimal is proven to be."""
    termination = says.get("termination")
    if not isinstance(termination, dict) or termination.get("reason") != "optimal":
        return
    for goal in says["goals"]:
        gap = goal.get("certified_gap")
        if not is_number(gap) or gap > CLOSED:
            yield tr("{name}: plan.json says optimal, and nothing proves it", name=goal["name"])


def _check_bounds(
    goal: Mapping[str, Any], objective: float, sense: Sense, proven: float | None
) -> Iterator[str]:
    """Whether bounds are on the right side, proven where they claim it, and the gaps theirs."""
    name, turn = goal["name"], 1.0 if sense == "maximise" else -1.0
    certified = goal.get("certified_bound")
    if certified is not None and not is_number(certified):
        yield tr("{name}: the bound {said} is no number", name=name, said=show(certified))
        return
    if certified is not None and (proven is None or turn * proven > turn * certified):
        yield tr(
            "{name}, certified_bound: plan.json says {said}, the certificate proves {derived}",
            name=name,
            said=show(certified),
            derived=tr("nothing") if proven is None else show(proven),
        )
    known = [
        turn * goal[key] for key in ("certified_bound", "solver_bound") if is_number(goal.get(key))
    ]
    best = turn * max(turn * objective, min(known)) if known else None
    if not _same(goal.get("bound"), best):
        yield tr(DIFFERENCE, name=f"{name}, bound", said=show(goal.get("bound")), given=show(best))
    for key, bound in (("relative_gap", best), ("certified_gap", certified)):
        gap = None if bound is None else abs(bound - objective) / max(1.0, abs(objective))
        if not _same(goal.get(key), gap):
            yield tr(DIFFERENCE, name=f"{name}, {key}", said=show(goal.get(key)), given=show(gap))
    if known and any(bound < turn * objective - 1e-6 * max(1.0, abs(objective)) for bound in known):
        yield tr(
            "{name}: a bound that the plan itself, {objective}, beats",
            name=name,
            objective=show(objective),
        )


def _check_floor(goal: Mapping[str, Any], *, is_last: bool, sense: Sense) -> Iterator[str]:
    """Whether the plan keeps what later goals had to leave."""
    floor, turn = goal.get("floor"), 1.0 if sense == "maximise" else -1.0
    if is_last:
        if floor is not None:
            yield tr("{name}: a floor for goals after it, and there are none", name=goal["name"])
        return
    if not is_number(floor) or not is_number(goal.get("objective")):
        yield tr("{name}: no floor for the goals after it", name=goal["name"])
        return
    if turn * goal["objective"] < turn * floor - 1e-9 * max(1.0, abs(floor)):
        yield tr(
            "{name}: the plan reaches {objective}, and later goals had to leave {floor}",
            name=goal["name"],
            objective=show(goal["objective"]),
            floor=show(floor),
        )


def check_floors(says: Mapping[str, Any], certificate: Certificate) -> Iterator[str]:
    """Whether each proof rests on the floors that the plan states, of the goals before."""
    floors: dict[str, object] = {}
    proofs = {goal.goal: goal for goal in certificate.goals}
    for goal in says["goals"]:
        if not isinstance(goal, dict):
            continue
        proof = proofs.get(str(goal.get("name")))
        if proof is not None and dict(proof.floors) != floors:
            yield tr("{name}: the proof rests on other floors than the plan has", name=proof.goal)
        floors[str(goal.get("name"))] = goal.get("floor")


def _same(said: object, given: float | None) -> bool:
    if given is None or not math.isfinite(given):
        return said is None
    return agree(said, given)
