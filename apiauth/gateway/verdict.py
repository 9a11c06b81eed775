"""The verdict: pure, from a question and what the store knows at one moment.

The order of evaluation is published (docs/gateway.md): the first condition that
fails decides. Shape and checksum of the secret come before any look-up.
"""

import enum
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from apiauth import credentials, permissions
from apiauth.gateway.questions import Question


class Code(enum.StrEnum):
    """Every verdict there is; a closed set, part of the wire form.

    Not yet given: `policy_violation`, `network_forbidden`, `resource_forbidden`
    and `rate_limited`.
    """

    APP_INACTIVE = "app_inactive"
    DISABLED = "disabled"
    EXPIRED = "expired"
    MALFORMED = "malformed"
    NETWORK_FORBIDDEN = "network_forbidden"
    PERMISSION_DENIED = "permission_denied"
    POLICY_VIOLATION = "policy_violation"
    RATE_LIMITED = "rate_limited"
    RESOURCE_FORBIDDEN = "resource_forbidden"
    REVOKED = "revoked"
    ROTATED = "rotated"
    SUSPENDED = "suspended"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"
    VALID = "valid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the store knows of one secret, at one moment of the database's clock."""

    at: datetime
    secret_id: uuid.UUID
    secret_ends_at: datetime | None
    prefix: str
    last_eight: str
    key_id: uuid.UUID
    name: str
    owner_kind: str
    owner_id: str
    user_id: str | None
    organization_id: str | None
    workspace_id: str | None
    granted: list[str]
    metadata: dict[str, object]
    expires_at: datetime | None
    disabled_at: datetime | None
    revoked_at: datetime | None
    deployment_id: uuid.UUID
    app_id: uuid.UUID
    app_slug: str
    app_is_active: bool
    app_deleted_at: datetime | None
    ceiling: list[str]
    owner_is_shut: bool

    @property
    def permissions(self) -> list[str]:
        """The effective ones: the key's, within the app's list when it has one."""
        return permissions.within(self.ceiling, self.granted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One answer; `facts` is None where the asker may not know any."""

    question: Question = field(repr=False)
    code: Code
    facts: Facts | None = None

    @property
    def allowed(self) -> bool:
        return self.code is Code.VALID

    @property
    def request_id(self) -> str:
        """The decision's id as hosts see it."""
        return f"req_{self.question.id.hex}"


def _is_app_off(facts: Facts, _: Question) -> bool:
    return not facts.app_is_active or facts.app_deleted_at is not None


def _lacks(facts: Facts, question: Question) -> bool:
    return not question.required.allows(facts.permissions)


type Failing = Callable[[Facts, Question], bool]

# In the published order; each says when its condition fails.
STAGES: tuple[tuple[Code, Failing], ...] = (
    (Code.APP_INACTIVE, _is_app_off),
    (Code.SUSPENDED, lambda facts, _: facts.owner_is_shut),
    (Code.REVOKED, lambda facts, _: facts.revoked_at is not None),
    (Code.ROTATED, lambda facts, _: _is_over(facts.secret_ends_at, facts.at)),
    (Code.DISABLED, lambda facts, _: facts.disabled_at is not None),
    (Code.EXPIRED, lambda facts, _: _is_over(facts.expires_at, facts.at)),
    (Code.PERMISSION_DENIED, _lacks),
)


def is_well_formed(question: Question) -> bool:
    """Tell by shape and checksum whether the secret is worth a look-up."""
    return credentials.looks_right(question.secret)


def decide(question: Question, facts: Facts | None) -> Verdict:
    """Judge a question; `facts` is None when nothing is known to the asker."""
    if not is_well_formed(question):
        return Verdict(question=question, code=Code.MALFORMED)
    if facts is None:
        return Verdict(question=question, code=Code.UNKNOWN)
    failed = (code for code, fails in STAGES if fails(facts, question))
    return Verdict(question=question, code=next(failed, Code.VALID), facts=facts)


def _is_over(end: datetime | None, at: datetime) -> bool:
    return end is not None and end <= at
