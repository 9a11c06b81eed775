"""The one door of the site: what a request says of its text breaks nothing."""

import encodings
import json
from io import BytesIO
from wsgiref.util import setup_testing_defaults

import pytest

from config.wsgi import application
from tests.apiauth.api.bodies import READABLE, UNREADABLE

EXCHANGE, CHECK = "/session/ticket/exchange", "/v1/authz/check"
SIGN_IN, DESK = "/admin/login/", "/vanity/api-auth"
MULTIPART = "multipart/form-data; boundary=x"
FIELD = 'Content-Disposition: form-data; name="ticket"'


def ask(method, path, kind, body=b"", length=None):
    """Send one request through the door; returns its status and its JSON."""
    status, answer = send(method, path, kind, body, length)
    return status, json.loads(answer)


def send(method, path, kind, body=b"", length=None, **extra):
    """Send one request through the door; returns its status and its text."""
    address, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": address,
        "QUERY_STRING": query,
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(body)) if length is None else length,
        "wsgi.input": BytesIO(body),
        **extra,
    }
    setup_testing_defaults(environ)
    statuses: list[str] = []

    def start(status, _headers, _accident=None, /):
        statuses.append(status)
        return statuses.append

    parts = application(environ, start)
    return int(statuses[0][:3]), b"".join(parts).decode()


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


def ask_with_form(path, *heads):
    """Send a form in parts to a page that strangers reach; returns status and page."""
    parts = (f"--x\r\n{head}\r\n\r\na; b*=c''d\r\n" for head in heads)
    body = f"{''.join(parts)}--x--\r\n".encode()
    return send("POST", path, MULTIPART, body, HTTP_COOKIE=f"keyplate-csrf={'a' * 32}")


@pytest.mark.parametrize("path", [SIGN_IN, DESK])
def test_keeps_no_charset_that_a_form_names(path):
    names = "; ".join(f"name{n}*=kept-{n}''a" for n in range(40))
    known = len(encodings._cache)

    status, _ = ask_with_form(path, f"Content-Disposition: form-data; {names}")

    assert status == 400
    assert len(encodings._cache) == known


@pytest.mark.parametrize("path", [SIGN_IN, DESK])
@pytest.mark.parametrize(
    "head",
    [
        "Content-Disposition: form-data; n*=a; n*0=b",
        "Content-Disposition: form-data; name=ticket\r\nX: y; n*=a; n*0=b",
        "Content-Disposition: form-data; name=a; filename*=utf-8''%e2%82%ac",
    ],
)
def test_reads_no_form_whose_parts_cannot_be_understood(path, head):
    status, _ = ask_with_form(path, FIELD, head)

    assert status == 400


def test_reads_forms_in_parts_whatever_their_bodies_say():
    status, page = ask_with_form(DESK, FIELD)

    assert status == 401
    assert 'data-state="G3"' in page


@pytest.mark.parametrize("path", [SIGN_IN, DESK])
def test_reads_no_form_in_parts_that_is_too_large(path):
    assert ask_with_form(path, *[FIELD] * 2000)[0] == 400


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
