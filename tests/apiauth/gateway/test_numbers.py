"""Numbers that a host notes on a key: whatever they are, they cost no verdict."""

import pytest

from apiauth.models import Key
from tests.apiauth.api.bodies import post


@pytest.mark.parametrize("number", [2**63, 2**64, -(2**70), 10**400, 1e308])
def test_answers_whatever_number_is_noted(client, acme, ci_key, number):
    Key.objects.update(metadata={"n": number})
    noted = Key.objects.get().metadata
    principal = {"type": "api_key", "value": ci_key.secret}
    question = {"principal": principal, "method": "GET", "resource": "/"}

    answer = post(client, "/v1/authz/check", question, **acme.bearer)

    assert answer.json()["allowed"]
    assert answer.json()["metadata"] == noted
