"""What a proxy acts on: a status, headers for both sides, and little for clients.

`X-Auth-*` is for the API behind the proxy, but `X-Auth-Code` (the verdict) and
`X-Auth-Error` (as much of it as a client may know) are for the proxy alone.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

from apiauth.errors import TooManyFailures
from apiauth.gateway import Code, Verdict
from apiauth.gateway.answers import RETRY_AFTER

OK, UNAUTHORIZED, FORBIDDEN, TOO_MANY, UNAVAILABLE = 200, 401, 403, 429, 503
# For the API behind the proxy. Each is in every answer, so that a proxy that copies
# them overwrites whatever a client has sent.
IDENTITY = (
    "x-auth-app",
    "x-auth-deployment-id",
    "x-auth-key-id",
    "x-auth-organization-id",
    "x-auth-owner-id",
    "x-auth-owner-kind",
    "x-auth-permissions",
    "x-auth-request-id",
    "x-auth-user-id",
)
CODE, ERROR = "x-auth-code", "x-auth-error"
# No verdict, but what stands in its place.
MISSING, GATEWAY_KEY = "missing", "gateway_key"
TOO_MANY_FAILURES = TooManyFailures.code
_CHALLENGE = 'Bearer realm="api"'
# Whatever else is in a value, it can be decoded again, and it ends no list.
_PLAIN = ":/*"
# Proxies and servers have room for this much in one header.
_MAX_HEADER = 4000


class Refusal(NamedTuple):
    """A refusal as its client sees it (RFC 6750, section 3.1, where it has one)."""

    status: int
    error: str
    sentence: str


_INVALID = "invalid_token", "This API key is not accepted."
_DENIED = "access_denied", "This API key may not be used here."
_SCOPE = "insufficient_scope", "This API key may not do this."
_REFUSALS = {
    Code.APP_INACTIVE: Refusal(FORBIDDEN, *_DENIED),
    Code.DISABLED: Refusal(FORBIDDEN, *_INVALID),
    Code.EXPIRED: Refusal(UNAUTHORIZED, *_INVALID),
    Code.MALFORMED: Refusal(UNAUTHORIZED, *_INVALID),
    Code.NETWORK_FORBIDDEN: Refusal(FORBIDDEN, *_DENIED),
    Code.PERMISSION_DENIED: Refusal(FORBIDDEN, *_SCOPE),
    Code.POLICY_VIOLATION: Refusal(FORBIDDEN, *_DENIED),
    Code.RATE_LIMITED: Refusal(
        TOO_MANY, "slow_down", "There were too many requests. Try again later."
    ),
    Code.RESOURCE_FORBIDDEN: Refusal(FORBIDDEN, *_SCOPE),
    Code.REVOKED: Refusal(FORBIDDEN, *_INVALID),
    Code.ROTATED: Refusal(UNAUTHORIZED, *_INVALID),
    Code.SUSPENDED: Refusal(FORBIDDEN, *_DENIED),
    Code.UNAVAILABLE: Refusal(
        UNAVAILABLE, "temporarily_unavailable", "Try again in a moment."
    ),
    Code.UNKNOWN: Refusal(UNAUTHORIZED, *_INVALID),
}
_KEYLESS = Refusal(UNAUTHORIZED, "missing_token", "An API key is needed.")
_OTHERS = {
    # A fault of the proxy's own key is no fault of its client.
    GATEWAY_KEY: _REFUSALS[Code.UNAVAILABLE],
    MISSING: _KEYLESS,
    TOO_MANY_FAILURES: _REFUSALS[Code.RATE_LIMITED],
}


def refusal(code: str) -> Refusal:
    """Find what a client hears of a verdict, or of what stands in its place."""
    return _OTHERS[code] if code in _OTHERS else _REFUSALS[Code(code)]


def headers_of(verdict: Verdict, code: str) -> dict[str, str]:
    """Write the headers of an answer, each of `IDENTITY` among them."""
    return {
        **blank(code),
        "x-auth-request-id": verdict.request_id,
        **_identity(verdict),
        **_limits(verdict),
    }


def blank(code: str) -> dict[str, str]:
    """Write the headers of an answer that tells of nobody."""
    return {
        **dict.fromkeys(IDENTITY, ""),
        CODE: code,
        ERROR: "" if code == Code.VALID else refusal(code).error,
    }


def more_of(refusal: Refusal, retry_after: int | None = None) -> Mapping[str, str]:
    """Write the headers that a status asks for."""
    if refusal.status in {TOO_MANY, UNAVAILABLE}:
        return {"retry-after": str(retry_after or RETRY_AFTER)}
    if refusal.status == UNAUTHORIZED:
        # Who brings nothing is told of no error (RFC 6750, section 3.1).
        error = "" if refusal is _KEYLESS else f', error="{refusal.error}"'
        return {"www-authenticate": _CHALLENGE + error}
    return {}


def _identity(verdict: Verdict) -> dict[str, str]:
    facts = verdict.facts
    if facts is None or not verdict.allowed:
        return {}
    values = {
        "app": facts.app.slug,
        "deployment-id": facts.app.deployment_id,
        "key-id": facts.key.id,
        "organization-id": facts.key.organization_id,
        "owner-id": facts.key.owner_id,
        "owner-kind": facts.key.owner_kind,
        "user-id": facts.key.user_id,
    }
    written = {name: quote(value or "", safe=_PLAIN) for name, value in values.items()}
    # Their names have neither commas nor anything to encode.
    written["permissions"] = ",".join(facts.permissions)
    return {
        f"x-auth-{name}": value if len(value) <= _MAX_HEADER else ""
        for name, value in written.items()
    }


def _limits(verdict: Verdict) -> dict[str, str]:
    """Tell of the limit that is nearest; `reset` in seconds."""
    facts = verdict.facts
    if facts is None or not verdict.standings:
        return {}
    nearest = min(verdict.standings, key=lambda one: (not one.exceeded, one.remaining))
    seconds = (nearest.resets_at - facts.at).total_seconds()
    return {
        "x-ratelimit-limit": str(nearest.limit),
        "x-ratelimit-remaining": str(nearest.remaining),
        "x-ratelimit-reset": str(max(0, math.ceil(seconds))),
    }
