"""Checks for callers that wait: under plain WSGI, and from Python."""

import logging
from collections.abc import Sequence

from django.db import Error, connection

from apiauth.errors import ApiAuthError
from apiauth.gateway import links, settlement
from apiauth.gateway.codes import Code
from apiauth.gateway.questions import Question
from apiauth.gateway.settlement import Outcome
from apiauth.gateway.tightness import AlwaysTight, Tightness
from apiauth.gateway.verdict import Verdict

_log = logging.getLogger("keyplate.gateway")
_tightness = Tightness()
_always_tight = AlwaysTight()


def check(question: Question) -> Verdict:
    """Answer a question, and record the decision before it is given.

    Never raises for what a database does: a verdict that cannot be reached or not
    be recorded is `unavailable`, which is a no. Raises `Unauthenticated` or
    `Forbidden` for a gateway key that may not ask.
    """
    [outcome] = check_all([question])
    if isinstance(outcome, ApiAuthError):
        raise outcome
    return outcome


def check_all(questions: Sequence[Question]) -> list[Outcome]:
    """Answer questions at once, as `check` does; refused askers are among the answers."""
    is_shared = connection.vendor == "postgresql"
    tightness = _tightness if is_shared else _always_tight
    try:
        return links.run(settlement.settle(questions, tightness=tightness))
    except Error as error:
        # The text of a database error may quote values; its class does not.
        _log.error("gateway.unavailable", extra={"error": type(error).__name__})
        return [Verdict(question=q, code=Code.UNAVAILABLE) for q in questions]
