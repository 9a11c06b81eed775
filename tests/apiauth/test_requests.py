"""What a request says about itself, and how little of it is believed."""

from ipaddress import ip_network

import pytest
from django.test import RequestFactory

from apiauth.errors import Invalid
from apiauth.http import requests

ATTACKER, CUSTOMER, EDGE, PROXY = "203.0.113.66", "192.0.2.7", "10.1.0.1", "10.0.0.5"


@pytest.fixture
def _behind_proxies(settings):
    settings.KEYPLATE_TRUSTED_PROXIES = [ip_network("10.0.0.0/8"), ip_network("::1")]


def address(peer, forwarded=None):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    request = RequestFactory(headers=headers).get("/", REMOTE_ADDR=peer)
    return requests.client_address(request)


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        (CUSTOMER, None, CUSTOMER),
        (CUSTOMER, ATTACKER, CUSTOMER),  # nobody we trust wrote that
        (PROXY, None, PROXY),
        (PROXY, CUSTOMER, CUSTOMER),
        (PROXY, f"{ATTACKER}, {CUSTOMER}", CUSTOMER),
        (PROXY, f"{ATTACKER}, {CUSTOMER}, {EDGE}", CUSTOMER),
        (PROXY, f"{EDGE}, {CUSTOMER}", CUSTOMER),
        (PROXY, f"{CUSTOMER},{EDGE},{EDGE}", CUSTOMER),
        (PROXY, f"{ATTACKER}, unknown", PROXY),
        (PROXY, f"{ATTACKER}, {CUSTOMER}:1234", PROXY),
        (PROXY, f"{ATTACKER}, fe80::1%<script>", PROXY),
        (PROXY, "", PROXY),
        (PROXY, ",,", PROXY),
        (f"::ffff:{PROXY}", CUSTOMER, CUSTOMER),
        ("::1", f"::ffff:{CUSTOMER}", CUSTOMER),
        ("", CUSTOMER, ""),
    ],
)
@pytest.mark.usefixtures("_behind_proxies")
def test_counts_proxies_from_the_right(peer, forwarded, seen):
    assert address(peer, forwarded) == seen


def test_believes_no_proxy_unless_told():
    assert address(PROXY, CUSTOMER) == PROXY


def test_shortens_the_agent():
    request = RequestFactory(headers={"User-Agent": "x\x00y" * 200}).get("/")

    assert len(requests.agent(request)) == 200
    assert "\x00" not in requests.agent(request)


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "null",
        "[]",
        '"text"',
        "7",
        "{",
        '{"a":1,}',
        '{"a":1}{"b":2}',
        '{"a":1,"a":2}',
        '{"a":{"b":1,"b":1}}',
        '{"a":NaN}',
        '{"a":Infinity}',
        '{"a":' + "9" * 5000 + "}",
        '{"a":' + "[" * 30_000 + "]" * 30_000 + "}",
        b"\xff\xfe{}",
        b'{"a":"\xff"}',
        '{"a":1}'.encode("utf-16"),
        b"\xef\xbb\xbf{}",
        "a=1&b=2",
    ],
)
def test_reads_one_json_object_or_refuses(body):
    request = RequestFactory().post("/", body, content_type="application/json")

    with pytest.raises(Invalid, match="JSON object"):
        requests.json_body(request)


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/json;charset=utf-8",
        "Application/JSON ; charset=UTF-8",
        "application/vnd.acme+json",
        "",
    ],
)
def test_reads_an_object_that_may_be_json(kind):
    request = RequestFactory().post("/", '{"a": [1, {}]}', content_type=kind)

    assert requests.json_body(request) == {"a": [1, {}]}


def test_reads_an_object_without_a_declared_type():
    request = RequestFactory().generic("POST", "/", '{"a": 1}')
    del request.META["CONTENT_TYPE"]

    assert requests.json_body(type(request)(request.environ)) == {"a": 1}


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/xml",
        "json",
    ],
)
def test_refuses_a_body_that_calls_itself_something_else(kind):
    request = RequestFactory().post("/", b"{}", content_type=kind)

    with pytest.raises(requests.UnsupportedMediaType, match="application/json"):
        requests.json_body(request)


def test_says_that_it_reads_no_chunks():
    request = RequestFactory(headers={"Transfer-Encoding": "chunked"}).generic(
        "POST", "/", b""
    )

    with pytest.raises(Invalid, match="in chunks"):
        requests.json_body(request)


def test_refuses_a_large_body():
    request = RequestFactory().post(
        "/", b" " * (64 * 1024 + 1), content_type="application/json"
    )

    with pytest.raises(requests.TooLarge):
        requests.json_body(request)


def test_refuses_a_body_that_broke_off(monkeypatch):
    request = RequestFactory().post("/", "{}", content_type="application/json")
    monkeypatch.setattr(request._stream, "read", _break_off)

    with pytest.raises(Invalid, match="broke off"):
        requests.json_body(request)


def _break_off(*_args):
    raise OSError
