"""Requests that come slowly, in pieces, or never."""

import asyncio

import pytest

from config.arrivals import Arrivals

MOST = 10


def piece(body, *, more):
    return {"type": "http.request", "body": body, "more_body": more}


GONE = {"type": "http.disconnect"}


async def sent_nothing(message):
    raise AssertionError(message)


def handed_on(*messages):
    """Give what the site hears of a request, message by message."""
    coming, heard = iter(messages), []

    async def receive():
        return next(coming)

    async def site(scope, receive, send):
        heard.append(await receive())

    arrivals = Arrivals(site, most_bytes=MOST)
    asyncio.run(arrivals({"type": "http", "headers": []}, receive, sent_nothing))
    return heard


@pytest.mark.parametrize(
    "messages",
    [
        [piece(b"abcd", more=False)],
        [piece(b"ab", more=True), piece(b"cd", more=False)],
        [piece(b"abcd", more=True), piece(b"", more=False)],
    ],
)
def test_hands_on_a_body_once_it_is_whole(messages):
    assert handed_on(*messages) == [piece(b"abcd", more=False)]


@pytest.mark.parametrize("before", [[], [piece(b"ab", more=True)]])
def test_hands_on_nothing_of_a_client_who_left(before):
    assert handed_on(*before, GONE) == []


def test_waits_for_no_more_of_a_body_than_the_site_takes():
    begun = [piece(b"12345678", more=True), piece(b"90a", more=True)]

    assert handed_on(*begun) == [piece(b"1234567890a", more=False)]


def test_leaves_out_headers_that_wsgi_takes_for_others():
    heard = []

    async def receive():
        return piece(b"", more=False)

    async def site(scope, receive, send):
        heard.extend(scope["headers"])

    real, false = (b"x-forwarded-for", b"192.0.2.1"), (b"x_forwarded_for", b"192.0.2.2")
    asked = {"type": "http", "headers": [real, false]}, receive, sent_nothing
    asyncio.run(Arrivals(site, most_bytes=MOST)(*asked))

    assert heard == [real]


def test_passes_on_what_is_no_request():
    heard = []

    async def site(scope, receive, send):
        heard.append((scope, receive, send))

    async def receive():
        return GONE

    asked = {"type": "websocket"}, receive, sent_nothing
    asyncio.run(Arrivals(site, most_bytes=MOST)(*asked))

    assert heard == [asked]
