"""The request that a proxy holds back: what its client wants of the API behind it."""

import re
import string
from dataclasses import dataclass
from urllib.parse import quote, unquote

from apiauth.errors import Invalid

_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_SEPARATORS = re.compile(r"[/\\]")
_ASCII = "".join(map(chr, range(128)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A request as far as it matters: `path` is in one form, `query` as it was sent."""

    method: str
    path: str
    query: str


def read(method: str, uri: str) -> Original:
    """Read the request line that a proxy reports.

    What servers spell in many ways gets one spelling: unreserved characters in clear
    text (RFC 3986, section 6.2.2), bytes beyond ASCII encoded. Such bytes are here as
    servers read headers, in Latin-1. Slashes stay as many as they are. Raises `Invalid`
    for a path that some servers would take for another one: with dot segments, encoded
    or not, or a fragment.
    """
    path, _, query = uri.partition("?")
    if not path.startswith("/") or "#" in uri:
        raise Invalid("The address of the request must be a path.", field="resource")
    segments = _SEPARATORS.split(unquote(path))
    # Some servers cut a segment at its semicolon, and then see the dots.
    if any(segment.partition(";")[0] in {".", ".."} for segment in segments):
        raise Invalid("The path must not have dot segments.", field="resource")
    plain = _ENCODED.sub(_decoded, quote(path, safe=_ASCII, encoding="latin-1"))
    # With `//` merged it would be judged as a path that the API may not see: some take
    # what stands between the first two for a host.
    return Original(method=method, path=plain, query=query)


def _decoded(encoded: re.Match[str]) -> str:
    character = chr(int(encoded[1], 16))
    return character if character in _UNRESERVED else encoded[0].upper()
