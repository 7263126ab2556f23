"""A planner's hour: every answer verifies, nothing is lost, and nothing is left running."""

from __future__ import annotations

import http.client
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from command import MONACO, call, plan_in
from served import Served, serving

from waiting import PATIENCE, wait_until

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


def verified(workspace: Path, server: Served) -> int:
    """Holds every scenario against `siting verify`; how many there are."""
    scenarios = server.state["scenarios"]
    for one in scenarios:
        outcome = call("verify", workspace / "scenarios" / one["folder"])
        assert (outcome.code, outcome.err) == (0, ""), outcome
    return len(scenarios)


def requests(server: Served) -> list[dict[str, Any]]:
    """Wishes of many kinds, one after another."""
    city = server.ask("/api/city").json
    site = server.ask("/api/scenarios/1/view").json["chosen"][0]["site_id"]
    category = city["categories"][0]["id"]
    budget = city["money"]["budget"]
    return [
        {"budget": 0.8 * budget},
        {"budget": 0.8 * budget, "rules": [{"locked_out": {"sites": [site]}}]},
        {"budget": budget, "rules": [{"count": {"category": [category], "at_least": 1}}]},
        {"budget": budget, "rules": [{"locked_out": {"categories": [category]}}]},
        {"budget": budget, "changes": {f"category.{category}.priority": 3.0}},
        {"budget": budget, "walking": {"preset": "planning"}},
        {"budget": 2 * budget, "model": "complete-circles", "gap": 0.01},
    ]


@POSIX
def test_an_hour_with_a_kill_in_its_middle(tmp_path: Path) -> None:
    workspace = tmp_path / "工作 区"
    with serving(MONACO, workspace) as server:
        server.idle()
        for number, request in enumerate(requests(server)):
            scenario = server.solve(request, f"wish {number}")
            assert scenario["parent"] == number + 1
            assert scenario["figures"]["certified_gap"] <= request.get("gap", 0.005)
        found = server.ask("/api/compare?a=1&b=2").json
        assert found["verdict"]
        assert {row["state"] for row in found["sites"]} <= {"kept", "gained", "lost", "changed"}
        server.ask("/api/scenarios/2", "PATCH", {"name": "less money", "pinned": True})
        before = list(server.state["scenarios"])
        # A solve in flight that cannot be done within the moment that it is given.
        server.ask("/api/solve", "POST", {"request": {"gap": 0, "model": "fair-districts"}})
        server.process.send_signal(signal.SIGKILL)
        server.process.wait(PATIENCE)
    with serving(MONACO, workspace) as server:
        state = server.wait(lambda state: state["running"] is None)
        assert state["scenarios"][: len(before)] == before
        assert state["current"] is not None
        assert verified(workspace, server) >= len(before)
        undone = server.ask(f"/api/scenarios/{before[-1]['id']}/show", "POST").json
        assert undone["current"] == before[-1]["id"]
        assert server.ask("/api/undo", "POST").json["current"] == before[-1]["parent"]
        kept = server.state["scenarios"]
        server.ask("/api/scenarios/3", "DELETE")
        assert server.state["scenarios"] == [one for one in kept if one["id"] != 3]
        for part, beginning in (("report", b"<!doctype html>"), ("workbook", b"PK")):
            file = server.ask(f"/api/scenarios/2/export/{part}")
            assert file.status == 200
            assert file.body.startswith(beginning)


@POSIX
def test_the_shell_gives_the_same_plan_from_the_model_file(server: Served, tmp_path: Path) -> None:
    server.idle()
    for request in requests(server)[1::3]:
        one = server.solve(request)
        run = server.workspace / "scenarios" / one["folder"]
        command = (run / "model.yaml").read_text(encoding="utf-8").splitlines()[0]
        words = shlex.split(command.removeprefix("# "))
        assert words[:2] == ["siting", "solve"]
        again = tmp_path / f"again-{one['id']}"
        words[-1] = str(again)
        outcome = call(*words[1:])
        assert outcome.code == 0, outcome.err
        chosen = [[line["offer_id"] for line in plan_in(run)["chosen"]] for run in (run, again)]
        assert chosen[0] == chosen[1], command


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_running(tmp_path: Path, number: signal.Signals) -> None:
    with serving(MONACO, tmp_path / "space") as server:
        server.idle()
        body = {"request": {"gap": 0, "model": "complete-basket", "budget": 1e7}}
        assert server.ask("/api/solve", "POST", body).status == 202
        family = descendants(server.process.pid)
        assert family
        server.process.send_signal(number)
        server.process.wait(PATIENCE)
        wait_until(lambda: not any(map(is_running, family)))


def descendants(pid: int) -> list[int]:
    """All processes below one."""
    asked = subprocess.run(
        ["/bin/ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True
    )
    pairs = [line.split() for line in asked.stdout.splitlines()]
    parents = {int(child): int(parent) for child, parent in pairs}
    found: list[int] = []
    new = [pid]
    while new:
        new = [child for child, parent in parents.items() if parent in new]
        found += new
    return found


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (OSError, IndexError):
        return False


@POSIX
def test_a_second_server_is_kept_out_and_a_second_tab_is_not(server: Served) -> None:
    server.idle()
    outcome = call("serve", MONACO, "--no-open", "--workspace", server.workspace)
    assert outcome.code == 2
    assert "writes into it" in outcome.err
    first = events(server, 1)
    assert first[0][0] == "state"
    server.ask("/api/solve", "POST", {"request": {"budget": 3e5}})
    again = server.ask("/api/solve", "POST", {"request": {}})
    assert again.status in (202, 409)
    kinds = {kind for kind, _ in events(server, 2)}
    assert kinds <= {"state", "preview", "progress"}
    server.idle()


def events(server: Served, count: int) -> list[tuple[str, Any]]:
    """The first events that a tab hears."""
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    line.request("GET", "/api/events", headers={"X-Siting-Token": server.token})
    stream = line.getresponse()
    found: list[tuple[str, Any]] = []
    while len(found) < count:
        kind = stream.readline().decode().removeprefix("event: ").strip()
        if kind.startswith(":") or not kind:
            continue
        found.append((kind, json.loads(stream.readline().decode().removeprefix("data: "))))
        stream.readline()
    line.close()
    return found


@POSIX
def test_plans_are_read_while_a_solve_runs_and_one_that_is_cancelled_leaves_nothing(
    tmp_path: Path,
) -> None:
    with serving(MONACO, tmp_path / "space") as server:
        server.idle()
        site = server.ask("/api/scenarios/1/view").json["chosen"][0]["site_id"]
        area = server.ask("/api/city").json["places"]["district"][0]
        long = {"gap": 0, "model": "fair-districts", "budget": 1e6, "time_limit": 3600}
        number = server.ask("/api/solve", "POST", {"request": long}).json["scenario"]
        for path in (
            f"/api/scenarios/1/why?site={site}",
            f"/api/scenarios/1/why?{urlencode({'area': area})}",
            "/api/compare?a=1&b=1",
            "/api/scenarios/1/export/workbook",
        ):
            assert server.ask(path).status == 200, path
            assert server.state["running"]["scenario"] == number
        assert server.ask("/api/scenarios/1/why?site=nowhere").status == 422
        server.ask("/api/solve?cancel=true", "DELETE")
        state = server.wait(lambda state: state["running"] is None)
        assert [one["id"] for one in state["scenarios"]] == [1]
        assert state["failure"] == ""
        assert not (tmp_path / "space" / "scenarios" / f"{number:04d}").exists()


@POSIX
def test_read_only_shows_and_changes_nothing(server: Served, tmp_path: Path) -> None:
    before = server.idle()["scenarios"]
    workspace = shutil.copytree(server.workspace, tmp_path / "space")
    with serving(MONACO, workspace, "--read-only") as shown:
        assert shown.state["scenarios"] == before
        assert shown.ask("/api/scenarios/1/view").status == 200
        for method, path, body in (
            ("POST", "/api/solve", {"request": {}}),
            ("DELETE", "/api/solve", None),
            ("POST", "/api/undo", None),
            ("PATCH", "/api/scenarios/1", {"name": "other"}),
            ("DELETE", "/api/scenarios/1", None),
            ("POST", "/api/scenarios/1/show", None),
        ):
            assert shown.ask(path, method, body).status == 403
        assert shown.state["scenarios"] == before


@POSIX
def test_wishes_that_conflict_are_named(server: Served) -> None:
    before = server.idle()["scenarios"]
    category = server.ask("/api/city").json["categories"][0]["id"]
    rules = [
        {"count": {"category": [category], "at_least": 1}},
        {"locked_out": {"categories": [category]}},
    ]
    server.ask("/api/solve", "POST", {"request": {"rules": rules}})
    state = server.wait(lambda state: state["running"] is None)
    assert state["scenarios"] == before
    assert "no plan keeps all wishes" in state["failure"]
