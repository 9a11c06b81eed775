"""Who may call what about tenants and sessions, and how."""

import uuid

import pytest

from apiauth.models import EndUser, Organization, PortalSession
from tests import make
from tests.apiauth.api.bodies import assert_refused

TENANTS = [
    ("GET", "/api-auth/organizations"),
    ("GET", "/api-auth/organizations/acme-ltd"),
    ("PUT", "/api-auth/organizations/acme-ltd"),
    ("DELETE", "/api-auth/organizations/acme-ltd"),
    ("POST", "/api-auth/organizations/acme-ltd/suspend"),
    ("POST", "/api-auth/organizations/acme-ltd/resume"),
    ("GET", "/api-auth/organizations/acme-ltd/members"),
    ("PUT", "/api-auth/organizations/acme-ltd/members/ada"),
    ("DELETE", "/api-auth/organizations/acme-ltd/members/ada"),
    ("GET", "/api-auth/users"),
    ("GET", "/api-auth/users/ada"),
    ("PUT", "/api-auth/users/ada"),
    ("DELETE", "/api-auth/users/ada"),
    ("POST", "/api-auth/users/ada/suspend"),
    ("POST", "/api-auth/users/ada/resume"),
]
SESSIONS = [
    ("GET", "/api-auth/apps/aa_1/sessions"),
    ("POST", "/api-auth/apps/aa_1/sessions/end"),
    ("POST", f"/api-auth/sessions/{uuid.UUID(int=7)}/end"),
]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
BODY = {"status": "deleted", "all": True}


def nothing_happened():
    is_same = not (Organization.objects.shut() or EndUser.objects.shut())
    return is_same and not PortalSession.objects.exclude(ended_at=None).exists()


def bearer(acme, *scopes, **settings):
    minted = make.backend_key(acme.deployment, *scopes, **settings)
    return {"Authorization": f"Bearer {minted.secret}"}


@pytest.mark.parametrize(("method", "path"), TENANTS + SESSIONS)
def test_refuses_who_has_no_backend_key(ask, ada, ci_key, method, path):
    for secret in (None, "x", ci_key.secret, ada.token, ada.binder):
        sent = {} if secret is None else {"Authorization": f"Bearer {secret}"}

        answer = ask(method, path, BODY, sent)

        assert_refused(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert nothing_happened()


@pytest.mark.parametrize(("method", "path"), TENANTS + SESSIONS)
def test_refuses_a_key_without_the_scope(ask, acme, ada, method, path):
    needed = "apps:manage" if (method, path) in TENANTS else "keys:manage"
    others = {"apps:manage", "keys:manage", "tickets:issue", "audit:read"} - {needed}

    answer = ask(method, path, BODY, bearer(acme, *others))

    assert_refused(answer, 403)
    assert needed in answer.json()["message"]
    assert nothing_happened()


@pytest.mark.parametrize("call", TENANTS)
def test_refuses_a_key_that_is_bound_to_apps(ask, acme, ada, bound, call):
    answer = ask(*call, BODY, bound)

    assert_refused(answer, 403)
    assert "bound to some apps" in answer.json()["message"]
    assert nothing_happened()


@pytest.mark.parametrize(("method", "path"), TENANTS + SESSIONS)
def test_one_scope_is_enough(ask, acme, ada, method, path):
    needed = "apps:manage" if (method, path) in TENANTS else "keys:manage"

    answer = ask(method, path, BODY, bearer(acme, needed))

    assert answer.status_code in {200, 404}


@pytest.mark.parametrize("path", sorted({path for _, path in TENANTS + SESSIONS}))
def test_takes_no_other_methods(ask, ada, path):
    right = {method for method, one in TENANTS + SESSIONS if one == path}

    for method in set(METHODS) - right:
        answer = ask(method, path)

        assert answer.status_code == 405, method
        assert set(answer.headers["Allow"].split(", ")) == right
        assert method == "HEAD" or answer.json()["code"] == "method_not_allowed"


@pytest.mark.parametrize(("method", "path"), TENANTS + SESSIONS)
def test_has_no_trailing_slash(ask, ada, method, path):
    answer = ask(method, f"{path}/", BODY)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert nothing_happened()
