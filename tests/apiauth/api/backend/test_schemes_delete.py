"""`DELETE /api-auth/rate-limit-schemes/{slug}`."""

import pytest

from apiauth.models import AuditEvent, RateLimitScheme
from tests import make
from tests.apiauth.api.bodies import assert_refused

PATH = "/api-auth/rate-limit-schemes/basic"
APP = "/api-auth/apps/aa_1"


@pytest.fixture
def delete(ask, acme):
    make.scheme(acme.deployment)
    return lambda: ask("DELETE", PATH)


def test_deletes_once_for_good(delete):
    first, second = delete(), delete()

    assert (first.status_code, first.content) == (204, b"")
    assert "Content-Type" not in first.headers
    assert_refused(second, 404, field="slug")
    assert not RateLimitScheme.objects.exists()


def test_keeps_one_that_an_app_uses(delete, ask):
    ask("PATCH", APP, {"rate_limit_scheme_slug": "basic", "is_active": False})

    response = delete()

    assert_refused(response, 400)
    assert response.json()["code"] == "scheme_in_use"
    assert response.json()["details"] == {"apps": "aa_1"}
    assert RateLimitScheme.objects.exists()


@pytest.mark.parametrize("freed_by", ["PATCH", "DELETE"])
def test_deletes_one_that_apps_let_go(delete, ask, freed_by):
    ask("PATCH", APP, {"rate_limit_scheme_slug": "basic"})
    ask(freed_by, APP, {"rate_limit_scheme_slug": ""} if freed_by == "PATCH" else None)

    assert delete().status_code == 204


def test_leaves_the_schemes_of_others_alone(delete, globex):
    theirs = make.scheme(globex.deployment)

    delete()

    assert RateLimitScheme.objects.get() == theirs


def test_records_what_went(delete):
    delete()

    event = AuditEvent.objects.get(action="scheme.deleted")
    assert event.before == {"name": "Basic", "rules": [{**make.RULE, "priority": 0}]}
    assert event.after == {"slug": "basic"}


def test_costs_few_queries(delete, django_assert_num_queries):
    # The backend key, whether it is bound, and its use; the scheme; begin and end; the
    # scheme under its lock; who uses it; deleted apps let go; what Django itself looks
    # for; the scheme gone; the chain's row, made, read and written; the event.
    with django_assert_num_queries(15):
        delete()
