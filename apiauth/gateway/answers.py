"""The wire form of a verdict (wacht-contract section 11), with our own members.

What is Wacht's keeps its name and form; `code`, `key`, `limits`, `decided_in` and,
on refusals, `message` and `errors` are added. `violation` is there where a broken rule
was reported, `explanation` where it was asked for.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from apiauth import ratelimits
from apiauth.gateway import headers
from apiauth.gateway.codes import SENTENCES, Code
from apiauth.gateway.facts import Facts
from apiauth.gateway.verdict import Verdict
from apiauth.ratelimits import Standing

OK, UNAUTHORIZED, UNAVAILABLE = 200, 401, 503
RETRY_AFTER = 1  # seconds
# What existing clients read from a 200; everything else they take as an error.
_ANSWERED = frozenset([Code.VALID, Code.PERMISSION_DENIED, Code.RATE_LIMITED])


class Identity(Struct):
    """Whose key it is and where it belongs."""

    key_id: str
    deployment_id: str
    app_slug: str
    key_name: str
    owner_user_id: str | None
    organization_id: str | None
    workspace_id: str | None
    organization_membership_id: str | None
    workspace_membership_id: str | None


class Owner(Struct):
    """Whose key it is, in one word and a name."""

    kind: str
    id: str


class Key(Struct):
    """What may be shown of a key."""

    id: str
    name: str
    app_slug: str
    environment: str
    prefix: str
    last_four: str
    expires_at: datetime | None
    secret_ends_at: datetime | None
    owner: Owner


class RateLimit(Struct):
    """How a limit stands, as Wacht says it."""

    rule: str
    remaining: int
    limit: int


class Limit(Struct):
    """How a limit stands, in full."""

    rule: str
    mode: str
    limit: int
    remaining: int
    resets_at: datetime
    exceeded: bool


class Problem(Struct):
    """A refusal in the words of every other answer."""

    message: str
    code: str


class Failing(Struct):
    """One condition that fails."""

    code: str
    message: str
    rule: str | None
    missing: Sequence[str]


class Answer(Struct):
    """A whole verdict; members that are unset are not written."""

    request_id: str
    allowed: bool
    reason: str | None
    blocked_rule: str | None
    identity: Identity | None
    permissions: Sequence[str]
    metadata: Mapping[str, Any]  # JSON, whatever a host has noted
    rate_limits: list[RateLimit]
    retry_after: int | None
    headers: Mapping[str, str]
    code: str
    key: Key | None
    limits: list[Limit]
    decided_in: float
    violation: str | UnsetType = UNSET
    explanation: list[Failing] | UnsetType = UNSET
    message: str | UnsetType = UNSET
    errors: list[Problem] | UnsetType = UNSET


def status_of(code: Code) -> int:
    """The HTTP status that existing clients understand."""
    if code is Code.UNAVAILABLE:
        return UNAVAILABLE
    return OK if code in _ANSWERED else UNAUTHORIZED


def body_of(verdict: Verdict, *, seconds: float) -> Answer:
    """The answer, to be written as JSON; `seconds` is how long deciding took."""
    code, facts, standings = verdict.code, verdict.facts, verdict.standings
    answer = Answer(
        verdict.request_id,
        verdict.allowed,
        None if verdict.allowed else code,
        _blocked_rule(verdict),
        None if facts is None else _identity(facts),
        () if facts is None else facts.permissions,
        {} if facts is None else facts.key.shown_metadata,
        [_rate_limit(one) for one in standings],
        verdict.retry_after,
        headers.of(verdict) if code in _ANSWERED else {},
        code,
        None if facts is None else _key(facts),
        [_limit(one) for one in standings],
        round(1000 * seconds, 3),
    )
    if verdict.violation:
        answer.violation = verdict.violation
    if verdict.question.explain:
        answer.explanation = [
            Failing(one.code, one.sentence, one.rule or None, one.missing)
            for one in verdict.explanation
        ]
    if not verdict.allowed:
        answer.message = SENTENCES[code]
        answer.errors = [Problem(SENTENCES[code], code)]
    return answer


def _blocked_rule(verdict: Verdict) -> str | None:
    if verdict.code is Code.PERMISSION_DENIED:
        return verdict.code
    return verdict.rule or None


def _identity(facts: Facts) -> Identity:
    key, app = facts.key, facts.app
    return Identity(
        key.id,
        app.deployment_id,
        app.slug,
        key.name,
        key.user_id,
        key.organization_id,
        key.workspace_id,
        key.org_membership_id,
        key.workspace_membership_id,
    )


def _key(facts: Facts) -> Key:
    key, app = facts.key, facts.app
    return Key(
        key.id,
        key.name,
        app.slug,
        app.environment,
        key.prefix,
        key.last_eight[-4:],
        key.expires_at,
        key.secret_ends_at,
        Owner(key.owner_kind, key.owner_id),
    )


def _rate_limit(standing: Standing) -> RateLimit:
    label = ratelimits.label(standing.rule)
    return RateLimit(label, standing.remaining, standing.limit)


def _limit(standing: Standing) -> Limit:
    return Limit(
        ratelimits.label(standing.rule),
        standing.rule.mode,
        standing.limit,
        standing.remaining,
        standing.resets_at,
        standing.exceeded,
    )
