"""How evenly walks are spread over people, for analysts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.report.facts import required_categories
from siting.report.indicators.stages import Stage

# Minutes beyond which a walk counts as this long, so that one without any outlet is a number.
LONGEST_WALK = 60.0
Floats = NDArray[np.float64]


def mean_walks(stage: Stage) -> Floats:
    """The mean over the required categories of each demand point's walk to the nearest, minutes."""
    names = list(stage.instance.category_names)
    wanted = [names.index(name) for name in required_categories(stage.instance)]
    walks = np.minimum(stage.minutes[:, wanted], LONGEST_WALK)
    return np.asarray(walks.mean(axis=1), dtype=np.float64)


def worst_tenth(walks: Floats, people: Floats) -> float:
    """The mean walk of the tenth of people who walk longest; NaN where nobody lives."""
    order = np.argsort(-walks, kind="stable")
    walks, people = walks[order], people[order]
    tenth = people.sum() / 10
    before = np.concatenate([[0.0], np.cumsum(people)[:-1]])
    counted = np.clip(tenth - before, 0.0, people)
    return float(counted @ walks / tenth) if tenth > 0 else float("nan")


def gini(walks: Floats, people: Floats) -> float:
    """Gini coefficient of the walks over people: 0 where all walk as far (Gini 1912).

    Half the mean absolute difference of two people's walks, relative to the mean walk.
    """
    order = np.argsort(walks, kind="stable")
    walks, people = walks[order], people[order]
    everyone, total = people.sum(), float(people @ walks)
    if everyone <= 0 or total <= 0:
        return float("nan") if everyone <= 0 else 0.0
    rank = np.cumsum(people) - people / 2
    return float(2 * (people * walks) @ rank / (everyone * total) - 1)
