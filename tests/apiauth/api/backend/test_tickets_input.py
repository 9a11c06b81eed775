"""`POST /session/tickets`: bad input says what is wrong and leaves nothing."""

import pytest

from apiauth.models import EndUser, Organization, Ticket
from tests.apiauth.api import bodies
from tests.apiauth.api.bodies import assert_refused


def nothing_happened():
    return not (Ticket.objects.exists() or Organization.objects.exists())


@pytest.mark.parametrize("body", bodies.BROKEN)
def test_refuses_broken_bodies(issue, body):
    assert_refused(issue(body))


def test_refuses_a_large_body(issue):
    assert_refused(issue(b" " * 70_000), 413)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "multipart/form-data; boundary=x", "x/y\x7f"]
)
def test_refuses_a_body_that_is_no_json(client, acme, content_type):
    response = client.generic(
        "POST", "/session/tickets", "{}", content_type=content_type, headers=acme.bearer
    )

    assert_refused(response, 415)
    assert response.json()["code"] == "unsupported_media_type"


@pytest.mark.parametrize("content_type", ["", "application/json;charset=utf-8"])
def test_reads_a_body_that_may_be_json(client, acme, content_type):
    response = client.generic(
        "POST", "/session/tickets", "{}", content_type=content_type, headers=acme.bearer
    )

    assert_refused(response, field="ticket_type")


@pytest.mark.parametrize(
    ("member", "values"),
    [
        (
            "ticket_type",
            [*bodies.NOT_TEXT, None, "", "impersonation", "API_AUTH_ACCESS"],
        ),
        ("api_auth_app_slug", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, None, "", " "]),
        ("expires_in", [*bodies.NOT_WHOLE, 9, 601, 0, -1, 10**30]),
        ("user_id", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, "", " "]),
        ("user_label", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS]),
        ("organization_id", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, ""]),
        ("organization_label", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS]),
        ("workspace_id", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, ""]),
        ("capabilities", bodies.NOT_A_LIST),
        ("grantable_permissions", [*bodies.NOT_A_LIST, ["a b"], ["<i>"], ["a"] * 101]),
        ("embed_origin", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, "null", "a b"]),
        (
            "return_url",
            [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, "javascript:alert(1)"],
        ),
        (
            "locale",
            [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, "d", "<b>", "en_US.UTF-8"],
        ),
        ("theme", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, "", "DARK", "<b>"]),
        ("auth_time", [*bodies.NOT_WHOLE, -1, 10**30, 4_000_000_000]),
    ],
)
def test_names_the_member_that_is_wrong(issue, member, values):
    for value in values:
        assert_refused(issue(**{member: value}), field=member)

    assert nothing_happened()


@pytest.mark.parametrize("member", ["capabilities", "grantable_permissions"])
@pytest.mark.parametrize("item", [7, None, True, [], {}, "\ud800"])
def test_names_the_item_of_a_list_that_is_wrong(issue, member, item):
    answer = issue(**{member: ["keys:read", item]})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].startswith(member)


@pytest.mark.parametrize(
    ("organization", "workspace", "field"),
    [("a/b", "c", "organization_id"), ("a", "b/c", "workspace_id")],
)
def test_lets_no_two_workspaces_be_one_owner(issue, organization, workspace, field):
    answer = issue(organization_id=organization, workspace_id=workspace)

    assert_refused(answer, field=field)
    assert nothing_happened()


def test_repeats_no_control_character(issue):
    answer = issue(capabilities=["keys:\x00\u202eread"])

    assert_refused(answer, field="capabilities")
    assert answer.json()["message"].isprintable()


def test_names_everything_that_is_wrong_at_once(issue):
    answer = issue({"expires_in": "1", "user_id": 7}).json()

    assert answer["message"] == "ticket_type is required."
    assert [error["field"] for error in answer["errors"]] == [
        "ticket_type",
        "api_auth_app_slug",
        "expires_in",
        "user_id",
    ]


def test_leaves_nothing_behind_of_a_refused_ticket(issue):
    issue(organization_id="new", user_id="new", theme="x")
    issue(organization_id="new", user_id="new", embed_origin="https://evil.example")

    assert nothing_happened()
    assert not EndUser.objects.exists()


@pytest.mark.parametrize("label", ["<script>alert(1)</script>", "x" * 64, "'\"\\"])
def test_takes_any_visible_label(issue, label):
    assert issue(user_id="ada", user_label=label).status_code == 200

    assert Ticket.objects.get().user_label == label
