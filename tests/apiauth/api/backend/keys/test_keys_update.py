"""`PATCH /api-auth/apps/{app_slug}/keys/{key_id}`."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apiauth import keys
from apiauth.models import ApiAuthApp, AuditEvent, Key
from tests import make
from tests.apiauth.api import bodies
from tests.apiauth.api.bodies import assert_refused

KEYS = "/api-auth/apps/aa_1/keys"


@pytest.fixture
def path(key):
    return f"{KEYS}/{key.pk}"


def updates():
    return AuditEvent.objects.filter(action="key.updated")


def test_changes_what_is_sent_and_shows_the_key(host, path):
    expires_at = make.soon(days=9).isoformat(timespec="seconds")
    sent = {
        "name": "Nightly",
        "description": "Runs at 2.",
        "permissions": ["reports:read"],
        "metadata": {"team": "data"},
        "expires_at": expires_at.replace("+00:00", "Z"),
    }

    response = host.patch(path, sent)

    answer = response.json()
    assert response.status_code == 200
    assert {name: answer[name] for name in sent} == sent
    assert answer == host.get(path).json()
    assert "secret" not in answer


def test_leaves_what_is_left_out(host, path):
    before = host.get(path).json()

    after = host.patch(path, {"description": "New"}).json()

    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"description", "updated_at"}


def test_the_next_check_sees_it(host, path, check):
    host.patch(path, {"permissions": []})

    assert check(required_permissions=["reports:read"]).json()["allowed"] is False


def test_null_makes_a_key_that_never_expires(host, path):
    host.patch(path, {"expires_at": make.soon(days=1).isoformat()})

    assert host.patch(path, {"expires_at": None}).json()["expires_at"] is None


def test_sending_back_what_was_read_changes_nothing(host, path, key):
    Key.objects.update(expires_at=make.soon(days=3))
    shown = host.get(path).json()

    assert host.patch(path, shown).json() == shown
    assert host.patch(path, {}).json() == shown

    assert not updates().exists()


def test_records_what_was_changed(host, path, acme):
    host.patch(path, {"name": "Nightly", "description": "", "metadata": {"a": 1}})

    event = updates().get()
    assert event.before == {"name": "CI", "metadata": {}}
    assert event.after == {"name": "Nightly", "metadata": {"a": 1}}
    assert (event.actor_kind, event.actor_id) == ("host", str(acme.backend_key.id))


def test_refuses_a_name_in_use(host, path, acme):
    make.key(acme.app, "Taken")

    response = host.patch(path, {"name": "Taken"})

    assert_refused(response, 409, field="name")
    assert response.json()["code"] == "name_taken"


def test_refuses_a_revoked_key(host, path, key):
    keys.revoke(key=key, reason="", actor=make.HOST, now=timezone.now())

    response = host.patch(path, {"name": "Nightly"})

    assert_refused(response, 409)
    assert response.json()["code"] == "key_revoked"


def test_gives_no_more_than_the_app_allows(host, path):
    response = host.patch(path, {"permissions": ["reports:read", "reports:delete"]})

    assert_refused(response, field="permissions")
    assert response.json()["code"] == "policy_violation"
    assert not updates().exists()


@pytest.mark.parametrize("body", [*bodies.BROKEN, None])
def test_refuses_broken_bodies(host, path, body):
    assert_refused(host.patch(path, body))


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("name", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, None, "", " "]),
        ("description", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, None]),
        ("permissions", [*bodies.NOT_A_LIST, None, ["a b"], ["*"]]),
        ("metadata", ["a", 7, [], None, {"principal_type": "x"}, {"a": "\x00"}]),
        ("expires_at", [7, True, [], {}, "", "soon", "2001-01-01T00:00:00Z"]),
    ],
)
def test_names_the_member_that_is_wrong(host, path, member, values):
    for value in values:
        assert_refused(host.patch(path, {member: value}), field=member)

    assert not updates().exists()


def test_revives_no_key_whose_place_is_taken(host, path, acme, ci_key):
    make.aged(ci_key.key, days=2, left=-timedelta(days=1))
    ApiAuthApp.objects.update(policy={"keys_per_owner": 1})
    make.key(acme.app, "Other")

    response = host.patch(path, {"expires_at": None})

    assert_refused(response, 409)
    assert response.json()["code"] == "quota_keys"
    assert response.json()["details"]["limit"] == 1


def test_hides_what_is_not_there(host, hidden):
    response = host.patch(hidden, {"name": "Mine now"})

    assert_refused(response, 404)
    assert response.content == host.patch(f"{KEYS}/nothing", {"name": "x"}).content
    assert not Key.objects.filter(name="Mine now").exists()


def test_refuses_a_key_without_the_scope(host_with, path):
    response = host_with("audit:read", "apps:manage").patch(path, {"name": "x"})

    assert_refused(response, 403)
    assert not updates().exists()


def test_refuses_who_has_no_backend_key(client, path):
    response = client.patch(path, "{}", content_type="application/json")

    assert_refused(response, 401)


def test_costs_few_queries(host, path, django_assert_max_num_queries):
    host.get(path)

    # The backend key, the app, the key; begin and end; locks of app, key,
    # organization and person; a savepoint around the key; the chain's row, read and
    # written; the event; the key as it is shown.
    with django_assert_max_num_queries(19):
        host.patch(path, {"name": "Nightly"})
