"""Keys of a real Keyplate, from the first to the last day."""

from datetime import UTC, datetime, timedelta

import pytest

from keyplate_client import (
    AlreadyDone,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PolicyViolation,
)
from tests.clients import desk

QUESTION = {"method": "GET", "resource": "/api/reports"}


@pytest.fixture(scope="module")
def own(served) -> desk.Desk:
    """A deployment whose keys come and go here."""
    return desk.provisioned(served, "keys-of-python")


@pytest.fixture
def keyplate(own, speak):
    return speak(own.url, own.backend_key)


@pytest.fixture
def is_let_in(own, speak):
    gateway = speak(own.url, own.gateway_key)
    return lambda secret: gateway.check(secret, **QUESTION).allowed


@pytest.fixture
def name(request) -> str:
    """A name nobody has: both clients run every test."""
    return f"{request.node.name}"


def test_creates_a_key_that_passes(keyplate, is_let_in, name):
    ends_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)

    issued = keyplate.keys.create(
        "aa_1",
        name,
        permissions=["reports:read"],
        metadata={"team": "data"},
        expires_at=ends_at,
        owner_user_id="usr_ada",
    )

    assert is_let_in(issued.secret)
    assert issued.secret.endswith(issued.key.key_suffix)
    assert (issued.key.name, issued.key.owner_user_id) == (name, "usr_ada")
    assert issued.key.permissions == ("reports:read",)
    assert issued.key.metadata == {"team": "data"}
    assert issued.key.expires_at == ends_at


def test_reads_and_lists_it_without_its_secret(keyplate, name):
    issued = keyplate.keys.create("aa_1", name, organization_id=name)

    found = keyplate.keys.get("aa_1", issued.key.id)
    listed = keyplate.keys.list("aa_1", organization_id=name)

    assert found == issued.key
    assert listed == (issued.key,)


def test_changes_it(keyplate, name):
    key = keyplate.keys.create("aa_1", name).key

    changed = keyplate.keys.update("aa_1", key.id, name=f"{name} 2", permissions=())

    assert (changed.id, changed.name) == (key.id, f"{name} 2")
    assert changed.permissions == ()


def test_rotates_it_under_the_same_id(keyplate, is_let_in, name):
    first = keyplate.keys.create("aa_1", name)

    second = keyplate.keys.rotate("aa_1", first.key.id)

    assert second.key.id == first.key.id
    assert (is_let_in(first.secret), is_let_in(second.secret)) == (False, True)


def test_revokes_it_for_good(keyplate, is_let_in, name):
    issued = keyplate.keys.create("aa_1", name)

    assert keyplate.keys.revoke("aa_1", issued.key.id, reason="leaked") is None

    assert not is_let_in(issued.secret)
    revoked = keyplate.keys.get("aa_1", issued.key.id)
    assert (revoked.is_active, revoked.revoked_reason) == (False, "leaked")
    assert revoked not in keyplate.keys.list("aa_1")
    assert revoked in keyplate.keys.list("aa_1", include_inactive=True)
    with pytest.raises(NotFound):
        keyplate.keys.revoke("aa_1", issued.key.id)


def test_makes_none_twice_and_shows_no_secret_twice(keyplate, name):
    first = keyplate.keys.create("aa_1", name, idempotency_key=f"token {name}"[:100])

    with pytest.raises(AlreadyDone) as refused:
        keyplate.keys.create("aa_1", name, idempotency_key=f"token {name}"[:100])

    assert refused.value.key_id == first.key.id


@pytest.mark.parametrize(
    ("wish", "kind", "field"),
    [
        ({"permissions": ["nobody:has"]}, PolicyViolation, "permissions"),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, Invalid, "expires_at"),
    ],
)
def test_names_what_it_may_not_ask_for(keyplate, name, wish, kind, field):
    with pytest.raises(kind) as refused:
        keyplate.keys.create("aa_1", name, **wish)

    assert refused.value.field == field


def test_tells_refusals_apart(own, keyplate, speak, name):
    keyplate.keys.create("aa_1", name)

    with pytest.raises(Conflict) as taken:
        keyplate.keys.create("aa_1", name)
    with pytest.raises(NotFound):
        keyplate.keys.get("aa_1", "nobody")
    with pytest.raises(NotFound):
        keyplate.keys.list("nowhere")
    with pytest.raises(Forbidden):
        speak(own.url, own.gateway_key).keys.list("aa_1")

    assert taken.value.code == "name_taken"


def test_takes_no_moment_without_a_zone(keyplate, name):
    with pytest.raises(ValueError, match="time zone"):
        keyplate.keys.create("aa_1", name, expires_at=datetime(2030, 1, 1))  # noqa: DTZ001
