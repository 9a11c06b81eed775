"""Where customers put their keys, and what is none."""

import pytest

from apiauth.api.gateway.dialects import places
from tests.apiauth.api.gateway import asking

ALL = [
    ("header", "authorization"),
    ("header", "x-api-key"),
    ("query", "api_key"),
    ("cookie", "key"),
]


@pytest.fixture(autouse=True)
def _everywhere(settings):
    settings.KEYPLATE_GATEWAY_CREDENTIALS = ALL


@pytest.mark.parametrize(
    ("headers", "query", "found"),
    [
        ({}, "", ""),
        ({"authorization": "Bearer a"}, "", "a"),
        ({"authorization": "bearer  a "}, "", "a"),
        ({"authorization": "ApiKey a"}, "", "a"),
        ({"authorization": "Bearer"}, "", ""),
        ({"authorization": "Basic YTpi"}, "", ""),
        ({"authorization": "a"}, "", ""),
        ({"x-api-key": "a"}, "", "a"),
        ({"x-api-key": " "}, "", ""),
        ({}, "b=c&api_key=a", "a"),
        ({}, "api_key=", ""),
        ({}, "API_KEY=a", ""),
        ({}, "api%5Fkey=%61", "a"),
        ({"cookie": "x=y; key=a; z"}, "", "a"),
        ({"cookie": 'key="a"'}, "", "a"),
        ({"cookie": "xkey=a; Key=a"}, "", ""),
    ],
)
def test_finds_a_key_in_every_place(headers, query, found):
    assert places.credential(headers, query) == found


@pytest.mark.parametrize(
    ("headers", "query", "found"),
    [
        ({"authorization": "Bearer a", "x-api-key": "b"}, "api_key=c", "a"),
        ({"authorization": "Basic YTpi", "x-api-key": "b"}, "api_key=c", "b"),
        ({"authorization": "", "x-api-key": " ", "cookie": "key=d"}, "api_key=c", "c"),
    ],
)
def test_goes_by_the_order_that_was_named(headers, query, found):
    assert places.credential(headers, query) == found


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"authorization": "Bearer a, Bearer b"}, ""),
        ({"authorization": "Bearer a, Basic YTpi"}, ""),
        ({"authorization": "Basic YTpi, Bearer a"}, ""),
        ({"authorization": "Bearer a, ApiKey b"}, ""),
        ({"x-api-key": "a, b"}, ""),
        ({}, "api_key=a&api_key=b"),
        ({"cookie": "key=a; key=b"}, ""),
        ({"cookie": "key=a, key=b"}, ""),
    ],
)
def test_takes_two_keys_in_one_place_for_none(headers, query):
    found = places.credential(headers, query)

    assert found not in {"", "a", "b"}
    assert not found.isalnum()


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"authorization": "Bearer a, Bearer a"}, ""),
        ({"x-api-key": "a,a"}, ""),
        ({}, "api_key=a&api_key=a"),
        ({"cookie": "key=a; key=a"}, ""),
    ],
)
def test_takes_the_same_one_twice_for_one(headers, query):
    assert places.credential(headers, query) == "a"


def test_looks_nowhere_else(settings):
    settings.KEYPLATE_GATEWAY_CREDENTIALS = [("query", "token")]

    headers = {"authorization": "Bearer a", "x-api-key": "a", "cookie": "token=a"}
    assert places.credential(headers, "api_key=a") == ""


def test_reads_the_query_of_the_original_request(kind):
    asked = asking.question(kind, uri="/orders?x=1&api_key=a")

    assert (asked.secret, asked.resource) == ("a", "/orders")
