"""Tickets by the SDK (README: 8)."""

import time

import pytest

from tests.clients import nodes


@pytest.fixture(scope="module")
def told(tell):
    return tell("tickets")


@pytest.mark.parametrize("call", ["posted", "byMethod", "withOtherMembers"])
def test_gets_a_ticket_as_guides_ask_for_it(told, acme_desk, call):
    answer = told[call]["answer"]

    assert set(answer) == {"expires_at", "ticket", "url"}
    assert answer["ticket"].startswith("apt.")
    assert answer["url"] == f"{acme_desk.url}/vanity/api-auth?ticket={answer['ticket']}"
    # Unix seconds, and the life is short without anybody's asking.
    assert type(answer["expires_at"]) is int
    assert time.time() - 600 < answer["expires_at"] < time.time() + 121


def test_gets_another_one_each_time(told):
    issued = nodes.answers(told, "posted", "byMethod", "withOtherMembers")

    assert len({one["ticket"] for one in issued}) == 3


@pytest.mark.parametrize(
    ("call", "field"),
    [
        ("type:impersonation", "ticket_type"),
        ("type:agent_access", "ticket_type"),
        ("type:webhook_app_access", "ticket_type"),
        ("type:x", "ticket_type"),
        ("noApp", "api_auth_app_slug"),
        ("emptyApp", "api_auth_app_slug"),
        ("tooShort", "expires_in"),
    ],
)
def test_reads_which_member_is_wrong(told, call, field):
    assert nodes.refusal(told[call]) == ("ValidationError", 400)
    assert told[call]["details"] == {"field": field}


def test_cannot_tell_a_foreign_app_from_an_absent_one(told):
    assert nodes.refusal(told["foreignApp"]) == ("NotFoundError", 404)
    assert told["foreignApp"]["message"] == told["unknownApp"]["message"]
