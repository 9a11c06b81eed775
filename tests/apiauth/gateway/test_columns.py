"""What is read of the texts that a database gave, and which of them are remembered."""

import json
import sys
import uuid
from datetime import UTC, datetime

import pytest

from apiauth.gateway.facts import AppFacts, KeyFacts
from apiauth.gateway.statements import columns


def text_of_app(slug):
    """An app as the database writes it; each is a text of its own."""
    ids = [str(uuid.uuid5(uuid.NAMESPACE_DNS, name)) for name in ("d", "a")]
    of_app = [ids[0], "production", ids[1], slug, True, None, [], [], {}, None]
    return json.dumps(of_app).encode()


def text_of_key(metadata):
    ids = [str(uuid.uuid5(uuid.NAMESPACE_DNS, part)) for part in "sk"]
    made = "2026-01-01T00:00:00+00:00"
    of_key = [ids[0], made, None, "acme", "12345678", ids[1], "ci", "user", "1"]
    ended = [None] * 3
    rest = [["reports:read"], metadata, False, None, None, None, None]
    return json.dumps([*of_key, None, None, None, *ended, *rest]).encode()


@pytest.mark.parametrize(
    "metadata", [{}, {"n": 1}, {"n": 10**400}, {"é": [{"a": 1.5}]}]
)
def test_reads_a_key(metadata):
    key = columns.key(text_of_key(metadata))

    assert (key.metadata, key.granted) == (metadata, ("reports:read",))
    assert key.secret_made_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert key.revoked_at is None


@pytest.mark.parametrize("kind", [AppFacts, KeyFacts])
def test_names_a_column_for_every_member(kind):
    of = {AppFacts: columns._OF_APP, KeyFacts: columns._OF_KEY}[kind]

    assert set(of) == set(kind.__struct_fields__)


def test_remembers_the_text_of_an_app_once_for_all_its_keys():
    first, second = text_of_app("globex"), text_of_app("globex")
    held = sys.getrefcount(second)

    assert columns.app(first) is columns.app(second)
    assert sys.getrefcount(second) == held


def test_remembers_no_long_text_of_an_app():
    text = text_of_app("x" * 70_000)
    held = sys.getrefcount(text)

    assert columns.app(text).slug == "x" * 70_000
    assert sys.getrefcount(text) == held
