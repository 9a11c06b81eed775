"""Whatever comes, a dialect refuses it or asks about exactly one honest path."""

import re
from urllib.parse import quote, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiauth.api.gateway.messages import Request
from apiauth.errors import ApiAuthError
from tests.apiauth.api.gateway import asking
from tests.apiauth.api.gateway.asking import PROXY

# What servers hand on: any byte but those that end a line.
BYTES = st.text(st.characters(max_codepoint=0xFF, exclude_characters="\r\n"))
PARTS = [
    "/",
    "//",
    ".",
    "..",
    "%2e",
    "%2F",
    "%5c",
    "\\",
    ";",
    "a",
    "%",
    "%00",
    "?",
    "#",
]
PATHS = st.lists(st.sampled_from(PARTS)).map("".join).map(lambda rest: f"/{rest}")
HEADERS = st.dictionaries(
    st.sampled_from(
        ["authorization", "cookie", "x-api-key", "x-forwarded-for", "user-agent"]
    ),
    BYTES,
)
VARIED = settings(max_examples=300, deadline=None, database=None, derandomize=True)


def read(request, kind):
    try:
        return kind.dialect.ask(request)
    except ApiAuthError as refusal:
        return refusal


def judged(request, kind, path):
    """Check what is asked of a path, if anything is."""
    asked = read(request, kind)
    if isinstance(asked, ApiAuthError):
        assert kind.dialect.refuse(asked).status in {400, 403, 503}
        return
    [question] = asked.questions
    assert question.resource.startswith("/")
    assert question.resource.count("/") == path.count("/")
    segments = re.split(r"[/\\]", unquote(question.resource))
    assert not {".", ".."} & {one.partition(";")[0] for one in segments}


@pytest.mark.parametrize("letter", ["é", "à", "ß", "\u0445", "\U0001f511"])
@pytest.mark.parametrize("kind", asking.KINDS[:2], ids=lambda kind: kind.name)
def test_reads_bytes_that_nobody_encoded_as_if_somebody_had(kind, letter):
    sent = f"/caf{letter}"

    asked = asking.question(
        kind, uri=sent.encode().decode("latin-1"), authorization="Bearer x"
    )

    assert asked.resource == quote(sent)


@VARIED
@given(uri=PATHS | BYTES, headers=HEADERS, kind=st.sampled_from(asking.KINDS[:2]))
def test_reads_hostile_reports(uri, headers, kind):
    sent = {kind.method_header: "GET", kind.uri_header: uri, **headers}

    request = Request(method="GET", path=kind.path, headers=sent, peer=PROXY)
    judged(request, kind, uri.partition("?")[0])


@VARIED
@given(path=PATHS | BYTES, query=BYTES, headers=HEADERS)
def test_reads_hostile_paths(path, query, headers):
    request = Request(
        method="GET",
        path=f"/gateway/envoy{path}",
        query=query,
        headers=headers,
        peer=PROXY,
    )

    judged(request, asking.ENVOY, path)


@VARIED
@given(query=BYTES, header=BYTES, kind=st.sampled_from(asking.KINDS[:2]))
def test_lets_no_garbled_requirement_pass(query, header, kind):
    request = kind.request(require=f"require={query}", x_keyplate_require=header)
    asked = read(request, kind)

    if not isinstance(asked, ApiAuthError):
        [question] = asked.questions
        assert not question.required.allows([])
