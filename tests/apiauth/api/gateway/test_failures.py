"""Guessing gets slow, by its source alone."""

import time
from types import SimpleNamespace

import pytest

from apiauth import credentials
from apiauth.api.gateway import failures
from apiauth.api.gateway.failures import BURST, Failures
from apiauth.models import Decision
from tests import make
from tests.apiauth.api import bodies
from tests.apiauth.api.bodies import assert_refused

UNKNOWN = credentials.make_secret("acme_live")


@pytest.fixture
def check(client, acme):
    def post(secret=UNKNOWN, bearer=(), **headers):
        question = {
            "principal": {"type": "api_key", "value": secret},
            "method": "GET",
            "resource": "/reports",
        }
        more = {**dict(bearer), **headers}
        return bodies.post(client, "/v1/authz/check", question, **more)

    return post


def exhaust(check, many=BURST, **headers):
    for _ in range(many):
        assert check("nonsense", **headers).status_code == 401


def test_answers_strangers_who_guess_with_429(check, acme):
    exhaust(check)

    for secret in (UNKNOWN, "nonsense"):
        response = check(secret)
        assert_refused(response, 429)
        assert response.json()["code"] == "too_many_failures"
        assert response.headers["Retry-After"] == "1"
        assert "allowed" not in response.json()


def test_lets_a_good_key_pass_from_wherever_it_comes(check, acme, ci_key):
    exhaust(check)

    assert check(ci_key.secret).json()["allowed"]


def test_tells_who_lacks_a_permission_as_ever(check, acme):
    granted = make.key(acme.app, permissions=["reports:read"])
    exhaust(check)

    assert check(granted.secret).status_code == 200


def test_keeps_no_rows_of_unknown_keys_any_more(check, acme):
    assert check().status_code == 401
    exhaust(check, BURST - 1)
    rows = Decision.objects.count()

    check()

    assert (rows, Decision.objects.count()) == (1, 1)


@pytest.fixture
def at_once(monkeypatch):
    """Let no time pass, in which a source would get failures back."""
    monkeypatch.setattr(failures, "time", SimpleNamespace(monotonic=lambda: 1000.0))


@pytest.mark.usefixtures("at_once")
def test_never_tells_a_gateway_to_wait(check, acme):
    for _ in range(BURST):
        check(UNKNOWN, acme.bearer)
    rows = Decision.objects.count()

    response = check(UNKNOWN, acme.bearer)

    assert_refused(response, 401)
    assert response.json()["code"] == "unknown"
    assert Decision.objects.count() == rows == BURST


@pytest.mark.usefixtures("at_once")
def test_counts_a_gateways_failures_by_its_customers_addresses(check, acme):
    for _ in range(BURST):
        check(UNKNOWN, acme.bearer, **{"X-Original-Client-Ip": "192.0.2.1"})

    for address, more in (("192.0.2.1", 0), ("192.0.2.2", 1)):
        check(UNKNOWN, acme.bearer, **{"X-Original-Client-Ip": address})
        assert Decision.objects.count() == BURST + more


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    "address", ["  192.0.2.1 ", "::ffff:192.0.2.1", "::FFFF:c000:201"]
)
def test_counts_an_address_however_it_is_spelled(check, acme, address):
    for _ in range(BURST):
        check(UNKNOWN, acme.bearer, **{"X-Original-Client-Ip": address})

    check(UNKNOWN, acme.bearer, **{"X-Original-Client-Ip": "192.0.2.1"})

    assert Decision.objects.count() == BURST


@pytest.mark.usefixtures("at_once")
def test_forgets_no_stranger_for_keys_and_customers_of_its_invention(
    check, monkeypatch
):
    monkeypatch.setattr(failures, "_MOST_SOURCES", 2)
    exhaust(check)

    for n in range(3):
        made_up = credentials.make_secret(credentials.BACKEND_PREFIX)
        bearer = {"Authorization": f"Bearer {made_up}"}
        for secret in ("nonsense", UNKNOWN):
            check(secret, bearer, **{"X-Original-Client-Ip": f"192.0.2.{n}"})

    assert_refused(check(), 429)


def test_believes_no_stranger_where_it_comes_from(check, acme):
    exhaust(check, **{"X-Original-Client-Ip": "192.0.2.1"})

    assert_refused(check(**{"X-Original-Client-Ip": "192.0.2.2"}), 429)


def test_counts_an_ipv6_address_with_its_whole_network(check, acme):
    exhaust(check, **{"X-Forwarded-For": "2001:db8:1:2::1"})

    statuses = [
        check(**{"X-Forwarded-For": address}).status_code
        for address in ("2001:db8:1:2:ffff::9", "2001:db8:1:3::1", "192.0.2.1")
    ]

    assert statuses == [429, 401, 401]


def test_each_check_of_a_batch_is_one(client, acme, ci_key):
    def result(secret):
        principal = {"type": "api_key", "value": secret}
        return {"principal": principal, "method": "GET", "resource": "/"}

    wanted = [*["nonsense"] * BURST, "nonsense", ci_key.secret]
    checks = {"checks": [result(secret) for secret in wanted]}
    response = bodies.post(client, "/v1/authz/check-batch", checks)

    *bad, last, good = response.json()["results"]
    assert response.status_code == 200
    assert {one["code"] for one in bad} == {"malformed"}
    assert (last["allowed"], last["code"]) == (False, "too_many_failures")
    assert good["allowed"] is True


def test_gives_one_back_every_second():
    noted = Failures()
    for _ in range(BURST):
        noted.note("x")
    assert noted.left("x") < 1

    time.sleep(1.01)

    assert 1 <= noted.left("x") < 2
    assert noted.left("y") == BURST


def test_forgets_the_sources_that_were_quiet_longest(monkeypatch):
    monkeypatch.setattr(failures, "_MOST_SOURCES", 2)
    noted = Failures()

    for place in ("a", "b", "a", "c"):
        noted.note(place)

    assert [noted.left(place) == BURST for place in "abc"] == [False, True, False]
