"""What may be noted on a key, whoever notes it."""

import pytest

from apiauth import errors
from apiauth.models import Key
from tests import make

DEEP = {"a": [{"b": [{"c": 1}]}]}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, {}),
        ({" Cafe\u0301 ": "x"}, {"Café": "x"}),
        ({"a": "line\nbreak \u202e ✓"}, {"a": "line\nbreak \u202e ✓"}),
        ({"a": None, "b": True, "c": 1.5, "d": [], "e": {}}, None),
        ({"inner": {"principal_type": "x"}}, None),
        ({f"m{n}": n for n in range(50)}, None),
        ({"a": "x" * 8181}, None),
        (DEEP, None),
    ],
)
def test_keeps_what_hosts_note(acme, given, kept):
    key = make.key(acme.app, metadata=given).key

    key.refresh_from_db()
    assert key.metadata == (given if kept is None else kept)


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        "text",
        {f"m{n}": n for n in range(51)},
        {"a": "x" * 8190},
        {"a": "ü" * 4100},
        {"": 1},
        {"n" * 81: 1},
        {"a\nb": 1},
        {"a\u200bb": 1},
        {"a": 1, " a": 2},
        {"principal_type": "oauth_access_token"},
        {" principal_type ": "oauth_access_token"},
        {"a": "\x00"},
        {"a": "\ud800"},
        {"a": {"\ud800": 1}},
        {"a": [{"\x00": 1}]},
        {"a": float("inf")},
        {"a": [float("nan")]},
        {"a": [DEEP]},
    ],
)
def test_refuses_what_cannot_be_kept_or_would_mislead(acme, given):
    with pytest.raises(errors.Invalid) as refusal:
        make.key(acme.app, metadata=given)

    assert refusal.value.field == "metadata"
    assert refusal.value.message.startswith("Metadata")
    assert not Key.objects.exists()


def test_says_why_a_name_is_taken_from_hosts(acme):
    with pytest.raises(errors.Invalid, match="principal_type: gateways read"):
        make.key(acme.app, metadata={"principal_type": "x"})
