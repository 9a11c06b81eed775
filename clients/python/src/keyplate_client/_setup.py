"""What both clients are made with, judged once."""

from __future__ import annotations

import contextlib
import json
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import httpx

from keyplate_client._calls import Call, T
from keyplate_client._tries import Tries
from keyplate_client.errors import Answer, Stage, Unavailable

LARGEST_ANSWER = 16 * 1024 * 1024  # A list of some ten thousand keys.
# Below the five seconds after which many servers hang up: a connection that is about
# to be closed is not used again.
IDLE_SECONDS = 4.0
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """One Keyplate, the key to speak to it, and how patient to be.

    `timeout` and `check_timeout` bound a whole call, every repeat and pause included.
    """

    base_url: str
    backend_key: str = field(repr=False)
    timeout: float
    check_timeout: float
    connect_timeout: float
    repeats: int
    max_connections: int
    ssl_context: ssl.SSLContext | None

    def __post_init__(self) -> None:
        url = httpx.URL(self.base_url)
        if url.scheme not in {"http", "https"} or not url.host:
            raise ValueError("base_url looks like https://keys.example.com")
        if url.userinfo or url.query or url.fragment:
            raise ValueError("base_url is an origin, with a path at most")
        key = self.backend_key
        # What cannot stand in a header must not get near one, or near an error.
        if not key.isascii() or not key.isprintable() or not key or " " in key:
            raise ValueError("backend_key is not a key: it is empty or has odd letters")
        if min(self.timeout, self.check_timeout, self.connect_timeout) <= 0:
            raise ValueError("time limits are positive")
        if self.repeats < 0 or self.max_connections < 1:
            raise ValueError("repeats is 0 or more, max_connections 1 or more")

    def limits(self) -> httpx.Limits:
        return httpx.Limits(
            max_connections=self.max_connections,
            max_keepalive_connections=self.max_connections,
            keepalive_expiry=IDLE_SECONDS,
        )

    @property
    def verify(self) -> ssl.SSLContext | bool:
        """Against what the server proves itself; there is no way to skip it."""
        return self.ssl_context or True

    def tries(self, call: Call[T]) -> Tries:
        seconds = self.check_timeout if call.is_check else self.timeout
        return Tries(call.repeat, seconds=seconds, repeats=self.repeats)

    def waits(self, left: float) -> httpx.Timeout:
        """Share out what is left: no single wait is longer."""
        return httpx.Timeout(left, connect=min(left, self.connect_timeout))

    def url(self, call: Call[T]) -> str:
        return self.base_url.rstrip("/") + call.path

    def headers(self, call: Call[T]) -> dict[str, str]:
        headers = {
            "Authorization": f"Bearer {self.backend_key}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "keyplate-client",
        }
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        if call.token:
            headers["Idempotency-Key"] = call.token
        return headers


def content(call: Call[T]) -> bytes | None:
    return None if call.body is None else json.dumps(call.body).encode()


@contextlib.contextmanager
def httpx_errors() -> Iterator[None]:
    """Turn a request that was not answered into `Unavailable`, which says how far."""
    try:
        yield
    except httpx.RequestError as error:
        stage = Stage.UNSENT if isinstance(error, _NEVER_SENT) else Stage.BROKEN
        said = f": {error}" if str(error) else ""
        raise Unavailable(
            f"Keyplate did not answer ({type(error).__name__}{said}).", stage=stage
        ) from error


def late() -> Unavailable:
    return Unavailable("Keyplate did not answer in time.", stage=Stage.BROKEN)


def too_large(response: httpx.Response) -> Unavailable:
    return Unavailable(
        f"Keyplate's answer is larger than {LARGEST_ANSWER} bytes.",
        code="bad_answer",
        status=response.status_code,
    )


def read(response: httpx.Response, body: bytes | bytearray) -> Answer:
    headers = response.headers
    return Answer(
        status=response.status_code,
        members=_members(body),
        request_id=headers.get("X-Request-Id", "")[:100],
        retry_after=_seconds(headers.get("Retry-After", "")),
    )


def _members(body: bytes | bytearray) -> Mapping[str, object] | None:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _seconds(value: str) -> int | None:
    is_number = value.isascii() and value.isdigit() and len(value) < 7  # noqa: PLR2004
    return int(value) if is_number else None
