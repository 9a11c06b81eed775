"""The log of decisions on the wire (wacht-contract sections 7 and 10)."""

import json
from datetime import datetime
from typing import Any, Self

from ninja import Schema
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from apiauth.api.outputs.apps import MaybeText
from apiauth.models import ApiAuthApp, Decision
from apiauth.pages import Page

_ROW: JsonDict = {
    "request_id": "req_019ac9f0a1b27c3d8e4f5a6b7c8d9e0f",
    "deployment_id": "019ac9f0-0000-7000-8000-000000000001",
    "app_slug": "aa_acme",
    "key_id": "019ac9f0-0000-7000-8000-000000000002",
    "key_name": "Production backend",
    "outcome": "blocked",
    "blocked_by_rule": "permission_denied",
    "client_ip": "192.0.2.7",
    "path": "GET /v1/reports",
    "user_agent": "curl/8.14",
    "rate_limits": [{"rule": "100/60s", "remaining": 42, "limit": 100}],
    "timestamp": "2027-03-12T14:00:00.123Z",
}


class LimitState(Schema):
    """How a limit stood when the request was decided."""

    rule: str
    remaining: int
    limit: int


class _Row(Schema):
    request_id: str
    deployment_id: str
    app_slug: str
    key_id: str
    key_name: str
    outcome: str = Field(description="`allowed` or `blocked`.")
    blocked_by_rule: str | None = Field(
        description="The rule that refused, such as `3/3600s`, else the verdict's code; "
        "null where it was allowed."
    )
    client_ip: str
    path: str = Field(description="Method and path.")
    user_agent: str
    timestamp: datetime


class LogRow(_Row):
    """One decision on a known key."""

    rate_limits: list[LimitState]

    @classmethod
    def of(cls, decision: Decision, app: ApiAuthApp) -> Self:
        """Show a decision; needs its key's name fetched."""
        return cls(**_facts(decision, app), rate_limits=decision.rate_limits)


class SessionLogRow(_Row):
    """One decision on a known key, as front ends read it."""

    rate_limits: str = Field(description="A list of limits, as JSON text.")

    @classmethod
    def of(cls, decision: Decision, app: ApiAuthApp) -> Self:
        """Show a decision; needs its key's name fetched."""
        return cls(
            **_facts(decision, app), rate_limits=json.dumps(decision.rate_limits)
        )


class Log(Schema):
    """A page of the log, newest first; the last one has no `next_cursor`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"data": [_ROW], "limit": 100, "has_more": False}]
        }
    )

    data: list[LogRow]
    limit: int
    has_more: bool
    next_cursor: MaybeText = None

    @classmethod
    def of(cls, page: Page[Decision], app: ApiAuthApp) -> Self:
        """Show a page of decisions with their keys' names."""
        return cls(data=[LogRow.of(row, app) for row in page.rows], **_ends(page))


class SessionLog(Schema):
    """A page of the log as front ends read it: `rate_limits` is JSON text."""

    data: list[SessionLogRow]
    limit: int
    has_more: bool
    next_cursor: MaybeText = None

    @classmethod
    def of(cls, page: Page[Decision], app: ApiAuthApp) -> Self:
        """Show a page of decisions with their keys' names."""
        rows = [SessionLogRow.of(row, app) for row in page.rows]
        return cls(data=rows, **_ends(page))


def _facts(decision: Decision, app: ApiAuthApp) -> dict[str, Any]:
    return {
        "request_id": decision.request_id,
        "deployment_id": str(decision.deployment_id),
        "app_slug": app.app_slug,
        "key_id": str(decision.key_id),
        "key_name": decision.name_of_key,
        "outcome": "allowed" if decision.allowed else "blocked",
        "blocked_by_rule": decision.blocked_by,
        "client_ip": decision.client_ip,
        "path": f"{decision.method} {decision.path}",
        "user_agent": decision.user_agent,
        "timestamp": decision.decided_at,
    }


def _ends(page: Page[Any]) -> dict[str, Any]:
    return {
        "limit": page.limit,
        "has_more": page.next_cursor is not None,
        "next_cursor": page.next_cursor,
    }
