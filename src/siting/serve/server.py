"""The JSON API and the page, behind the guard."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from pydantic import StringConstraints

from siting import __version__
from siting.language import Language, language, tr, use_language
from siting.serve.guard import Guard
from siting.serve.page import page
from siting.serve.records import (
    Checked,
    PlanRequest,
    Record,
    Rule,
    Scenario,
    ScenarioEdit,
    SolveRequest,
    State,
    WishText,
)
from siting.serve.session import BusyError, Session
from siting.serve.solver_process import FaultError, RefusedError

Place = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Part = Literal["report", "workbook", "document"]


class WishRequest(Record):
    """A wish in words, and the request that it is said of."""

    wish: WishText
    request: PlanRequest


class SolveStarted(Record):
    """The scenario that a solve is going to be."""

    scenario: int


def guarded(session: Session, token: str, hosts: Iterable[str]) -> Guard:
    """The whole server as an ASGI application.

    Args:
        session: Scenarios and process.
        token: What every request must carry.
        hosts: Names, with ports, that it may be called by.
    """
    return Guard(make_app(session), token, hosts)


def make_app(session: Session) -> FastAPI:
    """The API of a session, without the guard."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        session.start()
        try:
            yield
        finally:
            session.close()

    # Pages of documentation that FastAPI brings would load scripts from a network.
    app = FastAPI(
        title="siting serve",
        version=__version__,
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        dependencies=[Depends(_speak)],
    )
    app.state.session = session
    app.add_exception_handler(KeyError, _unknown)
    app.add_exception_handler(RequestValidationError, _no_question)
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(FaultError, _fault)
    app.add_exception_handler(BusyError, _busy)
    for add in (_add_page, _add_scenarios, _add_solves):
        add(app, session)
    return app


async def _speak(lang: Annotated[Language | None, Query()] = None) -> None:
    """Answers in the language that the address names, else in that of the server."""
    use_language(lang or language())


async def _unknown(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"problems": [tr("there is no such scenario")]}, 404)


async def _no_question(_request: Request, error: Exception) -> Response:
    """Says where and what; what stood there is not repeated, for it may be no JSON at all."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - it is for no other
    said = [f"{'.'.join(map(str, one['loc']))[:200]}: {one['msg'][:200]}" for one in error.errors()]
    return JSONResponse({"problems": said[:20]}, 422)


async def _refused(_request: Request, error: Exception) -> Response:
    return JSONResponse({"problems": list(getattr(error, "problems", ()))}, 422)


async def _fault(_request: Request, error: Exception) -> Response:
    return JSONResponse({"problems": [str(error)]}, 500)


async def _busy(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"problems": [tr("another solve is running; stop it first")]}, 409)


def _may_change(request: Request) -> None:
    if request.app.state.session.state.read_only:
        raise HTTPException(403, "read only")


_CHANGES = [Depends(_may_change)]


def _add_page(app: FastAPI, session: Session) -> None:
    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def _page() -> Response:
        text, policy = page()
        return HTMLResponse(text, headers={"content-security-policy": policy})

    @app.get("/api/state")
    async def state() -> State:
        """Scenarios, the solve that runs, and the frontier."""
        return session.state

    @app.get("/api/events", response_class=StreamingResponse)
    async def events() -> StreamingResponse:
        """Server-sent events: `state`, `progress` and `preview` with their records."""
        return StreamingResponse(session.events(), media_type="text/event-stream")

    @app.get("/api/city")
    async def city() -> Response:
        """Places, sites and offers in numbers packed small, as the map draws them."""
        return Response(await session.city("city", language()), media_type="application/json")

    @app.get("/api/today")
    async def today() -> Response:
        """Who has what today, and the streets; known somewhat later than the rest."""
        return Response(await session.city("today", language()), media_type="application/json")

    @app.post("/api/check")
    async def check(request: PlanRequest) -> Checked:
        """A request in sentences and as a model file, or what is wrong with it; solves nothing."""
        found = await session.process.answer("check", {"request": request.model_dump()})
        return Checked.model_validate(found)

    @app.post("/api/rules")
    async def rule(asked: WishRequest) -> Rule:
        """A wish in the words of `--require` and its like, as the rule that it is."""
        return Rule.model_validate(await session.process.answer("rule", asked.model_dump()))


def _add_solves(app: FastAPI, session: Session) -> None:
    @app.post("/api/solve", status_code=202, dependencies=_CHANGES)
    async def solve(asked: SolveRequest) -> SolveStarted:
        """Begins to solve a request; 409 while another solve runs."""
        return SolveStarted(scenario=await session.solve(asked))

    @app.delete("/api/solve", dependencies=_CHANGES)
    async def stop(*, cancel: bool = False) -> dict[str, bool]:
        """Ends the solve that runs with its best plan so far: good enough; cancelled, with none."""
        return {"stopped": session.stop(cancel=cancel)}

    @app.post("/api/undo", dependencies=_CHANGES)
    async def undo() -> State:
        """Goes back to the scenario that the current one was made from."""
        session.undo()
        return session.state

    @app.get("/api/compare")
    async def compare(a: int, b: int) -> dict[str, Any]:
        """Two scenarios side by side."""
        folders = {"a": _folder(session, a), "b": _folder(session, b)}
        found: dict[str, Any] = await session.answer("compare", folders)
        return found


def _add_scenarios(app: FastAPI, session: Session) -> None:
    path = "/api/scenarios/{number}"

    @app.get(path)
    async def scenario(number: int) -> Scenario:
        """One scenario."""
        return session.workspace.scenario(number)

    @app.patch(path, dependencies=_CHANGES)
    async def edit(number: int, change: ScenarioEdit) -> Scenario:
        """Renames or pins a scenario."""
        return session.edit(number, change.name, change.pinned)

    @app.delete(path, dependencies=_CHANGES)
    async def hide(number: int) -> State:
        """Takes a scenario out of the list; its folder stays."""
        session.hide(number)
        return session.state

    @app.post(path + "/show", dependencies=_CHANGES)
    async def show(number: int) -> State:
        """Makes a scenario the current one, in all tabs."""
        session.show(number)
        return session.state

    @app.get(path + "/view")
    async def view(number: int) -> Response:
        """What the plan makes of the city, as the map draws it."""
        session.workspace.scenario(number)
        text = await session.view(number, language())
        return Response(text, media_type="application/json")

    @app.get(path + "/why")
    async def why(
        number: int,
        offer: Place | None = None,
        site: Place | None = None,
        area: Place | None = None,
    ) -> list[tuple[str, str]]:
        """Why the plan has an offer, or the first of a site or a circle (district), or not."""
        args = {"folder": _folder(session, number), "offer": offer, "site": site, "area": area}
        found: list[tuple[str, str]] = await session.answer("why", args)
        return found

    _add_files(app, session, path)


def _add_files(app: FastAPI, session: Session, path: str) -> None:
    @app.get(path + "/model", response_class=FileResponse)
    async def model(number: int) -> FileResponse:
        """The model file, which `siting solve` reads."""
        session.workspace.scenario(number)
        file = session.workspace.run_folder(number) / "model.yaml"
        return FileResponse(file, media_type="text/yaml", filename=f"model-{number:04d}.yaml")

    @app.get(path + "/export/{part}", response_class=FileResponse)
    async def export(number: int, part: Part) -> FileResponse:
        """The page, the workbook or the document of a scenario, as a file to keep."""
        args = {"folder": _folder(session, number), "part": part}
        name = await session.answer("export", args)
        file = session.workspace.run_folder(number) / str(name)
        stem, dot, ending = str(name).rpartition(".")
        shown = f"{stem}-{number:04d}{dot}{ending}"
        return FileResponse(file, media_type="application/octet-stream", filename=shown)


def _folder(session: Session, number: int) -> str:
    """The run folder of a scenario that there is: a number, never a path."""
    session.workspace.scenario(number)
    return str(session.workspace.run_folder(number))
