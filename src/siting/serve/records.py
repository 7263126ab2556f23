"""The records of the API: the same in Python, in JSON and in the index of a workspace."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

# What is larger is no wish of a planner.
MOST_RULES, MOST_CHANGES, LONGEST_TEXT = 200, 200, 200
GOOD_ENOUGH = 0.005

Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_TEXT, strip_whitespace=True)
]
Number = Annotated[float, Field(allow_inf_nan=False)]
Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]
RuleKind = Literal["require", "forbid", "without", "floor"]


class Record(BaseModel):
    """Base of all records: frozen, and no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PlanRequest(Record):
    """What is asked of the next plan."""

    model: Name = Field("annual-plan", description="a model of the library, or 'given'")
    budget: Money | None = Field(
        None, description="public money in units of the currency; the instance's if null"
    )
    years: dict[str, Money] = Field(
        default_factory=dict, max_length=30, description="public money by year, e.g. {'2026': 6e6}"
    )
    rules: tuple[dict[str, object], ...] = Field(
        (), max_length=MOST_RULES, description="entries of a model file's 'subject_to'"
    )
    changes: dict[Text, Number | Text] = Field(
        default_factory=dict,
        max_length=MOST_CHANGES,
        description="changes of the tables, e.g. {'category.pharmacy.priority': 2}",
    )
    walking: dict[Text, Text] = Field(
        default_factory=dict,
        max_length=20,
        description="keys of 'walking' of instance.yaml, e.g. {'preset': ...}",
    )
    gap: Annotated[float, Field(ge=0, lt=1)] = Field(
        GOOD_ENOUGH, description="the proven gap that is good enough"
    )
    time_limit: Annotated[float, Field(gt=0, le=3600)] = Field(60, description="seconds")


class Goal(Record):
    """One goal of a plan, in words and numbers."""

    name: str
    objective: float
    baseline: float
    bound: float | None
    gap: float | None


class Figures(Record):
    """What a plan came to; money in units of the currency."""

    goals: tuple[Goal, ...]
    certified_gap: float | None
    spend: float
    offers: int
    complete_before: float
    complete_after: float
    seconds: float
    ended: str


class Scenario(Record):
    """A plan of the workspace with the wishes that it answers."""

    id: int
    name: str
    created: float = Field(description="Unix time")
    parent: int | None = None
    pinned: bool = False
    request: PlanRequest
    figures: Figures
    folder: str = Field(description="name of its run folder within the workspace's 'scenarios'")


class Progress(Record):
    """How far the solve is that runs now."""

    scenario: int
    seconds: float
    phase: str
    incumbent: float | None = None
    bound: float | None = None
    gap: float | None = None


class Choice(Record):
    """An offer that a plan chooses."""

    offer_id: str
    site_id: str
    categories: tuple[str, ...]
    cost: float


class Preview(Record):
    """The best plan so far of the solve that runs now; not yet judged, so no plan."""

    scenario: int
    chosen: tuple[Choice, ...]
    covered: str = Field(description="what each demand point has, packed as 'u4:' words")


class Rule(Record):
    """A wish as the entry of a model file that it is, and in words."""

    entry: dict[str, object]
    words: str


class Checked(Record):
    """A request as it was understood, or what is wrong with it."""

    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    model_file: str = ""


class FrontierPoint(Record):
    """What so much money can do, as far as it is known."""

    budget: float
    objective: float | None
    bound: float | None


class WishText(Record):
    """A wish in the words of the command line."""

    kind: RuleKind
    text: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT)]


class SolveRequest(Record):
    """A request to be solved."""

    request: PlanRequest
    name: Text = ""
    parent: int | None = None


class ScenarioEdit(Record):
    """What of a scenario may be changed."""

    name: Name | None = None
    pinned: bool | None = None


class Running(Record):
    """The solve that runs now."""

    scenario: int
    name: str
    request: PlanRequest
    started: float
    progress: Progress | None = None


class State(Record):
    """All that every tab of the page shows alike."""

    scenarios: tuple[Scenario, ...]
    current: int | None
    running: Running | None
    frontier: tuple[FrontierPoint, ...]
    first: PlanRequest = Field(description="what is asked where nothing is wished")
    ready: bool = Field(description="whether the instance is loaded")
    failure: str = Field("", description="why the last solve or the loading came to nothing")
    read_only: bool = False
