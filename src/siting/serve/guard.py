"""What stands before the server: only this machine's own page gets through, with its token.

A page of another site can neither post (its Origin is another, and the token is not known to it)
nor read by a name of its own that it points here (the Host is another: no DNS rebinding).
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

TOKEN_HEADER, TOKEN_KEY = "x-siting-token", "token"
# A request with all the rules that it may have is smaller.
LARGEST_BODY = 256 * 1024
_OF_THIS_SITE = ("same-origin", "none")
_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)


class _TooLargeError(Exception):
    """A body is larger than it may be."""


class Guard:
    """Refuses what does not come from the page itself, before anything else sees it.

    Args:
        app: What is guarded.
        token: What every request must carry, in its address or in a header.
        hosts: Names, with ports, that the server may be called by.
    """

    def __init__(self, app: App, token: str, hosts: Iterable[str]) -> None:
        self._app, self._token = app, token.encode()
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or hands it on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = {key.decode("latin-1"): value for key, value in scope["headers"]}
        refusal = self._refusal(scope, headers)
        if refusal:
            await _refuse(send, *refusal)
            return
        await self._pass_on(scope, receive, send)

    def _refusal(self, scope: Scope, headers: dict[str, bytes]) -> tuple[int, str] | None:
        names = [value for key, value in scope["headers"] if key == b"host"]
        if len(names) != 1 or names[0].decode("latin-1").lower() not in self._hosts:
            return 421, "wrong host"
        origin = headers.get("origin")
        if origin is not None and not self._is_ours(origin.decode("latin-1")):
            return 403, "other origin"
        site = headers.get("sec-fetch-site", b"none").decode("latin-1")
        if site not in _OF_THIS_SITE:
            return 403, "other site"
        if not self._has_token(scope, headers):
            return 401, "missing token"
        length = headers.get("content-length", b"0")
        if not length.isdigit() or len(length) > 12 or int(length) > LARGEST_BODY:
            return 413, "body too large"
        return None

    def _is_ours(self, origin: str) -> bool:
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and parts.netloc.lower() in self._hosts

    def _has_token(self, scope: Scope, headers: dict[str, bytes]) -> bool:
        given = headers.get(TOKEN_HEADER)
        if given is None:
            said = parse_qs(scope.get("query_string", b"").decode("latin-1")).get(TOKEN_KEY, [""])
            given = said[0].encode("latin-1", "replace")
        return hmac.compare_digest(given, self._token)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands a request on; a body that says nothing of its length is counted as it comes."""
        received, answered = 0, False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > LARGEST_BODY:
                raise _TooLargeError
            return message

        async def with_headers(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        try:
            await self._app(scope, counted, with_headers)
        except _TooLargeError:
            if not answered:
                await _refuse(send, 413, "body too large")


async def _refuse(send: Send, status: int, text: str) -> None:
    body = text.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *_HEADERS]
    headers += [(b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
