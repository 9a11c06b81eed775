"""Checks for callers that wait: under plain WSGI, and from Python."""

import logging
from collections.abc import Sequence

from django.db import Error, InterfaceError, OperationalError, connection

from apiauth.errors import ApiAuthError
from apiauth.gateway import links, settlement
from apiauth.gateway.questions import Question
from apiauth.gateway.settlement import Outcome
from apiauth.gateway.tightness import AlwaysTight, Tightness
from apiauth.gateway.verdict import Verdict

_log = logging.getLogger("keyplate.gateway")
# What says nothing of the questions: the database is away, slow or shutting down.
_AWAY = (InterfaceError, OperationalError)
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
        if len(questions) > 1 and not isinstance(error, _AWAY):
            # It is about one of the questions; the others get their answers.
            return [outcome for one in questions for outcome in check_all([one])]
        return [*settlement.unsettled(questions)]
