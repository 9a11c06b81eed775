"""`GET /api-auth/apps/{app_slug}/keys/{key_id}`."""

import pytest
from django.utils import timezone

from apiauth import keys
from tests import make
from tests.apiauth.api.bodies import assert_refused

KEYS = "/api-auth/apps/aa_1/keys"


@pytest.fixture
def path(key):
    return f"{KEYS}/{key.pk}"


def test_shows_one_key_as_the_list_does(host, path, key):
    answer = host.get(path).json()

    assert [answer] == host.get().json()["keys"]
    assert answer["id"] == str(key.pk)


def test_shows_a_revoked_key(host, path, key):
    keys.revoke(key=key, reason="leaked", actor=make.HOST, now=timezone.now())

    answer = host.get(path).json()

    assert (answer["is_active"], answer["revoked_reason"]) == (False, "leaked")


def test_finds_the_app_by_its_name_and_the_key_in_capitals(host, key):
    capitals = str(key.pk).upper()

    assert host.get(f"/api-auth/apps/Acme%20API/keys/{capitals}").status_code == 200


def test_hides_what_is_not_there(host, hidden):
    response = host.get(hidden)

    assert_refused(response, 404)
    assert response.content == host.get(f"{KEYS}/nothing").content


@pytest.mark.parametrize("odd", ["a%00b", "%ff", "%2e%2e", "%D9%A1" * 32, "x" * 500])
def test_answers_odd_ids(host, odd):
    assert_refused(host.get(f"{KEYS}/{odd}"), 404)


def test_refuses_a_key_without_the_scope(host_with, path):
    assert_refused(host_with("audit:read", "apps:manage").get(path), 403)


def test_refuses_who_has_no_backend_key(client, path):
    assert_refused(client.get(path), 401)


@pytest.mark.parametrize("method", ["put", "post", "delete", "head", "options"])
def test_takes_other_methods_from_nobody(client, acme, path, method):
    response = getattr(client, method)(path, headers=acme.bearer)

    allowed = set(response.headers["Allow"].split(", "))
    assert (response.status_code, allowed) == (405, {"GET", "PATCH"})


def test_costs_three_queries(host, path, django_assert_num_queries):
    host.get(path)

    with django_assert_num_queries(3):  # the backend key, the app, the key
        host.get(path)


def test_leaks_no_secret(host, path, ci_key):
    answer = host.get(path)

    assert answer.headers["Cache-Control"] == "no-store"
    assert ci_key.secret[-9:] not in answer.content.decode()
