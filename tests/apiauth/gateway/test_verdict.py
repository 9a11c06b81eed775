"""The verdict: a pure function of a question and what is known."""

import itertools
from datetime import timedelta

import pytest

from apiauth import gateway
from apiauth.errors import Invalid
from apiauth.gateway import Code, verdict
from tests.apiauth.gateway.cases import (
    BEARER,
    FAULTS,
    FUTURE,
    NOW,
    PAST,
    SECRET,
    decide,
    question,
)

DAY = timedelta(days=1)


def test_allows_a_key_without_fault():
    decided = decide()

    assert (decided.allowed, decided.code) == (True, Code.VALID)
    assert decided.request_id.startswith("req_")


@pytest.mark.parametrize(("code", "change"), FAULTS)
def test_names_the_condition_that_fails(code, change):
    decided = decide(change)

    assert (decided.allowed, decided.code) == (False, code)


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(FAULTS, 2)))
def test_lets_the_earlier_of_two_failing_conditions_decide(first, second):
    assert decide(second[1], first[1]).code is first[0]


def test_publishes_the_order_it_follows():
    assert [code for code, _ in verdict.STAGES] == [code for code, _ in FAULTS]


def test_takes_a_deleted_app_for_an_inactive_one():
    assert decide({"app_deleted_at": PAST}).code is Code.APP_INACTIVE


@pytest.mark.parametrize("end", ["secret_ends_at", "expires_at"])
@pytest.mark.parametrize(("at", "allowed"), [(FUTURE, True), (NOW, False)])
def test_ends_at_the_moment_that_was_set(end, at, allowed):
    assert decide({end: at}).allowed is allowed


@pytest.mark.parametrize(
    ("granted", "ceiling", "allowed"),
    [
        (["reports:read"], [], True),
        (["reports:read"], ["reports:read", "x"], True),
        (["reports:read"], ["reports:*"], True),
        (["reports:*"], ["reports:read"], True),
        (["*"], ["reports:write"], False),
        (["reports:read"], ["reports:write"], False),
        ([], ["reports:read"], False),
    ],
)
def test_grants_what_key_and_app_both_allow(granted, ceiling, allowed):
    assert decide({"granted": granted, "ceiling": ceiling}).allowed is allowed


@pytest.mark.parametrize(
    ("roles", "ceiling", "allowed"),
    [
        ({"org_role_permissions": ["reports:read"]}, [], True),
        ({"workspace_role_permissions": ["reports:*"]}, [], True),
        ({"org_role_permissions": ["reports:read"]}, ["reports:write"], False),
        ({"org_role_permissions": ["*"]}, ["reports:read"], True),
        ({"org_role_permissions": []}, [], False),
    ],
)
def test_grants_what_roles_allow_within_the_apps_list(roles, ceiling, allowed):
    assert decide(roles, {"granted": [], "ceiling": ceiling}).allowed is allowed


def test_unites_the_permissions_of_key_and_roles():
    decided = decide(
        {
            "granted": ["c", "a"],
            "org_role_permissions": ["b", "a"],
            "workspace_role_permissions": ["d"],
            "ceiling": ["a", "b", "c"],
        }
    )

    assert decided.facts.permissions == ["a", "b", "c"]


def test_requires_nothing_when_nothing_is_asked_for():
    assert decide({"granted": []}, required_permissions=[]).allowed


# ------------------------------------------------------- environments and policies


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (None, Code.VALID),
        ("production", Code.VALID),
        ("staging", Code.UNKNOWN),
    ],
)
def test_knows_keys_of_the_environment_alone(asked, code):
    decided = decide(environment=asked)

    assert decided.code is code
    assert (decided.facts is None) == (code is Code.UNKNOWN)


def test_tells_nothing_of_a_revoked_key_of_another_environment():
    decided = decide({"revoked_at": PAST}, environment="staging", bearer=BEARER)

    assert (decided.code, decided.facts) == (Code.UNKNOWN, None)


@pytest.mark.parametrize(
    ("policy", "expires_at", "rule"),
    [
        ({"expiry_required": True}, None, "expiry_required"),
        ({"expiry_max_days": 30}, None, "expiry_required"),
        # The secret is ten days old.
        ({"expiry_max_days": 30}, NOW + 21 * DAY, "expiry_max_days"),
        ({"expiry_max_days": 30}, NOW + 20 * DAY, ""),
        ({"expiry_required": True}, NOW + 900 * DAY, ""),
        ({}, None, ""),
    ],
)
@pytest.mark.parametrize("at_check", ["off", "report", "enforce"])
def test_holds_a_key_to_the_present_rules(policy, expires_at, rule, at_check):
    held = {"policy": {**policy, "at_check": at_check}, "expires_at": expires_at}

    decided = decide(held)

    broken = bool(rule) and at_check == "enforce"
    assert decided.code is (Code.POLICY_VIOLATION if broken else Code.VALID)
    assert decided.rule == (rule if at_check == "enforce" else "")
    assert decided.violation == (rule if at_check == "report" else "")


def test_holds_no_key_to_rules_unless_told_to():
    assert decide({"policy": {"expiry_required": True}}).allowed


@pytest.mark.parametrize(
    ("client_ip", "allowed"),
    [("10.1.2.3", True), ("::ffff:10.1.2.3", True), ("192.0.2.1", False), ("", False)],
)
@pytest.mark.parametrize("at_check", ["off", "report", "enforce"])
def test_binds_a_key_to_its_networks(client_ip, allowed, at_check):
    bound = {"policy": {"networks": ["10.0.0.0/8"], "at_check": at_check}}

    decided = decide(bound, client_ip=client_ip)

    assert decided.code is (Code.VALID if allowed else Code.NETWORK_FORBIDDEN)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/reports", True),
        ("/reports/7?x=1", True),
        ("/orders", False),
        ("/reports/../orders", False),
        ("/reports/%2e%2e/orders", False),
    ],
)
def test_binds_a_key_to_its_resources(path, allowed):
    decided = decide({"resources": ["/reports", "/reports/*"]}, resource=path)

    assert decided.code is (Code.VALID if allowed else Code.RESOURCE_FORBIDDEN)


def test_knows_nothing_of_an_unknown_secret():
    decided = verdict.decide(question(), None)

    assert (decided.code, decided.facts) == (Code.UNKNOWN, None)


@pytest.mark.parametrize("secret", ["", "x", SECRET[:-1], SECRET.swapcase()])
def test_calls_a_broken_secret_malformed_whatever_is_known(secret):
    decided = decide({"revoked_at": PAST}, secret=secret)

    assert (decided.code, decided.facts) == (Code.MALFORMED, None)


def test_shows_no_secret():
    decided = decide()

    assert SECRET not in f"{decided!r} {decided.question!r}"


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("/reports", "/reports"),
        (" reports/1?x=1#y ", "/reports/1"),
        ("/a#b?c", "/a"),
        ("/%00/%E2%80%AE", "/%00/%E2%80%AE"),
        ("/käse", "/käse"),
    ],
)
def test_brings_a_resource_into_one_form(asked, path):
    asked = gateway.ask(secret=SECRET, method="get", resource=asked)

    assert (asked.method, asked.resource) == ("GET", path)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("method", ""),
        ("method", "TRACE"),
        ("method", "GET "),
        ("method", "po\u017ft"),  # upper-cased it would read POST
        ("resource", ""),
        ("resource", "  "),
        ("resource", "?x=1"),
        ("resource", "#"),
        ("resource", "/a\x00b"),
        ("resource", "/a\r\nX-Evil: 1"),
        ("resource", "/a\u202eb"),
        ("resource", "/a\ud800b"),
        ("resource", "/" + "x" * 8000),
        ("client_ip", "localhost"),
        ("client_ip", "192.0.2.1, 192.0.2.2"),
        ("client_ip", "fe80::1%<script>"),
        ("required_permissions", ["a b"]),
        ("environment", "test"),
        ("environment", ""),
        ("explain", True),  # without a gateway key
    ],
)
def test_refuses_a_malformed_question_by_its_member(member, value):
    members = {"method": "GET", "resource": "/", member: value}

    with pytest.raises(Invalid) as refusal:
        gateway.ask(secret=SECRET, **members)

    assert refusal.value.field == member
