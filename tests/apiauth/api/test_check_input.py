"""`POST /v1/authz/check`: bad input is a 400 with a sentence, never a pass."""

import pytest

from apiauth.models import Decision, RateCount
from tests.apiauth.api import bodies
from tests.apiauth.api.bodies import assert_refused


def nothing_happened():
    return not (Decision.objects.exists() or RateCount.objects.exists())


@pytest.mark.parametrize("body", bodies.BROKEN)
def test_refuses_broken_bodies(check, body):
    assert_refused(check(body=body))
    assert nothing_happened()


@pytest.mark.parametrize("path", ["/v1/authz/check", "/session/tickets"])
def test_refuses_a_body_that_is_no_json(client, acme, path):
    response = client.post(path, b"{}", content_type="text/plain", headers=acme.bearer)

    assert_refused(response, 415)
    assert response.json()["code"] == "unsupported_media_type"


def test_refuses_a_large_body(check):
    assert_refused(check(body=b" " * 70_000), 413)


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("principal", [*bodies.NOT_A_LIST[:3], None, []]),
        (
            "method",
            [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, None, "", "TRACE", "po\u017ft"],
        ),
        (
            "resource",
            [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, None, "", " ", "?a", "#"],
        ),
        ("client_ip", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, "localhost", "1.2.3"]),
        ("user_agent", bodies.NOT_TEXT),
        ("required_permissions", [*bodies.NOT_A_LIST, ["a b"], ["("], ["a"] * 101]),
        ("explain", ["true", "please", 1, 0, None, [], {}]),
        ("environment", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, "", "test"]),
        ("unknown", ["x"]),
        ("<b>", ["x"]),
    ],
)
def test_names_the_member_that_is_wrong(check, member, values):
    for value in values:
        assert_refused(check(**{member: value}), field=member)

    assert nothing_happened()


@pytest.mark.parametrize(
    ("principal", "field"),
    [
        ({}, "principal.type"),
        ({"type": "api_key"}, "principal.value"),
        ({"type": "api_key", "value": None}, "principal.value"),
        ({"type": "api_key", "value": 7}, "principal.value"),
        ({"type": "session", "value": "x"}, "principal.type"),
        ({"type": "api_key", "value": "x", "more": 1}, "principal.more"),
    ],
)
def test_names_the_part_of_the_principal_that_is_wrong(check, principal, field):
    assert_refused(check(principal=principal), field=field)


@pytest.mark.parametrize("item", [7, None, True, [], {}, "a AND", "\x00", "\ud800"])
def test_never_passes_a_malformed_requirement(check, item):
    response = check(required_permissions=["reports:read", item])

    assert response.status_code == 400
    assert "required_permissions" in response.json()["errors"][0]["field"]
    assert nothing_happened()


def test_refuses_a_header_that_is_no_address(check):
    response = check(more={"X-Original-Client-Ip": "<script>"})

    assert_refused(response, field="client_ip")
