"""Two servers that charge overlapping counters in batches: none waits for the other."""

import json
import random
import time

import pytest
from django.db import connection

from apiauth.models import Decision
from tests import make
from tests.faults import callers as calling
from tests.faults import nodes as serving
from tests.faults import rounds
from tests.races import crew

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
SECONDS = rounds.of(20, usual=2)
MINUTE = {"unit": "minute", "duration": 1}


def deadlocks():
    """How many PostgreSQL has resolved in this database; told a second late at most."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
        [[many]] = cursor.fetchall()
    return many


def test_overlapping_charges_meet_no_deadlock(acme, limited, nodes, callers):
    chance = random.Random(5)  # noqa: S311 - repeatable
    limited(
        {**MINUTE, "mode": "per_key", "max_requests": 10**6},
        # Spent soon: its counters are held while others are only charged.
        {**MINUTE, "mode": "per_key_and_ip", "max_requests": 20},
        {**MINUTE, "mode": "per_ip", "max_requests": 10**6},
        {"unit": "second", "duration": 1, "mode": "per_app", "max_requests": 3000},
    )
    secrets = [make.key(acme.app, f"Key {number}").secret for number in range(12)]
    bodies = [
        json.dumps(
            {
                "checks": [
                    calling.check(secret, client_ip=f"192.0.2.{chance.randrange(6)}")
                    for secret in chance.choices(secrets, k=chance.randrange(2, 30))
                ]
            }
        )
        for _ in range(60)
    ]
    before = deadlocks()

    answers = callers.ask(
        {
            "ports": [node.port for node in nodes],
            "path": calling.BATCH,
            "bearer": acme.minted.secret,
            "bodies": bodies,
            "connections": 2,
            "until": time.monotonic() + SECONDS,
        }
    )

    time.sleep(1.1)
    found = deadlocks() - before
    codes = calling.codes(answers)
    told = calling.decided(answers)
    kept = {f"req_{one.hex}" for one in Decision.objects.values_list("id", flat=True)}
    figures = crew.note(
        "overlapping charges",
        seconds=SECONDS,
        deadlocks=found,
        workers=serving.asked(),
        missing=len(told - kept),
        **codes,
    )
    assert (found, len(told - kept)) == (0, 0), figures
    assert set(codes) == {"valid", "rate_limited"}, figures
