"""The what-if page without a page: the same records, workspace and answers, from Python."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from siting.folder_lock import locked
from siting.inputs import Instance
from siting.plan import LoadedRun
from siting.report.comparison import compare_runs, comparison_facts
from siting.serve.calls import SolveControl
from siting.serve.city import City
from siting.serve.plan_requests import checked, rule_of
from siting.serve.plan_solver import PlanSolver
from siting.serve.records import (
    Checked,
    PlanRequest,
    Preview,
    Progress,
    Rule,
    RuleKind,
    Scenario,
    WishText,
)
from siting.serve.workspace import Workspace


class Studio:
    """A workspace and the inputs that its plans are for; use it in a `with` statement.

    Args:
        instance: The instance folder.
        workspace: The folder of the scenarios; made if it is missing.

    Raises:
        InputError: The inputs cannot be read, or another process has the workspace.
    """

    def __init__(self, instance: Path | str, workspace: Path | str) -> None:
        self._folder = Path(workspace)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = locked(self._folder)
        self.solver = PlanSolver(City(Path(instance)))
        self.stop = threading.Event()

    def __enter__(self) -> Self:
        self._lock.__enter__()
        self.workspace = Workspace(self._folder, self.solver.city.folder)
        for scenario in self.scenarios:
            folder = self.workspace.run_folder(scenario.id)
            self.solver.add_start(folder, scenario.request.budget)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.__exit__(kind, error, trace)

    @property
    def instance(self) -> Instance:
        """The inputs without any wish."""
        return self.solver.city.instance

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """All scenarios, the oldest first."""
        return self.workspace.scenarios()

    def rule(self, kind: RuleKind, text: str, request: PlanRequest | None = None) -> Rule:
        """A wish as it is typed (`forbid`, 'Fontvieille pharmacy'), as a rule of a request.

        Raises:
            InputError: It names what the instance does not have.
        """
        return rule_of(WishText(kind=kind, text=text), self.solver.read(request or PlanRequest()))

    def check(self, request: PlanRequest) -> Checked:
        """A request in sentences and as a model file, or what is wrong with it."""
        return checked(self.solver.city, request)

    def solve(
        self,
        request: PlanRequest,
        name: str = "",
        on_news: Callable[[Progress | Preview], None] = lambda _news: None,
    ) -> Scenario:
        """Solves a request, beginning at the current scenario, and keeps the plan.

        Args:
            request: What is asked.
            name: What people call it.
            on_news: Told of the first plan, and of each better plan and bound; `stop.set()` ends
                the solve with the best so far.

        Raises:
            InputError: With every problem of the request.
            NoPlanError: There is no plan, or none was found in time.
        """
        self.stop.clear()
        current = self.workspace.current
        parent = None if current is None else self.workspace.run_folder(current)
        number = self.workspace.begin(request, name, current)
        folder = self.workspace.run_folder(number)
        try:
            control = SolveControl(on_news, self.stop.is_set)
            figures = self.solver.answer(request, folder, control, parent)
        except BaseException:
            self.workspace.abandon(number)
            raise
        return self.workspace.finish(number, figures)

    def run(self, scenario: Scenario) -> LoadedRun:
        """The plan of a scenario, for all that this package does with plans."""
        return self.solver.run(self.workspace.run_folder(scenario.id))

    def compare(self, a: Scenario, b: Scenario) -> dict[str, Any]:
        """Two scenarios side by side, as `siting compare --json` says it.

        Raises:
            InputError: They cannot be compared.
        """
        return comparison_facts(compare_runs(self.run(a), self.run(b)))
