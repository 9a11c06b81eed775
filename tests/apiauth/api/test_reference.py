"""`/openapi.json` and `/docs`: the description for programs and for people."""

import gzip
import html
import re
from html.parser import HTMLParser

import pytest
from django.test import Client

from apiauth.api import vocabularies
from apiauth.api.document.schemas import Json
from apiauth.api.reference import rows, samples
from tests.apiauth.api.described import DOCUMENT, OPERATIONS, answer_schema, problems

PLACES = ["/openapi.json", "/docs"]
every_place = pytest.mark.parametrize("place", PLACES)


class Reader(HTMLParser):
    """Collects what a page's links need."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        if facts.get("id"):
            self.ids.append(str(facts["id"]))
        if tag == "a":
            self.links.add(facts.get("href") or "")


@pytest.fixture
def page(client):
    return client.get("/docs").content.decode()


def test_gives_programs_the_document(client):
    answer = client.get("/openapi.json")

    assert answer.headers["Content-Type"] == "application/json"
    assert set(answer.json()["paths"]) == set(DOCUMENT["paths"])
    assert answer.json()["components"] == DOCUMENT["components"]


def test_lets_tools_on_other_sites_read_the_document(client):
    headers = client.get("/openapi.json").headers

    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_keeps_the_page_to_itself(client):
    headers = client.get("/docs").headers

    assert "Access-Control-Allow-Origin" not in headers
    assert headers["X-Frame-Options"] == "DENY"
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]


@every_place
def test_may_be_kept_for_a_moment(client, place):
    answer = client.get(place)

    assert answer.headers["Cache-Control"] == "public, max-age=60"
    again = client.get(place, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@every_place
def test_answers_a_question_for_headers_alone(client, place):
    answer = client.head(place)

    assert (answer.status_code, answer.content) == (200, b"")


@every_place
def test_travels_small_where_it_may(client, place):
    plain = client.get(place)
    packed = client.get(place, headers={"Accept-Encoding": "gzip"})

    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) < len(plain.content) / 3


@every_place
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_takes_no_other_method(place, method):
    # As a server: Django's client passes over what it asks of forms by default.
    answer = getattr(Client(enforce_csrf_checks=True), method)(place)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    if place == "/openapi.json":
        assert answer.json()["code"] == "method_not_allowed"


@every_place
def test_asks_no_database(client, place, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get(place)


@every_place
def test_sets_no_cookie(client, place):
    assert not client.get(place).cookies


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_shows_every_operation(page, name):
    method, path, operation = OPERATIONS[name]

    # What is also at the place of one deployment is shown once.
    assert html.escape(path) in page
    if not path.startswith("/d/"):
        assert f'id="{name}"' in page
        assert html.escape(operation["summary"]) in page
        assert f'data-verb="{method.upper()}"' in page


def test_shows_every_code(page):
    for word in vocabularies.error_codes():
        assert f'id="code-{word.word}"' in page
    for word in vocabularies.verdict_codes():
        assert f'id="verdict-{word.word}"' in page


def test_leads_nowhere_else(page):
    reader = Reader()
    reader.feed(page)

    assert len(reader.ids) == len(set(reader.ids))
    assert reader.links <= {f"#{one}" for one in reader.ids} | {"/openapi.json"}


def test_needs_nothing_from_elsewhere(page):
    sources = re.findall(r'(?:src|href)="([^"#]+)"', page)

    assert [one for one in sources if not one.startswith("/")] == []


# ------------------------------------------------------------------- how it is written


def test_tells_code_from_prose():
    text = "Send `name`\nand more.\n\nOr `nothing`."

    first, second = rows.prose(text)

    assert first == [("Send ", False), ("name", True), (" and more.", False)]
    assert second == [("Or ", False), ("nothing", True), (".", False)]


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "format": "date-time"}, "string (date-time)"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string | null"),
        ({"type": "array", "items": {"type": "integer"}}, "integer[]"),
        (
            {
                "type": "array",
                "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            },
            "(string | integer)[]",
        ),
        (
            {"type": "object", "additionalProperties": {"type": "string"}},
            "object of string",
        ),
        ({"type": "object", "additionalProperties": True}, "object"),
        ({"$ref": "#/components/schemas/Thing"}, "Thing"),
        ({"$ref": "#/components/schemas/Word"}, "string"),
        ({}, "any"),
    ],
)
def test_writes_types_as_programmers_do(schema, name):
    parts: dict[str, Json] = {
        "Thing": {"type": "object", "properties": {"a": {"type": "string"}}},
        "Word": {"type": "string", "enum": ["a"]},
    }

    assert rows.type_of(schema, parts) == name


def test_shows_what_is_in_a_thing_once():
    thing = {"type": "object", "properties": {"size": {"type": "integer"}}}
    whole = {
        "type": "object",
        "properties": {
            "first": {"$ref": "#/components/schemas/Thing"},
            "others": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/Thing"},
            },
        },
        "required": ["first"],
    }

    shown = list(rows.members(whole, {"Thing": thing}))

    assert [row.name for row in shown] == ["first", "first.size", "others"]
    assert [row.is_required for row in shown] == [True, False, False]
    assert shown[2].link == "schema-Thing"


def test_writes_requests_that_a_shell_can_run():
    operation = {
        "security": [{"backendKey": []}],
        "parameters": [
            {"in": "path", "name": "slug", "required": True, "example": "a/b"},
            {"in": "query", "name": "q", "required": True, "example": "it's"},
            {"in": "query", "name": "page", "required": False, "example": 2},
        ],
        "requestBody": {
            "content": {"application/json": {"example": {"name": "Ada's key"}}}
        },
    }

    line = samples.curl("https://k", "patch", "/apps/{slug}", operation, DOCUMENT)

    assert line.splitlines() == [
        'curl "https://k/apps/a%2Fb?q=it%27s" \\',
        "  -X PATCH \\",
        '  -H "Authorization: Bearer $BACKEND_KEY" \\',
        "  --json '{",
        """  "name": "Ada'"'"'s key\"""",
        "}'",
    ]


@pytest.mark.parametrize(
    ("scheme", "line"),
    [
        (
            {"type": "apiKey", "in": "header", "name": "X-Portal-Session"},
            'curl https://k/x \\\n  -H "X-Portal-Session: $SESSION"',
        ),
        (
            {"type": "apiKey", "in": "cookie", "name": "session"},
            'curl https://k/x \\\n  -b "session=$SESSION"',
        ),
        (
            {"type": "apiKey", "in": "query", "name": "token"},
            'curl "https://k/x?token=$SESSION"',
        ),
    ],
)
def test_shows_each_credential_where_it_travels(scheme, line):
    described = {"components": {"securitySchemes": {"session": scheme}}}
    operation: Json = {"security": [{"session": []}], "parameters": []}

    assert samples.curl("https://k", "get", "/x", operation, described) == line


def test_writes_forms_as_forms():
    form = {"application/x-www-form-urlencoded": {"example": {"name": "CI & more"}}}
    operation: Json = {
        "security": [],
        "parameters": [],
        "requestBody": {"content": form},
    }

    line = samples.curl("https://k", "post", "/x", operation, DOCUMENT)

    assert line.splitlines()[-1] == "  --data-urlencode 'name=CI & more'"


# ------------------------------------------------------------------------ that it is true


@pytest.mark.parametrize(
    "members", [{}, {"required_permissions": ["reports:delete"]}, {"secret": "x"}]
)
def test_answers_checks_as_described(check, members):
    answer = check(**members)

    assert problems(answer_schema("checkKey", answer.status_code), answer.json()) == []


def test_refuses_checks_as_described(check):
    answer = check(body={"principal": {}})

    assert problems(answer_schema("checkKey", 400), answer.json()) == []
