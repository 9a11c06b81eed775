"""Bodies that no endpoint may choke on."""

import json

LEAST_TICKET = {"ticket_type": "api_auth_access", "api_auth_app_slug": "aa_1"}
# None of these is one JSON object.
BROKEN = [
    b"",
    b"  ",
    b"null",
    b"[]",
    b'"text"',
    b"{",
    b'{"a":1,}',
    b'{"a":1,"a":2}',
    b'{"a":NaN}',
    b'{"a":-Infinity}',
    b'{"a":"\xff\xfe"}',
    "{}".encode("utf-16"),
    b'{"a":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    b'{"a":' + b"9" * 5000 + b"}",
    b"ticket_type=api_auth_access",
    b"<xml/>",
]
# None of these is text that may be stored.
HOSTILE_TEXTS = [
    "a\x00b",
    "a\x1bb",
    "a\u202eb",
    "a\u200bb",
    "a\ud800b",
    "x" * 10_000,
]
# Said of a body after its type: no encodings of text, some that make what no database
# stores, and no charset at all.
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
    "charset*=unheard''utf-8",
    "x*=unheard''a",
    "x*=a; x*0=b",
    "x" * 20_000,
]
READABLE = ["charset=utf-8", "charset=UTF8", "charset=us-ascii", 'charset=""', "x=y"]
NOT_TEXT = [7, 1.5, True, [], ["a"], {}, {"a": 1}]
NOT_WHOLE = [True, False, "120", "", 1.0, 1.5, 1e9, [], {}]
NOT_A_LIST = ["a", 7, True, {}, {"a": 1}]


def post(client, path, body, **headers):
    """Send JSON, or bytes as they are."""
    raw = body if isinstance(body, bytes) else json.dumps(body)
    return client.post(path, raw, content_type="application/json", headers=headers)


def assert_refused(response, status=400, field=None):
    """Prove that an answer is a refusal in the one shape, with a sentence."""
    answer = response.json()
    assert response.status_code == status, answer
    assert answer["message"].endswith(".")
    assert answer["code"]
    assert answer["errors"][0]["message"] == answer["message"]
    assert answer["errors"][0].get("field") == field
    assert response.headers["Cache-Control"] == "no-store"
