"""What all addresses of the log, its sums and the history have in common."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apiauth import applications, keys
from apiauth.models import AuditEvent
from tests import leaks, make
from tests.apiauth.api.backend import reads
from tests.apiauth.api.backend.reads import get
from tests.apiauth.api.bodies import assert_refused

pytestmark = pytest.mark.parametrize("path", reads.ALL)


@pytest.fixture
def rows(acme, ci_key):
    for code in ("valid", "revoked"):
        make.decision(ci_key.key, timezone.now() - timedelta(minutes=1), code)


def test_answers_as_the_contract_says(client, acme, path, rows):
    response = get(client, path, acme.bearer)

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"


def test_hides_the_apps_of_another_tenant(client, acme, globex, path):
    make.app(globex.deployment, "aa_globex")
    if path == reads.EVENTS:
        seen = get(client, path, globex.bearer).content.decode()
        assert str(acme.deployment.id) not in seen
        assert "Acme API" not in seen
        return
    foreign, absent, odd = (
        get(client, path.replace("aa_1", slug), acme.bearer)
        for slug in ("aa_globex", "aa_absent", "a%00b")
    )

    assert_refused(foreign, 404, field="app_slug")
    assert foreign.content == absent.content == odd.content


def test_hides_an_app_that_was_deleted(client, acme, path):
    applications.delete(app=acme.app, actor=make.OPERATOR, now=timezone.now())

    status = 200 if path == reads.EVENTS else 404
    assert get(client, path, acme.bearer).status_code == status


def test_shows_an_app_that_is_off(client, acme, path):
    applications.deactivate(app=acme.app, actor=make.OPERATOR, now=timezone.now())

    assert get(client, path, acme.bearer).status_code == 200


def test_keeps_a_bound_key_to_its_apps(client, acme, path):
    other = make.app(acme.deployment, "aa_2")
    minted = make.backend_key(acme.deployment, "audit:read", apps=[other])
    bearer = {"Authorization": f"Bearer {minted.secret}"}

    if path == reads.EVENTS:
        assert_refused(get(client, path, bearer), 403)
        return
    assert_refused(get(client, path, bearer), 404, field="app_slug")
    mine = get(client, path.replace("aa_1", "aa_2"), bearer)
    assert mine.status_code == 200


def test_refuses_a_key_without_the_scope(client, acme, path):
    minted = make.backend_key(acme.deployment, "apps:manage", "keys:manage")

    refused = get(client, path, {"Authorization": f"Bearer {minted.secret}"})

    assert_refused(refused, 403)
    assert "audit:read" in refused.json()["message"]


def test_refuses_who_has_no_backend_key(client, db, path):
    for bearer in ({}, *({"Authorization": a} for a in ("Bearer x", "Basic eDp4"))):
        assert_refused(get(client, path, bearer), 401)


def test_takes_no_customers_key_and_no_session(client, path, ci_key, ada):
    for secret in (ci_key.secret, ada.token):
        bearer = {"Authorization": f"Bearer {secret}"}
        assert_refused(get(client, path, bearer), 401)


def test_says_which_parameter_cannot_be_used(client, acme, path):
    for parameter, value in reads.REFUSED:
        refused = get(client, path, acme.bearer, **{parameter: value})

        assert_refused(refused, 400, field=parameter)


def test_refuses_an_end_before_the_start(client, acme, path):
    span = {"start_date": "2026-11-22T12:00:00Z", "end_date": "2026-11-22T11:59:59Z"}

    assert_refused(get(client, path, acme.bearer, **span), 400, field="end_date")


def test_refuses_a_parameter_that_is_given_twice(client, acme, path):
    twice = client.get(f"{path}?key_id=&key_id=", headers=acme.bearer)

    assert_refused(twice, 400, field="key_id")


def test_bears_what_says_nothing(client, acme, path):
    for parameter, value in reads.BORNE:
        answer = get(client, path, acme.bearer, **{parameter: value})

        assert answer.status_code == 200, answer.json()


def test_bears_the_end_of_the_calendar(client, acme, path):
    end = {"end_date": "9999-12-31T23:59:59-14:00"}

    # There are too many buckets until then.
    status = 400 if path == reads.TIMESERIES else 200
    assert get(client, path, acme.bearer, **end).status_code == status


def test_is_only_read(client, acme, path):
    for method in ("post", "put", "patch", "delete", "head", "options"):
        response = getattr(client, method)(path, headers=acme.bearer)

        assert (response.status_code, response.headers["Allow"]) == (405, "GET")
        assert method == "head" or response.json()["code"] == "method_not_allowed"


def test_has_no_trailing_slash(client, acme, path):
    assert_refused(get(client, f"{path}/", acme.bearer), 404)


def test_answers_the_same_again_and_leaves_no_event(client, acme, path, rows):
    end = {"end_date": make.soon(hours=1).isoformat()}
    before = AuditEvent.objects.count()

    first, second = (get(client, path, acme.bearer, **end) for _ in range(2))

    assert first.json() == second.json()
    assert AuditEvent.objects.count() == before


def test_costs_few_queries(client, acme, path, rows, django_assert_max_num_queries):
    get(client, path, acme.bearer)

    # The backend key; the app or the key's restriction; the sums' mark; what is asked
    # for.
    with django_assert_max_num_queries(5):
        get(client, path, acme.bearer)


@pytest.mark.usefixtures("rows")
def test_shows_no_secret(client, acme, path, ada, ci_key):
    rotated = keys.rotate(key=ci_key.key, actor=make.ADA, now=timezone.now())

    shown = get(client, path, acme.bearer).content

    assert leaks.found_in(shown) == []
    for secret in (acme.minted.secret, ci_key.secret, rotated.secret, ada.token):
        assert secret.encode() not in shown
