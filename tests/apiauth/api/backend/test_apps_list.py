"""`GET /api-auth/apps`."""

import pytest
from django.utils import timezone

from apiauth import applications
from tests import make
from tests.apiauth.api.bodies import assert_refused

PATH = "/api-auth/apps"


def slugs(response):
    answer = response.json()
    assert response.status_code == 200, answer
    assert answer["apps"] == answer["data"]
    return [app["app_slug"] for app in answer["apps"]]


@pytest.fixture
def many(acme, globex):
    for number in range(2, 6):
        make.app(acme.deployment, f"aa_{number}")


def test_lists_under_both_names_newest_first(ask, many):
    response = ask("GET", PATH)

    assert slugs(response) == ["aa_5", "aa_4", "aa_3", "aa_2", "aa_1"]
    assert set(response.json()) == {
        "apps",
        "data",
        "total",
        "limit",
        "offset",
        "has_more",
    }


def test_lists_everything_without_a_limit(ask, acme):
    for number in range(60):
        make.app(acme.deployment, f"more_{number}")

    answer = ask("GET", PATH).json()

    assert len(answer["apps"]) == answer["total"] == answer["limit"] == 61
    assert (answer["offset"], answer["has_more"]) == (0, False)


@pytest.mark.parametrize(
    ("query", "shown", "has_more"),
    [
        ("limit=2", ["aa_5", "aa_4"], True),
        ("limit=2&offset=3", ["aa_2", "aa_1"], False),
        ("limit=1000", ["aa_5", "aa_4", "aa_3", "aa_2", "aa_1"], False),
        ("offset=4", ["aa_1"], False),
        ("offset=5", [], False),
        (f"limit=1&offset={10**30}", [], False),
    ],
)
def test_pages(ask, many, query, shown, has_more):
    response = ask("GET", f"{PATH}?{query}")

    assert slugs(response) == shown
    assert response.json()["has_more"] is has_more
    assert response.json()["total"] == 5


def test_repeats_what_was_asked_for(ask, many):
    answer = ask("GET", f"{PATH}?limit=3&offset=1").json()

    assert (answer["limit"], answer["offset"]) == (3, 1)


@pytest.mark.parametrize(
    ("search", "shown"),
    [("aa_3", ["aa_3"]), ("aa_", []), ("AA_3", []), ("Acme API", []), ("absent", [])],
)
def test_searches_for_an_exact_slug(ask, many, search, shown):
    response = ask("GET", f"{PATH}?search={search}")

    assert slugs(response) == shown
    assert response.json()["total"] == len(shown)


@pytest.mark.parametrize(
    ("query", "shown"),
    [("", ["aa_1"]), ("?include_inactive=false", ["aa_1"])]
    + [(f"?include_inactive={yes}", ["off", "aa_1"]) for yes in ("true", "1")],
)
def test_shows_apps_that_are_off_when_asked(ask, acme, query, shown):
    for slug, stop in (("off", applications.deactivate), ("gone", applications.delete)):
        stop(app=make.app(acme.deployment, slug), actor=make.HOST, now=timezone.now())

    assert slugs(ask("GET", PATH + query)) == shown


def test_shows_a_bound_key_its_own(ask, many, bound):
    response = ask("GET", PATH, bearer=bound)

    assert slugs(response) == ["aa_1"]
    assert response.json()["total"] == 1


def test_shows_nothing_of_another_tenant(ask, many, globex):
    assert slugs(ask("GET", PATH, bearer=globex.bearer)) == ["aa_1"]
    listed = ask("GET", PATH, bearer=globex.bearer).json()["apps"]
    assert listed[0]["deployment_id"] == str(globex.deployment.pk)


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("limit", ["0", "-1", "1001", "x", "", "1.5", "9" * 5000]),
        ("offset", ["-1", "x", ""]),
        ("include_inactive", ["maybe", ""]),
        ("search", ["a%00b", "%E2%80%AE", "x" * 200]),
    ],
)
def test_names_the_member_that_is_wrong(ask, member, values):
    for value in values:
        assert_refused(ask("GET", f"{PATH}?{member}={value}"), field=member)


def test_refuses_a_member_that_is_given_twice(ask):
    assert_refused(ask("GET", f"{PATH}?limit=1&limit=2"), field="limit")


def test_costs_the_same_for_few_and_many(ask, acme, django_assert_num_queries):
    for number in range(20):
        make.scheme(acme.deployment, f"s{number}")
        make.app(acme.deployment, f"m{number}", rate_limit_scheme_slug=f"s{number}")
    ask("GET", PATH)

    # The backend key; how many there are; the apps with their schemes.
    with django_assert_num_queries(3):
        ask("GET", PATH)
