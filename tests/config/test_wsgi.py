"""The one door of the site: what a request says of its text breaks nothing."""

import json
from io import BytesIO
from wsgiref.util import setup_testing_defaults

import pytest

from config.wsgi import application
from tests.apiauth.api.bodies import READABLE, UNREADABLE

EXCHANGE, CHECK = "/session/ticket/exchange", "/v1/authz/check"


def ask(method, path, kind, body=b"", length=None):
    """Send one request through the door; returns its status and its JSON."""
    address, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": address,
        "QUERY_STRING": query,
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(body)) if length is None else length,
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
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (EXCHANGE, "application/json"),
        (EXCHANGE, "multipart/form-data"),
        (CHECK, "application/json"),
    ],
)
def test_takes_no_body_that_is_not_utf_8(settings, said, path, kind):
    settings.KEYPLATE_GATEWAY_ANONYMOUS = True
    path = f"{path}?a=%41"

    status, answer = ask("POST", path, f"{kind}; {said}", b'{"ticket": "x"}')

    assert (status, answer["code"]) == (415, "unsupported_media_type")
    assert "UTF-8" in answer["message"]


@pytest.mark.parametrize("said", READABLE)
def test_takes_utf_8_by_all_its_names(said):
    status, answer = ask(
        "POST", EXCHANGE, f"application/json; {said}", b'{"ticket": "x"}'
    )

    assert (status, answer["code"]) == (401, "ticket_invalid")


@pytest.mark.parametrize("length", ["abc", "\xb2", "9" * 5000])
@pytest.mark.parametrize("path", [EXCHANGE, CHECK])
def test_reads_nothing_of_a_length_that_is_none(settings, path, length):
    settings.KEYPLATE_GATEWAY_ANONYMOUS = True

    status, answer = ask("POST", path, "application/json", b"{}", length)

    assert (status, answer["code"]) == (400, "invalid")
