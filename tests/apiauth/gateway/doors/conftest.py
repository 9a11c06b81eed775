"""Somebody who asks at one door after the other, and looks into the log each time."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from apiauth.api.gateway import failures
from apiauth.models import Decision
from tests.apiauth.gateway.doors.asking import ASKER, INVALID, Ask
from tests.apiauth.gateway.doors.doors import DOORS, param
from tests.apiauth.gateway.doors.servers import PEER

_UNRECORDED = {ASKER, INVALID, "malformed", "unavailable"}


@pytest.fixture(params=[param(name) for name in DOORS])
def door(request, settings):
    settings.KEYPLATE_TRUSTED_PROXIES = [ip_network(PEER)]
    failures.noted.forget()
    opened = DOORS[request.param]()
    yield opened
    opened.close()


@pytest.fixture
def ask(acme, ci_key, door):
    """Ask about acme's key with acme's gateway key; prove what the log says of it."""
    usual = Ask(secret=ci_key.secret, asker=acme.minted.secret)

    def asked(**changes):
        question = replace(usual, **changes)
        known = set(Decision.objects.values_list("id", flat=True))
        seen = door.ask(question)
        rows = Decision.objects.exclude(id__in=known)
        if seen.code in _UNRECORDED:
            assert not rows.exists()
            return seen
        row = rows.get()
        assert (row.code, row.allowed) == (seen.code, seen.code == "valid")
        assert (row.method, row.path) == (question.method, question.resource)
        assert row.client_ip == question.client_ip
        assert (row.key_id is None) == (seen.code == "unknown")
        return seen

    return asked
