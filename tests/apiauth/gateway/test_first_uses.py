"""Many first uses at once, with real transactions."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from apiauth import gateway
from apiauth.models import Decision, KeyUse
from tests import make

CALLERS, EACH = 8, 5


def ask_repeatedly(secret):
    try:
        question = {"secret": secret, "method": "GET", "resource": "/"}
        return [gateway.check(gateway.ask(**question)).code for _ in range(EACH)]
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_counts_every_use_of_a_key_that_many_use_first():
    issued = make.key(make.app(make.deployment()))

    with ThreadPoolExecutor(CALLERS) as callers:
        codes = [
            code
            for answers in callers.map(ask_repeatedly, [issued.secret] * CALLERS)
            for code in answers
        ]

    assert set(codes) == {"valid"}
    assert KeyUse.objects.get().total == CALLERS * EACH
    assert Decision.objects.count() == CALLERS * EACH
