"""Addresses that people will follow."""

import pytest

from apiauth import links
from apiauth.errors import Invalid


@pytest.mark.parametrize(
    "address",
    ["https://example.com", "http://localhost:8000/back?x=1#y", "https://[::1]/"],
)
def test_takes_web_addresses(address):
    assert links.parse(address, field="return_url") == address


@pytest.mark.parametrize("nothing", ["", "  ", None])
def test_leaves_nothing_empty(nothing):
    assert not links.parse(nothing, field="return_url")


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt://example.com/%0aalert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "//example.com",
        "/back",
        "example.com",
        "https://",
        "https:///path",
        "https://user:pass@example.com",
        "https://example.com\\@evil.example",
        "https://exa mple.com",
        'https://example.com/"onload="',
        "https://example.com/<script>",
        "https://example.com:99999",
        "https://[::1",
        "https://example.com/\u202egpj",
        "https://example.com/\x00",
        "https://example.com/" + "x" * 500,
        7,
        ["https://example.com"],
    ],
)
def test_refuses_everything_else_by_its_field(address):
    with pytest.raises(Invalid) as refusal:
        links.parse(address, field="return_url")

    assert refusal.value.field == "return_url"
