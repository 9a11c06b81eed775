"""Every door to the gateway, and how a verdict looks at each."""

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode

import pytest

from apiauth import gateway, ratelimits
from apiauth.errors import ApiAuthError, Invalid
from apiauth.gateway import Code, Verdict
from tests.apiauth.gateway.doors.asking import ASKER, INVALID, Ask, Door, Seen, nearest
from tests.apiauth.gateway.doors.servers import Answer, Asgi, Server, Wsgi

_ANSWERED = {Code.VALID, Code.PERMISSION_DENIED, Code.RATE_LIMITED}
_UNAUTHORIZED = {Code.EXPIRED, Code.MALFORMED, Code.ROTATED, Code.UNKNOWN}
_OF_THE_ASKER = {"forbidden", "unauthenticated"}


class Python:
    """Callers in this process."""

    def ask(self, ask: Ask) -> Seen:
        try:
            return _seen_in(gateway.check(_question(ask)))
        except Invalid:
            return Seen(INVALID)
        except ApiAuthError:
            return Seen(ASKER)

    def close(self) -> None:
        """There is nothing to let go of."""


class Check:
    """`POST /v1/authz/check`."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def ask(self, ask: Ask) -> Seen:
        answer = _post(self._server, "/v1/authz/check", ask, _wire(ask))
        seen = _seen_on_wire(answer.members)
        assert answer.status == self._status(seen.code, answer)
        return seen

    def close(self) -> None:
        self._server.close()

    @staticmethod
    def _status(code: str, answer: Answer) -> int:
        if code in {INVALID, ASKER}:
            return {"invalid": 400, "unauthenticated": 401, "forbidden": 403}[
                answer.members["code"]
            ]
        if code == Code.UNAVAILABLE:
            assert answer.headers["retry-after"] == "1"
            return 503
        return 200 if code in _ANSWERED else 401


class Batch:
    """`POST /v1/authz/check-batch`, among others that are no keys at all."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def ask(self, ask: Ask) -> Seen:
        other = _wire(Ask(secret="nonsense"))
        checks = {"checks": [other, _wire(ask), other]}
        answer = _post(self._server, "/v1/authz/check-batch", ask, checks)
        if "results" not in answer.members:
            assert answer.status in {400, 401, 403}
            return _seen_on_wire(answer.members)
        before, result, after = answer.members["results"]
        assert (answer.status, before["code"], after["code"]) == (
            200,
            "malformed",
            "malformed",
        )
        return _seen_on_wire(result)

    def close(self) -> None:
        self._server.close()


class Proxy:
    """A proxy in its own dialect, which tells its client less than there is to tell."""

    path = ""
    method, uri = "", ""
    # What is not understood otherwise.
    said: ClassVar[Mapping[int, int]] = {}

    def __init__(self, server: Server) -> None:
        self._server = server

    def ask(self, ask: Ask) -> Seen:
        headers = {
            "Authorization": f"Bearer {ask.secret}",
            "X-Forwarded-For": ask.client_ip,
            **self.headers(ask),
        }
        if ask.asker is not None:
            headers["X-Keyplate-Gateway-Key"] = ask.asker
        answer = self._server.send(*self.line(ask), headers)
        seen = _seen_by_proxy(answer)
        status = self._status(seen.code)
        assert answer.status == self.said.get(status, status)
        return seen

    def line(self, ask: Ask) -> tuple[str, str]:
        """Say with which method and at which address this proxy asks."""
        required = urlencode([("require", one) for one in ask.required])
        return "GET", f"{self.path}?{required}" if required else self.path

    def headers(self, ask: Ask) -> Mapping[str, str]:
        """Say how this proxy reports the request."""
        return {self.method: ask.method, self.uri: ask.resource}

    def close(self) -> None:
        self._server.close()

    def _status(self, code: str) -> int:
        # What is wrong with a proxy's own key is no fault of its client.
        own = {INVALID: 400, ASKER: 503, Code.VALID: 200, Code.UNAVAILABLE: 503}
        if code in own:
            return own[code]
        if code == Code.RATE_LIMITED:
            return 429
        return 401 if code in _UNAUTHORIZED else 403


class Nginx(Proxy):
    """nginx, to which everything else is an accident."""

    path = "/gateway/nginx"
    method, uri = "X-Original-Method", "X-Original-URI"
    said: ClassVar[Mapping[int, int]] = {400: 403, 429: 403}


class ForwardAuth(Proxy):
    """Traefik and Caddy."""

    path = "/gateway/forward-auth"
    method, uri = "X-Forwarded-Method", "X-Forwarded-Uri"


class Envoy(Proxy):
    """Envoy, which sends the request itself below an address."""

    path = "/gateway/envoy/"

    def line(self, ask: Ask) -> tuple[str, str]:
        return ask.method, f"{self.path}{ask.resource.removeprefix('/')}"

    def headers(self, ask: Ask) -> Mapping[str, str]:
        if not ask.required:
            return {}
        [first, *more] = ask.required
        required = " AND ".join(f"({one})" for one in ask.required) if more else first
        return {"X-Keyplate-Require": required}


def _question(ask: Ask) -> gateway.Question:
    return gateway.ask(
        secret=ask.secret,
        method=ask.method,
        resource=ask.resource,
        client_ip=ask.client_ip,
        required_permissions=list(ask.required),
        environment=ask.environment,
        explain=ask.explain,
        bearer=ask.asker,
    )


def _wire(ask: Ask) -> dict[str, object]:
    members = {
        "principal": {"type": "api_key", "value": ask.secret},
        "method": ask.method,
        "resource": ask.resource,
        "client_ip": ask.client_ip,
        "required_permissions": list(ask.required),
    }
    if ask.environment is not None:
        members["environment"] = ask.environment
    return members | ({"explain": True} if ask.explain else {})


def _post(server: Server, path: str, ask: Ask, members: object) -> Answer:
    headers = {} if ask.asker is None else {"Authorization": f"Bearer {ask.asker}"}
    return server.send("POST", path, headers, json.dumps(members).encode())


def _seen_in(verdict: Verdict) -> Seen:
    facts, standings = verdict.facts, verdict.standings
    told = {
        "key": facts.key.name if facts else None,
        "permissions": facts.permissions if facts else [],
        "rule": verdict.rule or None,
        "violation": verdict.violation or None,
        "limits": [(ratelimits.label(s.rule), s.remaining) for s in standings],
        "nearest": nearest([(s.exceeded, s.remaining, s.limit) for s in standings]),
        "waits": verdict.retry_after,
        "explained": [one.code for one in verdict.explanation],
    }
    if verdict.code is Code.PERMISSION_DENIED:
        told["rule"] = "permission_denied"
    return Seen(verdict.code, told)


def _seen_on_wire(members: dict[str, Any]) -> Seen:  # JSON
    if "allowed" not in members:
        code = members["code"]
        return Seen(ASKER if code in _OF_THE_ASKER else code)
    assert members["allowed"] == (members["code"] == "valid")
    assert members["reason"] == (None if members["allowed"] else members["code"])
    key, limits = members["key"], members["limits"]
    told = {
        "key": key and key["name"],
        "permissions": members["permissions"],
        "rule": members["blocked_rule"],
        "violation": members.get("violation"),
        "limits": [(one["rule"], one["remaining"]) for one in limits],
        "nearest": nearest(
            [(one["exceeded"], one["remaining"], one["limit"]) for one in limits]
        ),
        "waits": members["retry_after"],
        "explained": [one["code"] for one in members.get("explanation", [])],
    }
    return Seen(members["code"], told)


def _seen_by_proxy(answer: Answer) -> Seen:
    headers, code = answer.headers, answer.headers["x-auth-code"]
    if code in {"gateway_key", "invalid"}:
        return Seen(ASKER if code == "gateway_key" else INVALID)
    told: dict[str, object] = {}
    if code == Code.VALID:
        told["permissions"] = [p for p in headers["x-auth-permissions"].split(",") if p]
    else:
        assert headers["x-auth-permissions"] == headers["x-auth-key-id"] == ""
    if "x-ratelimit-limit" in headers:
        remaining = int(headers["x-ratelimit-remaining"])
        told["nearest"] = int(headers["x-ratelimit-limit"]), remaining
    if code == Code.RATE_LIMITED:
        told["waits"] = int(headers["retry-after"])
    return Seen(code, told)


_SERVERS: Mapping[str, Callable[[], Server]] = {"views": Wsgi, "asgi": Asgi}
KINDS: Mapping[str, Callable[[Server], Door]] = {
    "/v1/authz/check": Check,
    "/v1/authz/check-batch": Batch,
    "/gateway/nginx": Nginx,
    "/gateway/forward-auth": ForwardAuth,
    "/gateway/envoy/": Envoy,
}


def _door(server: Callable[[], Server], kind: Callable[[Server], Door]) -> Any:
    return lambda: kind(server())


# Made anew for each test: what a server holds belongs to one event loop.
DOORS: dict[str, Callable[[], Door]] = {"python": Python} | {
    f"{name}:{path}": _door(server, kind)
    for path, kind in KINDS.items()
    for name, server in _SERVERS.items()
}


def param(name: str) -> Any:
    """Run a test at a door; its own connection sees only what was committed."""
    alone = pytest.mark.django_db(transaction=True)
    return pytest.param(name, marks=[alone] if name.startswith("asgi") else [])


def at(*names: str) -> pytest.MarkDecorator:
    """Run a test at these doors alone."""
    return pytest.mark.parametrize("door", [param(n) for n in names], indirect=True)


# Where one may ask for more than proxies do: for an environment, and why.
at_talkative_doors = at(*(name for name in DOORS if "/gateway/" not in name))
# Where a statement that fails spoils nothing that a test has done before.
at_committing_doors = at(*(name for name in DOORS if name.startswith("asgi")))
