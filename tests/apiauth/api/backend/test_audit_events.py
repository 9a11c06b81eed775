"""`GET /api-auth/audit/events`, of one app and of a whole deployment."""

import pytest
from django.utils import timezone

from apiauth import keys
from tests import make
from tests.apiauth.api.backend import reads
from tests.apiauth.api.bodies import assert_refused


@pytest.fixture(params=[reads.APP_EVENTS, reads.EVENTS])
def events(request, client, acme):
    def get(**query):
        return reads.get(client, request.param, acme.bearer, **query)

    return get


def test_tells_who_did_what(events, acme, ada, ci_key):
    actor = make.ADA
    keys.revoke(key=ci_key.key, reason="leaked", actor=actor, now=timezone.now())

    newest = events().json()["data"][0]

    assert newest["timestamp"].endswith("Z")
    assert newest["before"] is not None or newest["after"] is not None
    assert {name: newest[name] for name in ("action", "actor", "channel")} == {
        "action": "key.revoked",
        "actor": {"kind": "customer", "id": "ada", "label": "Ada"},
        "channel": "portal",
    }
    assert newest["key_id"] == str(ci_key.key.id)
    assert newest["app_slug"] == "aa_1"
    assert newest["organization_id"] == "acme-ltd"
    assert newest["ticket_id"] is newest["session_id"] is None


def test_names_the_session_of_a_customer(events, ada):
    opened = events(action="session.opened").json()["data"][0]

    assert set(opened) == {
        *("sequence", "action", "actor", "channel", "address", "agent", "request_id"),
        *("ticket_id", "session_id", "app_slug", "key_id", "organization_id"),
        *("user_id", "reason", "before", "after", "timestamp"),
    }
    assert opened["after"]["session_id"] == str(ada.session.pk)


def test_leads_from_page_to_page(events, ci_key):
    for n in range(5):
        keys.rename(key=ci_key.key, name=f"N{n}", actor=make.ADA, now=timezone.now())
    whole = [event["sequence"] for event in events().json()["data"]]

    seen, cursor = [], ""
    for _ in range(10):
        answer = events(limit=3, cursor=cursor).json()
        seen += [event["sequence"] for event in answer["data"]]
        cursor = answer.get("next_cursor", "")
        assert answer["has_more"] is bool(cursor)
        if not cursor:
            break

    assert seen == whole


def test_filters(events, ada, ci_key):
    found = {
        "action": events(action="key.created"),
        "actor_kind": events(actor_kind="host"),
        "key_id": events(key_id=str(ci_key.key.id)),
        "organization_id": events(organization_id="acme-ltd", action="session.opened"),
        "user_id": events(user_id="nobody"),
        "end_date": events(end_date="2020-01-01T00:00:00Z"),
    }

    assert {
        name: [event["action"] for event in answer.json()["data"]]
        for name, answer in found.items()
    } == {
        "action": ["key.created"],
        "actor_kind": ["ticket.issued"],
        "key_id": ["key.created"],
        "organization_id": ["session.opened"],
        "user_id": [],
        "end_date": [],
    }


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("action", "key.destroyed"),
        ("actor_kind", "ghost"),
        ("organization_id", "a\x00b"),
        ("user_id", "\x00"),
        ("cursor", "x"),
        ("limit", "x"),
    ],
)
def test_says_which_filter_cannot_be(events, parameter, value):
    assert_refused(events(**{parameter: value}), 400, field=parameter)


def test_never_shows_another_deployment(client, acme, globex, ci_key):
    query = {"key_id": str(ci_key.key.id)}

    for path in (reads.APP_EVENTS, reads.EVENTS):
        assert reads.get(client, path, globex.bearer, **query).json()["data"] == []
        assert len(reads.get(client, path, acme.bearer, **query).json()["data"]) == 1
