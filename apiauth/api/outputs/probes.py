"""What the probes answer."""

from datetime import datetime
from typing import Literal

from ninja import Schema
from pydantic import ConfigDict
from pydantic.types import JsonValue

from apiauth.api.outputs.refusals import Error, Problem

_MESSAGE = "The database cannot be reached."
_PROBLEM = Problem(message=_MESSAGE, code="unavailable")
_AT = "2026-11-28T09:30:00Z"


def _example(**members: JsonValue) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [members]})


class Alive(Schema):
    """The process answers."""

    model_config = _example(status="alive")

    status: Literal["alive"] = "alive"


class Ready(Schema):
    """The process reaches its database."""

    model_config = _example(status="ready")

    status: Literal["ready"] = "ready"


class Healthy(Schema):
    """The process reaches its database."""

    model_config = _example(status="healthy", timestamp=_AT)

    status: Literal["healthy"] = "healthy"
    timestamp: datetime


class _Away(Error):
    message: str = _MESSAGE
    code: Literal["unavailable"] = "unavailable"
    errors: list[Problem] = [_PROBLEM]


_REFUSAL: dict[str, JsonValue] = {
    "message": _MESSAGE,
    "code": "unavailable",
    "errors": [{"message": _MESSAGE, "code": "unavailable"}],
}


class NotReady(_Away):
    """The database cannot be reached."""

    model_config = _example(**_REFUSAL, status="unavailable")

    status: Literal["unavailable"] = "unavailable"


class Unhealthy(_Away):
    """The database cannot be reached."""

    model_config = _example(**_REFUSAL, status="unhealthy", timestamp=_AT)

    status: Literal["unhealthy"] = "unhealthy"
    timestamp: datetime
