"""A guard in front of any WSGI application: Flask, Bottle, Django and others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from keyplate_client import Keyplate, Route, Verdict
from keyplate_client.guard import Guard, Refusal, Seen, is_identity_header

VERDICT = "keyplate.verdict"

# What WSGI itself says of these: a dict by name, whose values differ.
Environ = dict[str, Any]
StartResponse = Callable[..., Callable[[bytes], object]]
App = Callable[[Environ, StartResponse], Iterable[bytes]]

_REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    405: "Method Not Allowed",
    429: "Too Many Requests",
    503: "Service Unavailable",
}


class KeyplateMiddleware:
    """Ask the gateway about every request below a path before the application runs.

    The verdict is at `environ["keyplate.verdict"]`. What no route is about is refused.
    `client_ip` tells the caller's address where a proxy is in front; without it, it
    is the peer's.
    """

    def __init__(
        self,
        app: App,
        keyplate: Keyplate,
        *,
        routes: Sequence[Route],
        below: str = "/",
        realm: str = "API",
        client_ip: Callable[[Environ], str] | None = None,
    ) -> None:
        self._app = app
        self._keyplate = keyplate
        self._guard = Guard(routes, below=below, realm=realm)
        self._client_ip = client_ip or peer

    def __call__(self, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        strip(environ)
        try:
            verdict = self._verdict(environ)
        except Refusal as refusal:
            return _refuse(refusal, environ, start)
        if verdict is None:
            return self._app(environ, start)
        environ[VERDICT] = verdict
        return self._app(environ, _with_limits(verdict, start))

    def _verdict(self, environ: Environ) -> Verdict | None:
        path = _text(environ, "SCRIPT_NAME") + _text(environ, "PATH_INFO")
        address = self._client_ip(environ)
        asked_for = seen(environ, path=path, client_ip=address)
        question = self._guard.question(asked_for)
        return question.put_to(self._keyplate) if question else None


def seen(environ: Environ, *, path: str, client_ip: str) -> Seen:
    """Read what a guard looks at."""
    return Seen(
        method=str(environ["REQUEST_METHOD"]),
        path=path,
        authorization=_values(environ, "HTTP_AUTHORIZATION"),
        api_key=_values(environ, "HTTP_X_API_KEY"),
        client_ip=client_ip,
        user_agent=str(environ.get("HTTP_USER_AGENT", "")),
    )


def strip(environ: Environ) -> None:
    """Take away what a client says about its own identity."""
    for name in [name for name in environ if _speaks_of_identity(name)]:
        del environ[name]


def peer(environ: Environ) -> str:
    return str(environ.get("REMOTE_ADDR", ""))


def _speaks_of_identity(name: str) -> bool:
    own = name.removeprefix("HTTP_")
    return name == VERDICT or (own != name and is_identity_header(own))


def _text(environ: Environ, name: str) -> str:
    """Read a path: its bytes travel as Latin-1 (PEP 3333)."""
    return str(environ.get(name, "")).encode("latin-1").decode(errors="replace")


def _values(environ: Environ, name: str) -> list[str]:
    return [str(environ[name])] if name in environ else []


def _with_limits(verdict: Verdict, start: StartResponse) -> StartResponse:
    """Tell the caller how much of each limit is left."""

    def starting(
        status: str, headers: list[tuple[str, str]], *error: object
    ) -> Callable[[bytes], object]:
        return start(status, [*headers, *verdict.limit_headers.items()], *error)

    return starting


def _refuse(
    refusal: Refusal, environ: Environ, start: StartResponse
) -> Iterable[bytes]:
    body = refusal.body
    headers = {**refusal.headers, "Content-Length": str(len(body))}
    start(f"{refusal.status} {_REASONS[refusal.status]}", list(headers.items()))
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
