"""The keys list in pages: all of it, each key once, whatever happens in between."""

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qsl

import pytest
from django.utils import timezone

from apiauth import keys, usage
from apiauth.models import ApiAuthApp, Key, KeySecret, OwnerKind, PortalSession
from apiauth.models.clock import database_now
from tests import make
from vanity import listing
from vanity.filters import Filters
from vanity.orders import ORDERS

SIZE = 3
HOUR = timedelta(hours=1)
LINK = re.compile(r'rel="(prev|next)" href="([^"]+)"')
ID = re.compile(r'<tr role="row" data-key="([^"]+)"')


@pytest.fixture
def app(acme) -> ApiAuthApp:
    ApiAuthApp.objects.update(policy={"keys_per_owner": 100})
    return ApiAuthApp.objects.get(pk=acme.app.pk)


@pytest.fixture
def eight(app) -> list[Key]:
    """Keys, oldest first, of which some are alike in all that a list goes by."""
    made = [make.key(app, f"Key {number}").key for number in range(8)]
    then, end = make.soon(hours=-9), make.soon(days=3)
    for number, key in enumerate(made):
        Key.objects.filter(pk=key.pk).update(
            created_at=then + number // 3 * HOUR,
            expires_at=end + number % 3 * HOUR if number % 2 else None,
        )
    now = database_now()
    for key in (made[0], made[1], made[5]):
        make.decision(key, now - HOUR)
    list(usage.roll_up())
    for key in made[5:7]:
        make.decision(key, database_now())
    return made


@pytest.fixture
def session(ada) -> PortalSession:
    return ada.session


def read(session: PortalSession, filters: Filters) -> listing.Listing:
    return listing.read(session, replace(filters, size=SIZE), now=timezone.now())


def follow(session: PortalSession, link: str) -> listing.Listing:
    return read(session, Filters.read(dict(parse_qsl(link.removeprefix("?")))))


def walk(
    session: PortalSession,
    first: listing.Listing,
    side: str = "next",
    between: Callable[[listing.Listing], None] = lambda _: None,
) -> Iterator[listing.Listing]:
    """Go from page to page as long as there is a link."""
    page = first
    yield page
    while link := getattr(page, side):
        between(page)
        page = follow(session, link)
        yield page


def names(pages: list[listing.Listing]) -> list[str]:
    return [row.key.name for page in pages for row in page.rows]


@pytest.mark.parametrize("sort", ORDERS)
def test_shows_every_key_once_in_every_order(session, eight, sort):
    whole = listing.read(session, Filters(sort=sort), now=timezone.now())

    there = list(walk(session, read(session, Filters(sort=sort))))
    back = list(walk(session, there[-1], "previous"))

    assert [len(page.rows) for page in there] == [3, 3, 2]
    assert names(there) == names([whole])
    assert names(back[::-1]) == names(there)
    assert sorted(names(there)) == [key.name for key in eight]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "all"}, 8),
        ({"q": "key"}, 7),
        ({"q": "key", "status": "active", "sort": "name"}, 7),
    ],
)
def test_keeps_search_and_filters_from_page_to_page(session, eight, query, found):
    keys.revoke(key=eight[4], reason="", actor=make.ADA, now=timezone.now())

    pages = list(walk(session, read(session, Filters.read(query))))

    assert len(names(pages)) == len(set(names(pages))) == found
    assert {page.matching for page in pages} == {found}


@pytest.mark.parametrize("sort", ["-created", "created", "name", "-name"])
def test_loses_none_while_keys_come_and_go(session, app, eight, sort):
    def meddle(page: listing.Listing) -> None:
        keys.revoke(
            key=page.rows[-1].key, reason="", actor=make.ADA, now=timezone.now()
        )
        make.key(app, f"New {len(page.rows)} {uuid.uuid4()}")

    first = read(session, Filters(sort=sort))
    pages = list(walk(session, first, between=meddle))

    old = [name for name in names(pages) if name.startswith("Key")]
    assert sorted(old) == [key.name for key in eight]
    assert len(names(pages)) == len(set(names(pages)))


def test_loses_none_on_the_way_back(session, app, eight):
    def meddle(page: listing.Listing) -> None:
        keys.revoke(key=page.rows[0].key, reason="", actor=make.ADA, now=timezone.now())
        make.key(app, str(uuid.uuid4()))

    *_, last = walk(session, read(session, Filters(sort="created")))
    pages = list(walk(session, last, "previous", meddle))

    assert sorted(names(pages)) == [key.name for key in eight]


def test_begins_anew_where_nothing_is_left(session, eight):
    first = read(session, Filters())
    last = follow(session, follow(session, first.next).next)
    for row in last.rows:
        keys.revoke(key=row.key, reason="", actor=make.ADA, now=timezone.now())

    page = follow(session, follow(session, first.next).next or "?")

    assert names([page]) == names([first])
    assert (page.filters.after, page.has_previous) == ("", False)


@pytest.mark.parametrize("side", ["after", "before"])
@pytest.mark.parametrize(
    "place",
    [
        "x",
        "0" * 32,
        "0" * 32 + "now",
        "0" * 32 + "9999-12-31T23:59:59-14:00",
        "0" * 32 + "0001-01-01T00:00:00+14:00",
        "g" * 32 + "2026-01-01",
        "\0" * 40,
        "0" * 5000,
    ],
)
def test_begins_at_the_start_for_a_place_that_is_none(portal, eight, side, place):
    response = portal.get(portal.path("/keys"), {side: place})

    assert len(ID.findall(response.text)) == 8
    assert not LINK.findall(response.text)


@pytest.mark.parametrize("place", ["0" * 32 + "a\0b", "0" * 32 + "x" * 81])
def test_begins_at_the_start_for_a_name_that_is_none(portal, eight, place):
    response = portal.get(portal.path("/keys"), {"sort": "name", "after": place})

    assert len(ID.findall(response.text)) == 8


def test_a_place_leads_nobody_to_the_keys_of_others(mallory, session, eight, globex):
    evil = keys.Owner(kind=OwnerKind.ORGANIZATION, id="evil", organization_id="evil")
    make.key(globex.app, "Theirs", owner=evil)
    ours = read(session, Filters())

    for link in (ours.next, follow(session, ours.next).previous):
        assert names([follow(mallory.session, link)]) in ([], ["Theirs"])


def test_links_of_the_page_lead_on_and_back(portal, app):
    for number in range(27):
        make.key(app, f"Key {number:02}")

    first = portal.get(portal.path("/keys?sort=name")).text
    [(rel, link)] = LINK.findall(first)
    second = portal.get(unescape(link)).text

    assert rel == "next"
    assert "27 keys" in first
    assert len(ID.findall(first)) == 25
    assert len(ID.findall(second)) == 2
    [(rel, link)] = LINK.findall(second)
    assert rel == "prev"
    assert ID.findall(portal.get(unescape(link)).text) == ID.findall(first)


@pytest.mark.parametrize("query", ["page=3", "page=3&size=50&sort=name", "page=x"])
def test_an_old_link_with_a_number_shows_the_list_from_its_start(portal, eight, query):
    response = portal.get(portal.path(f"/keys?{query}"))

    assert response.status_code == 200
    assert len(ID.findall(response.text)) == 8


def test_counts_no_further_than_it_tells(portal, app):
    pattern = make.key(app).key
    for secret in KeySecret.objects.filter(key=pattern):
        _copy(pattern, secret, times=501)

    shown = portal.get(portal.path()).text
    none = portal.get(portal.path("/keys?q=nothing")).text

    assert "More than 500 keys" in shown
    assert "There are more than 500 keys in total." in none


def _copy(key: Key, secret: KeySecret, *, times: int) -> None:
    for number in range(times):
        key.pk, key.name = uuid.uuid4(), f"Copy {number}"
        secret.pk, secret.key, secret.digest = uuid.uuid4(), key, uuid.uuid4().bytes * 2
        key.save(force_insert=True)
        secret.save(force_insert=True)
