"""`POST /v1/authz/check`."""

import pytest
from django.db import connection
from django.utils import timezone

from apiauth import credentials, keys
from apiauth.models import Decision
from tests import make
from tests.apiauth.api.bodies import assert_refused
from tests.apiauth.gateway import broken

PATH = "/v1/authz/check"
IDENTITY = {
    "key_id",
    "deployment_id",
    "app_slug",
    "key_name",
    "owner_user_id",
    "organization_id",
    "workspace_id",
    "organization_membership_id",
    "workspace_membership_id",
}
WACHT = {
    "request_id",
    "allowed",
    "reason",
    "blocked_rule",
    "identity",
    "permissions",
    "metadata",
    "rate_limits",
    "retry_after",
    "headers",
}
OURS = {"code", "key", "limits", "decided_in"}


def test_allows_and_tells_all_that_clients_read(check, acme, ci_key):
    response = check(required_permissions=["reports:read"])

    answer = response.json()
    assert response.status_code == 200
    assert set(answer) == WACHT | OURS
    assert set(answer["identity"]) == IDENTITY
    assert (answer["allowed"], answer["reason"], answer["code"]) == (
        True,
        None,
        "valid",
    )
    assert answer["permissions"] == ["reports:read", "reports:write"]
    assert answer["rate_limits"] == [
        {"rule": "1000/60s", "remaining": 999, "limit": 1000}
    ]
    assert answer["request_id"] == Decision.objects.get().request_id
    assert 0 < answer["decided_in"] < 60_000


def test_says_whose_key_it_is(check, acme, ci_key):
    answer = check().json()

    assert answer["identity"]["key_id"] == str(ci_key.key.id)
    assert answer["identity"]["deployment_id"] == str(acme.deployment.id)
    assert answer["identity"]["owner_user_id"] == "ada"
    assert answer["identity"]["organization_id"] == "acme-ltd"
    assert answer["identity"]["workspace_id"] is None


def test_describes_the_key(check, acme):
    issued = make.key(acme.app, "deploy", expires_at=make.soon(days=1))

    assert check(issued.secret).json()["key"] == {
        "id": str(issued.key.id),
        "name": "deploy",
        "app_slug": "aa_1",
        "environment": "production",
        "prefix": "acme_live",
        "last_four": issued.secret[-4:],
        "expires_at": issued.key.expires_at.isoformat().replace("+00:00", "Z"),
        "secret_ends_at": None,
        "owner": {"kind": "organization", "id": "acme-ltd"},
    }


def test_denies_a_missing_permission_with_200(check):
    response = check(required_permissions=["reports:delete"])

    answer = response.json()
    assert (response.status_code, answer["allowed"]) == (200, False)
    assert answer["reason"] == answer["blocked_rule"] == "permission_denied"
    assert answer["headers"]["x-wacht-permission-denied"] == "true"
    assert set(answer["identity"]) == IDENTITY


@pytest.mark.parametrize(
    ("required", "allowed"),
    [
        (["reports:read OR reports:delete"], True),
        (["reports:read AND reports:delete"], False),
        (["reports:read, reports:write"], True),
        (["reports:read", "", "  "], True),
        ([], True),
        (None, True),
    ],
)
def test_reads_expressions(check, required, allowed):
    assert check(required_permissions=required).json()["allowed"] is allowed


def test_refuses_a_revoked_key_with_401(check, ci_key):
    keys.revoke(
        key=ci_key.key, reason="leaked", actor=make.OPERATOR, now=timezone.now()
    )

    response = check()

    answer = response.json()
    assert_refused(response, 401)
    assert WACHT | OURS | {"message", "errors"} == set(answer)
    assert (answer["allowed"], answer["code"]) == (False, "revoked")
    assert (answer["headers"], answer["blocked_rule"]) == ({}, None)
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("secret", "code"),
    [
        ("", "malformed"),
        ("x" * 9000, "malformed"),
        ("acme_live_" + "0" * 40, "malformed"),
        ("a\x00b", "malformed"),
        ("\ud800", "malformed"),
        (credentials.make_secret("acme_live"), "unknown"),
    ],
)
def test_says_nothing_of_what_it_does_not_know(check, secret, code):
    response = check(secret)

    answer = response.json()
    assert_refused(response, 401)
    assert (answer["allowed"], answer["code"]) == (False, code)
    assert (answer["identity"], answer["key"]) == (None, None)
    assert (answer["permissions"], answer["metadata"]) == ([], {})
    assert answer["request_id"].startswith("req_")


def test_takes_no_oauth_tokens(check, ci_key):
    principal = {"type": "oauth_access_token", "value": ci_key.secret}

    response = check(principal=principal)

    assert_refused(response, 401)
    assert response.json()["allowed"] is False


def test_knows_no_key_of_another_tenant(check, globex):
    response = check(bearer=globex.bearer)

    assert_refused(response, 401)
    assert response.json()["code"] == "unknown"


def test_knows_no_revoked_key_of_another_tenant(check, globex, ci_key):
    foreign = check(bearer=globex.bearer).json()
    keys.revoke(
        key=ci_key.key, reason="leaked", actor=make.OPERATOR, now=timezone.now()
    )
    revoked = check(bearer=globex.bearer).json()

    for answer in (foreign, revoked):
        del answer["request_id"], answer["decided_in"]
    assert foreign == revoked


# --------------------------------------------------------------- the gateway key


@pytest.mark.parametrize("authorization", ["", "Bearer x", "Basic eDp4"])
@pytest.mark.parametrize("anonymous", [True, False])
def test_refuses_a_bad_gateway_key_always(check, settings, authorization, anonymous):
    settings.KEYPLATE_GATEWAY_ANONYMOUS = anonymous

    response = check(bearer={"Authorization": authorization})

    assert_refused(response, 401)
    # Hosts must be able to tell this from a verdict on the customer's key.
    assert "allowed" not in response.json()


def test_refuses_a_gateway_key_without_the_scope(check, acme):
    minted = make.backend_key(acme.deployment, "tickets:issue")

    response = check(bearer={"Authorization": f"Bearer {minted.secret}"})

    assert_refused(response, 403)
    assert "allowed" not in response.json()


def test_lets_anyone_ask_only_where_the_operator_said_so(check, settings):
    assert_refused(check(bearer={}), 401)

    settings.KEYPLATE_GATEWAY_ANONYMOUS = True

    assert check(bearer={}).json()["allowed"]


# ----------------------------------------------------------------- what is recorded


@pytest.mark.parametrize(
    ("member", "header", "recorded"),
    [
        ("192.0.2.1", "192.0.2.2", "192.0.2.1"),
        (None, "192.0.2.2", "192.0.2.2"),
        ("", "", "127.0.0.1"),
        ("2001:DB8::1", "", "2001:db8::1"),
    ],
)
def test_records_the_customers_address(check, member, header, recorded):
    check(client_ip=member, more={"X-Original-Client-Ip": header})

    assert Decision.objects.get().client_ip == recorded


@pytest.mark.parametrize(
    ("member", "original", "own", "recorded"),
    [
        ("sdk", "browser", "curl", "sdk"),
        (None, "browser", "curl", "browser"),
        (None, "", "curl", "curl"),
        (None, "", "", "unknown"),
        ("a\x00b\u202e" * 200, "", "", ("a b " * 200)[:200]),
    ],
)
def test_records_the_customers_agent(check, member, original, own, recorded):
    check(
        user_agent=member,
        more={"X-Original-User-Agent": original, "User-Agent": own},
    )

    assert Decision.objects.get().user_agent == recorded


def test_records_method_and_path_without_the_query(check):
    check(method="post", resource="reports/1?token=secret#x")

    decision = Decision.objects.get()
    assert (decision.method, decision.path) == ("POST", "/reports/1")


def test_costs_few_queries(check, django_assert_num_queries):
    check()

    # PostgreSQL: look-up; begin, charge and log, end. SQLite's cost nothing but time.
    with django_assert_num_queries(4 if connection.vendor == "postgresql" else 10):
        check()


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
def test_takes_posts_alone(client, acme, method):
    response = getattr(client, method)(PATH, headers=acme.bearer)

    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


def test_is_unavailable_without_a_database_and_never_allows(check):
    with broken.log():
        response = check()

    assert_refused(response, 503)
    assert (response.json()["allowed"], response.json()["code"]) == (
        False,
        "unavailable",
    )
    assert response.headers["Retry-After"] == "1"
    assert broken.TEXT.encode() not in response.content


def test_repeats_nothing_secret(check, ci_key):
    for response in (check(), check(ci_key.secret[:-1]), check(method=ci_key.secret)):
        assert ci_key.secret[12:-8].encode() not in response.content
