"""Thousands of malformed things: each is refused with a sentence, none is an accident.

A run asks the same few each time; `FUZZ_CASES=10000 ./dev test <this file>` asks so many.
"""

import functools
import json
import math
import os
from collections.abc import Callable
from ipaddress import ip_network
from random import Random

import pytest
from django.db import connection
from django.db.backends.signals import connection_created
from django.test.utils import CaptureQueriesContext

from apiauth.api.gateway import failures
from apiauth.models import Decision, RateCount
from tests.apiauth.gateway.doors import nonsense
from tests.apiauth.gateway.doors.servers import PEER, Asgi, Server, Wsgi

USUAL, SEED = 1500, 20_261_128
WANTED = int(os.environ.get("FUZZ_CASES", "0")) or USUAL
CHECKS = ["/v1/authz/check", "/v1/authz/check-batch"]
REPORTS = ["/gateway/nginx", "/gateway/forward-auth", "/gateway/envoy/reports"]
PLACES = [*CHECKS, *REPORTS]
SERVERS: dict[str, Callable[[], Server]] = {"views": Wsgi, "asgi": Asgi}
EACH = math.ceil(WANTED / len(PLACES) / len(SERVERS))


@pytest.fixture
def draw(acme, ci_key, settings):
    settings.KEYPLATE_TRUSTED_PROXIES = [ip_network(PEER)]
    failures.noted.forget()
    return nonsense.Draw(
        random=Random(SEED),  # noqa: S311 - the same for everybody, on purpose
        key=ci_key.secret,
        asker=acme.minted.secret,
    )


@pytest.fixture(
    params=[
        "views",
        pytest.param("asgi", marks=pytest.mark.django_db(transaction=True)),
    ]
)
def server(request):
    opened = SERVERS[request.param]()
    yield opened
    opened.close()


def all_of(draw, place, many):
    return (draw.reports if place in REPORTS else draw.checks)(place, many)


def send(server, asked):
    return server.send(asked.method, asked.address, asked.headers, asked.body)


def problem(answer):
    """What is wrong with an answer; nothing, if it is a refusal with a sentence."""
    if not (400 <= answer.status < 500 or answer.status == 200):
        return f"is {answer.status}"
    members = json.loads(answer.body)
    told = members.get("results", [members]) if answer.status == 200 else [members]
    if answer.status == 200 and "results" not in members:
        return "is 200"
    if any(one.get("allowed", False) for one in told):
        return "allows"
    is_said = all(one["message"].endswith(".") and one["code"] for one in told)
    return "" if is_said else "says nothing"


@pytest.mark.parametrize("place", PLACES)
def test_refuses_whatever_is_malformed_with_a_sentence(draw, server, place):
    wrong = [
        (asked, said)
        for asked in all_of(draw, place, EACH)
        if (said := problem(send(server, asked)))
    ]

    assert wrong == []
    assert not Decision.objects.exists()
    assert not RateCount.objects.exists()


def _note(opened, **facts):
    opened.append(facts)


@pytest.mark.parametrize("place", PLACES)
def test_asks_no_database_about_what_is_no_key(draw, server, place):
    opened: list[object] = []
    note = functools.partial(_note, opened)
    connection_created.connect(note)
    shapeless = [one for one in all_of(draw, place, 200) if one.is_shapeless]

    with CaptureQueriesContext(connection) as asked:
        statuses = {send(server, one).status for one in shapeless}
    connection_created.disconnect(note)

    assert len(shapeless) >= 40
    assert statuses <= {200, 401, 403}
    assert (len(asked), opened) == (0, [])
    if isinstance(server, Asgi) and connection.vendor == "postgresql":
        assert server.application._batcher._engine._line is None
