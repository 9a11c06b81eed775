"""The gateway before the site: a bare ASGI application with the batcher behind it.

Gateway paths are answered here, without Django's request cycle; everything else goes
to the site. One of these runs in every worker process.
"""

import asyncio
import gc
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import partial
from http import HTTPStatus
from typing import Any

from django.conf import settings

from apiauth import identifiers
from apiauth.api.gateway import exchange, messages, routes
from apiauth.api.gateway.endpoints import Asked, Endpoint
from apiauth.api.gateway.messages import Headers, Request, Response
from apiauth.api.outputs.probes import Alive
from apiauth.gateway import Outcome, engines
from apiauth.gateway.batcher import Batcher, Full

# Any: what ASGI says (version 3.0) depends on its kind.
type Scope = MutableMapping[str, Any]
type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
# Status, headers and body of an answer.
type Reply = Callable[[int, Headers, bytes], None]
type Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_log = logging.getLogger("keyplate.gateway")
_requests = logging.getLogger("keyplate.request")
_LIVE = messages.as_json(HTTPStatus.OK, Alive().model_dump())
_RETRY = {"retry-after": "1"}


class Gateway:
    """Answers the gateway's paths, and passes all others on to `site`.

    `started` and `stopped` are called when the server's process begins and ends to
    serve; what waits then is answered first.
    """

    def __init__(
        self,
        site: Application,
        *,
        started: Callable[[], None] = lambda: None,
        stopped: Callable[[], None] = lambda: None,
    ) -> None:
        self._site = site
        self._started = started
        self._stopped = stopped
        self._batcher: Batcher | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, as ASGI calls it."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        endpoint = routes.find(scope["path"]) if scope["type"] == "http" else None
        if endpoint is None:
            await self._other(scope, receive, send)
            return
        body = await _body(receive, endpoint.most_bytes)
        if body is None:
            return
        given: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        _Exchange(endpoint, partial(_give, given)).begin(scope, body, self._ready)
        response = await given
        await _send(response, scope["method"], send, _named(scope, response))

    def take(self, scope: Scope, body: bytes, reply: Reply) -> bool:
        """Take a request that has come whole, past ASGI; say whether it is taken.

        `reply` is then called once with the status, the headers and the body of the
        answer, at once or later, from the same event loop.
        """
        endpoint = routes.find(scope["path"])
        if endpoint is None or scope["method"] == "HEAD":
            return False
        respond = partial(_reply, scope, reply)
        _Exchange(endpoint, respond).begin(scope, body, self._ready)
        return True

    async def _other(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell that this process lives, which needs nobody else, or ask the site."""
        if scope.get("path") == "/livez" and scope["method"] in {"GET", "HEAD"}:
            await _send(_LIVE, scope["method"], send)
            return
        await self._site(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                # What is loaded by now stays; nobody need look for garbage in it.
                gc.freeze()
                self._started()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if self._batcher is not None:
                    await self._batcher.close()
                # It waits, and closes what Django lets no event loop touch.
                await asyncio.to_thread(self._stopped)
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _ready(self) -> Batcher:
        """The batcher of this process's event loop, made when it is first needed."""
        if self._batcher is None:
            most = settings.KEYPLATE_GATEWAY_QUEUE
            self._batcher = Batcher(engines.engine(), most_waiting=most)
        return self._batcher


class _Exchange:
    """One request on its way to `respond`, which is called once, whatever happens."""

    __slots__ = ("_asked", "_endpoint", "_respond", "_started")

    def __init__(self, endpoint: Endpoint, respond: Callable[[Response], None]) -> None:
        self._started = time.perf_counter()
        self._endpoint = endpoint
        self._respond = respond
        self._asked: Asked

    def begin(self, scope: Scope, body: bytes, batcher: Callable[[], Batcher]) -> None:
        """Ask, and respond at once where nothing can be asked."""
        response = _safely(self._begun, scope, body, batcher)
        if response is not None:
            self._respond(response)

    def _begun(
        self, scope: Scope, body: bytes, batcher: Callable[[], Batcher]
    ) -> Response | None:
        if len(body) > self._endpoint.most_bytes:
            return exchange.too_large(self._endpoint)
        asked = exchange.begin(self._endpoint, _heard(scope, body))
        if isinstance(asked, Response):
            return asked
        self._asked = asked
        batcher().put(asked.questions, self._finish)
        return None

    def _finish(self, outcomes: list[Outcome] | None) -> None:
        response = _safely(self._finished, outcomes)
        self._respond(response or _accident())

    def _finished(self, outcomes: list[Outcome] | None) -> Response | None:
        if outcomes is None:
            return None
        seconds = time.perf_counter() - self._started
        return exchange.finish(self._endpoint, self._asked, outcomes, seconds=seconds)


def _safely[*Given](
    step: Callable[[*Given], Response | None], *given: *Given
) -> Response | None:
    try:
        return step(*given)
    except Full:
        return messages.unrouted(HTTPStatus.SERVICE_UNAVAILABLE, _RETRY)
    except Exception as accident:  # noqa: BLE001 - the last resort: an answer is JSON.
        _log.error("gateway.accident", extra={"error": type(accident).__name__})
        return _accident()


def _accident() -> Response:
    return messages.unrouted(HTTPStatus.INTERNAL_SERVER_ERROR)


def _give(given: "asyncio.Future[Response]", response: Response) -> None:
    # Whoever hung up meanwhile has cancelled it.
    if not given.done():
        given.set_result(response)


def _reply(scope: Scope, reply: Reply, response: Response) -> None:
    headers = _complete(response, _named(scope, response))
    reply(response.status, headers, response.body)


def _heard(scope: Scope, body: bytes) -> Request:
    client, raw = scope.get("client"), scope.get("raw_path")
    return Request(
        method=scope["method"],
        # As it was on the wire: what stands below an address may be somebody else's.
        path=scope["path"] if raw is None else raw.decode("latin-1"),
        query=scope.get("query_string", b"").decode("latin-1"),
        headers=_headers(scope["headers"]),
        body=body,
        peer=client[0] if client else "",
    )


def _headers(raw: list[tuple[bytes, bytes]]) -> Mapping[str, str]:
    headers: dict[str, str] = {}
    for name, value in raw:
        key, line = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {line}" if key in headers else line
    return headers


async def _body(receive: Receive, most_bytes: int) -> bytes | None:
    """Read a body, and no more of it than tells that it is too large."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message["type"] == "http.request" and message.get("more_body"):
        if len(body) > most_bytes:
            return body
        message = await receive()
        body += message.get("body", b"")
    return None if message["type"] == "http.disconnect" else body


def _named(scope: Scope, response: Response) -> str:
    """Give an answer its id. Refusals are noted by it in the server's own log.

    Verdicts are in the log of decisions.
    """
    request_id = identifiers.random_hex()
    if response.is_refusal:
        facts = {
            "request_id": request_id,
            "method": scope["method"],
            "path": scope["path"],
            "status": response.status,
        }
        _requests.info("request", extra=facts)
    return request_id


def _complete(response: Response, request_id: str) -> Headers:
    headers = response.raw_headers
    headers.append((b"content-length", str(len(response.body)).encode()))
    if request_id:
        headers.append((b"x-request-id", request_id.encode()))
    return headers


async def _send(
    response: Response, method: str, send: Send, request_id: str = ""
) -> None:
    start = {"status": response.status, "headers": _complete(response, request_id)}
    await send({"type": "http.response.start", **start})
    body = b"" if method == "HEAD" else response.body
    await send({"type": "http.response.body", "body": body})
