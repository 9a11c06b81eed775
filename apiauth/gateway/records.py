"""What a verdict takes and what it leaves: its charges and its row in the log."""

import functools
import uuid
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from apiauth import credentials, ratelimits, text
from apiauth.gateway.questions import Question
from apiauth.gateway.verdict import Facts, Verdict
from apiauth.ratelimits import counting, windows
from apiauth.ratelimits.counting import Charge, Standing


def charges(facts: Facts, question: Question, at: datetime) -> tuple[Charge, ...]:
    """List what a request is charged by the scheme of its app, or by the default."""
    return counting.charges(
        rules(facts),
        deployment_id=facts.deployment_id,
        app_id=facts.app_id,
        key_id=facts.key_id,
        client_ip=question.client_ip,
        path=question.resource,
        at=at,
    )


def rules(facts: Facts) -> Sequence[ratelimits.Rule]:
    """The rules that hold for a key."""
    if facts.rules is None:
        return _default(settings.KEYPLATE_DEFAULT_REQUESTS_PER_MINUTE)
    return facts.rules


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
        "rule": windows.label(standing.rule),
        "limit": standing.limit,
        "remaining": standing.remaining,
    }


def _hex(value: uuid.UUID | None) -> str | None:
    return None if value is None else value.hex


def _fingerprint(secret: str) -> str:
    return f"\\x{credentials.fingerprint(secret).hex()}"


@functools.lru_cache(maxsize=4)
def _default(per_minute: int) -> Sequence[ratelimits.Rule]:
    return ratelimits.default_rules(per_minute)
