"""What a verdict leaves: its row in the log."""

import uuid

from apiauth import credentials, ratelimits, text
from apiauth.gateway.facts import Facts
from apiauth.gateway.questions import Question
from apiauth.gateway.verdict import Verdict
from apiauth.ratelimits import Standing


def columns(
    verdict: Verdict, deployment_id: uuid.UUID | None, at: str
) -> dict[str, object] | None:
    """Write a verdict as a row of the log, in JSON's types; `at` in ISO 8601.

    None where it leaves no row: an unknown secret from a source that has guessed too
    often (`Question.is_traced`).
    """
    question, facts = verdict.question, verdict.facts
    if facts is None and not question.is_traced:
        return None
    row = _of_stranger(question, deployment_id) if facts is None else _of_key(facts)
    return row | {
        "id": question.id.hex,
        "allowed": verdict.allowed,
        "code": verdict.code,
        "method": question.method,
        "path": text.shorten(question.resource, text.URL),
        "client_ip": question.client_ip,
        "user_agent": question.user_agent,
        "required_permissions": question.entries,
        "decided_at": at,
        "blocked_rule": verdict.rule,
        "violation": verdict.violation,
        "rate_limits": [_standing(one) for one in verdict.standings],
    }


def _of_key(facts: Facts) -> dict[str, object]:
    known: dict[str, object] | None = facts.worked_out.get("row")
    if known is None:
        known = facts.worked_out["row"] = {
            "deployment_id": facts.deployment_id.hex,
            "app_id": facts.app_id.hex,
            "key_id": facts.key_id.hex,
            "secret_id": facts.secret_id.hex,
            "fingerprint": None,
        }
    return known


def _of_stranger(
    question: Question, deployment_id: uuid.UUID | None
) -> dict[str, object]:
    return {
        "deployment_id": None if deployment_id is None else deployment_id.hex,
        "app_id": None,
        "key_id": None,
        "secret_id": None,
        "fingerprint": _fingerprint(question.secret),
    }


def _standing(standing: Standing) -> dict[str, object]:
    return {
        "rule": ratelimits.label(standing.rule),
        "limit": standing.limit,
        "remaining": standing.remaining,
    }


def _fingerprint(secret: str) -> str:
    return f"\\x{credentials.fingerprint(secret).hex()}"
