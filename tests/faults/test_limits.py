"""Limits under eight callers at once, on every worker of two servers.

What was admitted is read from the log and from the counters, not from the answers.
"""

import itertools
import json
import time
from collections import Counter, deque
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from apiauth import keys
from apiauth.models import Decision, RateCount
from tests import make
from tests.faults import callers as calling
from tests.faults import rounds
from tests.races import crew

pytestmark = pytest.mark.django_db(transaction=True)
IS_FULL = connection.vendor == "postgresql"
WINDOWS = rounds.of(100, usual=4) if IS_FULL else 2
WINDOW = timedelta(seconds=1)
# A place frees a sixtieth of the window late at most.
PERIOD = WINDOW * 61 / 60
DAILY = {"unit": "calendar_day", "duration": 1, "mode": "per_key"}


def order_of(acme, nodes, checks, **settings):
    """Send these to both servers, one after another, on every connection."""
    return {
        "ports": [node.port for node in nodes],
        "path": calling.CHECK,
        "bearer": acme.minted.secret,
        "bodies": [json.dumps(one) for one in checks],
        "connections": 2,
        "until": time.monotonic() + 30,
        **settings,
    }


def checks_of(issued, **members):
    return [calling.check(one.secret, **members) for one in issued]


def batch(checks):
    return {"path": calling.BATCH, "bodies": [json.dumps({"checks": checks})]}


def make_keys(acme, many):
    return [make.key(acme.app, f"Key {number}") for number in range(many)]


def admitted():
    return Decision.objects.filter(allowed=True).count()


def most_within(moments, window):
    """The most moments that any half-open interval of this length holds."""
    held: deque[datetime] = deque()
    most = 0
    for moment in sorted(moments):
        held.append(moment)
        while moment - held[0] >= window:
            held.popleft()
        most = max(most, len(held))
    return most


@pytest.fixture(autouse=True)
def _same_day():
    """Calendar windows begin anew at midnight: no test is astride of it."""
    now = timezone.now()
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0)
    if midnight - now < timedelta(seconds=30):
        time.sleep((midnight - now).total_seconds() + 1)


# ---------------------------------------------------------------------- rolling windows


def test_no_interval_of_a_windows_length_holds_more_than_the_rule_allows(
    acme, limited, nodes, callers
):
    most = 100
    rule = {"unit": "second", "duration": 1, "max_requests": most, "mode": "per_app"}
    limited(rule)
    checks = checks_of(make_keys(acme, 5))
    until = time.monotonic() + (WINDOWS * PERIOD).total_seconds()

    answers = callers.ask(order_of(acme, nodes, checks, until=until))

    moments = Decision.objects.filter(allowed=True).values_list("decided_at", flat=True)
    codes = calling.codes(answers)
    figures = crew.note(
        "rolling limit",
        windows=WINDOWS,
        limit=most,
        most_in_a_window=most_within(moments, WINDOW),
        admitted_of_possible=f"{len(moments)} of {most * WINDOWS}",
        **codes,
    )
    assert most_within(moments, WINDOW) <= most, figures
    assert set(codes) == {"valid", "rate_limited"}, figures
    # All but what the first and the last window may lack.
    assert len(moments) >= most * (WINDOWS - 1) * 0.97, figures


# --------------------------------------------------------------------- calendar windows


def test_a_day_holds_exactly_what_the_rule_allows(acme, limited, nodes, callers):
    most = 400 if IS_FULL else 40
    limited({**DAILY, "max_requests": most})
    checks = checks_of(make_keys(acme, 1))

    answers = callers.ask(order_of(acme, nodes, checks, refusals=5))

    codes = calling.codes(answers)
    figures = crew.note("calendar limit", limit=most, **codes)
    assert codes["valid"] == admitted() == most, figures
    assert codes == {"valid": most, "rate_limited": codes["rate_limited"]}, figures


def test_many_keys_share_what_their_app_may(acme, limited, nodes, callers):
    most = 300 if IS_FULL else 30
    limited({**DAILY, "mode": "per_app", "max_requests": most})
    checks = checks_of(make_keys(acme, 20))

    answers = callers.ask(order_of(acme, nodes, checks, refusals=5))

    codes = calling.codes(answers)
    figures = crew.note("limit of an app over 20 keys", limit=most, **codes)
    assert codes["valid"] == admitted() == most, figures


def test_rules_take_together_or_not_at_all(acme, limited, nodes, callers):
    of_app, of_key = (90, 25) if IS_FULL else (18, 5)
    limited(
        {**DAILY, "max_requests": of_key},
        {**DAILY, "mode": "per_app", "max_requests": of_app, "priority": 1},
        {**DAILY, "mode": "per_key_and_ip", "max_requests": 10**6, "priority": 2},
        {"unit": "hour", "duration": 1, "max_requests": 10**6, "mode": "per_app"},
    )
    issued = make_keys(acme, 6)

    answers = callers.ask(order_of(acme, nodes, checks_of(issued), refusals=20))

    by_key = Counter(
        Decision.objects.filter(allowed=True).values_list("key_id", flat=True)
    )
    counters = sorted(RateCount.objects.values_list("used", flat=True))
    figures = crew.note(
        "four rules at once", counters=counters, by_key=[*by_key.values()]
    )
    assert calling.codes(answers)["valid"] == by_key.total() == of_app, figures
    assert max(by_key.values()) <= of_key, figures
    # Each key's own two, and the app's two: a refusal has moved none of them.
    expected = [*by_key.values(), *by_key.values(), of_app, of_app]
    assert counters == sorted(expected + [0] * (len(counters) - len(expected))), figures


def test_a_rotation_frees_no_place(acme, limited, nodes, callers):
    most, rotations = 60 if IS_FULL else 12, 5
    limited({**DAILY, "max_requests": most})
    issued = make.key(acme.app)
    total: Counter[str] = Counter()

    for number in range(rotations + 1):
        checks = [calling.check(issued.secret)]
        asks = most // rotations // 4 + 1
        order = order_of(acme, nodes, checks, connections=1, asks=asks)
        total += calling.codes(callers.ask(order, processes=4))
        if number < rotations:
            issued = keys.rotate(key=issued.key, actor=make.ADA, now=timezone.now())

    figures = crew.note("limit over rotations", limit=most, **total)
    assert total["valid"] == admitted() == most, figures
    assert total["rate_limited"] == 4 * asks * (rotations + 1) - most, figures


@pytest.mark.postgres
def test_a_clock_that_went_back_frees_no_place(acme, limited, nodes, callers):
    limited({**make.RULE, "max_requests": 200})
    [one] = checks_of(make_keys(acme, 1))
    callers.ask(order_of(acme, nodes, [one], asks=5), processes=8)
    RateCount.objects.update(slot=F("slot") + 20)

    codes = calling.codes(callers.ask(order_of(acme, nodes, [one], asks=10)))

    assert codes == {"valid": 120, "rate_limited": 40}


# ----------------------------------------------------------------------------- batches


def test_a_batch_is_admitted_as_far_as_there_is_room(acme, limited, nodes, callers):
    limited({**DAILY, "max_requests": 50})
    [one] = checks_of(make_keys(acme, 1))
    callers.ask(order_of(acme, nodes, [one], connections=1, asks=20), processes=1)
    order = order_of(acme, nodes, [], connections=1, asks=1, **batch([one] * 100))

    answers = callers.ask(order, processes=1)

    said = [code for code, _ in itertools.groupby(one.code for one in answers)]
    assert said == ["valid", "rate_limited"]
    assert calling.codes(answers) == {"valid": 30, "rate_limited": 70}
    assert list(RateCount.objects.values_list("used", flat=True)) == [50]


def test_batches_of_all_callers_share_the_room(acme, limited, nodes, callers):
    most = 1000 if IS_FULL else 230
    limited({**DAILY, "max_requests": most})
    [one] = checks_of(make_keys(acme, 1))
    order = order_of(acme, nodes, [], asks=2, **batch([one] * 100))

    codes = calling.codes(callers.ask(order))

    figures = crew.note("limit over batches", limit=most, **codes)
    assert codes == {"valid": most, "rate_limited": 3200 - most}, figures
    assert admitted() == most, figures
    assert list(RateCount.objects.values_list("used", flat=True)) == [most]
