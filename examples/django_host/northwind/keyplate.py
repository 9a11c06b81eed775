"""A tiny Keyplate client: two calls, the standard library, and time limits.

Copy it. It keeps no state, follows no redirect, and never waits longer than told.
"""

import http.client
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

TICKET_SECONDS = 5.0
CHECK_SECONDS = 2.0
LONGEST_ANSWER = 256 * 1024


class Unavailable(Exception):
    """Keyplate did not give an answer we can use. Nothing was decided."""


class TicketRefused(Exception):
    """Keyplate would not issue this ticket; `code` says why."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Keep what Keyplate said."""
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One app of one Keyplate, with the key to speak to it."""

    url: str
    key: str
    app_slug: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the gateway said about one request with one key."""

    allowed: bool
    code: str
    organization_id: str | None
    permissions: tuple[str, ...]
    retry_after: int | None
    headers: Mapping[str, str]


def ticket(desk: Desk, **fields: Any) -> dict[str, Any]:  # JSON members
    """Ask for a ticket that opens the desk once; return `ticket`, `expires_at`, `url`.

    Raises TicketRefused or Unavailable.
    """
    body = {
        "ticket_type": "api_auth_access",
        "api_auth_app_slug": desk.app_slug,
        **fields,
    }
    status, answer = _post(desk, "/session/tickets", body, seconds=TICKET_SECONDS)
    if status != http.client.OK:
        code = str(answer.get("code", ""))
        raise TicketRefused(status, code, str(answer.get("message", "")))
    return answer


def check(
    desk: Desk,
    secret: str,
    *,
    method: str,
    resource: str,
    client_ip: str,
    user_agent: str,
    required: Sequence[str],
) -> Verdict:
    """Ask whether this key may make this request now. Raises Unavailable."""
    body = {
        "principal": {"type": "api_key", "value": secret},
        "method": method,
        "resource": resource,
        "client_ip": client_ip,
        "user_agent": user_agent,
        "required_permissions": list(required),
    }
    _, answer = _post(desk, "/v1/authz/check", body, seconds=CHECK_SECONDS)
    # A refusal of our own gateway key, or a proxy's error page, has no `allowed`:
    # that is our trouble and must not look like the customer's bad key.
    if not isinstance(answer.get("allowed"), bool):
        raise Unavailable(str(answer.get("message", "no verdict")))
    identity = answer.get("identity") or {}
    return Verdict(
        allowed=answer["allowed"],
        code=str(answer.get("code") or answer.get("reason") or ""),
        organization_id=identity.get("organization_id"),
        permissions=tuple(answer.get("permissions") or ()),
        retry_after=answer.get("retry_after"),
        headers=answer.get("headers") or {},
    )


def _post(
    desk: Desk, path: str, body: Mapping[str, Any], *, seconds: float
) -> tuple[int, dict[str, Any]]:
    """Send JSON, return status and JSON; anything else is Unavailable."""
    parts = urlsplit(desk.url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=seconds)
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Authorization": f"Bearer {desk.key}",
    }
    try:
        connection.request("POST", path, json.dumps(body), headers)
        response = connection.getresponse()
        answer = json.loads(response.read(LONGEST_ANSWER))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unavailable(type(error).__name__) from error
    finally:
        connection.close()
    if not isinstance(answer, dict):
        raise Unavailable("not a JSON object")
    return response.status, answer
