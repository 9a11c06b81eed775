"""Issuing tickets."""

import pytest
from django.utils import timezone

from apiauth import applications, errors, tickets
from apiauth.models import AuditEvent
from tests import make


def test_issues_a_ticket_that_is_stored_as_a_digest_only(acme):
    issued = make.ticket(acme.backend_key, user_id="ada")

    assert issued.secret.startswith("apt.")
    assert issued.secret.encode() not in bytes(issued.ticket.digest)
    assert tickets.inspect(issued.secret) == issued.ticket


def test_records_that_it_was_issued(acme):
    issued = make.ticket(acme.backend_key, user_id="ada", organization_id="o1")

    event = AuditEvent.objects.get(action="ticket.issued")
    assert event.after["ticket_id"] == str(issued.ticket.id)
    assert (event.user_id, event.organization_id) == ("ada", "o1")


@pytest.mark.parametrize("expires_in", [9, 601, 0, -1])
def test_refuses_a_life_out_of_bounds(acme, expires_in):
    with pytest.raises(errors.Invalid) as refusal:
        make.ticket(acme.backend_key, expires_in=expires_in)

    assert refusal.value.field == "expires_in"
    assert AuditEvent.objects.get(action="ticket.denied").after["code"] == "invalid"


def test_refuses_an_app_that_is_switched_off(acme):
    applications.deactivate(app=acme.app, actor=make.OPERATOR, now=timezone.now())

    with pytest.raises(errors.AppInactive):
        make.ticket(acme.backend_key)
