"""Verdicts by the SDK, which sends the gateway no key of its own (README: 11)."""

import pytest

from tests.clients import nodes

IDENTITY = {
    "owner_user_id": "usr_abc123",
    "organization_id": "org_abc123",
    "workspace_id": "ws_1",
    "organization_membership_id": None,
    "workspace_membership_id": None,
    "app_slug": "aa_gateway",
    "key_name": "Good",
}
# What the contract lists; ours are beside it.
VERDICT = {
    "allowed",
    "blocked_rule",
    "headers",
    "identity",
    "metadata",
    "permissions",
    "rate_limits",
    "reason",
    "request_id",
    "retry_after",
}


@pytest.fixture(scope="module")
def told(tell):
    return tell("gateway")


def test_reads_a_verdict_that_allows(told):
    verdict, key = nodes.answers(told, "allowed", "key")

    identity = dict(verdict["identity"])
    assert set(verdict) >= VERDICT
    assert (verdict["allowed"], verdict["reason"]) == (True, None)
    assert (verdict["blocked_rule"], verdict["retry_after"]) == (None, None)
    assert identity.pop("key_id") == key["id"]
    assert identity.pop("deployment_id") == key["deployment_id"]
    assert identity == IDENTITY
    assert verdict["permissions"] == ["read:data", "write:data"]  # Sorted.
    assert verdict["metadata"] == key["metadata"]
    assert verdict["request_id"].startswith("req_")


def test_reads_headers_to_copy(told):
    headers = told["allowed"]["answer"]["headers"]

    assert headers["x-wacht-app-slug"] == "aa_gateway"
    assert headers["x-wacht-organization-id"] == "org_abc123"
    assert headers["x-wacht-permissions"] == "read:data,write:data"
    assert headers["x-wacht-metadata"] == "team=data,granted_resource=urn:x"
    assert all(name == name.lower() for name in headers)


def test_sends_the_gateway_no_authorization(told):
    [request] = told["allowed"]["wire"]

    assert (request["method"], request["path"]) == ("POST", "/v1/authz/check")
    assert not request["authorized"]


@pytest.mark.parametrize(
    "call",
    [
        "byWireBody",
        "lowerCase",
        "needs:both",
        "needs:commas",
        "needs:either",
        "needs:nested",
        "needs:none",
        "appActiveAgain",
    ],
)
def test_allows_however_it_is_said(told, call):
    assert told[call]["answer"]["allowed"] is True


def test_reads_a_verdict_that_misses_a_permission(told):
    verdict = told["permissionDenied"]["answer"]

    assert (verdict["allowed"], verdict["reason"]) == (False, "permission_denied")
    assert verdict["blocked_rule"] == "permission_denied"
    assert verdict["identity"]["key_name"] == "Good"
    assert verdict["headers"]["x-wacht-permission-denied"] == "true"


def test_reads_what_is_left_of_every_limit(told):
    verdict = told["withinLimits"]["answer"]

    assert verdict["allowed"] is True
    assert verdict["rate_limits"] == [
        {"rule": "1/3600s", "remaining": 0, "limit": 1},
        {"rule": "9/3600s", "remaining": 8, "limit": 9},
    ]
    assert verdict["retry_after"] is None
    # Of two rules with one window the tightest.
    assert verdict["headers"]["x-ratelimit-3600s-limit"] == "1"
    assert verdict["headers"]["x-ratelimit-3600s-remaining"] == "0"


def test_reads_a_verdict_over_a_limit(told):
    verdict = told["rateLimited"]["answer"]

    assert (verdict["allowed"], verdict["reason"]) == (False, "rate_limited")
    assert verdict["blocked_rule"] == "1/3600s"
    assert 3540 <= verdict["retry_after"] <= 3660  # Seconds.
    assert verdict["headers"]["x-ratelimit-3600s-reset"].isdigit()
    [wire] = told["rateLimited"]["wire"]
    assert wire["status"] == 200


def test_works_out_whose_request_was_over_a_limit(told):
    context = told["contextOfLimited"]["answer"]

    assert (context["tokenType"], context["ownerUserId"]) == ("api_key", "usr_abc123")


def test_counts_a_key_wherever_it_is_used(told):
    assert told["otherPath"]["answer"]["reason"] == "rate_limited"


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("revoked", "This API key was revoked."),
        ("rotated", "This secret was replaced by a newer one."),
        ("expired", "This API key has expired."),
        ("unknown", "There is no such API key."),
        ("malformed", "This is not an API key."),
        ("badChecksum", "This is not an API key."),
        ("oauth", "This is not an API key."),
        ("appInactive", "The app of this API key is switched off."),
        ("appDeleted", "The app of this API key is switched off."),
        ("otherResource", "This API key may not be used for this resource."),
    ],
)
def test_reads_why_a_credential_is_refused(told, call, sentence):
    assert nodes.refusal(told[call]) == ("AuthenticationError", 401)
    assert told[call]["message"] == sentence


@pytest.mark.parametrize(
    ("call", "field"),
    [
        ("badMethod", "method"),
        ("noResource", "resource"),
        ("badExpression", "required_permissions"),
        ("unknownMember", "explain"),
    ],
)
def test_reads_what_is_wrong_with_a_question(told, call, field):
    assert nodes.refusal(told[call]) == ("ValidationError", 400)
    assert told[call]["details"] == {"field": field}


def test_works_out_whose_request_it_is(told):
    context, key = nodes.answers(told, "context", "key")

    assert (context["tokenType"], context["ownerUserId"]) == ("api_key", "usr_abc123")
    assert context["organizationId"] == "org_abc123"
    assert context["workspaceId"] == "ws_1"
    assert context["permissions"] == ["read:data", "write:data"]
    assert context["identity"]["key_id"] == key["id"]
    assert context["metadata"]["team"] == "data"
    assert context["metadata"]["principal_type"] == "api_key"
    assert (context["metadata"]["scopes"], context["metadata"]["granted_resource"]) == (
        ["a"],
        "urn:x",
    )


def test_works_out_the_identity_on_denials_too(told):
    context, identity = nodes.answers(told, "contextOfDenied", "identity")

    assert identity["principal_type"] == "api_key"
    assert context["identity"] == identity
