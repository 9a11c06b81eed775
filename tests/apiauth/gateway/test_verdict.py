"""The verdict: a pure function of a question and what is known."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from apiauth import credentials, gateway
from apiauth.errors import Invalid
from apiauth.gateway import verdict
from apiauth.gateway.verdict import Code

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAST, FUTURE = NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)
SECRET = credentials.make_secret("acme_live")
GOOD = {
    "at": NOW,
    "secret_id": UUID(int=1),
    "secret_ends_at": None,
    "prefix": "acme_live",
    "last_eight": SECRET[-8:],
    "key_id": UUID(int=2),
    "name": "CI",
    "owner_kind": "organization",
    "owner_id": "acme-ltd",
    "user_id": "ada",
    "organization_id": "acme-ltd",
    "workspace_id": None,
    "granted": ["reports:read"],
    "metadata": {},
    "expires_at": None,
    "disabled_at": None,
    "revoked_at": None,
    "deployment_id": UUID(int=3),
    "app_id": UUID(int=4),
    "app_slug": "aa_1",
    "app_is_active": True,
    "app_deleted_at": None,
    "ceiling": [],
    "owner_is_shut": False,
}
# In the published order (docs/gateway.md).
FAILING = [
    (Code.APP_INACTIVE, {"app_is_active": False}),
    (Code.SUSPENDED, {"owner_is_shut": True}),
    (Code.REVOKED, {"revoked_at": PAST}),
    (Code.ROTATED, {"secret_ends_at": PAST}),
    (Code.DISABLED, {"disabled_at": PAST}),
    (Code.EXPIRED, {"expires_at": PAST}),
    (Code.PERMISSION_DENIED, {"granted": []}),
]


def question(secret=SECRET, **settings):
    settings = {"required_permissions": ["reports:read"], **settings}
    return gateway.ask(secret=secret, method="GET", resource="/reports", **settings)


def decide(*changes, **settings):
    facts: dict[str, Any] = dict(GOOD)
    for change in changes:
        facts |= change
    return verdict.decide(question(**settings), gateway.Facts(**facts))


def test_allows_a_key_without_fault():
    decided = decide()

    assert (decided.allowed, decided.code) == (True, Code.VALID)
    assert decided.request_id.startswith("req_")


@pytest.mark.parametrize(("code", "change"), FAILING)
def test_names_the_condition_that_fails(code, change):
    decided = decide(change)

    assert (decided.allowed, decided.code) == (False, code)


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(FAILING, 2)))
def test_lets_the_earlier_of_two_failing_conditions_decide(first, second):
    assert decide(second[1], first[1]).code is first[0]


def test_publishes_the_order_it_follows():
    assert [code for code, _ in verdict.STAGES] == [code for code, _ in FAILING]


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


def test_requires_nothing_when_nothing_is_asked_for():
    assert decide({"granted": []}, required_permissions=[]).allowed


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
    ],
)
def test_refuses_a_malformed_question_by_its_member(member, value):
    members = {"method": "GET", "resource": "/", member: value}

    with pytest.raises(Invalid) as refusal:
        gateway.ask(secret=SECRET, **members)

    assert refusal.value.field == member
