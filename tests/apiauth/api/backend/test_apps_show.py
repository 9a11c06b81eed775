"""`GET /api-auth/apps/{app_slug}`."""

import pytest
from django.utils import timezone

from apiauth import applications
from tests import make
from tests.apiauth.api.bodies import assert_refused

PATH = "/api-auth/apps"
ALWAYS = {
    "deployment_id",
    "app_slug",
    "name",
    "key_prefix",
    "is_active",
    "permissions",
    "resources",
    "rate_limits",
    "created_at",
    "updated_at",
    "description",
    "deleted_at",
}


def test_shows_what_clients_read(ask, acme):
    answer = ask("GET", f"{PATH}/aa_1").json()

    assert set(answer) == ALWAYS
    assert answer["deployment_id"] == str(acme.deployment.pk)
    assert (answer["app_slug"], answer["name"]) == ("aa_1", "Acme API")
    assert answer["permissions"] == ["reports:read", "reports:write"]
    assert (answer["description"], answer["deleted_at"]) == (None, None)
    assert (answer["rate_limits"], answer["is_active"]) == ([], True)
    assert answer["created_at"].endswith("Z")


def test_shows_owners_and_limits_when_there_are_some(ask, acme):
    make.scheme(acme.deployment)
    owners = {"user_id": "u1", "organization_id": "o1", "workspace_id": "w1"}
    make.app(acme.deployment, "aa_2", rate_limit_scheme_slug="basic", **owners)

    answer = ask("GET", f"{PATH}/aa_2").json()

    assert {name: answer[name] for name in owners} == owners
    assert answer["rate_limit_scheme_slug"] == "basic"
    assert answer["rate_limits"] == [{**make.RULE, "priority": 0}]


@pytest.mark.parametrize("name", ["aa_1", "Acme%20API", "Acme API"])
def test_finds_by_slug_and_by_name(ask, name):
    assert ask("GET", f"{PATH}/{name}").json()["app_slug"] == "aa_1"


def test_asks_for_the_slug_where_a_name_is_two_apps(ask, acme):
    make.app(acme.deployment, "aa_2")

    assert_refused(ask("GET", f"{PATH}/Acme%20API"), 409, field="app_slug")


def test_shows_an_app_that_is_off(ask, acme):
    applications.deactivate(app=acme.app, actor=make.HOST, now=timezone.now())

    assert ask("GET", f"{PATH}/aa_1").json()["is_active"] is False


def test_costs_few_queries(ask, acme, django_assert_num_queries):
    ask("GET", f"{PATH}/aa_1")

    # The backend key; the app with its deployment and scheme.
    with django_assert_num_queries(2):
        ask("GET", f"{PATH}/aa_1")
