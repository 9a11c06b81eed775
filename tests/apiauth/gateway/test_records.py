"""What a verdict leaves in the log, as entry."""

from uuid import UUID

import pytest

from apiauth import credentials, gateway
from apiauth.gateway import Code, records, verdict
from tests.apiauth.gateway.cases import SECRET, decide, question

DEPLOYMENT = str(UUID(int=3))


def row(decided, deployment_id=DEPLOYMENT):
    return records.entry(decided, deployment_id)


def unknown(**settings):
    return verdict.decide(question(**settings), None)


def test_tells_what_was_asked_and_decided():
    decided = decide(user_agent="curl")

    entry = row(decided)

    assert entry.code == "valid"
    assert entry.key_id == decided.facts.key.id
    assert (entry.method, entry.path) == ("GET", "/reports")
    assert (entry.client_ip, entry.user_agent) == ("192.0.2.1", "curl")
    assert list(entry.required_permissions) == ["reports:read"]
    assert (entry.fingerprint, entry.blocked_rule) == (None, "")


def test_names_the_rule_that_refused_or_was_reported():
    held = {"expiry_required": True}

    refused = row(decide({"policy": {**held, "at_check": "enforce"}}))
    reported = row(decide({"policy": {**held, "at_check": "report"}}))

    assert (refused.blocked_rule, refused.violation) == ("expiry_required", "")
    assert (reported.blocked_rule, reported.violation) == ("", "expiry_required")


def test_knows_an_unknown_secret_by_its_fingerprint_alone():
    entry = row(unknown())

    fingerprint = credentials.fingerprint(SECRET).hex()
    assert entry.fingerprint == f"\\x{fingerprint}"
    assert (entry.code, entry.key_id) == (Code.UNKNOWN, None)
    assert SECRET not in repr(entry)


def test_leaves_no_row_of_an_unknown_secret_that_is_not_traced():
    assert row(unknown(is_traced=False)) is None
    assert row(decide(is_traced=False)) is not None


def test_leaves_a_row_of_no_deployment_where_anybody_asks():
    assert row(unknown(), None).deployment_id is None


@pytest.mark.parametrize("length", [499, 500, 501, 5000])
def test_shortens_a_long_path(length):
    path = "/" + "x" * (length - 1)

    assert row(decide(resource=path)).path == path[:500]


def test_a_question_shows_no_secret():
    asked = gateway.ask(secret=SECRET, method="GET", resource="/", bearer=SECRET)

    assert SECRET not in repr(asked)
    assert SECRET not in repr(verdict.decide(asked, None))
