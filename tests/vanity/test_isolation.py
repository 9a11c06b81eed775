"""Every portal address with somebody else's ids: as if it did not exist."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from apiauth import keys
from apiauth.http import transports
from apiauth.models import OwnerKind
from tests import make
from tests.conftest import PortalClient

NOBODY = uuid.UUID("00000000-0000-4000-8000-000000000000")


def _walk(resolver, prefix: str = "") -> list[str]:
    found = []
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        found += [route] if isinstance(entry, URLPattern) else _walk(entry, route)
    return found


ROUTES = [
    route
    for route in _walk(get_resolver("vanity.urls"), "/vanity/")
    if "locator" in route
]
OF_KEYS = [route for route in ROUTES if "key_id" in route]
METHODS = ["get", "post"]


def address(route: str, locator: uuid.UUID, key_id: uuid.UUID = NOBODY) -> str:
    filled = route.replace("<uuid:locator>", str(locator))
    return filled.replace("<uuid:key_id>", str(key_id))


def seen(response, *ids: uuid.UUID) -> tuple[int, str]:
    """Status and body, without what the request itself contained."""
    body = response.content.decode()
    for own in ids:
        body = body.replace(str(own), "ID")
    return response.status_code, re.sub(r"aps_\w+", "TOKEN", body)


@pytest.fixture
def foreign_key(globex) -> keys.Issued:
    return make.key(globex.app)


@pytest.fixture
def colleagues_key(acme) -> keys.Issued:
    """A key of the same app that belongs to another owner."""
    owner = keys.Owner(kind=OwnerKind.USER, id="carol", user_id="carol")
    return make.key(acme.app, owner=owner)


def test_walks_every_address():
    assert len(ROUTES) >= 12
    assert len(OF_KEYS) >= 6


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("route", ROUTES)
def test_hides_the_sessions_of_others_from_a_script(portal, mallory, route, method):
    ask = getattr(portal, method)

    theirs = ask(address(route, mallory.session.pk))
    nobodys = ask(address(route, NOBODY))

    assert seen(theirs, mallory.session.pk) == seen(nobodys, NOBODY)
    # Resuming knows no token yet, so nobody there is known to be somebody else.
    assert theirs.status_code in ({401, 405} if "resume" in route else {404, 405})


@pytest.mark.parametrize("route", ROUTES)
def test_hides_the_sessions_of_others_from_a_browser(ada, mallory, route):
    browser = Client()
    browser.cookies[transports.BINDER_COOKIE] = ada.binder

    theirs = browser.get(address(route, mallory.session.pk))
    nobodys = browser.get(address(route, NOBODY))

    assert seen(theirs, mallory.session.pk) == seen(nobodys, NOBODY)
    assert theirs.status_code in (404, 405)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("whose", ["foreign_key", "colleagues_key"])
@pytest.mark.parametrize("route", OF_KEYS)
def test_hides_the_keys_of_others(portal, request, route, whose, method):
    key_id = request.getfixturevalue(whose).key.pk
    locator = portal.opened.session.pk
    ask = getattr(portal, method)

    theirs = ask(address(route, locator, key_id))
    nobodys = ask(address(route, locator))

    assert seen(theirs, key_id) == seen(nobodys, NOBODY)
    assert theirs.status_code in (404, 405)


def test_shows_the_own_key_at_the_same_address(portal, ci_key):
    page = portal.get(portal.path(f"/keys/{ci_key.key.pk}"))

    assert page.status_code == 200


def test_never_mixes_two_tenants_of_one_browser(ada, mallory, ci_key):
    tabs = [PortalClient(ada), PortalClient(mallory)]
    for tab in tabs:
        tab.cookies[transports.BINDER_COOKIE] = tab.opened.binder

    ours, theirs = (tab.get(tab.path()).content.decode() for tab in tabs)

    assert ci_key.key.name in ours
    assert ci_key.key.name not in theirs
