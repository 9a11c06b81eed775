"""What a verdict leaves: its row in the log."""

from msgspec import Struct

from apiauth import credentials, ratelimits, text
from apiauth.gateway.questions import Question
from apiauth.gateway.verdict import Verdict
from apiauth.ratelimits import Standing


class Taken(Struct):
    """A place that was taken of a limit, `behind` more of the same batch after it."""

    counter: str
    rule: str
    most: int
    behind: int


class Entry(Struct, omit_defaults=True):
    """A row of the log by its columns, in JSON's types; ids in hexadecimal.

    When it was decided is the same for a whole batch, and whether it was allowed is
    told by the code: both are added where it is written.
    """

    id: str
    code: str
    method: str
    path: str
    client_ip: str
    user_agent: str
    required_permissions: tuple[str, ...]
    deployment_id: str | None = None
    app_id: str | None = None
    key_id: str | None = None
    secret_id: str | None = None
    fingerprint: str | None = None
    blocked_rule: str = ""
    violation: str = ""
    rate_limits: tuple[dict[str, object], ...] = ()
    # Of charges that the database settles, the first one's members, then the others: by
    # them it completes `rate_limits`.
    counter: str | None = None
    rule: str | None = None
    most: int | None = None
    behind: int | None = None
    others: tuple[Taken, ...] = ()


def entry(verdict: Verdict, deployment_id: str | None) -> Entry | None:
    """Write a verdict for the log; `deployment_id` is where its asker is at home.

    None where it leaves no row: an unknown secret from a source that has guessed too
    often (`Question.is_traced`).
    """
    question, facts = verdict.question, verdict.facts
    if facts is None and not question.is_traced:
        return None
    written = Entry(
        question.id,
        verdict.code,
        question.method,
        text.shorten(question.resource, text.URL),
        question.client_ip,
        question.user_agent,
        question.entries,
        deployment_id,
    )
    if facts is None:
        written.fingerprint = _fingerprint(question)
        return written
    written.deployment_id = facts.app.deployment_id
    written.app_id = facts.app.id
    written.key_id = facts.key.id
    written.secret_id = facts.key.secret_id
    written.blocked_rule = verdict.rule
    written.violation = verdict.violation
    written.rate_limits = tuple(_standing(one) for one in verdict.standings)
    return written


def _standing(standing: Standing) -> dict[str, object]:
    return {
        "rule": ratelimits.label(standing.rule),
        "limit": standing.limit,
        "remaining": standing.remaining,
    }


def _fingerprint(question: Question) -> str:
    return f"\\x{credentials.fingerprint(question.secret).hex()}"
