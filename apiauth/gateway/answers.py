"""The wire form of a verdict (wacht-contract section 11), with our own members.

What is Wacht's keeps its name and form; `code`, `key`, `limits`, `decided_in` and,
on refusals, `message` and `errors` are added. `violation` is there where a broken rule
was reported, `explanation` where it was asked for.
"""

from collections.abc import Mapping
from datetime import datetime

from apiauth import ratelimits
from apiauth.gateway import headers
from apiauth.gateway.codes import SENTENCES, Code
from apiauth.gateway.facts import Facts
from apiauth.gateway.verdict import Failing, Verdict
from apiauth.ratelimits import Standing

OK, UNAUTHORIZED, UNAVAILABLE = 200, 401, 503
RETRY_AFTER = 1  # seconds
# Of a key that nothing may be told of.
_NOTHING: Mapping[str, object] = {
    "identity": None,
    "permissions": [],
    "metadata": {},
    "key": None,
}
# What existing clients read from a 200; everything else they take as an error.
_ANSWERED = frozenset([Code.VALID, Code.PERMISSION_DENIED, Code.RATE_LIMITED])


def status_of(code: Code) -> int:
    """The HTTP status that existing clients understand."""
    if code is Code.UNAVAILABLE:
        return UNAVAILABLE
    return OK if code in _ANSWERED else UNAUTHORIZED


def body_of(verdict: Verdict, *, seconds: float) -> dict[str, object]:
    """The answer as JSON members; `seconds` is how long deciding took."""
    standings = verdict.standings
    of_key = _NOTHING if verdict.facts is None else _of_key(verdict.facts)
    answer: dict[str, object] = {
        "request_id": verdict.request_id,
        "allowed": verdict.allowed,
        "reason": None if verdict.allowed else str(verdict.code),
        "blocked_rule": _blocked_rule(verdict),
        "identity": of_key["identity"],
        "permissions": of_key["permissions"],
        "metadata": of_key["metadata"],
        "rate_limits": [_rate_limit(one) for one in standings],
        "retry_after": verdict.retry_after,
        "headers": headers.of(verdict) if verdict.code in _ANSWERED else {},
        "code": verdict.code,
        "key": of_key["key"],
        "limits": [_limit(one) for one in standings],
        "decided_in": round(1000 * seconds, 3),
    }
    if verdict.violation:
        answer["violation"] = verdict.violation
    if verdict.question.explain:
        answer["explanation"] = [_failing(one) for one in verdict.explanation]
    return answer | (_refusal(verdict) if not verdict.allowed else {})


def _of_key(facts: Facts) -> Mapping[str, object]:
    """What is told of a key, whatever was asked; nobody may change it."""
    known: Mapping[str, object] | None = facts.worked_out.get("answer")
    if known is None:
        known = facts.worked_out["answer"] = {
            "identity": _identity(facts),
            "permissions": facts.permissions,
            "metadata": facts.shown_metadata,
            "key": _key(facts),
        }
    return known


def _refusal(verdict: Verdict) -> dict[str, object]:
    refusal = {"message": SENTENCES[verdict.code], "code": str(verdict.code)}
    return {**refusal, "errors": [refusal]}


def _blocked_rule(verdict: Verdict) -> str | None:
    if verdict.code is Code.PERMISSION_DENIED:
        return str(verdict.code)
    return verdict.rule or None


def _identity(facts: Facts) -> dict[str, str | None]:
    of_org, of_workspace = facts.org_membership_id, facts.workspace_membership_id
    return {
        "key_id": str(facts.key_id),
        "deployment_id": str(facts.deployment_id),
        "app_slug": facts.app_slug,
        "key_name": facts.name,
        "owner_user_id": facts.user_id,
        "organization_id": facts.organization_id,
        "workspace_id": facts.workspace_id,
        "organization_membership_id": None if of_org is None else str(of_org),
        "workspace_membership_id": None if of_workspace is None else str(of_workspace),
    }


def _key(facts: Facts) -> dict[str, object]:
    return {
        "id": str(facts.key_id),
        "name": facts.name,
        "app_slug": facts.app_slug,
        "environment": facts.environment,
        "prefix": facts.prefix,
        "last_four": facts.last_eight[-4:],
        "expires_at": _moment(facts.expires_at),
        "secret_ends_at": _moment(facts.secret_ends_at),
        "owner": {"kind": facts.owner_kind, "id": facts.owner_id},
    }


def _rate_limit(standing: Standing) -> dict[str, object]:
    return {
        "rule": ratelimits.label(standing.rule),
        "remaining": standing.remaining,
        "limit": standing.limit,
    }


def _limit(standing: Standing) -> dict[str, object]:
    return {
        "rule": ratelimits.label(standing.rule),
        "mode": str(standing.rule.mode),
        "limit": standing.limit,
        "remaining": standing.remaining,
        "resets_at": _moment(standing.resets_at),
        "exceeded": standing.exceeded,
    }


def _failing(failing: Failing) -> dict[str, object]:
    return {
        "code": str(failing.code),
        "message": failing.sentence,
        "rule": failing.rule or None,
        "missing": list(failing.missing),
    }


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat().replace("+00:00", "Z")
