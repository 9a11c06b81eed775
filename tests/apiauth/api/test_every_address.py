"""Every address of every API by every method: JSON, or nothing where that is promised.

The addresses are those of the site itself, so that a new one is tried as well.
"""

import json
import re
import uuid
from itertools import product

import pytest
from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import RoutePattern

from apiauth.http import transports
from tests.apiauth.api.access import state

# Pages, not answers for programs.
FOR_PEOPLE = re.compile(r"admin|docs|(?:d/[^/]+/)?vanity/")
EMPTY_ON_PURPOSE = {("DELETE", "/api-auth/rate-limit-schemes/aa_1")}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
BODIES = [
    ("", ""),
    ("", JSON),
    ("{", JSON),
    ("[]", JSON),
    ('{"\ud800": "\0"}', JSON),
    ("a=%00&a=%ff", FORM),
    ("--x", "multipart/form-data; boundary=x"),
    ("<x/>", "text/xml"),
]
BENEATH = ["/", "//", "/unknown", "/%00", "/%ff", "/..", "/keys", ".json", "%0A", "%2F"]


def routes(patterns=None, before=""):
    """Every route of the site that is for programs."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        assert isinstance(one.pattern, RoutePattern)
        route = before + str(one.pattern)
        if FOR_PEOPLE.match(route):
            continue
        if hasattr(one, "url_patterns"):
            yield from routes(one.url_patterns, route)
        else:
            yield route


def addresses():
    """Each of them with something in every place of it."""
    examples = {"uuid": str(uuid.UUID(int=7, version=4))}
    for route in sorted({*routes()}):
        path = re.sub(
            r"<(?:(\w+):)?\w+>", lambda part: examples.get(part[1], "aa_1"), route
        )
        yield f"/{path}"


def problem(answer, method, path):
    """What is wrong with an answer; nothing, if all is well."""
    if (method, path) in EMPTY_ON_PURPOSE and answer.status_code == 204:
        return "" if not answer.content else "not empty"
    if answer.status_code >= 500 or 300 <= answer.status_code < 400:
        return f"is {answer.status_code}"
    if answer.headers["Content-Type"] != JSON:
        return f"is {answer.headers['Content-Type']}"
    if method == "HEAD":
        return "not empty" if answer.content else ""
    body = json.loads(answer.content)
    is_said = answer.status_code < 400 or (body["message"] and body["code"])
    return "" if isinstance(body, dict) and is_said else f"says {body}"


class Walk:
    """Asks, and gathers what is wrong with the answers."""

    def __init__(self):
        self.client = Client(raise_request_exception=False)
        self.wrong = {}

    def ask(self, method, path, headers, body="", kind=""):
        sent = {"data": body.encode("utf-8", "surrogatepass"), "content_type": kind}
        with state.undone():
            answer = self.client.generic(method, path, headers=headers, **sent)
        if trouble := problem(answer, method, path):
            self.wrong[method, path, body, kind] = trouble


@pytest.fixture(params=[True, False], ids=["debug", "production"])
def walk(request, settings):
    settings.DEBUG = request.param
    return Walk()


@pytest.fixture
def known(acme, ada):
    """Credentials that open everything, so that views answer and not guards alone."""
    return {**acme.bearer, transports.TOKEN_HEADER: ada.token}


def test_there_are_addresses():
    assert {"/api-auth/apps", "/v1/authz/check", "/livez"} < {*addresses()}


def test_answers_every_method_and_body_in_json(walk, known):
    for path, method, (body, kind) in product(addresses(), METHODS, BODIES):
        walk.ask(method, path, known, body, kind)

    assert walk.wrong == {}


def test_answers_strangers_in_json(walk, db):
    for path, method in product(addresses(), METHODS):
        walk.ask(method, path, {})

    assert walk.wrong == {}


def test_answers_in_json_beneath_every_address(walk, known):
    for path, rest, method in product(addresses(), BENEATH, ["GET", "POST"]):
        walk.ask(method, path + rest, known)

    assert walk.wrong == {}
