"""PostgreSQL killed, and restarted, under load: what becomes of the gateway.

The database is one of the test's own, as durable as one in use. Callers go on asking
all the time, the server is never restarted.
"""

import json
import os
import random
import time
from collections import Counter

import psycopg
import pytest

from devtools import postgres
from tests.faults import callers as calling
from tests.faults import nodes, rounds, stage
from tests.races import crew

pytestmark = pytest.mark.postgres
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
KILLS = rounds.of(10, usual=2)
RESTARTS = rounds.of(10, usual=1)
LOADED = 2.0  # seconds a round, the database away in the midst of it


@pytest.fixture(scope="module")
def ours():
    with postgres.running(settings=DURABLE) as server:
        yield server


@pytest.fixture(scope="module")
def served(ours, tmp_path_factory):
    folder = tmp_path_factory.mktemp("crashes")
    cast = stage.cast({**os.environ, "KEYPLATE_DATABASE_URL": ours.url})
    with nodes.running(folder, ours.url) as node:
        yield node, cast


def order_of(node, cast, seconds):
    return {
        "ports": [node.port],
        "path": calling.CHECK,
        "bearer": cast.bearer,
        "bodies": [json.dumps(calling.check(secret)) for secret in cast.secrets],
        "connections": 4,
        "until": time.monotonic() + seconds,
        "pause": 0.002,
    }


def recorded(ours):
    with psycopg.connect(ours.url) as connection:
        rows = connection.execute("SELECT id FROM apiauth_decision").fetchall()
    return {f"req_{one.hex}" for (one,) in rows}


@pytest.mark.parametrize(("ending", "times"), [("kill", KILLS), ("stop", RESTARTS)])
def test_nothing_answered_is_lost_with_the_database(
    ours, served, callers, ending, times
):
    node, cast = served
    chance = random.Random(ending)  # noqa: S311 - repeatable
    total: Counter[str] = Counter()
    said: Counter[str] = Counter()
    recoveries = []
    told = set()

    for _ in range(times):
        callers.begin(order_of(node, cast, LOADED), processes=4)
        time.sleep(chance.uniform(0.3, 0.8))
        ours.tell(ending)
        ended = time.monotonic()
        time.sleep(0.3)
        ours.tell("start")
        is_back = time.monotonic()
        answers = callers.end() + callers.ask(order_of(node, cast, 0.3))
        told |= calling.decided(answers)
        said += calling.codes(answers)
        meanwhile = [
            one for one in answers if ended < one.sent < one.got < is_back - 0.1
        ]
        total["meanwhile"] += len(meanwhile)
        total["good meanwhile"] += sum(one.code != "unavailable" for one in meanwhile)
        total["not 503"] += sum(
            one.status != 503 for one in answers if one.code == "unavailable"
        )
        good = [one.got for one in answers if one.code == "valid" and one.sent > ended]
        recoveries.append(round(min(good, default=float("inf")) - is_back, 3))

    lost = told - recorded(ours)
    name = {"kill": "kill -9 of PostgreSQL", "stop": "fast restart of PostgreSQL"}
    figures = crew.note(
        name[ending],
        times=times,
        answered=len(told),
        missing=len(lost),
        seconds_until_the_first_answer=max(recoveries),
        **said,
        **total,
    )
    assert not lost, figures
    assert set(said) == {"valid", "unavailable"}, figures
    assert (total["good meanwhile"], total["not 503"]) == (0, 0), figures
    assert total["meanwhile"] > 0, figures
    assert max(recoveries) < 2, figures


def test_a_database_that_says_nothing_keeps_nobody_waiting(ours, served, callers):
    node, cast = served
    callers.ask(order_of(node, cast, 0.3))
    ours.tell("freeze")
    try:
        answers = callers.ask({**order_of(node, cast, 0.1), "asks": 1}, processes=4)
    finally:
        ours.tell("thaw")
    time.sleep(0.2)
    after = callers.ask({**order_of(node, cast, 30), "asks": 5})

    waited = max(one.got - one.sent for one in answers)
    codes = calling.codes(answers)
    figures = crew.note("frozen PostgreSQL", waited=round(waited, 2), **codes)
    assert codes == {"unavailable": 16}, figures
    # What was on its way, and then those who waited behind it.
    assert waited < 10, figures
    assert calling.codes(after)["valid"] == 160 - calling.codes(after)["unavailable"]
    assert calling.decided(after) <= recorded(ours)
