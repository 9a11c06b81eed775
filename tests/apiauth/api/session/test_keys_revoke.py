"""`POST /api-auth/keys/{key_id}/revoke`."""

import pytest

from apiauth import gateway, keys
from apiauth.models import AuditEvent, Key, OwnerKind
from tests import make
from tests.apiauth.api import bodies
from tests.apiauth.api.bodies import assert_refused

DONE = {"data": {"success": True}}
NOBODYS = "00000000-0000-4000-8000-000000000000"


def path(key_id):
    return f"/api-auth/keys/{key_id}/revoke"


def verdict(secret):
    return gateway.check(gateway.ask(secret=secret, method="GET", resource="/r")).code


@pytest.fixture
def address(ci_key):
    return path(ci_key.key.pk)


def test_ends_a_key_for_good(page, ci_key, address):
    answer = page.send(address, "reason=Compromised")

    key = Key.objects.get()
    assert (answer.status_code, answer.json()) == (200, DONE)
    assert (key.revoked_reason, key.revoked_by_label) == ("Compromised", "Ada")
    assert verdict(ci_key.secret) == "revoked"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", ""),
        ("", "application/x-www-form-urlencoded"),
        ("reason=", "application/x-www-form-urlencoded"),
        ("{}", "application/json"),
        ('{"reason": "", "other": 1}', "application/json"),
    ],
)
def test_needs_no_reason(page, address, body, kind):
    assert page.ask("POST", address, body, kind).json() == DONE
    assert Key.objects.get().revoked_reason == ""


def test_needs_one_where_the_app_says_so(page, acme, ci_key, address):
    type(acme.app).objects.update(policy={"reason_required": True})

    assert_refused(page.send(address), 400, field="reason")
    assert verdict(ci_key.secret) == "valid"
    assert page.send(address, "reason=leaked&note=In+a+log").json() == DONE
    assert Key.objects.get().revoked_note == "In a log"


def test_repeats_safely(page, address):
    page.send(address, "reason=first")

    assert page.send(address, "reason=second").json() == DONE
    assert Key.objects.get().revoked_reason == "first"
    assert AuditEvent.objects.filter(action="key.revoked").count() == 1


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


@pytest.mark.parametrize("body", bodies.BROKEN[2:])
def test_refuses_broken_bodies(page, address, ci_key, body):
    assert_refused(page.ask("POST", address, body, "application/json"))
    assert verdict(ci_key.secret) == "valid"


@pytest.mark.parametrize("member", ["reason", "note"])
def test_names_the_member_that_is_wrong(page, address, member):
    for value in [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS]:
        assert_refused(page.post_json(address, {member: value}), field=member)
    assert_refused(page.send(address, f"{member}=%00"), field=member)


def test_refuses_a_large_body(page, address):
    assert_refused(page.send(address, "reason=" + "x" * 70_000), 413)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_takes_posts_alone(page, address, method):
    answer = page.ask(method, address)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_is_in_the_history(page, address):
    page.send(address, "reason=leaked")

    event = AuditEvent.objects.get(action="key.revoked")
    assert (event.actor_id, event.channel, event.reason) == ("ada", "api", "leaked")


def test_costs_few_queries(page, address, django_assert_num_queries):
    # The session, the key; begin; its app, its end, the key again; the chain (made,
    # read), the event, the chain written; commit.
    with django_assert_num_queries(11):
        page.send(address)
