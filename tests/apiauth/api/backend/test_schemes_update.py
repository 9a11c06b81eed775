"""`PATCH /api-auth/rate-limit-schemes/{slug}`."""

import pytest

from apiauth.models import AuditEvent, RateLimitScheme
from tests import make
from tests.apiauth.api import bodies
from tests.apiauth.api.bodies import assert_refused

PATH = "/api-auth/rate-limit-schemes/basic"
HOURLY = {"unit": "hour", "duration": 1, "max_requests": 9, "mode": "per_app"}


@pytest.fixture
def change(ask, acme):
    make.scheme(acme.deployment, description="old")
    return lambda **members: ask("PATCH", PATH, members)


def test_changes_everything_that_may_be(change):
    response = change(name="Better", description="new", rules=[HOURLY])

    answer = response.json()
    assert response.status_code == 200
    assert (answer["name"], answer["description"]) == ("Better", "new")
    assert answer["rules"] == [{**HOURLY, "priority": 0}]
    assert answer["updated_at"] > answer["created_at"]


def test_holds_for_apps_at_once(change, ask):
    ask("PATCH", "/api-auth/apps/aa_1", {"rate_limit_scheme_slug": "basic"})

    change(rules=[HOURLY])

    answer = ask("GET", "/api-auth/apps/aa_1").json()
    assert answer["rate_limits"] == [{**HOURLY, "priority": 0}]


def test_leaves_what_is_absent_or_null(change, ask):
    before = ask("GET", PATH).json()

    assert change().json() == before
    assert change(name=None, description=None, rules=None).json() == before
    assert not AuditEvent.objects.filter(action="scheme.updated").exists()


def test_clears_the_description_by_an_empty_text(change):
    assert change(description="").json()["description"] is None


def test_never_changes_the_slug(change):
    assert change(slug="other", name="Better").json()["slug"] == "basic"


def test_repeats_without_a_trace(change):
    first = change(name="Better").json()

    assert change(name="Better").json() == first
    assert AuditEvent.objects.filter(action="scheme.updated").count() == 1


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("name", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, "", " "]),
        ("description", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS]),
        ("rules", [*bodies.NOT_A_LIST, []]),
    ],
)
def test_names_the_member_that_is_wrong(change, member, values):
    for value in values:
        assert_refused(change(**{member: value}), field=member)

    assert RateLimitScheme.objects.get().name == "Basic"


def test_names_the_member_of_a_rule_that_is_wrong(change):
    answer = change(rules=[HOURLY, {**HOURLY, "duration": 721}])

    assert_refused(answer, field="rules.1.duration")


def test_records_before_and_after(change):
    change(name="Better")

    event = AuditEvent.objects.get(action="scheme.updated")
    assert event.before == {"name": "Basic"}
    assert event.after == {"slug": "basic", "name": "Better"}


def test_costs_few_queries(change, django_assert_num_queries):
    change(name="warm")

    # The backend key; whether it is bound; the scheme; begin and end; the scheme under
    # its lock, and its change; the chain's row, made, read and written; the event.
    with django_assert_num_queries(11):
        change(name="Better")
