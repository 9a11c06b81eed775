"""Checks: look up, decide, record, in one transaction and before the answer."""

import logging
import uuid

from django.db import Error, transaction
from django.db.models import F
from django.db.models.functions import Now

from apiauth import credentials, text
from apiauth.gateway import lookup, verdict
from apiauth.gateway.codes import Code
from apiauth.gateway.facts import Facts
from apiauth.gateway.questions import Question
from apiauth.gateway.verdict import Verdict
from apiauth.models import Decision, KeyUse

_log = logging.getLogger("keyplate.gateway")


def check(question: Question) -> Verdict:
    """Answer a question, and record the decision before it is given.

    Never raises for what a database does: a verdict that cannot be reached or not
    be recorded is `unavailable`, which is a no. A malformed secret is answered
    without any statement and is the only verdict that leaves no row.
    """
    if not verdict.is_well_formed(question):
        return verdict.decide(question, None)
    try:
        return _settle(question)
    except Error as error:
        # The text of a database error may quote values; its class does not.
        _log.error("gateway.unavailable", extra={"error": type(error).__name__})
        return Verdict(question=question, code=Code.UNAVAILABLE)


@transaction.atomic(durable=True)
def _settle(question: Question) -> Verdict:
    decided = verdict.decide(question, lookup.find(question))
    _record(decided)
    if decided.allowed and decided.facts is not None:
        _count_use(decided.facts, question)
    return decided


def _record(decided: Verdict) -> None:
    question, facts = decided.question, decided.facts
    Decision.objects.create(
        id=question.id,
        deployment_id=_deployment_id(decided),
        app_id=facts.app_id if facts else None,
        key_id=facts.key_id if facts else None,
        secret_id=facts.secret_id if facts else None,
        allowed=decided.allowed,
        code=decided.code,
        method=question.method,
        path=text.shorten(question.resource, text.URL),
        client_ip=question.client_ip,
        user_agent=question.user_agent,
        required_permissions=list(question.entries),
        fingerprint=None if facts else credentials.fingerprint(question.secret),
        decided_at=Now(),
    )


def _deployment_id(decided: Verdict) -> uuid.UUID | None:
    if decided.facts is not None:
        return decided.facts.deployment_id
    asker = decided.question.asker
    return None if asker is None else asker.deployment_id


def _count_use(facts: Facts, question: Question) -> None:
    """Note the use beside the key; the key's own row stays as it is."""
    use = KeyUse.objects.filter(key_id=facts.key_id)
    changes = {
        "last_used_at": Now(),
        "last_address": question.client_ip,
        "last_agent": question.user_agent,
        "total": F("total") + 1,
    }
    if use.update(**changes):
        return
    # The first use makes the row; of two first uses the second one waits here.
    KeyUse.objects.bulk_create(
        [
            KeyUse(
                key_id=facts.key_id,
                deployment_id=facts.deployment_id,
                last_used_at=facts.at,
            )
        ],
        ignore_conflicts=True,
    )
    use.update(**changes)
