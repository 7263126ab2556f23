"""What came of one point, as plain values that travel between processes."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from siting.errors import InputError
from siting.inputs.files import read_file

OUTCOME_FILE = "outcome.json"


class PointFailure(StrEnum):
    """Why there is no plan.

    Attributes:
        INFEASIBLE: Proven: no plan keeps all rules. Not tried again.
        NO_PLAN: The time limit came first.
        WRONG_INPUT: The instance, the model or a value is wrong.
        NOT_CONFIRMED: The judge found something else than the solver.
        FAULT: The solver or the program failed.
        CRASH: The process that worked on it died.
        NOT_STARTED: A staged point whose smaller budget has no plan.
    """

    INFEASIBLE = "infeasible"
    NO_PLAN = "no_plan"
    WRONG_INPUT = "wrong_input"
    NOT_CONFIRMED = "not_confirmed"
    FAULT = "fault"
    CRASH = "crash"
    NOT_STARTED = "not_started"


@dataclass(frozen=True)
class Choice:
    """One chosen offer; see `Plan.chosen`."""

    offer_id: str
    site_id: str
    categories: str
    cost: float
    newly_covered: float
    only_here: float


@dataclass(frozen=True)
class Outcome:
    """What came of a point; amounts in the instance's money, the rest in residents.

    Attributes:
        failure: Why there is no plan, or None.
        error: The same in words.
        objective: What the plan reaches of the first goal.
        sense: `maximise`, or `minimise` where less of that goal is better.
        goal: Name of that goal.
        baseline: The same with nothing added.
        bound: No plan is better; None where nothing was proven.
        certified_bound: The part that follows from multipliers alone.
        relative_gap: (bound - objective) / max(1, |objective|).
        budget: Public money that it may spend.
        spend: Public money that it spends.
        complete_before: People with every required category, before.
        complete_after: And after.
        price: Multiplier of the budget in the certificate, residents a unit of money.
        reason: Why the solve stopped; see `Termination`.
        limit: What stopped it, or empty.
        seconds: Wall time of the point.
        choices: The chosen offers.
        worker: Host and process id.
    """

    failure: PointFailure | None = None
    error: str = ""
    objective: float | None = None
    baseline: float | None = None
    bound: float | None = None
    certified_bound: float | None = None
    relative_gap: float | None = None
    budget: float | None = None
    spend: float | None = None
    complete_before: float | None = None
    complete_after: float | None = None
    price: float | None = None
    reason: str = ""
    limit: str = ""
    seconds: float = 0.0
    choices: tuple[Choice, ...] = ()
    worker: str = ""
    sense: str = "maximise"
    goal: str = ""

    @property
    def interrupted(self) -> bool:
        """Whether somebody stopped it: it has a plan, perhaps, but is to be solved on."""
        return self.limit == "interrupted"

    @property
    def within_gap(self) -> bool:
        """Whether the gap that was asked for is proven."""
        return self.failure is None and (self.reason == "optimal" or self.limit == "gap")

    def columns(self) -> dict[str, Any]:
        """All but the choices, as the index keeps it."""
        fields = asdict(self)
        del fields["choices"]
        return {key: _plain(value) for key, value in fields.items()}


def _plain(value: object) -> object:
    """Neither SQLite nor JSON has infinity: what is not known is null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, StrEnum) else value


def write_outcome(outcome: Outcome, identity: str, folder: Path) -> None:
    """Writes `outcome.json`, by which a run folder tells whose answer it is."""
    content = {
        "point": identity,
        **outcome.columns(),
        "choices": [asdict(choice) for choice in outcome.choices],
    }
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    (folder / OUTCOME_FILE).write_text(text, encoding="utf-8")


def read_outcome(identity: str, folder: Path) -> Outcome | None:
    """The final outcome of this point that a run folder has; None where it has none."""
    try:
        content = json.loads(read_file(folder, OUTCOME_FILE))
        same = content.pop("point") == identity
        outcome = TypeAdapter(Outcome).validate_python(content)
    except (InputError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return outcome if same and outcome.failure is None and not outcome.interrupted else None
