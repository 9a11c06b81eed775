"""Origins: what may frame the portal, parsed strictly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiauth import origins
from apiauth.errors import Invalid


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://app.example.com", "https://app.example.com"),
        (" HTTPS://App.Example.COM ", "https://app.example.com"),
        ("https://app.example.com:443", "https://app.example.com"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://app.example.com:8443", "https://app.example.com:8443"),
        ("https://*.example.com", "https://*.example.com"),
        ("http://*.localhost:9000", "http://*.localhost:9000"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_brings_an_origin_into_one_form(written, read):
    assert origins.parse(written) == read


@pytest.mark.parametrize(
    "written",
    [
        None,
        7,
        "",
        "*",
        "null",
        "https:",
        "https://",
        "app.example.com",
        "//app.example.com",
        "ftp://app.example.com",
        "javascript://app.example.com",
        "data:text/html,x",
        "https://app.example.com/",
        "https://app.example.com/path",
        "https://app.example.com?x=1",
        "https://app.example.com#x",
        "https://user@app.example.com",
        "https://user:pass@app.example.com",
        "https://app.example.com:",
        "https://app.example.com:0",
        "https://app.example.com:65536",
        "https://app.example.com:port",
        "https://app.example.com; script-src *",
        "https://app.example.com https://evil.example",
        "https://a.example,https://b.example",
        "https://app.example.com'",
        "https://app.example.com\\@evil.example",
        "https://app.example.com\nhttps://evil.example",
        "https://*",
        "https://*.com",
        "https://app.*.com",
        "https://*app.example.com",
        "https://-app.example.com",
        "https://app..example.com",
        "https://[::1",
        "https://[zz]",
        "https://bücher.example",
        "https://" + "a" * 250 + ".com",
    ],
)
def test_refuses_all_that_is_more_or_less_than_an_origin(written):
    with pytest.raises(Invalid) as refusal:
        origins.parse(written, field="embed_origins")

    assert refusal.value.field == "embed_origins"


@given(st.text(max_size=60))
def test_what_it_reads_cannot_leave_a_policy_directive(tail):
    try:
        read = origins.parse(f"https://app.example.com{tail}")
    except Invalid:
        return
    assert not set(read) & set(" ;,'\"\t\r\n\\")
    assert origins.parse(read) == read


@pytest.mark.parametrize(
    ("entry", "asked", "allowed"),
    [
        ("https://app.example.com", "https://app.example.com", True),
        ("https://app.example.com", "http://app.example.com", False),
        ("https://app.example.com", "https://app.example.com:8443", False),
        ("https://*.example.com", "https://app.example.com", True),
        ("https://*.example.com", "https://a.b.example.com", True),
        ("https://*.example.com", "https://example.com", False),
        ("https://*.example.com", "https://evilexample.com", False),
        ("https://*.example.com", "https://app.example.com:8443", False),
        ("https://*.example.com", "https://app.example.com.evil.example", False),
        ("https://*.example.com", "https://*.example.com", True),
        ("https://*.example.com", "https://*.a.example.com", False),
        ("https://*.example.com:8443", "https://app.example.com:8443", True),
        ("https://*.example.com:8443", "https://app.example.com", False),
        ("https://app.example.com", "null", False),
    ],
)
def test_allows_what_is_on_the_list(entry, asked, allowed):
    assert origins.allows(["https://other.example", entry], asked) is allowed


def test_reads_a_list_without_doubles_in_its_order():
    written = ["https://b.example", "https://a.example", "https://B.example:443"]

    assert origins.parse_list(written) == ["https://b.example", "https://a.example"]


@pytest.mark.parametrize(
    "written", [None, "https://a.example", {}, ["https://a.example"] * 51, [None]]
)
def test_refuses_what_is_no_list_of_origins(written):
    with pytest.raises(Invalid):
        origins.parse_list(written)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("https://app.acme.example", "https://app.acme.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://App.acme.example", None),
        ("https://app.acme.example:443", None),
        ("https://app.acme.example/", None),
        ("https://*.acme.example", None),
        (" https://app.acme.example", None),
        ("null", None),
        ("*", None),
        ("", None),
    ],
)
def test_takes_from_a_browser_only_what_browsers_send(sent, read):
    assert origins.exact(sent) == read
