"""What all tabs see: the scenarios, the one solve that runs, and what changes of them."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from siting.errors import reason
from siting.language import Language, in_language, language
from siting.plain_files import is_plain
from siting.serve.city_cache import CityCache
from siting.serve.opened import Opened
from siting.serve.records import (
    Figures,
    FrontierPoint,
    Preview,
    Progress,
    Running,
    Scenario,
    SolveRequest,
    State,
)
from siting.serve.solver_process import FaultError, RefusedError, SolverProcess
from siting.serve.workspace import STUDIES, Workspace

# As `siting.plan` writes it, which would load what judges plans.
PLAN_FILE = "plan.json"
# The shares of the instance's money that the frontier is worked out at, while nobody waits.
SHARES = (1.0, 0.5, 1.5, 0.75, 1.25, 2.0)
# Seconds without a solve before it is; and between signs of life to tabs.
_IDLE, _BEAT = 2.0, 15.0
# Plans of the workspace that a new process is told of.
_MOST_STARTS = 12
_MOST_UNREAD = 200


class BusyError(Exception):
    """Another solve runs."""


class Session:
    """One workspace and the process that solves for it.

    Args:
        workspace: The scenarios.
        process: The process.
        cache: What the map draws, as far as it is known from before.
        opened: What is served, and what is known of it.
        read_only: Nothing is solved and nothing changed.
    """

    def __init__(
        self,
        workspace: Workspace,
        process: SolverProcess,
        cache: CityCache,
        opened: Opened,
        *,
        read_only: bool = False,
    ) -> None:
        self.workspace, self.process, self._cache = workspace, process, cache
        self._cities: dict[tuple[str, Language], asyncio.Task[str]] = {}
        self._opened, self._first, self._read_only = opened, opened.first, read_only
        self._tabs: set[asyncio.Queue[str]] = set()
        self._running: Running | None = None
        self._call = 0
        self._frontier_call: int | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._ready, self._failure, self._over = False, "", False
        self._cancelled = False

    # --- its life -------------------------------------------------------------------------------

    def start(self) -> None:
        """Starts the process, and what has to be done first; within the event loop."""
        self.process.start()
        self._begin(self._load())

    def close(self) -> None:
        """Ends the process and lets all tabs go."""
        self._over = True
        for tab in self._tabs:
            tab.put_nowait("")
        for task in self._tasks:
            task.cancel()
        self.process.close()

    async def _load(self) -> None:
        """Waits for the inputs, settles what a kill has left, and solves where there is nothing."""
        try:
            # Nothing takes turns with the first map.
            await self.city("city", language())
            money = await self.process.answer("money")
        except (RefusedError, FaultError) as error:
            self._fail(str(error))
            return
        if self._first.budget is None and not money["years"]:
            self._first = self._first.model_copy(update={"budget": money["budget"]})
        await self._recover()
        await self._load_starts()
        await self._adopt()
        self._ready = True
        self._publish_state()
        if self.workspace.current is None and not self._read_only:
            # Without a name: each page has its own word for it, in its own language.
            await self.solve(SolveRequest(request=self._first))
        else:
            self._begin(self._work_out_frontier())

    async def city(self, call: str, language: Language) -> str:
        """What the map draws, as JSON: asked once a language, and kept for the next time.

        Args:
            call: `city`, or `today`.
            language: Of the names.

        Raises:
            RefusedError: The inputs cannot be read.
            FaultError: The process failed.
        """
        key = call, language
        if key not in self._cities or _failed(self._cities[key]):
            self._cities[key] = asyncio.get_running_loop().create_task(
                self._kept(call, language, call)
            )
        return await asyncio.shield(self._cities[key])

    async def view(self, number: int, language: Language) -> str:
        """What a scenario's plan makes of the city, as JSON; kept as long as its file is the same.

        Raises:
            RefusedError: It cannot be read, or does not hold.
            FaultError: The process failed.
        """
        folder = self.workspace.run_folder(number)
        try:
            content = (folder / PLAN_FILE).read_bytes() if is_plain(folder / PLAN_FILE) else b""
        except OSError as error:
            raise RefusedError([reason(error)]) from None
        name = f"view-{number:04d}-{hashlib.sha256(content).hexdigest()[:16]}"
        return await self._kept(name, language, "view", {"folder": str(folder)})

    async def _kept(
        self, name: str, language: Language, call: str, args: dict[str, Any] | None = None
    ) -> str:
        known = self._cache.read(name, language)
        if known is None:
            with in_language(language):
                found = await self.answer(call, args)
            known = json.dumps(found, ensure_ascii=False)
            self._cache.keep(name, language, known)
        return known

    async def _recover(self) -> None:
        """A solve that was killed is forgotten, unless its plan was written already and holds."""
        for number in self.workspace.unfinished():
            if self._read_only:
                return
            folder = self.workspace.run_folder(number)
            figures = await self._figures_of(folder)
            if figures is None:
                self.workspace.abandon(number)
            else:
                self.workspace.finish(number, figures)

    async def _adopt(self) -> None:
        """Makes the plan of the run that was opened a scenario, if it is none yet."""
        opened = self._opened
        if opened.run is None or self._read_only or self.workspace.has_adopted(opened.digest):
            return
        number = self.workspace.begin(self._first, opened.run.name, None)
        folder = str(self.workspace.run_folder(number))
        args = {"request": self._first.model_dump(), "folder": folder, "source": str(opened.run)}
        try:
            figures = Figures.model_validate(await self.process.answer("adopt", args))
        except (RefusedError, FaultError) as error:
            self.workspace.abandon(number)
            self._fail(str(error))
        else:
            self.workspace.finish(number, figures)
            self.workspace.note_adopted(opened.digest)

    async def _figures_of(self, folder: Path) -> Figures | None:
        """What a plan came to that was written before a kill, if it is whole and holds."""
        if not (folder / PLAN_FILE).is_file():
            return None
        try:
            found = await self.process.answer("figures", {"folder": str(folder)})
        except (RefusedError, FaultError):
            return None
        return Figures.model_validate(found)

    async def _load_starts(self) -> None:
        """Tells the process of the plans to begin at."""
        for scenario in self.workspace.scenarios()[-_MOST_STARTS:]:
            folder = str(self.workspace.run_folder(scenario.id))
            args = {"folder": folder, "budget": scenario.request.budget}
            await self.process.answer("add_start", args)
        of_sweep = {point.budget: folder for point, folder in self._opened.frontier}
        for point in self.workspace.frontier:
            place = of_sweep.get(point.budget, self._point_folder(point.budget))
            args = {"folder": str(place), "budget": point.budget}
            await self.process.answer("add_start", args)

    def _begin(self, work: Any) -> None:  # noqa: ANN401 - a coroutine
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- what tabs see --------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """Everything, as it is now."""
        return State(
            scenarios=self.workspace.scenarios(),
            current=self.workspace.current,
            running=self._running,
            frontier=self.workspace.frontier,
            first=self._first,
            ready=self._ready,
            failure=self._failure,
            read_only=self._read_only,
        )

    async def events(self) -> AsyncIterator[str]:
        """The state, and then each change, as server-sent events."""
        tab: asyncio.Queue[str] = asyncio.Queue(_MOST_UNREAD)
        self._tabs.add(tab)
        try:
            yield _event("state", self.state.model_dump_json())
            while not self._over:
                try:
                    event = await asyncio.wait_for(tab.get(), _BEAT)
                except TimeoutError:
                    event = ": still here\n\n"
                yield event
        finally:
            self._tabs.discard(tab)

    def _publish(self, kind: str, text: str) -> None:
        for tab in self._tabs:
            # A tab that reads nothing for so long gets the next state, which has everything.
            with suppress(asyncio.QueueFull):
                tab.put_nowait(_event(kind, text))

    def _publish_state(self) -> None:
        self._publish("state", self.state.model_dump_json())

    def _fail(self, why: str) -> None:
        self._failure = why
        self._publish_state()

    # --- what tabs do ---------------------------------------------------------------------------

    async def solve(self, asked: SolveRequest) -> int:
        """Begins a solve; the number of the scenario that it becomes.

        Raises:
            BusyError: Another one runs.
        """
        if self._running is not None:
            raise BusyError
        if self._frontier_call is not None:
            self.process.stop(self._frontier_call)
        parent = asked.parent if asked.parent is not None else self.workspace.current
        number = self.workspace.begin(asked.request, asked.name, parent)
        self._running = Running(
            scenario=number, name=asked.name, request=asked.request, started=time.time()
        )
        self._failure, self._cancelled = "", False
        args = {
            "request": asked.request.model_dump(),
            "folder": str(self.workspace.run_folder(number)),
            "parent": None if parent is None else str(self.workspace.run_folder(parent)),
        }
        self._call, answer = self.process.ask("solve", args, self._on_news)
        self._begin(self._finish(number, answer))
        self._publish_state()
        return number

    def stop(self, *, cancel: bool = False) -> bool:
        """Ends the solve that runs, with the best plan so far or with none; whether one ran."""
        if self._running is None:
            return False
        self._cancelled = cancel
        self.process.stop(self._call, cancel=cancel)
        return True

    def _on_news(self, kind: str, news: dict[str, Any]) -> None:
        if self._running is None:
            return
        news = {**news, "scenario": self._running.scenario}
        if kind == Preview.__name__:
            self._publish("preview", json.dumps(news))
            return
        progress = Progress.model_validate(news)
        self._running = self._running.model_copy(update={"progress": progress})
        self._publish("progress", progress.model_dump_json())

    async def _finish(self, number: int, answer: asyncio.Future[Any]) -> None:
        try:
            figures = Figures.model_validate(await answer)
        except (RefusedError, FaultError) as error:
            self.workspace.abandon(number)
            self._failure = "" if self._cancelled else str(error)
        else:
            self.workspace.finish(number, figures)
        self._running = None
        self._publish_state()
        self._begin(self._work_out_frontier())

    def undo(self) -> None:
        """Goes back to the scenario before the current one."""
        self.workspace.undo()
        self._publish_state()

    def show(self, number: int) -> None:
        """Makes a scenario the current one."""
        self.workspace.show(number)
        self._publish_state()

    def edit(self, number: int, name: str | None, pinned: bool | None) -> Scenario:  # noqa: FBT001
        """Renames or pins a scenario."""
        edited = self.workspace.edit(number, name, pinned)
        self._publish_state()
        return edited

    def hide(self, number: int) -> None:
        """Takes a scenario out of the list."""
        self.workspace.hide(number)
        self._publish_state()

    async def answer(self, call: str, args: dict[str, Any] | None = None) -> Any:  # noqa: ANN401
        """Asks the process for somebody who waits; what it does while nobody does is ended."""
        if self._frontier_call is not None:
            self.process.stop(self._frontier_call)
        return await self.process.answer(call, args)

    # --- while nobody waits ---------------------------------------------------------------------

    def _point_folder(self, budget: float) -> Path:
        return self.workspace.folder / STUDIES / f"{budget:.0f}"

    async def _work_out_frontier(self) -> None:
        """Works out the frontier, one sum of money after another, until a solve begins."""
        await asyncio.sleep(_IDLE)
        budget = self._first.budget
        if budget is None or self._read_only:
            return
        known = {point.budget for point in self.workspace.frontier}
        for share in SHARES:
            if self._running is not None or self._frontier_call is not None or self._over:
                return
            if share * budget not in known:
                await self._work_out_point(share, share * budget)

    async def _work_out_point(self, share: float, budget: float) -> None:
        args = {"share": share, "folder": str(self._point_folder(budget))}
        self._frontier_call, answer = self.process.ask("frontier_point", args)
        try:
            found = await answer
        except (RefusedError, FaultError):
            return
        finally:
            self._frontier_call = None
        if found is not None:
            self.workspace.keep_frontier(FrontierPoint.model_validate(found))
            self._publish_state()


def _failed(task: asyncio.Task[str]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _event(kind: str, text: str) -> str:
    return f"event: {kind}\ndata: {text}\n\n"
