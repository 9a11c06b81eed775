"""Who may call `/api-auth/apps` and `/api-auth/rate-limit-schemes`, and how."""

import pytest

from apiauth.models import ApiAuthApp, AuditEvent, RateLimitScheme
from tests import make
from tests.apiauth.api import bodies
from tests.apiauth.api.bodies import assert_refused

APPS, SCHEMES = "/api-auth/apps", "/api-auth/rate-limit-schemes"
APP, SCHEME = f"{APPS}/aa_1", f"{SCHEMES}/basic"
NEW_SCHEME = {"slug": "s", "name": "S", "rules": [make.RULE]}
READS = [("GET", APPS), ("GET", APP), ("GET", SCHEMES), ("GET", SCHEME)]
WRITES = [
    ("POST", APPS, {"app_slug": "new", "name": "New"}),
    ("PATCH", APP, {"name": "New"}),
    ("DELETE", APP, None),
    ("POST", SCHEMES, NEW_SCHEME),
    ("PATCH", SCHEME, {"name": "New"}),
    ("DELETE", SCHEME, None),
]
EVERY = [*((*read, None) for read in READS), *WRITES]
ONES = [one for one in EVERY if one[1] in {APP, SCHEME}]
SENT = [one for one in EVERY if one[2] is not None]
# Segments of an address that no stored slug or name can be.
ODD = ["%00", "a%00b", "%0A", "aa_1%0A", "basic%0a", "%FF%FE", "%E2%80%AE", "x" * 3000]


@pytest.fixture(autouse=True)
def basic(acme):
    return make.scheme(acme.deployment)


def at(segment, call):
    """The same call for another app or scheme."""
    method, path, body = call
    return method, f"{path.rpartition('/')[0]}/{segment}", body


def state():
    """All that these operations could change."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (ApiAuthApp, RateLimitScheme, AuditEvent)
    ]


@pytest.mark.parametrize("call", EVERY)
@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer x", "Basic eDp4"]
)
def test_refuses_who_has_no_backend_key(ask, call, authorization):
    before = state()
    bearer = {} if authorization is None else {"Authorization": authorization}

    response = ask(*call, bearer=bearer)

    assert_refused(response, 401)
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert state() == before


@pytest.mark.parametrize("call", EVERY)
def test_takes_no_customers_key_and_no_cookie(ask, ci_key, ada, client, call):
    client.cookies["__Host-keyplate-binder"] = ada.binder

    for secret in (ci_key.secret, ada.token):
        bearer = {"Authorization": f"Bearer {secret}"}
        assert_refused(ask(*call, bearer=bearer), 401)


@pytest.mark.parametrize("call", EVERY)
def test_refuses_a_key_without_the_scope(ask, acme, call):
    others = ("keys:manage", "tickets:issue", "keys:verify", "audit:read")
    minted = make.backend_key(acme.deployment, *others)
    before = state()

    response = ask(*call, bearer={"Authorization": f"Bearer {minted.secret}"})

    assert_refused(response, 403)
    assert "apps:manage" in response.json()["message"]
    assert state() == before


@pytest.mark.parametrize("call", ONES)
def test_hides_what_is_another_tenants(ask, globex, call):
    make.app(globex.deployment, "theirs")
    make.scheme(globex.deployment, "theirs")
    before = state()

    foreign, absent = (ask(*at(segment, call)) for segment in ("theirs", "absent"))

    assert_refused(foreign, 404, field="app_slug" if call[1] == APP else "slug")
    assert foreign.content == absent.content
    assert state() == before


@pytest.mark.parametrize("call", EVERY)
def test_a_bound_key_changes_nothing_that_others_share(ask, bound, call):
    is_shared = call[0] != "GET" and call[1] != APP
    before = state()

    response = ask(*call, bearer=bound)

    if is_shared:
        assert_refused(response, 403)
        assert state() == before
    else:
        assert response.status_code == 200


@pytest.mark.parametrize("call", [o for o in ONES if o[1] == APP])
def test_hides_apps_beyond_the_keys_restriction(ask, acme, bound, call):
    make.app(acme.deployment, "aa_2")

    hidden = ask(*at("aa_2", call), bearer=bound)
    absent = ask(*at("absent", call), bearer=bound)

    assert_refused(hidden, 404, field="app_slug")
    assert hidden.content == absent.content


@pytest.mark.parametrize("segment", ODD)
@pytest.mark.parametrize("call", ONES)
def test_finds_nothing_at_odd_addresses(ask, call, segment):
    response = ask(*at(segment, call))

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (APPS, "GET, POST"),
        (SCHEMES, "GET, POST"),
        (APP, "DELETE, GET, PATCH"),
        (SCHEME, "DELETE, GET, PATCH"),
    ],
)
def test_names_the_right_methods_to_a_wrong_one(ask, path, allowed):
    rest = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - {*allowed.split(", ")}

    for method in sorted(rest):
        response = ask(method, path)
        assert_refused(response, 405)
        assert sorted(response.headers["Allow"].split(", ")) == allowed.split(", ")


@pytest.mark.parametrize("path", [APPS, APP, SCHEMES, SCHEME])
def test_has_no_trailing_slash(ask, path):
    response = ask("GET", f"{path}/")

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("broken", bodies.BROKEN)
@pytest.mark.parametrize("call", SENT)
def test_refuses_broken_bodies(ask, call, broken):
    before = state()

    assert_refused(ask(*call[:2], broken))
    assert state() == before


@pytest.mark.parametrize("call", SENT)
def test_refuses_a_large_body(ask, call):
    assert_refused(ask(*call[:2], b" " * 70_000), 413)


@pytest.mark.parametrize("call", SENT)
def test_refuses_a_body_that_is_no_json(client, acme, call):
    response = client.generic(
        *call[:2], "{}", content_type="text/plain", headers=acme.bearer
    )

    assert_refused(response, 415)


@pytest.mark.parametrize("call", SENT)
def test_ignores_members_of_other_versions(ask, call):
    body = {**call[2], "unheard": [{}], "id": 7}

    assert ask(*call[:2], body).status_code == 200


@pytest.mark.parametrize("call", EVERY)
def test_is_stored_by_nobody(ask, call):
    response = ask(*call)

    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("call", WRITES)
def test_tells_the_history_which_backend_did_it(ask, acme, call):
    ask(*call)

    event = AuditEvent.objects.order_by("sequence").last()
    assert (event.actor_kind, event.actor_id) == ("host", str(acme.backend_key.id))
    assert event.deployment_id == acme.deployment.pk
    assert event.request_id


@pytest.mark.parametrize("call", EVERY)
def test_leaks_no_secret(ask, acme, ci_key, ada, call):
    answer = ask(*call).content.decode()

    for secret in (acme.minted.secret, ci_key.secret, ada.token, ada.binder):
        assert secret not in answer
        assert secret.rpartition("_")[2] not in answer
