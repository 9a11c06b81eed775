"""Everything that can go wrong, in one small tree.

    KeyplateError
    ├── Unavailable            no usable answer came; nothing is known
    └── Refused                Keyplate said no
        ├── Invalid            400, 413, 415: `field` names what to mend
        │   └── PolicyViolation    `details` has `rule` and `limit`
        ├── Unauthenticated    401: no valid backend key
        ├── Forbidden          403: known, and may not
        │   ├── AppInactive
        │   └── TenantSuspended
        ├── NotFound           404: it does not exist, or not for you
        ├── Conflict           409: it collides with what is stored
        │   ├── AlreadyDone    done before; its secret is not shown twice
        │   ├── NameTaken
        │   └── QuotaReached
        └── TooManyRequests    429: `retry_after` in seconds

Act on `code`; its values are listed with the API. No error ever holds a secret.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class KeyplateError(Exception):
    """What every error of this package is."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "error",
        status: int | None = None,
        request_id: str = "",
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.request_id = request_id
        self.retry_after = retry_after


class Stage(enum.Enum):
    """How far a request got that had no usable answer."""

    UNSENT = "no connection was made"
    BROKEN = "it may have been carried out"
    BUSY = "it was answered with 503"
    ANSWERED = "the answer cannot be used"


class Unavailable(KeyplateError):
    """No usable answer came in time: what was asked for may or may not be done."""

    def __init__(
        self,
        message: str,
        *,
        stage: Stage = Stage.ANSWERED,
        code: str = "unavailable",
        status: int | None = None,
        request_id: str = "",
        retry_after: int | None = None,
    ) -> None:
        super().__init__(
            message,
            code=code,
            status=status,
            request_id=request_id,
            retry_after=retry_after,
        )
        self.stage = stage


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that was wrong with a request."""

    message: str
    code: str
    field: str | None = None


class Refused(KeyplateError):
    """Keyplate understood and said no: repeating the same changes nothing."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "error",
        status: int | None = None,
        request_id: str = "",
        retry_after: int | None = None,
        details: Mapping[str, Any] | None = None,  # JSON; differs by code
        problems: tuple[Problem, ...] = (),
    ) -> None:
        super().__init__(
            message,
            code=code,
            status=status,
            request_id=request_id,
            retry_after=retry_after,
        )
        self.details: Mapping[str, Any] = details or {}
        self.problems = problems

    @property
    def field(self) -> str | None:
        """The member to mend, where one is."""
        named = (problem.field for problem in self.problems if problem.field)
        value = self.details.get("field") or next(named, None)
        return None if value is None else str(value)


class Invalid(Refused):
    """The request cannot be accepted as it is."""


class PolicyViolation(Invalid):
    """The app's policy forbids it."""


class Unauthenticated(Refused):
    """The backend key is missing, unknown, expired or revoked."""


class Forbidden(Refused):
    """The backend key is known and may not do this."""


class AppInactive(Forbidden):
    """The app is switched off or deleted."""


class TenantSuspended(Forbidden):
    """The organization or person is suspended or deleted."""


class NotFound(Refused):
    """It does not exist, or the backend key may not know that it does."""


class Conflict(Refused):
    """It collides with what is stored, or was changed meanwhile."""


class AlreadyDone(Conflict):
    """An earlier try carried it out, and its secret is not shown a second time.

    The key exists; whoever lost the answer rotates it for a new secret.
    """

    @property
    def key_id(self) -> str | None:
        """The key that the first try made or rotated."""
        value = self.details.get("key_id")
        return None if value is None else str(value)


class NameTaken(Conflict):
    """The name or slug is in use."""


class QuotaReached(Conflict):
    """The owner has as many keys as allowed."""


class TooManyRequests(Refused):
    """The backend key asks too often; wait `retry_after` seconds."""


_BY_CODE: dict[str, type[Refused]] = {
    "app_inactive": AppInactive,
    "idempotency_replay": AlreadyDone,
    "name_taken": NameTaken,
    "policy_violation": PolicyViolation,
    "quota_keys": QuotaReached,
    "tenant_suspended": TenantSuspended,
}
_BY_STATUS: dict[int, type[Refused]] = {
    400: Invalid,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: Invalid,
    415: Invalid,
    422: Invalid,
    429: TooManyRequests,
}


_REFUSALS = range(400, 500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: a status, the JSON object, and what the headers add."""

    status: int
    members: Mapping[str, Any] | None = field(repr=False)  # JSON; may hold a secret
    request_id: str = ""
    retry_after: int | None = None


def refusal(answer: Answer) -> KeyplateError:
    """Make the error that an answer other than a success stands for."""
    members = answer.members or {}
    code, message = members.get("code"), members.get("message")
    if not isinstance(code, str) or not isinstance(message, str):
        return _no_answer(answer, "")
    if answer.status not in _REFUSALS:
        return _no_answer(answer, message)
    kind = _BY_STATUS.get(answer.status, Refused)
    narrower = _BY_CODE.get(code, kind)
    details = members.get("details")
    return (narrower if issubclass(narrower, kind) else kind)(
        message,
        code=code,
        status=answer.status,
        request_id=answer.request_id,
        retry_after=answer.retry_after,
        details=details if isinstance(details, dict) else None,
        problems=tuple(_problems(members.get("errors"))),
    )


def unusable(answer: Answer, why: str) -> Unavailable:
    """Make the error for an answer that is not what was asked for."""
    return Unavailable(
        f"Keyplate's answer cannot be used: {why}.",
        code="bad_answer",
        status=answer.status,
        request_id=answer.request_id,
    )


def _no_answer(answer: Answer, message: str) -> Unavailable:
    stages = {502: Stage.BROKEN, 503: Stage.BUSY, 504: Stage.BROKEN}
    if answer.status < _REFUSALS.stop:
        return unusable(answer, f"status {answer.status} without a code")
    return Unavailable(
        message or f"Keyplate answered with status {answer.status}.",
        stage=stages.get(answer.status, Stage.ANSWERED),
        status=answer.status,
        request_id=answer.request_id,
        retry_after=answer.retry_after,
    )


def _problems(entries: object) -> list[Problem]:
    if not isinstance(entries, list):
        return []
    return [
        Problem(
            message=str(entry.get("message", "")),
            code=str(entry.get("code", "")),
            field=None if entry.get("field") is None else str(entry["field"]),
        )
        for entry in entries
        if isinstance(entry, dict)
    ]
