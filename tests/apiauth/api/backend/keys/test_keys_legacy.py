"""`POST /api-auth/keys/rotate` and `POST /api-auth/keys/revoke` of older clients."""

import pytest
from django.utils import timezone

from apiauth import keys
from apiauth.models import AuditEvent, Key, KeySecret
from tests import make
from tests.apiauth.api import bodies
from tests.apiauth.api.bodies import assert_refused

ROTATE, REVOKE = "/api-auth/keys/rotate", "/api-auth/keys/revoke"
BOTH = pytest.mark.parametrize("path", [ROTATE, REVOKE])
EITHER = pytest.mark.parametrize("member", ["key_id", "api_key_id"])


def happened():
    return AuditEvent.objects.filter(action__in=["key.rotated", "key.revoked"])


@EITHER
def test_rotates_as_the_routes_of_the_app_do(host, key, check, member):
    answer = host.post(ROTATE, {member: str(key.pk), "overlap_seconds": 60}).json()

    secret, nested = answer.pop("secret"), answer.pop("key")
    assert answer == nested
    assert answer["id"] == str(key.pk)
    assert answer["old_secret_ends_at"] is not None
    assert check(secret).json()["allowed"] is True


@EITHER
def test_revokes_as_the_routes_of_the_app_do(host, key, check, member):
    response = host.post(REVOKE, {member: str(key.pk), "reason": "leaked"})

    assert (response.status_code, response.json()) == (200, {})
    assert check().json()["code"] == "revoked"
    assert Key.objects.get().revoked_reason == "leaked"


@BOTH
def test_takes_both_members_that_name_one_key(host, key, path):
    both = {"key_id": str(key.pk), "api_key_id": str(key.pk)}

    assert host.post(path, both).status_code == 200


@BOTH
@pytest.mark.parametrize(
    "named", [{}, {"key_id": None}, {"key_id": "a", "api_key_id": "b"}]
)
def test_wants_one_key(host, path, named):
    assert_refused(host.post(path, named), field="key_id")


@pytest.mark.parametrize("verb", ["rotate", "revoke"])
def test_says_how_to_name_a_key_when_one_object_did(host, verb):
    # Written revokeApiKey({api_key_id}), the published client sends no id at all.
    nothing = "%5Bobject%20Object%5D"

    response = host.post(f"/api-auth/apps/{nothing}/keys/{nothing}/{verb}", {})

    assert_refused(response, 404)
    assert "as two arguments" in response.json()["message"]


@pytest.fixture(params=["absent", "malformed", "number", "foreign", "revoked"])
def unknown(request, acme, globex, key):
    """What may be said for a key that is none for acme's backend."""
    gone = make.key(acme.app, "Gone").key
    keys.revoke(key=gone, reason="", actor=make.ADA, now=timezone.now())
    theirs = make.key(globex.app).key
    return {
        "absent": str(acme.app.pk),
        "foreign": str(theirs.pk),
        "malformed": "[object Object]",
        "number": 42,
        "revoked": str(gone.pk),
    }[request.param]


@BOTH
def test_hides_what_is_not_there(host, path, unknown):
    response = host.post(path, {"key_id": unknown})

    assert_refused(response, 404)
    assert response.content == host.post(path, {"key_id": "nothing"}).content
    assert not happened().filter(actor_kind="host").exists()


@BOTH
def test_hides_keys_beyond_the_backend_keys_apps(host_with, acme, key, path):
    other = make.app(acme.deployment, "aa_2")

    response = host_with("keys:manage", apps=[other]).post(
        path, {"key_id": str(key.pk)}
    )

    assert_refused(response, 404)
    assert not happened().exists()


def test_rotates_once_under_a_token(host, key):
    token = {"Idempotency-Key": "t-1"}
    body = {"key_id": str(key.pk)}
    assert host.post(ROTATE, body, **token).status_code == 200

    for path in (ROTATE, f"/api-auth/apps/aa_1/keys/{key.pk}/rotate"):
        assert_refused(host.post(path, body, **token), 409)

    assert KeySecret.objects.count() == 2


@BOTH
@pytest.mark.parametrize("body", [*bodies.BROKEN, None])
def test_refuses_broken_bodies(host, path, body):
    assert_refused(host.post(path, body))


@BOTH
@EITHER
def test_names_the_member_that_is_wrong(host, path, member):
    for value in [1.5, True, [], {}]:
        assert_refused(host.post(path, {member: value}), field=member)


@BOTH
@pytest.mark.parametrize("value", [*bodies.HOSTILE_TEXTS, "", " "])
def test_knows_no_key_by_an_odd_id(host, path, value):
    assert_refused(host.post(path, {"key_id": value}), 404)


@BOTH
def test_refuses_a_key_without_the_scope(host_with, key, path):
    response = host_with("apps:manage").post(path, {"key_id": str(key.pk)})

    assert_refused(response, 403)
    assert not happened().exists()


@BOTH
def test_a_customers_session_is_no_credential(client, ada, key, path):
    client.cookies["__Host-keyplate-binder"] = ada.binder
    token = {"X-Portal-Session": ada.token}

    response = bodies.post(client, path, {"key_id": str(key.pk)}, **token)

    assert_refused(response, 401)


@BOTH
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
def test_takes_posts_alone(client, acme, path, method):
    response = getattr(client, method)(path, headers=acme.bearer)

    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


@BOTH
def test_records_who_did_it(host, acme, key, path):
    host.post(path, {"key_id": str(key.pk)})

    event = happened().get()
    assert (event.key_id, event.actor_id) == (key.pk, str(acme.backend_key.id))


@BOTH
def test_costs_few_queries(host, key, path, django_assert_max_num_queries):
    host.get()

    # As the routes of the app, without looking for the app first.
    with django_assert_max_num_queries(19):
        host.post(path, {"key_id": str(key.pk)})
