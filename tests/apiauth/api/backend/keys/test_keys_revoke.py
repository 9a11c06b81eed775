"""`POST /api-auth/apps/{app_slug}/keys/{key_id}/revoke`."""

import pytest
from django.utils import timezone

from apiauth import applications
from apiauth.models import AuditEvent, Key
from tests import make
from tests.apiauth.api import bodies
from tests.apiauth.api.bodies import assert_refused

KEYS = "/api-auth/apps/aa_1/keys"


@pytest.fixture
def path(key):
    return f"{KEYS}/{key.pk}/revoke"


def revocations():
    return AuditEvent.objects.filter(action="key.revoked")


@pytest.mark.parametrize(
    ("body", "reason"),
    [({"reason": "leaked"}, "leaked"), ({"reason": None}, ""), ({}, ""), (None, "")],
)
def test_revokes_at_once(host, path, check, body, reason):
    response = host.post(path, body)

    assert (response.status_code, response.json()) == (200, {})
    assert check().json()["code"] == "revoked"
    assert Key.objects.get().revoked_reason == reason


def test_ignores_a_whole_client_and_keeps_nothing_of_it(host, path, acme, caplog):
    """Some clients post themselves, their management key included."""
    client = {
        "config": {"apiKey": acme.minted.secret, "timeout": 30000},
        "headers": {"Authorization": f"Bearer {acme.minted.secret}"},
        "name": 7,
    }

    response = host.post(path, client)

    stored = repr([*Key.objects.values(), *AuditEvent.objects.values()])
    assert (response.status_code, response.json()) == (200, {})
    for told in (stored, caplog.text, repr([r.__dict__ for r in caplog.records])):
        assert acme.minted.secret not in told


def test_a_revoked_key_is_absent(host, path):
    assert host.post(path).status_code == 200

    again = host.post(path)

    assert_refused(again, 404)
    assert again.content == host.post(f"{KEYS}/nothing/revoke").content
    assert revocations().count() == 1


def test_hides_what_is_not_there(host, hidden):
    response = host.post(f"{hidden}/revoke", {})

    assert_refused(response, 404)
    assert response.content == host.post(f"{KEYS}/nothing/revoke").content
    assert not revocations().exists()


def test_works_while_the_app_is_off(host, path, acme):
    applications.deactivate(app=acme.app, actor=make.OPERATOR, now=timezone.now())

    assert host.post(path).status_code == 200


def test_wants_a_reason_where_the_policy_does(host, path, acme):
    acme.app.policy = {"reason_required": True}
    acme.app.save(update_fields=["policy"])

    assert_refused(host.post(path), field="reason")
    assert host.post(path, {"reason": "other"}).status_code == 200


@pytest.mark.parametrize("body", [b for b in bodies.BROKEN if b])
def test_refuses_broken_bodies(host, path, body):
    assert_refused(host.post(path, body))
    assert not revocations().exists()


def test_refuses_a_body_that_got_lost(host, path):
    assert_refused(host.post(path, None, **{"Transfer-Encoding": "chunked"}))


def test_names_the_member_that_is_wrong(host, path):
    for value in [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, "r" * 501]:
        assert_refused(host.post(path, {"reason": value}), field="reason")

    assert not revocations().exists()


def test_refuses_a_key_without_the_scope(host_with, path):
    assert_refused(host_with("audit:read", "keys:verify").post(path), 403)
    assert not revocations().exists()


def test_refuses_who_has_no_backend_key(client, path):
    assert_refused(client.post(path), 401)


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
def test_takes_posts_alone(client, acme, path, method):
    response = getattr(client, method)(path, headers=acme.bearer)

    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


def test_records_who_revoked_it_and_why(host, path, acme, key):
    host.post(path, {"reason": "leaked"})

    event = revocations().get()
    assert (event.key_id, event.reason) == (key.pk, "leaked")
    assert (event.actor_kind, event.actor_id) == ("host", str(acme.backend_key.id))


def test_costs_few_queries(host, path, django_assert_max_num_queries):
    host.get()

    # The backend key, the app, the key; begin and end; the policy; the write; the
    # key; the chain's row, read and written; the event.
    with django_assert_max_num_queries(14):
        host.post(path)
