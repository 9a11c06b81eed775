"""What every guard decides, whatever framework it stands in. No verdict is a no."""

from __future__ import annotations

import ipaddress
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from keyplate_client import routes as paths
from keyplate_client._async import AsyncKeyplate
from keyplate_client._sync import Keyplate
from keyplate_client.errors import Invalid, KeyplateError, Refused
from keyplate_client.routes import Route
from keyplate_client.values import Verdict

LONGEST_KEY = 256
LONGEST_AGENT = 400
METHODS = frozenset(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"])
# Headers that only a gateway may set: a client's own are taken away.
IDENTITY_HEADERS = ("x-wacht-", "x-keyplate-")
# Stands for an address that is not known; no list of networks has it.
NOWHERE = "0.0.0.0"  # noqa: S104 - nothing listens here

UNAUTHORIZED, FORBIDDEN, UNAVAILABLE = 401, 403, 503
# What the caller hears. 401: bring another key. All others, known or new, are 403.
STATUSES = {
    "malformed": UNAUTHORIZED,
    "unknown": UNAUTHORIZED,
    "rotated": UNAUTHORIZED,
    "expired": UNAUTHORIZED,
    "rate_limited": 429,
    "unavailable": UNAVAILABLE,
}
_WAIT = 1  # seconds, where nobody said how long

_log = logging.getLogger("keyplate_client")


class Refusal(Exception):
    """What the caller is told instead of what they asked for."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        request_id: str = "",
        retry_after: int | None = None,
        realm: str = "API",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.request_id = request_id
        self.retry_after = retry_after
        self.realm = realm

    @property
    def members(self) -> dict[str, str]:
        told = {"message": self.message, "code": self.code}
        return told | ({"request_id": self.request_id} if self.request_id else {})

    @property
    def body(self) -> bytes:
        return json.dumps(self.members).encode()

    @property
    def headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
        if self.status == UNAUTHORIZED:
            error = "" if self.code == "missing" else ', error="invalid_token"'
            headers["WWW-Authenticate"] = f'Bearer realm="{self.realm}"{error}'
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        return headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A customer's request, as far as a guard looks at it."""

    method: str
    path: str
    authorization: Sequence[str] = field(default=(), repr=False)
    api_key: Sequence[str] = field(default=(), repr=False)
    client_ip: str = ""
    user_agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked about a request."""

    secret: str = field(repr=False)
    method: str
    resource: str
    client_ip: str
    user_agent: str
    required_permissions: tuple[str, ...] = ()
    realm: str = "API"

    def put_to(self, keyplate: Keyplate) -> Verdict:
        """Return a verdict that allows; raises `Refusal` for everything else."""
        try:
            verdict = keyplate.check(
                self.secret,
                method=self.method,
                resource=self.resource,
                client_ip=self.client_ip,
                user_agent=self.user_agent,
                required_permissions=self.required_permissions,
            )
        except KeyplateError as error:
            raise no_verdict(error) from error
        return self._judged(verdict)

    async def put_to_async(self, keyplate: AsyncKeyplate) -> Verdict:
        """Return a verdict that allows; raises `Refusal` for everything else."""
        try:
            verdict = await keyplate.check(
                self.secret,
                method=self.method,
                resource=self.resource,
                client_ip=self.client_ip,
                user_agent=self.user_agent,
                required_permissions=self.required_permissions,
            )
        except KeyplateError as error:
            raise no_verdict(error) from error
        return self._judged(verdict)

    def _judged(self, verdict: Verdict) -> Verdict:
        if not verdict.allowed:
            raise refusal(verdict, realm=self.realm)
        return verdict


class Guard:
    """Which requests are asked about, and what becomes of the answers."""

    def __init__(
        self, routes: Sequence[Route], *, below: str = "/", realm: str = "API"
    ) -> None:
        if not routes:
            raise ValueError("without routes nothing would pass")
        self._routes = tuple(routes)
        self._below = below
        self._realm = realm

    def question(self, seen: Seen) -> Question | None:
        """Say what to ask about a request; None if it may pass without.

        Raises `Refusal` for what no verdict could let through.
        """
        if not paths.is_below(seen.path, self._below):
            return None
        route = paths.find(self._routes, seen.method, seen.path)
        if route is None:
            sentence = "This address is not open to API keys."
            raise Refusal(FORBIDDEN, "not_open", sentence)
        if route.is_public:
            return None
        return question(seen, route.permissions, realm=self._realm)


def question(seen: Seen, required: Sequence[str], *, realm: str = "API") -> Question:
    """Say what to ask about a request; raises `Refusal` where there is nothing to."""
    if seen.method not in METHODS:
        sentence = "This method is not open to API keys."
        raise Refusal(405, "method_not_allowed", sentence)
    return Question(
        secret=credential(seen, realm=realm),
        method=seen.method,
        # Read as the framework read it: what was encoded there stays one part here.
        resource=quote(seen.path, safe="/:@!$&'()*+,;=-._~", errors="replace"),
        client_ip=_address(seen.client_ip),
        user_agent=seen.user_agent[:LONGEST_AGENT],
        required_permissions=tuple(required),
        realm=realm,
    )


def credential(seen: Seen, *, realm: str = "API") -> str:
    """Find the one API key a request carries; raises `Refusal` for none and several."""
    found = {secret.strip() for secret in seen.api_key}
    for header in seen.authorization:
        scheme, _, secret = header.strip().partition(" ")
        if scheme.lower() == "bearer":
            found.add(secret.strip())
    found.discard("")
    if not found:
        sentence = "Send your API key as: Authorization: Bearer <key>"
        raise _unauthorized("missing", sentence, realm)
    if len(found) > 1:
        raise _unauthorized("ambiguous", "Send one API key, not several.", realm)
    secret = found.pop()
    if len(secret) > LONGEST_KEY or not secret.isascii() or not secret.isprintable():
        raise _unauthorized("malformed", "This is not an API key.", realm)
    return secret


def refusal(verdict: Verdict, *, realm: str = "API") -> Refusal:
    """Say what the caller hears of a verdict that does not allow."""
    status = STATUSES.get(verdict.code, FORBIDDEN)
    wait = _WAIT if status in {429, UNAVAILABLE} else None
    return Refusal(
        status,
        verdict.code or "forbidden",
        verdict.message or "This API key may not make this request.",
        request_id=verdict.request_id,
        retry_after=verdict.retry_after or wait,
        realm=realm,
    )


def no_verdict(error: KeyplateError) -> Refusal:
    """Say what the caller hears when there is no verdict: our trouble, not theirs."""
    if isinstance(error, Invalid) and error.field in {"method", "resource"}:
        sentence = "This request cannot be understood."
        return Refusal(400, "bad_request", sentence)
    # A refusal is of our own key or question: somebody has to mend it.
    level = logging.ERROR if isinstance(error, Refused) else logging.WARNING
    facts = (error.code, error.status, error.request_id, error.message)
    _log.log(level, "no verdict: %s (status %s, request %s): %s", *facts)
    sentence = "API keys cannot be checked right now. Try again."
    wait = error.retry_after or _WAIT
    return Refusal(UNAVAILABLE, "unavailable", sentence, retry_after=wait)


def is_identity_header(name: str) -> bool:
    """Say whether a header speaks of an identity, in any spelling servers accept."""
    return name.lower().replace("_", "-").startswith(IDENTITY_HEADERS)


def _unauthorized(code: str, message: str, realm: str) -> Refusal:
    return Refusal(UNAUTHORIZED, code, message, realm=realm)


def _address(value: str) -> str:
    """Return an address in its plain form, without a zone; `NOWHERE` for none."""
    try:
        return str(ipaddress.ip_address(value.partition("%")[0]))
    except ValueError:
        return NOWHERE
