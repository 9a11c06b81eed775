"""Many at once against one limit, with real transactions: exact to the last one."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from apiauth import gateway
from apiauth.models import Decision, RateCount
from tests import make

CALLERS, EACH = 8, 5
HOURLY = {"unit": "hour", "duration": 1, "mode": "per_key"}


def ask_repeatedly(secret):
    try:
        question = {"secret": secret, "method": "GET", "resource": "/"}
        return [gateway.check(gateway.ask(**question)).code for _ in range(EACH)]
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("most", [1, CALLERS * EACH - 1, CALLERS * EACH])
def test_admits_exactly_as_many_as_a_limit_says(most):
    of = make.deployment()
    make.scheme(of, "limits", rules=[{**HOURLY, "max_requests": most}])
    issued = make.key(make.app(of, rate_limit_scheme_slug="limits"))

    with ThreadPoolExecutor(CALLERS) as callers:
        answers = callers.map(ask_repeatedly, [issued.secret] * CALLERS)
        codes = Counter(code for answer in answers for code in answer)

    refused = CALLERS * EACH - most
    assert codes == Counter({"valid": most, "rate_limited": refused})
    assert RateCount.objects.get().used == most
    assert Decision.objects.filter(allowed=True).count() == most
    assert Decision.objects.count() == CALLERS * EACH
