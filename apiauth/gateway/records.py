"""What a verdict leaves: its row in the log."""

import uuid
from datetime import datetime

from apiauth import credentials, ratelimits, text
from apiauth.gateway.verdict import Verdict
from apiauth.ratelimits import Standing


def columns(
    verdict: Verdict, deployment_id: uuid.UUID | None, at: datetime
) -> dict[str, object] | None:
    """Write a verdict as a row of the log, in JSON's types.

    None where it leaves no row: an unknown secret from a source that has guessed too
    often (`Question.is_traced`).
    """
    question, facts = verdict.question, verdict.facts
    if facts is None and not question.is_traced:
        return None
    return {
        "id": question.id.hex,
        "deployment_id": _hex(deployment_id),
        "app_id": facts.app_id.hex if facts else None,
        "key_id": facts.key_id.hex if facts else None,
        "secret_id": facts.secret_id.hex if facts else None,
        "allowed": verdict.allowed,
        "code": verdict.code,
        "method": question.method,
        "path": text.shorten(question.resource, text.URL),
        "client_ip": question.client_ip,
        "user_agent": question.user_agent,
        "required_permissions": question.entries,
        "fingerprint": None if facts else _fingerprint(question.secret),
        "decided_at": at.isoformat(),
        "blocked_rule": verdict.rule,
        "violation": verdict.violation,
        "rate_limits": [_standing(one) for one in verdict.standings],
    }


def _standing(standing: Standing) -> dict[str, object]:
    return {
        "rule": ratelimits.label(standing.rule),
        "limit": standing.limit,
        "remaining": standing.remaining,
    }


def _hex(value: uuid.UUID | None) -> str | None:
    return None if value is None else value.hex


def _fingerprint(secret: str) -> str:
    return f"\\x{credentials.fingerprint(secret).hex()}"
