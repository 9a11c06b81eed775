"""Apps of a real Keyplate."""

import pytest

from keyplate_client import Forbidden, Invalid, NameTaken, NotFound
from tests.clients import desk


@pytest.fixture(scope="module")
def own(served) -> desk.Desk:
    """A deployment whose apps come and go here."""
    return desk.provisioned(served, "apps-of-python")


@pytest.fixture
def keyplate(own, speak):
    return speak(own.url, own.backend_key)


@pytest.fixture
def slug(request) -> str:
    """A slug nobody has: both clients run every test."""
    letters = (c if c.isalnum() else "-" for c in request.node.name.lower())
    return "".join(letters).strip("-")[-40:].strip("-")


def test_creates_an_app_and_reads_it_again(keyplate, slug):
    made = keyplate.apps.create(
        slug,
        "Public API",
        key_prefix="acme_live",
        permissions=["reports:read"],
        organization_id="org_abc123",
    )

    assert (made.app_slug, made.key_prefix, made.is_active) == (slug, "acme_live", True)
    assert made.permissions == ("reports:read",)
    assert made.organization_id == "org_abc123"
    assert keyplate.apps.get(slug) == made
    assert made in keyplate.apps.list()


def test_needs_no_prefix(keyplate, slug):
    assert keyplate.apps.create(slug, "Public API").key_prefix


def test_changes_it(keyplate, slug):
    keyplate.apps.create(slug, "Public API")

    changed = keyplate.apps.update(slug, name="Partner API", is_active=False)

    assert (changed.name, changed.is_active) == ("Partner API", False)
    assert changed not in keyplate.apps.list()
    assert changed in keyplate.apps.list(include_inactive=True)


def test_deletes_it_for_good(keyplate, slug):
    keyplate.apps.create(slug, "Public API")

    assert keyplate.apps.delete(slug) is None

    with pytest.raises(NotFound):
        keyplate.apps.get(slug)
    with pytest.raises(NotFound):
        keyplate.apps.delete(slug)


def test_tells_refusals_apart(own, keyplate, speak, slug):
    keyplate.apps.create(slug, "Public API")

    with pytest.raises(NameTaken):
        keyplate.apps.create(slug, "Another")
    with pytest.raises(Invalid) as refused:
        keyplate.apps.create(f"{slug}-2", "")
    with pytest.raises(Forbidden):
        speak(own.url, own.gateway_key).apps.list()

    assert refused.value.field == "name"
