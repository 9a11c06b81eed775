"""Everything that requests could change, and what refusals may add to it."""

import json
from contextlib import contextmanager

from django.apps import apps
from django.db import transaction

from apiauth import audit
from apiauth.audit import Action
from apiauth.models import AuditChain, AuditEvent, Decision, Deployment

# Signs of life; they say nothing and are written for whoever is known.
_PULSE = {"last_used_at", "last_seen_at"}
_DENIALS = [Action.TICKET_DENIED, Action.TICKET_REPLAYED]
# What answers say anew each time.
_EACH_TIME = {"request_id", "decided_in", "timestamp"}


def everything(of=None):
    """Every row, of one deployment or of all.

    Without the events of denials, whose chain must hold, and without the log.
    """
    ids = Deployment.objects.values_list("pk", flat=True)
    assert [audit.verify_chain(one) for one in ids] == [None] * len(ids)
    models = apps.get_app_config("apiauth").get_models(include_auto_created=True)
    kept = set(models) - {AuditChain, Decision}
    if of is not None:
        kept = {model for model in kept if "deployment" in _columns(model)}
    return {model.__name__: _rows(model, of) for model in kept}


def _columns(model):
    return {field.name for field in model._meta.concrete_fields}


def _rows(model, of):
    rows = model.objects.order_by("pk")
    rows = rows if of is None else rows.filter(deployment=of)
    if model is AuditEvent:
        # Each denial moves the numbers of those after it.
        return list(rows.exclude(action__in=_DENIALS).values_list("pk", "action"))
    return list(rows.values_list(*sorted(_columns(model) - _PULSE)))


@contextmanager
def undone():
    """Undo what is done inside; the tests' own transaction goes on."""
    before = transaction.savepoint_create()
    yield
    transaction.set_rollback(False)
    transaction.savepoint_rollback(before)


def told(answer):
    """All that an answer tells, without what differs each time anyway."""
    headers = {k: v for k, v in answer.headers.items() if k != "X-Request-Id"}
    body = json.loads(answer.content)
    shown = _lasting(body)
    if shown != body:
        del headers["Content-Length"]
    return answer.status_code, headers, shown


def _lasting(node):
    if isinstance(node, list):
        return [_lasting(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {name: _lasting(node[name]) for name in node if name not in _EACH_TIME}


def refusal(answer):
    """Status and code of a refusal. Raises `KeyError` for one without a sentence."""
    body = json.loads(answer.content)
    assert body["message"]
    return answer.status_code, body["code"]
