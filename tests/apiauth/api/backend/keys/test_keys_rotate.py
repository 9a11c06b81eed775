"""`POST /api-auth/apps/{app_slug}/keys/{key_id}/rotate`."""

import pytest
from django.utils import timezone

from apiauth import applications, keys
from apiauth.models import AuditEvent, Key, KeySecret
from tests import make
from tests.apiauth.api import bodies
from tests.apiauth.api.bodies import assert_refused

KEYS = "/api-auth/apps/aa_1/keys"


@pytest.fixture
def path(key):
    return f"{KEYS}/{key.pk}/rotate"


def rotations():
    return AuditEvent.objects.filter(action="key.rotated")


@pytest.mark.parametrize("body", [{}, None])
def test_gives_a_new_secret_to_the_same_key(host, path, ci_key, check, body):
    response = host.post(path, body)

    answer = response.json()
    secret, nested = answer.pop("secret"), answer.pop("key")
    assert response.status_code == 200
    assert answer == nested
    assert (answer["id"], answer["name"]) == (str(ci_key.key.pk), "CI")
    assert answer["key_suffix"] == secret[-8:]
    assert check(secret).json()["allowed"] is True
    assert check(ci_key.secret).json()["code"] == "rotated"
    assert response.headers["Cache-Control"] == "no-store"


def test_leaves_the_old_secret_for_a_while(host, path, ci_key, check):
    answer = host.post(path, {"overlap_seconds": 60}).json()

    assert answer["old_secret_ends_at"] > timezone.now().isoformat()
    assert check(ci_key.secret).json()["allowed"] is True


@pytest.mark.parametrize(
    ("sent", "days"), [({}, 3), ({"expires_at": None}, None), ({"expires_at": 9}, 9)]
)
def test_keeps_the_expiry_unless_told(host, path, sent, days):
    Key.objects.update(expires_at=make.soon(days=3))
    if sent.get("expires_at"):
        sent = {"expires_at": make.soon(days=sent["expires_at"]).isoformat()}

    expires_at = host.post(path, sent).json()["expires_at"]

    assert (expires_at is None) == (days is None)
    assert days is None or expires_at[:10] == make.soon(days=days).isoformat()[:10]


def test_ignores_members_that_it_does_not_know(host, path):
    assert host.post(path, {"api_key_id": 7, "deep": {"a": [1]}}).status_code == 200


# --------------------------------------------------------------------- idempotency


def test_repeats_safely_under_a_token(host, path, key):
    token = {"Idempotency-Key": "t-1"}
    first = host.post(path, {}, **token).json()

    response = host.post(path, **token)

    assert_refused(response, 409)
    answer = response.json()
    assert answer["code"] == "idempotency_replay"
    assert answer["details"] == {"key_id": str(key.pk)}
    assert first["secret"] not in response.content.decode()
    assert KeySecret.objects.filter(key=key).count() == 2


def test_a_token_counts_for_the_whole_app_and_for_one_verb(host, path, acme, key):
    token = {"Idempotency-Key": "t-1"}
    other = make.key(acme.app, "Other").key
    assert host.create("t-1", name="New").status_code == 200
    assert host.post(path, **token).status_code == 200

    response = host.post(f"{KEYS}/{other.pk}/rotate", **token)

    assert_refused(response, 409)
    assert response.json()["details"] == {"key_id": str(key.pk)}


def test_a_refused_attempt_uses_up_no_token(host, path):
    token = {"Idempotency-Key": "t-1"}
    assert_refused(
        host.post(path, {"overlap_seconds": -1}, **token), 400, "overlap_seconds"
    )

    assert host.post(path, **token).status_code == 200


@pytest.mark.parametrize("token", ["", "t" * 101, "a\x7fb", "ü"])
def test_refuses_a_token_that_is_none(host, path, token):
    response = host.post(path, **{"Idempotency-Key": token})

    assert_refused(response, field="Idempotency-Key")
    assert not rotations().exists()


# --------------------------------------------------------------------------- canon


def test_a_revoked_key_is_absent(host, path, key):
    keys.revoke(key=key, reason="", actor=make.HOST, now=timezone.now())

    response = host.post(path)

    assert_refused(response, 404)
    assert response.content == host.post(f"{KEYS}/nothing/rotate").content


def test_hides_what_is_not_there(host, hidden):
    response = host.post(f"{hidden}/rotate", {})

    assert_refused(response, 404)
    assert response.content == host.post(f"{KEYS}/nothing/rotate").content
    assert not rotations().exists()


def test_refuses_an_expired_key_without_a_new_expiry(host, path):
    past = make.soon(days=-2)
    Key.objects.update(created_at=past, expires_at=make.soon(days=-1))

    response = host.post(path)

    assert_refused(response, 409)
    assert response.json()["code"] == "key_expired"
    later = make.soon(days=1).isoformat()
    assert host.post(path, {"expires_at": later}).status_code == 200


def test_refuses_an_app_that_is_off(host, path, acme):
    applications.deactivate(app=acme.app, actor=make.OPERATOR, now=timezone.now())

    assert_refused(host.post(path), 403)


def test_names_the_policy_that_forbids_it(host, path, acme):
    acme.app.policy = {"overlap_max_seconds": 60}
    acme.app.save(update_fields=["policy"])

    response = host.post(path, {"overlap_seconds": 61})

    assert_refused(response, field="overlap_seconds")
    assert response.json()["details"]["limit"] == "60"


@pytest.mark.parametrize("body", [b for b in bodies.BROKEN if b])
def test_refuses_broken_bodies(host, path, body):
    assert_refused(host.post(path, body))
    assert not rotations().exists()


def test_refuses_a_body_that_got_lost(host, path):
    response = host.post(path, None, **{"Transfer-Encoding": "chunked"})

    assert_refused(response)
    assert not rotations().exists()


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("overlap_seconds", [*bodies.NOT_WHOLE, -1, 604_801, 10**30]),
        ("expires_at", [7, True, [], {}, "", "soon", "2001-01-01T00:00:00Z"]),
    ],
)
def test_names_the_member_that_is_wrong(host, path, member, values):
    for value in values:
        assert_refused(host.post(path, {member: value}), field=member)

    assert not rotations().exists()


def test_refuses_a_key_without_the_scope(host_with, path):
    assert_refused(host_with("audit:read", "keys:verify").post(path), 403)


def test_refuses_who_has_no_backend_key(client, path):
    assert_refused(client.post(path), 401)


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
def test_takes_posts_alone(client, acme, path, method):
    response = getattr(client, method)(path, headers=acme.bearer)

    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


def test_records_who_rotated_it(host, path, acme, key):
    host.post(path)

    event = rotations().get()
    assert (event.key_id, event.before, event.after["version"]) == (
        key.pk,
        {"version": 1},
        2,
    )
    assert (event.actor_kind, event.actor_id) == ("host", str(acme.backend_key.id))


def test_costs_few_queries(host, path, django_assert_max_num_queries):
    host.post(path)

    # The backend key, the app, the key; begin and end; locks of app, key,
    # organization and person; the clock; the current secret; three writes of
    # secrets; the key; the chain's row, read and written; the event; the key shown.
    with django_assert_max_num_queries(20):
        host.post(path)


def test_stores_and_logs_no_clear_text(host, path, acme, caplog):
    secret = host.post(path).json()["secret"]

    stored = repr([*KeySecret.objects.values(), *AuditEvent.objects.values()])
    for told in (stored, caplog.text, repr([r.__dict__ for r in caplog.records])):
        assert secret not in told
        assert acme.minted.secret not in told
