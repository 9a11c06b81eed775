"""Operators in front of the desk, and rows to look at."""

from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Permission, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apiauth import keys, sessions, tenants, tickets
from apiauth.models import (
    AuditEvent,
    Decision,
    EndUser,
    Key,
    KeyUse,
    Organization,
)
from tests import make

HOSTILE = "<img src=x onerror=alert(1)>"
SUBJECTS = (
    "apiauthapp",
    "auditevent",
    "backendkey",
    "decision",
    "deployment",
    "enduser",
    "key",
    "organization",
    "portalsession",
    "ticket",
)


class Operator(Client):
    """A browser with an operator in front of it."""

    def __init__(self, user: User) -> None:
        super().__init__()
        self.user = user
        self.force_login(user)

    def list(self, model: str, **query: str):
        return self.get(url(model, "changelist"), query)

    def row(self, model: str, row: Model):
        return self.get(url(model, "change", row.pk))

    def do(self, model: str, verb: str, *rows: object, **sent: object):
        ids = [str(getattr(row, "pk", row)) for row in rows]
        data = {"_selected_action": ids, **sent}
        return self.post(url(model, "verb", verb), data)

    def confirm(self, model: str, verb: str, *rows: object, **sent: object):
        sent = {"confirmed": "yes", "reason": "Ticket 42", **sent}
        return self.do(model, verb, *rows, **sent)


def url(model: str, page: str, *args: object) -> str:
    return reverse(f"admin:apiauth_{model}_{page}", args=args)


def staff(name: str, *permissions: str) -> Operator:
    user = User.objects.create_user(name, password=None, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return Operator(user)


@pytest.fixture
def olga(db) -> Operator:
    """May everything."""
    return Operator(User.objects.create_superuser("olga", password=None))


@pytest.fixture
def rosa(db) -> Operator:
    """May look at everything and change nothing."""
    return staff("rosa", *(f"view_{subject}" for subject in SUBJECTS))


@pytest.fixture
def newcomer(db) -> Operator:
    """Is staff, and may nothing yet."""
    return staff("nina")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """One row of everything, and every secret that was made on the way."""

    issued: keys.Issued
    opened: sessions.Opened
    ticket: tickets.Issued
    organization: Organization
    person: EndUser
    decision: Decision
    secrets: tuple[str, ...]
    rows: dict[str, Model]


@pytest.fixture
def shelf(acme) -> Shelf:
    now = timezone.now()
    issued = make.key(acme.app, HOSTILE, description=HOSTILE)
    rotated = keys.rotate(key=issued.key, overlap_seconds=600, actor=make.ADA, now=now)
    KeyUse.objects.create(
        key=issued.key,
        deployment=acme.deployment,
        last_used_at=now,
        last_agent=HOSTILE,
        total=3,
    )
    opened = make.session(acme.backend_key, user_label=HOSTILE)
    ticket = make.ticket(acme.backend_key, user_id="waiting", user_label=HOSTILE)
    told = {"deployment": acme.deployment, "actor": make.HOST, "now": now}
    organization = tenants.set_organization(
        external_id="acme-ltd", name=HOSTILE, **told
    )
    person = tenants.set_user(external_id="ada", name=HOSTILE, **told)
    decision = Decision.objects.create(
        deployment_id=acme.deployment.pk,
        app_id=acme.app.pk,
        key_id=issued.key.pk,
        allowed=True,
        code="valid",
        violation=HOSTILE,
        blocked_rule=HOSTILE,
        rate_limits=[{"rule": HOSTILE, "remaining": 2, "limit": 3}],
        method="GET",
        path=f"/{HOSTILE}",
        user_agent=HOSTILE,
        decided_at=now,
    )
    key = Key.objects.get(pk=issued.key.pk)
    return Shelf(
        issued=issued,
        opened=opened,
        ticket=ticket,
        organization=organization,
        person=person,
        decision=decision,
        secrets=(
            issued.secret,
            rotated.secret,
            opened.token,
            opened.binder,
            ticket.secret,
            acme.minted.secret,
        ),
        rows={
            "apiauthapp": acme.app,
            "auditevent": AuditEvent.objects.get(action="key.created"),
            "backendkey": acme.backend_key,
            "decision": decision,
            "deployment": acme.deployment,
            "enduser": person,
            "key": key,
            "organization": organization,
            "portalsession": opened.session,
            "ticket": ticket.ticket,
        },
    )
