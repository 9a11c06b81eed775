"""A guard in front of any ASGI application: FastAPI, Starlette, Django and others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from keyplate_client import AsyncKeyplate, Route, Verdict
from keyplate_client.guard import Guard, Refusal, Seen, is_identity_header

# What ASGI itself says of these: mappings by name, whose values differ.
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_POLICY_VIOLATION = 1008  # The code a WebSocket is closed with (RFC 6455).


class KeyplateMiddleware:
    """Ask the gateway about every request below a path before the application runs.

    The verdict is at `scope["keyplate"]` and `request.state.keyplate`. What no route
    is about is refused. `client_ip` tells the caller's address where a proxy is in
    front; without it, it is the peer's.
    """

    def __init__(
        self,
        app: App,
        keyplate: AsyncKeyplate,
        *,
        routes: Sequence[Route],
        below: str = "/",
        realm: str = "API",
        client_ip: Callable[[Scope], str] | None = None,
    ) -> None:
        self._app = app
        self._keyplate = keyplate
        self._guard = Guard(routes, below=below, realm=realm)
        self._client_ip = client_ip or _peer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] not in {"http", "websocket"}:
            raise RuntimeError(f"a guard knows no {scope['type']} requests")
        scope = {**scope, "headers": _without_identity(scope["headers"])}
        try:
            verdict = await self._verdict(scope)
        except Refusal as refusal:
            return await _refuse(refusal, scope, receive, send)
        if verdict is None:
            return await self._app(scope, receive, send)
        scope["keyplate"] = verdict
        scope["state"] = {**scope.get("state", {}), "keyplate": verdict}
        return await self._app(scope, receive, _with_limits(verdict, send))

    async def _verdict(self, scope: Scope) -> Verdict | None:
        question = self._guard.question(_seen(scope, self._client_ip(scope)))
        return await question.put_to_async(self._keyplate) if question else None


def _seen(scope: Scope, client_ip: str) -> Seen:
    return Seen(
        # A WebSocket begins as a GET.
        method=scope.get("method", "GET"),
        path=_path(scope),
        authorization=_values(scope, b"authorization"),
        api_key=_values(scope, b"x-api-key"),
        client_ip=client_ip,
        user_agent=next(iter(_values(scope, b"user-agent")), ""),
    )


def _path(scope: Scope) -> str:
    """The whole path, as the caller wrote it, wherever the application is mounted."""
    path, root = str(scope["path"]), str(scope.get("root_path", "")).rstrip("/")
    is_whole = not root or path == root or path.startswith(f"{root}/")
    return path if is_whole else root + path


def _values(scope: Scope, name: bytes) -> list[str]:
    return [v.decode("latin-1") for key, v in scope["headers"] if key.lower() == name]


def _without_identity(
    headers: Sequence[tuple[bytes, bytes]],
) -> list[tuple[bytes, bytes]]:
    return [
        (name, value)
        for name, value in headers
        if not is_identity_header(name.decode("latin-1"))
    ]


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _with_limits(verdict: Verdict, send: Send) -> Send:
    """Tell the caller how much of each limit is left."""
    extra = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in verdict.limit_headers.items()
    ]

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *extra]}
        await send(message)

    return sending if extra else send


async def _refuse(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    prefix = "http.response"
    if scope["type"] == "websocket":
        await receive()  # The request to connect.
        prefix = "websocket.http.response"
        if prefix not in (scope.get("extensions") or {}):
            close = {"type": "websocket.close", "code": _POLICY_VIOLATION}
            return await send({**close, "reason": refusal.code})
    body = refusal.body
    headers = {**refusal.headers, "Content-Length": str(len(body))}
    await send(
        {
            "type": f"{prefix}.start",
            "status": refusal.status,
            "headers": [(n.lower().encode(), v.encode()) for n, v in headers.items()],
        }
    )
    return await send({"type": f"{prefix}.body", "body": body})
