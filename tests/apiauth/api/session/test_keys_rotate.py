"""`POST /api-auth/keys/{key_id}/rotate`."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apiauth import gateway, keys
from apiauth.models import ApiAuthApp, AuditEvent, Key, OwnerKind
from tests import make
from tests.apiauth.api import bodies
from tests.apiauth.api.bodies import assert_refused

ONCE = {"Idempotency-Key": "attempt-1"}
NOBODYS = "00000000-0000-4000-8000-000000000000"


def path(key_id):
    return f"/api-auth/keys/{key_id}/rotate"


def verdict(secret):
    return gateway.check(gateway.ask(secret=secret, method="GET", resource="/r")).code


def rotated(answer):
    assert answer.status_code == 200, answer.json()
    return answer.json()["data"]


@pytest.fixture
def address(ci_key):
    return path(ci_key.key.pk)


def test_gives_a_new_secret_to_the_same_key(page, ci_key, address):
    data = rotated(page.send(address))

    assert (data["id"], data["name"]) == (str(ci_key.key.pk), "CI")
    assert data["secret"].startswith("acme_live_")
    assert data["secret"] != ci_key.secret
    assert data["key_suffix"] == data["key"]["key_suffix"] == data["secret"][-8:]
    assert verdict(data["secret"]) == "valid"
    assert verdict(ci_key.secret) == "rotated"


def test_lets_the_old_secret_live_on_if_wanted(page, ci_key, address):
    data = rotated(page.post_json(address, {"overlap_seconds": 60}))

    assert verdict(ci_key.secret) == verdict(data["secret"]) == "valid"
    assert data["old_secret_ends_at"].endswith("Z")


def test_keeps_the_end_unless_another_is_given(page, acme):
    issued = make.key(acme.app, "Old", expires_at=make.soon(days=2))
    address = path(issued.key.pk)

    kept = rotated(page.send(address))["expires_at"]
    later = make.soon(days=5).replace(microsecond=0)
    given = rotated(page.post_json(address, {"expires_at": later.isoformat()}))
    never = rotated(page.post_json(address, {"expires_at": None}))

    assert kept.startswith(f"{issued.key.expires_at:%Y-%m-%dT%H:%M:%S}")
    assert given["expires_at"] == f"{later:%Y-%m-%dT%H:%M:%SZ}"
    assert never["expires_at"] is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", ""),
        ("", "application/x-www-form-urlencoded"),
        ("a=b", "application/x-www-form-urlencoded"),
        ("{}", "application/json"),
    ],
)
def test_needs_nothing_said(page, address, body, kind):
    assert rotated(page.ask("POST", address, body, kind))["secret"]


@pytest.mark.parametrize(
    "key_id", [NOBODYS, "1", "%00", "[object Object]", "%ff", "x" * 999]
)
def test_knows_no_other_key(page, globex_page, ci_key, key_id):
    foreign = globex_page.send(path(ci_key.key.pk))
    absent = page.send(path(key_id))

    assert_refused(foreign, 404)
    assert absent.content == foreign.content
    assert verdict(ci_key.secret) == "valid"


def test_knows_no_key_of_another_owner_or_app(page, acme):
    theirs = make.key(
        acme.app, owner=keys.Owner(kind=OwnerKind.ORGANIZATION, id="other")
    )
    elsewhere = make.key(make.app(acme.deployment, "aa_2"))

    for issued in (theirs, elsewhere):
        assert_refused(page.send(path(issued.key.pk)), 404)
        assert verdict(issued.secret) == "valid"


def test_needs_the_capability(looker, ci_key, address):
    assert_refused(looker.send(address), 403)
    assert verdict(ci_key.secret) == "valid"


def test_needs_a_session(stranger, acme, address):
    assert_refused(stranger.send(address), 401)
    assert_refused(stranger.send(address, **acme.bearer), 401)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"revoked_at": timezone.now()}, "key_revoked"),
        ({"disabled_at": timezone.now()}, "key_paused"),
        ({"expires_at": timezone.now()}, "key_expired"),
    ],
)
def test_refuses_a_key_that_is_out_of_use(page, ci_key, address, changes, code):
    earlier = {"created_at": timezone.now() - timedelta(days=1)}
    Key.objects.update(**earlier, **changes)

    answer = page.send(address)

    assert_refused(answer, 409)
    assert answer.json()["code"] == code


def test_revives_no_key_whose_place_is_taken(page, acme, ci_key, address):
    make.aged(ci_key.key, days=2, left=-timedelta(days=1))
    ApiAuthApp.objects.update(policy={"keys_per_owner": 1})
    other = make.key(acme.app, "Other").key
    body = {"expires_at": make.soon(days=1).isoformat()}

    answer = page.post_json(address, body)

    assert_refused(answer, 409)
    assert answer.json()["code"] == "quota_keys"
    Key.objects.filter(pk=other.pk).update(revoked_at=timezone.now())
    assert verdict(rotated(page.post_json(address, body))["secret"]) == "valid"


@pytest.mark.parametrize("body", bodies.BROKEN[2:])
def test_refuses_broken_bodies(page, address, ci_key, body):
    assert_refused(page.ask("POST", address, body, "application/json"))
    assert verdict(ci_key.secret) == "valid"


def test_takes_no_body_in_chunks_for_none(page, address, ci_key):
    chunked = {"Transfer-Encoding": "chunked", "Content-Length": ""}

    assert_refused(page.post_json(address, {"overlap_seconds": 60}, **chunked))
    assert verdict(ci_key.secret) == "valid"


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("overlap_seconds", [*bodies.NOT_WHOLE, -1, 10**30, None]),
        (
            "expires_at",
            [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, "1999-01-01T00:00:00Z"],
        ),
    ],
)
def test_names_the_member_that_is_wrong(page, address, member, values):
    for value in values:
        assert_refused(page.post_json(address, {member: value}), field=member)


def test_rotates_once_however_often_it_is_asked(page, address):
    first = rotated(page.send(address, **ONCE))

    again = page.send(address, **ONCE)

    assert_refused(again, 409)
    assert again.json()["code"] == "idempotency_replay"
    assert verdict(first["secret"]) == "valid"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_takes_posts_alone(page, address, method):
    answer = page.ask(method, address)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_is_in_the_history(page, address):
    page.send(address)

    event = AuditEvent.objects.get(action="key.rotated")
    assert (event.actor_id, event.channel) == ("ada", "api")


def test_writes_its_secret_nowhere(page, address, caplog):
    secret = rotated(page.send(address))["secret"]

    assert secret not in repr([*Key.objects.values(), *AuditEvent.objects.values()])
    assert secret not in caplog.text


def test_costs_few_queries(page, address, django_assert_max_num_queries):
    # The session, the key; begin; the app, the key, its two owners, the clock, its
    # secret, two ends, the new one, the key; the chain (made, read), the event, the
    # chain written; commit; the row as shown.
    with django_assert_max_num_queries(19):
        rotated(page.send(address))
