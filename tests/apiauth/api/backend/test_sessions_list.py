"""`GET /api-auth/apps/{app_slug}/sessions`."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apiauth import applications
from apiauth.models import PortalSession
from tests import make
from tests.apiauth.api.bodies import assert_refused

PATH = "/api-auth/apps/aa_1/sessions"


def people(answer):
    assert answer.status_code == 200, answer.content
    return [row["user_id"] for row in answer.json()["sessions"]]


def test_shows_what_a_host_may_know(ask, acme, ben):
    answer = ask("GET", PATH)

    [row] = answer.json()["sessions"]
    assert row["id"] == str(ben.session.pk)
    assert (row["user_id"], row["organization_id"]) == ("ben", "acme-ltd")
    assert (row["app_slug"], row["capabilities"]) == ("aa_1", ["keys:read"])
    assert (row["is_live"], row["ended_at"], row["ended_reason"]) == (True, None, None)
    assert row["created_at"].endswith("Z")
    place = {n: answer.json()[n] for n in ("total", "limit", "offset", "has_more")}
    assert place == {"total": 1, "limit": 50, "offset": 0, "has_more": False}


def test_leaks_no_token_binder_or_digest(ask, ada):
    answer = ask("GET", f"{PATH}?status=all")

    shown = answer.content.decode()
    for secret in (ada.token, ada.binder):
        assert secret not in shown
        assert secret[-20:] not in shown
    assert "digest" not in shown
    assert "ticket" not in shown


def test_lists_the_newest_first(ask, acme):
    for user_id in ("ada", "ben", "cleo"):
        make.session(acme.backend_key, user_id=user_id)

    assert people(ask("GET", PATH)) == ["cleo", "ben", "ada"]
    stretch = ask("GET", f"{PATH}?limit=1&offset=1")
    assert people(stretch) == ["ben"]
    assert (stretch.json()["total"], stretch.json()["has_more"]) == (3, True)


@pytest.mark.parametrize(
    "over",
    [
        {"ended_at": timezone.now(), "ended_reason": "signed_out"},
        {"expires_at": timezone.now() - timedelta(seconds=1)},
        {"last_seen_at": timezone.now() - timedelta(minutes=31)},
    ],
)
def test_lists_what_is_over_when_asked(ask, acme, ada, over):
    PortalSession.objects.update(bound_at=timezone.now(), **over)
    make.session(acme.backend_key, user_id="ben")

    assert people(ask("GET", PATH)) == people(ask("GET", f"{PATH}?status=live"))
    assert people(ask("GET", PATH)) == ["ben"]
    everything = ask("GET", f"{PATH}?status=all")
    assert people(everything) == ["ben", "ada"]
    rows = everything.json()["sessions"]
    assert [row["is_live"] for row in rows] == [True, False]
    assert rows[1]["ended_reason"] == over.get("ended_reason")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("user_id=ada", ["ada", "ada"]),
        ("organization_id=acme-ltd", ["ben", "ada"]),
        ("user_id=ada&organization_id=other", ["ada"]),
        ("user_id=nobody", []),
    ],
)
def test_lists_those_of_somebody(ask, acme, query, found):
    for user_id, company in [("ada", "acme-ltd"), ("ada", "other"), ("ben", None)]:
        claims = {"organization_id": company} if company else {}
        make.session(acme.backend_key, user_id=user_id, **claims)

    assert people(ask("GET", f"{PATH}?{query}")) == found


def test_lists_none_of_another_app_or_tenant(ask, acme, globex, mallory):
    make.app(acme.deployment, "aa_2")
    make.session(acme.backend_key, "aa_2")

    assert people(ask("GET", f"{PATH}?status=all")) == []


@pytest.mark.parametrize("slug", ["aa_globex", "aa_absent", "a%00b", "%F0%9F%98%80"])
def test_hides_apps_of_another_tenant(ask, globex, slug):
    make.app(globex.deployment, "aa_globex")

    answer = ask("GET", f"/api-auth/apps/{slug}/sessions")

    assert_refused(answer, 404, field="app_slug")
    absent = ask("GET", "/api-auth/apps/aa_none/sessions")
    assert answer.content == absent.content


def test_hides_an_app_that_is_deleted(ask, acme, ada):
    applications.delete(app=acme.app, actor=make.HOST, now=timezone.now())

    assert_refused(ask("GET", PATH), 404, field="app_slug")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=ended", "status"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("offset=-1", "offset"),
        ("user_id=a%00b", "user_id"),
        ("user_id=", "user_id"),
        ("organization_id=a%00b", "organization_id"),
    ],
)
def test_names_what_is_wrong(ask, query, field):
    assert_refused(ask("GET", f"{PATH}?{query}"), field=field)


def test_costs_few_queries(ask, acme, django_assert_num_queries):
    for user_id in ("ada", "ben", "cleo"):
        make.session(acme.backend_key, user_id=user_id)
    ask("GET", PATH)

    with django_assert_num_queries(5):  # backend key; app; clock; how many; rows
        assert len(people(ask("GET", PATH))) == 3
