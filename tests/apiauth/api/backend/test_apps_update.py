"""`PATCH /api-auth/apps/{app_slug}`."""

import pytest

from apiauth import errors, gateway, sessions
from apiauth.models import ApiAuthApp, AuditEvent
from tests import make
from tests.apiauth.api import bodies
from tests.apiauth.api.bodies import assert_refused

PATH = "/api-auth/apps/aa_1"
ID = [*bodies.HOSTILE_TEXTS, 1.5, True, [], {}, "", " "]


@pytest.fixture
def change(ask):
    return lambda **members: ask("PATCH", PATH, members)


def check(secret):
    question = gateway.ask(secret=secret, method="GET", resource="/reports")
    return gateway.check(question).code


def test_changes_everything_that_may_be(change, acme):
    make.scheme(acme.deployment)
    said = {
        "name": "Acme V3",
        "key_prefix": "acme_v3",
        "description": "Newer",
        "is_active": False,
        "organization_id": "o1",
        "workspace_id": "w1",
        "permissions": ["a:read"],
        "resources": ["/v3"],
        "rate_limit_scheme_slug": "basic",
    }

    response = change(**said)

    assert response.status_code == 200
    answer = response.json()
    assert {name: answer[name] for name in said} == said
    assert answer["rate_limits"] == [{**make.RULE, "priority": 0}]
    assert answer["updated_at"] > answer["created_at"]


def test_leaves_what_is_absent_or_null(change, acme):
    make.scheme(acme.deployment)
    said = {
        "description": "kept",
        "organization_id": "o1",
        "workspace_id": "w1",
        "rate_limit_scheme_slug": "basic",
    }
    before = change(**said).json()
    more = ("name", "key_prefix", "is_active", "permissions", "resources")

    assert change().json() == before
    assert change(**dict.fromkeys([*said, *more])).json() == before
    assert AuditEvent.objects.filter(action="app.updated").count() == 1


def test_clears_by_an_empty_text(change, acme):
    make.scheme(acme.deployment)
    change(description="x", rate_limit_scheme_slug="basic")

    answer = change(description="", rate_limit_scheme_slug="").json()

    assert (answer["description"], answer["rate_limits"]) == (None, [])
    assert "rate_limit_scheme_slug" not in answer


def test_clears_lists_by_empty_ones(change):
    answer = change(permissions=[], resources=[]).json()

    assert (answer["permissions"], answer["resources"]) == ([], [])


def test_switches_off_and_on_again(change, ci_key, ada):
    assert change(is_active=False).json()["is_active"] is False
    assert check(ci_key.secret) == "app_inactive"
    with pytest.raises(errors.AppInactive):
        sessions.resolve(token=ada.token, binder=ada.binder)

    assert change(is_active=True).json()["is_active"] is True
    assert check(ci_key.secret) == "valid"


def test_repeats_without_a_trace(change):
    first = change(name="Acme V3", is_active=False).json()
    events = AuditEvent.objects.count()

    assert change(name="Acme V3", is_active=False).json() == first
    assert AuditEvent.objects.count() == events


def test_finds_by_name(ask):
    response = ask("PATCH", "/api-auth/apps/Acme%20API", {"name": "Acme V3"})

    assert response.json()["name"] == "Acme V3"


@pytest.mark.parametrize("slug", ["absent", "theirs"])
def test_refuses_a_scheme_that_does_not_exist(change, globex, slug):
    make.scheme(globex.deployment, "theirs")

    answer = change(rate_limit_scheme_slug=slug, name="Half")

    assert_refused(answer, field="rate_limit_scheme_slug")
    assert not ApiAuthApp.objects.filter(name="Half").exists()


def test_neither_slug_nor_user_can_be_changed(change, acme):
    answer = change(app_slug="other", user_id="u2", deployment_id="x").json()

    assert answer["app_slug"] == "aa_1"
    assert "user_id" not in answer


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("name", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, "", " "]),
        ("key_prefix", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, "", "sk_live"]),
        ("description", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS]),
        ("is_active", [0, 1, "true", "", [], {}]),
        ("organization_id", ID),
        ("workspace_id", ID),
        ("permissions", [*bodies.NOT_A_LIST, ["a b"], ["a"] * 101]),
        ("resources", [*bodies.NOT_A_LIST, ["v1"], ["/\x00"], ["/a/*/b"], ["/a%2Fb"]]),
        ("rate_limit_scheme_slug", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, " "]),
    ],
)
def test_names_the_member_that_is_wrong(change, member, values):
    for value in values:
        assert_refused(change(**{member: value}), field=member)

    assert not AuditEvent.objects.filter(action="app.updated").exists()


def test_records_before_and_after(change, acme):
    change(name="Acme V3")

    event = AuditEvent.objects.get(action="app.updated")
    assert (event.before, event.after) == ({"name": "Acme API"}, {"name": "Acme V3"})
    assert event.app_id == acme.app.pk


def test_costs_few_queries(change, acme, django_assert_num_queries):
    make.scheme(acme.deployment)
    change(name="warm")

    # The backend key; the app; begin and end; the app under its lock, the scheme, the
    # change; the chain's row, made, read and written; the event.
    with django_assert_num_queries(11):
        change(name="Acme V3", rate_limit_scheme_slug="basic")
