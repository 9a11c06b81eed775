"""What proxies are answered; clients of theirs may see it."""

from typing import Literal

from ninja import Schema
from pydantic import Field

type Reason = Literal[
    "access_denied",
    "insufficient_scope",
    "invalid_token",
    "missing_token",
    "slow_down",
    "temporarily_unavailable",
]
_PROBLEM = {"message": "This API key may not do this.", "code": "insufficient_scope"}
SAMPLE = {"error": "insufficient_scope", **_PROBLEM, "errors": [_PROBLEM]}


class Admitted(Schema):
    """The request may pass; headers say whose it is."""

    allowed: Literal[True]


class TurnedAwayProblem(Schema):
    """Why, as much of it as a client may know."""

    message: str = Field(description="A sentence for people.")
    code: Reason


class TurnedAway(Schema):
    """The request may not pass; the header `X-Auth-Code` has the verdict."""

    error: Reason
    message: str = Field(description="A sentence for people.")
    code: Reason
    errors: list[TurnedAwayProblem]
