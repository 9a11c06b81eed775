"""What the gateway hears and says, whichever server stands before it."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from django.conf import settings
from msgspec import Struct, field
from msgspec.structs import replace

from apiauth import addresses
from apiauth.errors import ApiAuthError
from apiauth.http import media, requests, responses

# In bytes, as ASGI has them.
type Headers = list[tuple[bytes, bytes]]
CHALLENGE = 'Bearer realm="keyplate"'
# Of every answer: nobody keeps it, nobody guesses at what it is.
_ALWAYS = {
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}


def _raw(headers: Mapping[str, str]) -> Headers:
    return [(n.encode("latin-1"), v.encode("latin-1")) for n, v in headers.items()]


_ALWAYS_RAW = _raw(_ALWAYS)


class Request(Struct, frozen=True, kw_only=True):
    """One HTTP request; `headers` by their names in lower case.

    Of a header that came more than once the lines are joined by a comma
    (RFC 9110, section 5.3). `peer` is the address at the other end of the socket.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    peer: str = ""

    def __repr__(self) -> str:
        # Its headers and its body hold keys.
        return f"<Request {self.method}>"

    @property
    def client_address(self) -> str:
        """The caller's address: the nearest one that is no proxy of ours; or none."""
        forwarded = self.headers.get("x-forwarded-for", "")
        trusted = settings.KEYPLATE_TRUSTED_PROXIES
        return addresses.caller(self.peer, forwarded, trusted=trusted)

    @property
    def is_from_trusted_proxy(self) -> bool:
        """Whether the operator named the peer: only then what it forwards counts."""
        return addresses.is_within(self.peer, settings.KEYPLATE_TRUSTED_PROXIES)


class Response(Struct, frozen=True, kw_only=True):
    """One HTTP answer; header names in lower case.

    `is_refusal`: no verdict, but why there is none.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_refusal: bool = False

    @property
    def raw_headers(self) -> Headers:
        """The headers in bytes, as ASGI sends them."""
        if self.headers is _ALWAYS:  # As nearly all are: made once.
            return [*_ALWAYS_RAW]
        return _raw(self.headers)


def is_plain_json(request: Request) -> bool:
    """Whether a body says that it is JSON, in the plainest words."""
    return request.headers.get("content-type") == "application/json"


def json_body(request: Request) -> requests.Json:
    """Read a JSON object. Raises `Invalid` and `UnsupportedMediaType`."""
    kind = media.in_utf_8(request.headers.get("content-type", ""))
    if kind is None or not requests.may_be_json(kind):
        raise requests.UnsupportedMediaType
    return requests.json_object(request.body)


def as_json(
    status: int, members: object, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with JSON that nobody stores."""
    if status == HTTPStatus.UNAUTHORIZED:
        # RFC 9110 (section 11.6.1) asks for it.
        headers = {"www-authenticate": CHALLENGE, **(headers or {})}
    return Response(
        status=status,
        headers={**_ALWAYS, **headers} if headers else _ALWAYS,
        body=msgspec.json.encode(members),
    )


def refused(refusal: ApiAuthError) -> Response:
    """Answer a refusal as the other APIs do."""
    status = responses.status_of(type(refusal))
    again = {"retry-after": "1"} if status == HTTPStatus.TOO_MANY_REQUESTS else {}
    answer = as_json(status, responses.members_of(refusal), again)
    return replace(answer, is_refusal=True)


def unrouted(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Answer where no endpoint does: another method, an accident."""
    code, message = responses.UNROUTED[status]
    problem = {"message": message, "code": code}
    answer = as_json(status, {**problem, "errors": [problem]}, headers)
    return replace(answer, is_refusal=True)
