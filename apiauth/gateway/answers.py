"""The wire form of a verdict (wacht-contract section 11), with our own members.

What is Wacht's keeps its name and form; `code`, `key`, `limits`, `decided_in` and,
on refusals, `message` and `errors` are added.
"""

from datetime import datetime
from urllib.parse import quote

from apiauth.gateway.codes import SENTENCES, Code
from apiauth.gateway.facts import Facts
from apiauth.gateway.verdict import Verdict

OK, UNAUTHORIZED, UNAVAILABLE = 200, 401, 503
RETRY_AFTER = 1  # seconds
_MAX_HEADER = 4000
# Printable ASCII but the percent sign, so that every value can be decoded again.
_PLAIN = "".join(chr(c) for c in range(0x20, 0x7F) if chr(c) != "%")
_PLAIN_IN_LISTS = "".join(c for c in _PLAIN if c not in ",=")
# What existing clients read from a 200; everything else they take as an error.
_ANSWERED = frozenset([Code.VALID, Code.PERMISSION_DENIED, Code.RATE_LIMITED])


def status_of(code: Code) -> int:
    """The HTTP status that existing clients understand."""
    if code is Code.UNAVAILABLE:
        return UNAVAILABLE
    return OK if code in _ANSWERED else UNAUTHORIZED


def body_of(verdict: Verdict, *, seconds: float) -> dict[str, object]:
    """The answer as JSON members; `seconds` is how long deciding took."""
    facts, reason = verdict.facts, None if verdict.allowed else str(verdict.code)
    answer: dict[str, object] = {
        "request_id": verdict.request_id,
        "allowed": verdict.allowed,
        "reason": reason,
        "blocked_rule": reason if verdict.code in _ANSWERED else None,
        "identity": _identity(facts) if facts else None,
        "permissions": facts.permissions if facts else [],
        "metadata": _metadata(facts) if facts else {},
        "rate_limits": [],
        "retry_after": None,
        "headers": _headers(verdict),
        "code": verdict.code,
        "key": _key(facts) if facts else None,
        "limits": [],
        "decided_in": round(1000 * seconds, 3),
    }
    return answer | (_refusal(verdict) if not verdict.allowed else {})


def _refusal(verdict: Verdict) -> dict[str, object]:
    refusal = {"message": SENTENCES[verdict.code], "code": str(verdict.code)}
    return {**refusal, "errors": [refusal]}


def _identity(facts: Facts) -> dict[str, str | None]:
    return {
        "key_id": str(facts.key_id),
        "deployment_id": str(facts.deployment_id),
        "app_slug": facts.app_slug,
        "key_name": facts.name,
        "owner_user_id": facts.user_id,
        "organization_id": facts.organization_id,
        "workspace_id": facts.workspace_id,
        "organization_membership_id": None,
        "workspace_membership_id": None,
    }


def _key(facts: Facts) -> dict[str, object]:
    return {
        "id": str(facts.key_id),
        "name": facts.name,
        "app_slug": facts.app_slug,
        "prefix": facts.prefix,
        "last_four": facts.last_eight[-4:],
        "expires_at": _moment(facts.expires_at),
        "secret_ends_at": _moment(facts.secret_ends_at),
        "owner": {"kind": facts.owner_kind, "id": facts.owner_id},
    }


def _metadata(facts: Facts) -> dict[str, object]:
    # Clients take the principal's kind from this member: a customer must not set it.
    return {k: v for k, v in facts.metadata.items() if k != "principal_type"}


def _headers(verdict: Verdict) -> dict[str, str]:
    """What hosts copy onto their own answer; nothing for a refused credential."""
    facts = verdict.facts
    if facts is None or verdict.code not in _ANSWERED:
        return {}
    identity = _identity(facts)
    values = {
        "key-id": identity["key_id"],
        "deployment-id": identity["deployment_id"],
        "app-slug": identity["app_slug"],
        "key-name": identity["key_name"],
        "organization-id": identity["organization_id"],
        "workspace-id": identity["workspace_id"],
        "permissions": ",".join(facts.permissions),
        "permission-denied": (
            "true" if verdict.code is Code.PERMISSION_DENIED else None
        ),
    }
    headers = {name: quote(v, safe=_PLAIN) for name, v in values.items() if v}
    headers["metadata"] = _metadata_header(facts)
    return {
        f"x-wacht-{name}": value
        for name, value in headers.items()
        if value and len(value) <= _MAX_HEADER
    }


def _metadata_header(facts: Facts) -> str:
    return ",".join(
        f"{quote(name, safe=_PLAIN_IN_LISTS)}={quote(value, safe=_PLAIN_IN_LISTS)}"
        for name, value in _metadata(facts).items()
        if isinstance(value, str)
    )


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat().replace("+00:00", "Z")
