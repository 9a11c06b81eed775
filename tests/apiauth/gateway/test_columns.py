"""What is remembered of the texts that a database gave."""

import json
import sys
import uuid
from datetime import UTC, datetime

import pytest

from apiauth.gateway.statements import columns

NOW = datetime(2027, 1, 1, tzinfo=UTC)


def text_of_app(slug):
    """An app as the database writes it; each is a text of its own."""
    ids = [str(uuid.uuid5(uuid.NAMESPACE_DNS, name)) for name in ("d", "a")]
    of_app = [ids[0], "production", ids[1], slug, True, None, [], [], {}, None]
    return json.dumps(of_app).encode()


def text_of_key(name, metadata):
    ids = [str(uuid.uuid5(uuid.NAMESPACE_DNS, name + part)) for part in "sk"]
    of_key = [ids[0], None, "acme", "12345678", ids[1], name, "user", "1"]
    ended = [None] * 3
    made = "2026-01-01T00:00:00+00:00"
    rest = [made, ["reports:read"], metadata, False, None, None, None, None]
    return json.dumps([*of_key, None, None, None, *ended, *rest]).encode()


@pytest.mark.parametrize(("long", "kept"), [(10, True), (8000, False)])
def test_remembers_no_long_text_of_a_key(long, kept):
    key, app = text_of_key(f"ci {long}", {"note": "x" * long}), text_of_app("acme")
    held = sys.getrefcount(key)

    facts = [columns.facts(key, app, NOW) for _ in range(2)]

    assert facts[0] == facts[1]
    assert facts[0].metadata == {"note": "x" * long}
    assert (sys.getrefcount(key) > held) is kept


def test_remembers_the_text_of_an_app_once_for_all_its_keys():
    first, second = text_of_app("globex"), text_of_app("globex")
    held = sys.getrefcount(second)

    columns.facts(text_of_key("one", {}), first, NOW)
    columns.facts(text_of_key("two", {}), second, NOW)

    assert sys.getrefcount(second) == held
