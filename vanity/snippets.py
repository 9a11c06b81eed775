"""First calls with a new key, ready to paste, in five spellings."""

import re
from dataclasses import dataclass

# Where the secret goes; the template puts it there, escaped, in its own element.
_HOLE = "\0"
EXAMPLE_BASE_URL = "https://api.example.com"

_CURL = """curl {base} \\
  -H "Authorization: Bearer \0\""""

_PYTHON = """import urllib.request

request = urllib.request.Request(
    "{base}",
    headers={{"Authorization": "Bearer \0"}},
)
with urllib.request.urlopen(request) as response:
    print(response.status, response.read().decode())"""

_JAVASCRIPT = """const response = await fetch("{base}", {{
  headers: {{ Authorization: "Bearer \0" }},
}});
console.log(response.status, await response.text());"""

_HTTP = """GET {path} HTTP/1.1
Host: {host}
Authorization: Bearer \0"""

_ENV = "{variable}=\0"

_SPELLINGS = (
    ("curl", "curl", _CURL),
    ("python", "Python", _PYTHON),
    ("javascript", "JavaScript", _JAVASCRIPT),
    ("http", "HTTP", _HTTP),
    ("env", ".env", _ENV),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One spelling, cut where the secret belongs: it is never part of this value."""

    slug: str
    label: str
    parts: tuple[str, ...]


def samples(*, api_base_url: str, product: str) -> list[Sample]:
    """Spell a first call to the host's API."""
    base = api_base_url or EXAMPLE_BASE_URL
    host, _, path = base.partition("://")[2].partition("/")
    facts = {
        "base": base,
        "host": host,
        "path": f"/{path}",
        "variable": variable(product),
    }
    return [
        Sample(slug=slug, label=label, parts=tuple(text.format(**facts).split(_HOLE)))
        for slug, label, text in _SPELLINGS
    ]


def variable(product: str) -> str:
    """Name the environment variable after the product: `ACME_API_KEY`."""
    stem = re.sub(r"[^A-Z0-9]+", "_", product.upper()).strip("_")
    stem = re.sub(r"_?(API|KEYS?)$", "", stem)
    if not stem or stem[0].isdigit():
        return "API_KEY"
    return f"{stem}_API_KEY"
