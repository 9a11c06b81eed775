"""The one door of the site: what a request says of its text breaks nothing."""

import json
from io import BytesIO
from wsgiref.util import setup_testing_defaults

import pytest

from config.wsgi import application

# No encodings of text, some that make what no database stores, and no charset at all.
UNREADABLE = [
    "charset=hex",
    "charset=rot13",
    "charset=idna",
    "charset=undefined",
    "charset=utf-16",
    "charset=utf-7",
    "charset=unicode_escape",
    "charset=iso-8859-1",
    "charset=unheard",
    "charset=a\0b",
    "charset*=utf-8''hex",
    "x*=unheard''a",
    "x" * 20_000,
]
READABLE = ["charset=utf-8", "charset=UTF8", "charset=us-ascii", 'charset=""', "x=y"]


def ask(method, path, kind, body=b""):
    """Send one request through the door; returns its status and its JSON."""
    address, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": address,
        "QUERY_STRING": query,
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
    }
    setup_testing_defaults(environ)
    statuses: list[str] = []

    def start(status, _headers, _accident=None, /):
        statuses.append(status)
        return statuses.append

    parts = application(environ, start)
    return int(statuses[0][:3]), json.loads(b"".join(parts))


@pytest.fixture(autouse=True)
def _here(settings, db):
    settings.ALLOWED_HOSTS = ["127.0.0.1"]


@pytest.mark.parametrize("said", UNREADABLE)
def test_reads_addresses_whatever_is_said_of_the_body(said):
    status, answer = ask("GET", "/livez?a=%41", f"text/plain; {said}")

    assert (status, answer) == (200, {"status": "alive"})


@pytest.mark.parametrize("said", UNREADABLE)
@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data"])
def test_takes_no_body_that_is_not_utf_8(said, kind):
    path = "/session/ticket/exchange?a=%41"

    status, answer = ask("POST", path, f"{kind}; {said}", b'{"ticket": "x"}')

    assert (status, answer["code"]) == (415, "unsupported_media_type")
    assert "UTF-8" in answer["message"]


@pytest.mark.parametrize("said", READABLE)
def test_takes_utf_8_by_all_its_names(said):
    path = "/session/ticket/exchange"

    status, answer = ask("POST", path, f"application/json; {said}", b'{"ticket": "x"}')

    assert (status, answer["code"]) == (401, "ticket_invalid")
