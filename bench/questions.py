"""Requests as they go over the wire, made before anything is timed."""

import http.client
import json
import random
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

CHECK, CHECK_BATCH = "/v1/authz/check", "/v1/authz/check-batch"
UNKNOWN_SHARE = 0.1
FEWEST = 100_000  # requests to choose from; of few keys each has many
BATCHES = 2000  # different ones, so that no call is like the one before
ANSWERS_WITHIN = 10.0

_CUSTOMERS = ip_address("10.0.0.0")

type Form = Callable[[Sequence[str]], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """The keys of one database in the clear, and as many made-up ones as are asked.

    They live in files of a private folder, which goes away after the run.
    """

    known: list[str]
    unknown: list[str]

    @classmethod
    def read(cls, folder: Path) -> "Keyring":
        known, unknown = (
            (folder / name).read_text().split() for name in ("known", "unknown")
        )
        return cls(known=known, unknown=unknown)


def unknown_beside(known: int) -> int:
    """How many unknown keys make the share of all that are asked for."""
    return max(1, round(known * UNKNOWN_SHARE / (1 - UNKNOWN_SHARE)))


def check(gateway_key: str) -> Form:
    """One key each, the way a host's API asks."""
    return lambda keys: _post(CHECK, _question(keys[0]), gateway_key)


def check_batch(gateway_key: str) -> Form:
    """As many keys as there are in one request."""
    return lambda keys: _post(
        CHECK_BATCH, {"checks": [_question(key) for key in keys]}, gateway_key
    )


def drf(keys: Sequence[str]) -> bytes:
    """The way djangorestframework-api-key is asked: by the request itself."""
    return _request("GET", "/verify", {"Authorization": f"Api-Key {keys[0]}"})


def better_auth(keys: Sequence[str]) -> bytes:
    """The body that better-auth's own endpoint takes."""
    return _post("/verify", {"key": keys[0]})


def hello(_: Sequence[str]) -> bytes:
    """A question that needs no key and no database."""
    return _request("GET", "/livez", {})


def write(path: Path, form: Form, ring: Keyring, *, at_once: int = 1) -> None:
    """Write the requests that wrk chooses from: each key as often as every other.

    With many keys `at_once` they are drawn at random. A ring without unknown keys
    stands for a question that needs none.
    """
    everyone = [*ring.known, *ring.unknown]
    if ring.unknown:
        everyone *= -(-FEWEST // len(everyone))
    with path.open("wb") as file:
        for keys in _handfuls(everyone, at_once):
            asked = form(keys)
            file.write(b"%d\n%b" % (len(asked), asked))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one request brought: verdicts that let a key pass, and that told of limits."""

    status: int
    passes: int
    limits: int

    @classmethod
    def read(cls, status: int, body: bytes) -> "Answer":
        """Read JSON of any form, of one verdict or of many."""
        try:
            verdicts = list(_objects(json.loads(body)))
        except ValueError:
            verdicts = []
        return cls(
            status=status,
            passes=sum(verdict.get("allowed") is True for verdict in verdicts),
            limits=sum(bool(verdict.get("rate_limits")) for verdict in verdicts),
        )


def ask(port: int, request: bytes) -> Answer:
    """Send one request to a port of loopback."""
    with socket.create_connection(("127.0.0.1", port), ANSWERS_WITHIN) as line:
        line.sendall(request)
        answer = http.client.HTTPResponse(line)
        answer.begin()
        return Answer.read(answer.status, answer.read())


def _objects(value: Any) -> Iterator[dict[str, Any]]:  # JSON of any depth
    if isinstance(value, dict):
        yield value
    for member in _members(value):
        yield from _objects(member)


def _members(value: Any) -> Sequence[Any]:  # JSON of any depth
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _handfuls(keys: list[str], at_once: int) -> Iterator[list[str]]:
    if at_once == 1:
        yield from ([key] for key in keys)
        return
    for _ in range(BATCHES):
        yield random.choices(keys, k=at_once)


def _question(key: str) -> dict[str, object]:
    return {
        "principal": {"type": "api_key", "value": key},
        "method": "GET",
        "resource": "/v1/data",
        "client_ip": _address(),
        "required_permissions": ["reports:read"],
    }


def _address() -> str:
    """Some customer's: whoever guesses a lot from one address leaves no more rows."""
    return str(ip_address(int(_CUSTOMERS) + random.randrange(1 << 24)))


def _post(path: str, body: dict[str, object], bearer: str = "") -> bytes:
    headers = {"Content-Type": "application/json"}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    return _request("POST", path, headers, json.dumps(body).encode())


def _request(
    method: str, path: str, headers: dict[str, str], body: bytes = b""
) -> bytes:
    everything = {"Host": "127.0.0.1", **headers}
    if body:
        everything["Content-Length"] = str(len(body))
    lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in everything.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
