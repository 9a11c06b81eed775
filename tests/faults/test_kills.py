"""kill -9 of every process of a server under load: no answered decision is lost.

Decisions are matched by their ids. What was recorded and not yet answered may be there.
"""

import json
import random
import time
from collections import Counter

import pytest
from django.db import connection

from apiauth.models import Decision
from tests import make
from tests.faults import callers as calling
from tests.faults import rounds
from tests.races import crew

pytestmark = pytest.mark.django_db(transaction=True)
IS_FULL = connection.vendor == "postgresql"
KILLS = rounds.of(20, usual=3) if IS_FULL else 2
LOADED = 0.8  # seconds between a start and the end of its load


def test_a_killed_server_has_recorded_all_that_it_answered(acme, roomy, node, callers):
    chance = random.Random(9)  # noqa: S311 - repeatable
    checks = [make.key(acme.app, f"Key {n}").secret for n in range(6)]
    total: Counter[str] = Counter()

    for number in range(KILLS):
        order = {
            "ports": [node.port],
            "path": calling.CHECK,
            "bearer": acme.minted.secret,
            "bodies": [json.dumps(calling.check(secret)) for secret in checks],
            "connections": 4,
            "until": time.monotonic() + LOADED,
        }
        callers.begin(order, processes=4)
        time.sleep(chance.uniform(LOADED / 4, LOADED))
        total["processes"] += node.kill()
        answers = callers.end()
        told = calling.decided(answers)
        kept = {
            f"req_{one.hex}" for one in Decision.objects.values_list("id", flat=True)
        }
        total += Counter({"answered": len(told), "missing": len(told - kept)})
        total += Counter(
            {f"said {code}": n for code, n in calling.codes(answers).items()}
        )
        if number < KILLS - 1:
            node.start()

    total["recorded"] = Decision.objects.count()
    missing = total.pop("missing", 0)
    figures = crew.note("kill -9 of the server", kills=KILLS, missing=missing, **total)
    assert missing == 0, figures
    assert total["answered"] >= 10 * KILLS, figures
    assert total["processes"] >= 3 * KILLS, figures
    assert {name for name in total if name.startswith("said")} <= {
        "said valid",
        "said lost",
    }
