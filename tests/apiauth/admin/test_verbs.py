"""Verbs: confirmed with a reason, done row by row, refusals told one by one."""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from apiauth import applications, keys
from apiauth.admin import verbs
from apiauth.models import (
    ApiAuthApp,
    AuditEvent,
    BackendKey,
    EndUser,
    Key,
    Organization,
    PortalSession,
)
from tests import make
from tests.apiauth.admin.conftest import url

CASES = [
    ("key", "revoke", Key, "key.revoked"),
    ("backendkey", "revoke", BackendKey, "backend_key.revoked"),
    ("portalsession", "end", PortalSession, "session.ended"),
    ("organization", "suspend", Organization, "organization.changed"),
    ("organization", "delete", Organization, "organization.changed"),
    ("enduser", "suspend", EndUser, "user.changed"),
    ("apiauthapp", "deactivate", ApiAuthApp, "app.deactivated"),
    ("apiauthapp", "delete", ApiAuthApp, "app.deleted"),
]


@pytest.mark.parametrize(("subject", "verb", "_model", "_action"), CASES)
def test_says_first_what_will_happen(olga, shelf, subject, verb, _model, _action):
    before = AuditEvent.objects.count()

    page = olga.do(subject, verb, shelf.rows[subject])

    assert page.status_code == 200
    assert str(shelf.rows[subject].pk) in page.text
    assert 'name="reason"' in page.text
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize(("subject", "verb", "_model", "action"), CASES)
def test_does_it_and_records_who_and_why(olga, shelf, subject, verb, _model, action):
    row = shelf.rows[subject]

    answer = olga.confirm(subject, verb, row, typed=getattr(row, "app_slug", ""))

    event = AuditEvent.objects.latest("id")
    assert answer.headers["Location"] == url(subject, "change", row.pk)
    assert (event.action, event.reason) == (action, "Ticket 42")
    assert (event.actor_kind, event.channel) == ("operator", "admin")
    assert (event.actor_id, event.actor_label) == (str(olga.user.pk), "olga")


@pytest.mark.parametrize(("subject", "verb", "_model", "_action"), CASES)
def test_lists_a_row_that_was_done_before(olga, shelf, subject, verb, _model, _action):
    row = shelf.rows[subject]
    typed = getattr(row, "app_slug", "")
    olga.confirm(subject, verb, row, typed=typed)
    before = AuditEvent.objects.count()

    again = olga.confirm(subject, verb, row, typed=typed)

    assert again.status_code == 200
    assert "Not done, and why:" in again.text
    assert str(row.pk) in again.text
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("reason", ["", "   ", "a\u202eb", "x" * 501])
def test_does_nothing_without_a_good_reason(olga, shelf, reason):
    page = olga.confirm("key", "revoke", shelf.issued.key, reason=reason)

    assert page.status_code == 422
    assert page.context["form"].errors["reason"]
    assert Key.objects.get(pk=shelf.issued.key.pk).revoked_at is None


def test_refuses_those_who_may_only_look(rosa, shelf):
    assert rosa.confirm("key", "revoke", shelf.issued.key).status_code == 403
    assert Key.objects.get(pk=shelf.issued.key.pk).revoked_at is None


def test_knows_no_other_verb(olga, shelf):
    assert olga.confirm("key", "explode", shelf.issued.key).status_code == 404


def test_does_many_from_the_list(olga, acme):
    rows = [make.key(acme.app, f"CI {n}").key for n in range(3)]
    ids = [row.pk for row in rows]
    asked = {"action": "revoke", "index": 0, "_selected_action": ids}

    page = olga.post(url("key", "changelist"), asked)
    done = olga.confirm("key", "revoke", *rows)

    assert "3 of 3 are live now." in page.text
    assert done.headers["Location"] == url("key", "changelist")
    assert Key.objects.filter(pk__in=ids, revoked_at__isnull=True).count() == 0
    assert AuditEvent.objects.filter(action="key.revoked").count() == 3


def test_asks_for_all_that_a_filter_shows(olga, acme):
    for n in range(3):
        make.key(acme.app, f"CI {n}")
    asked = {"action": "revoke", "index": 0, "select_across": 1}
    first = Key.objects.first()

    page = olga.post(
        url("key", "changelist") + "?state=live",
        {**asked, "_selected_action": [first.pk]},
    )

    assert "3 keys" in page.text


def test_tells_each_refusal_of_many(olga, acme):
    live, gone = make.key(acme.app, "Live").key, make.key(acme.app, "Gone").key
    keys.revoke(key=gone, reason="x", actor=make.ADA, now=timezone.now())
    unknown = uuid.uuid4()

    page = olga.confirm("key", "revoke", live, gone, unknown, "no id")

    assert "Revoked: 1 key." in page.text
    assert "It was revoked before." in page.text
    assert f"{unknown}</strong> It does not exist." in page.text
    assert Key.objects.get(pk=live.pk).revoked_at is not None


def test_does_not_mix_deployments(olga, acme, globex):
    ours, theirs = make.key(acme.app).key, make.key(globex.app).key

    answer = olga.confirm("key", "revoke", ours, theirs)

    assert answer.headers["Location"] == url("key", "changelist")
    assert not Key.objects.filter(revoked_at__isnull=False).exists()
    assert "more than one deployment" in olga.list("key").text


def test_touches_nothing_of_the_other_deployment(olga, shelf, globex):
    theirs = make.key(globex.app).key

    olga.confirm("apiauthapp", "delete", shelf.rows["apiauthapp"], typed="aa_1")
    olga.confirm("organization", "suspend", shelf.organization)

    assert ApiAuthApp.objects.get(pk=globex.app.pk).is_active
    assert Key.objects.get(pk=theirs.pk).revoked_at is None
    assert not AuditEvent.objects.filter(
        deployment_id=globex.deployment.pk, channel="admin"
    ).exists()


@pytest.mark.parametrize("chosen", [[], ["no id"], [uuid.uuid4()]])
def test_needs_a_row_that_exists(olga, acme, chosen):
    answer = olga.confirm("key", "revoke", *chosen)

    assert answer.status_code == 302
    assert "Nothing was chosen that exists." in olga.list("key").text


def test_takes_no_more_than_can_be_read(olga, acme):
    many = [uuid.uuid4() for _ in range(verbs.MAX_ROWS + 1)]

    olga.confirm("key", "revoke", *many)

    assert f"Choose at most {verbs.MAX_ROWS} rows" in olga.list("key").text


class TestApps:
    def test_counts_the_keys_that_stop(self, olga, acme):
        make.key(acme.app)

        page = olga.do("apiauthapp", "deactivate", acme.app)

        assert "1 live key stops working." in page.text
        assert "Type aa_1 to confirm" in page.text

    @pytest.mark.parametrize("typed", ["", "AA_1", "aa_2"])
    def test_wants_the_slug_typed(self, olga, acme, typed):
        page = olga.confirm("apiauthapp", "deactivate", acme.app, typed=typed)

        assert page.context["form"].errors["typed"]
        assert ApiAuthApp.objects.get(pk=acme.app.pk).is_active

    def test_wants_no_slug_for_many(self, olga, acme):
        other = make.app(acme.deployment, "aa_2")

        olga.confirm("apiauthapp", "deactivate", acme.app, other)

        assert not ApiAuthApp.objects.filter(is_active=True).exists()

    def test_switches_on_again(self, olga, acme):
        make.key(acme.app)
        applications.deactivate(app=acme.app, actor=make.OPERATOR, now=timezone.now())

        page = olga.do("apiauthapp", "activate", acme.app)
        olga.confirm("apiauthapp", "activate", acme.app)

        assert "1 live key works again." in page.text
        assert ApiAuthApp.objects.get(pk=acme.app.pk).is_active


class TestTenants:
    @pytest.mark.parametrize("subject", ["organization", "enduser"])
    def test_suspends_and_resumes(self, olga, shelf, subject):
        row = shelf.rows[subject]

        page = olga.do(subject, "suspend", row)
        olga.confirm(subject, "suspend", row)
        between = type(row).objects.get(pk=row.pk).status
        olga.confirm(subject, "resume", row)

        assert "1 live key is theirs." in page.text
        assert between == "suspended"
        assert type(row).objects.get(pk=row.pk).status == "active"

    def test_offers_nothing_once_deleted(self, olga, shelf):
        olga.confirm("organization", "delete", shelf.organization)

        page = olga.row("organization", shelf.organization)
        again = olga.confirm("organization", "resume", shelf.organization)

        assert "/verbs/" not in page.text
        assert "It is deleted already." in again.text


def test_shows_only_the_verbs_that_fit(olga, shelf):
    page = olga.row("apiauthapp", shelf.rows["apiauthapp"])

    assert url("apiauthapp", "verb", "deactivate") in page.text
    assert url("apiauthapp", "verb", "activate") not in page.text
    assert reverse("admin:apiauth_verify") not in page.text
