"""Only the page itself gets through: other origins, names and sizes are refused."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from served import Served

from siting.serve.guard import LARGEST_BODY


def raw(server: Served, text: bytes) -> bytes:
    """What a server answers to bytes as they are."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as line:
        line.sendall(text)
        line.shutdown(socket.SHUT_WR)
        return line.makefile("rb").read()


OTHERS = {
    "a page of another origin": ({"Origin": "http://evil.example"}, 403),
    "a page without an origin": ({"Origin": "null"}, 403),
    "the same port of another name": ({"Origin": "http://localhost.evil.example"}, 403),
    "a form of another site": ({"Sec-Fetch-Site": "cross-site"}, 403),
    "another page of the same site": ({"Sec-Fetch-Site": "same-site"}, 403),
    "a name that was pointed here": ({"Host": "evil.example"}, 421),
    "another port": ({"Host": "127.0.0.1:1"}, 421),
    "a wrong token": ({"X-Siting-Token": "x" * 32}, 401),
    "an empty token": ({"X-Siting-Token": ""}, 401),
    "a token that is no text": ({"X-Siting-Token": "\xff\xfe"}, 401),
}


@pytest.mark.parametrize(("headers", "status"), OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("path", ["/", "/api/state", "/api/events", "/api/city", "/nothing"])
def test_others_are_refused(
    server: Served, headers: dict[str, str], status: int, path: str
) -> None:
    answer = server.ask(path, headers=headers)
    assert answer.status == status
    assert b"scenarios" not in answer.body
    assert "access-control-allow-origin" not in answer.headers


def test_a_post_of_another_origin_solves_nothing(server: Served) -> None:
    before = server.idle()["scenarios"]
    body = b'{"request": {}}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json"):
        headers = {"Origin": "http://evil.example", "Content-Type": kind}
        assert server.ask("/api/solve", "POST", body, headers).status == 403
    assert server.ask("/api/solve", "OPTIONS", headers={"Origin": "null"}).status == 403
    assert server.state["running"] is None
    assert server.state["scenarios"] == before


def test_a_missing_token_or_host_is_refused(server: Served) -> None:
    host = {"Host": f"127.0.0.1:{server.port}"}
    assert server.send("GET", "/api/state", None, host).status == 401
    assert server.send("GET", f"/api/state?token={server.token[:-1]}", None, host).status == 401
    assert server.send("GET", f"/api/state?token={server.token}", None, host).status == 200
    path = f"GET /api/state?token={server.token} HTTP/1.".encode()
    assert b" 421 " in raw(server, path + b"0\r\n\r\n").splitlines()[0]
    twice = b"1\r\nHost: evil\r\nHost: 127.0.0.1:%d\r\n\r\n" % server.port
    assert raw(server, path + twice).split()[1] in (b"400", b"421")


def test_a_large_body_is_refused_whether_it_says_so_or_not(server: Served) -> None:
    own = f"X-Siting-Token: {server.token}\r\nHost: 127.0.0.1:{server.port}\r\n"
    head = f"POST /api/check HTTP/1.1\r\n{own}Content-Type: application/json\r\n"
    said = f"{head}Content-Length: {50 << 20}\r\n\r\n".encode()
    assert raw(server, said).split()[1] == b"413"
    part = b" " * 0xFFFF
    chunk = b"%x\r\n%s\r\n" % (len(part), part)
    unsaid = f"{head}Transfer-Encoding: chunked\r\n\r\n".encode()
    count = LARGEST_BODY // len(part) + 2
    assert raw(server, unsaid + count * chunk + b"0\r\n\r\n").split()[1] in (b"400", b"413")
    assert server.ask("/api/state").status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"request": {"gap": NaN}}',
        b'{"request": {"budget": -1}}',
        b'{"request": {"budget": 1e999}}',
        b'{"request": {"time_limit": 1e9}}',
        b'{"request": {"model": 7}}',
        b'{"request": {"rules": "all"}}',
        b'{"request": {}, "more": 1}',
        b"[" * 5000,
        b'{"request": {"walking": {"preset": "' + b"x" * 5000 + b'"}}}',
    ],
)
def test_what_is_no_question_is_said_to_be_none(server: Served, body: bytes) -> None:
    assert server.ask("/api/solve", "POST", body).status in (400, 422)
    assert server.state["running"] is None


def test_a_thousand_requests_at_once_are_served_or_refused(server: Served) -> None:
    def one(number: int) -> tuple[int, bool]:
        try:
            answer = server.ask("/api/scenarios/1" if number % 2 else "/api/state")
        except OSError:  # the line was refused
            return 503, True
        return answer.status, answer.status != 200 or bool(answer.json)

    with ThreadPoolExecutor(64) as crowd:
        found = list(crowd.map(one, range(1000)))
    assert {status for status, _ in found} <= {200, 503}
    assert all(right for _, right in found)
    assert any(status == 200 for status, _ in found)
    assert server.ask("/api/state").status == 200


NAMES = ("../../etc/passwd", "/etc/passwd", "..", "C:\\windows", "a\x00b", "给定", "given")


@pytest.mark.parametrize("name", NAMES)
def test_no_name_becomes_a_path(server: Served, name: str) -> None:
    checked = server.ask("/api/check", "POST", {"model": name}).json
    assert checked["problems"]
    assert checked["model_file"] == ""
    assert server.ask(f"/api/scenarios/1/export/{name.encode().hex()}").status == 422
    renamed = server.ask("/api/scenarios/1", "PATCH", {"name": name}).json
    assert renamed["folder"] == "0001"


def test_answers_may_not_be_kept_framed_or_sniffed(server: Served) -> None:
    page = server.ask("/")
    assert page.status == 200
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["referrer-policy"] == "no-referrer"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "set-cookie" not in page.headers
    assert server.token.encode() not in page.body
    assert server.ask("/docs").status == server.ask("/redoc").status == 404
