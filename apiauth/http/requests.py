"""What a request says about itself, read once and distrusted by default."""

import json
import re
import uuid

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError

from apiauth import addresses, text
from apiauth.actors import Actor, ActorKind, Channel
from apiauth.errors import ApiAuthError, Invalid
from apiauth.models import BackendKey, PortalSession, Ticket

type Json = dict[str, object]

_OF_DEPLOYMENT = re.compile(r"/d/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/")


class TooLarge(ApiAuthError):
    """The body is larger than any valid request."""

    code = "too_large"
    sentence = "The request is too large: 64 KiB at most."


class UnsupportedMediaType(ApiAuthError):
    """The body says that it is something else than JSON."""

    code = "unsupported_media_type"
    sentence = "Send the body as JSON in UTF-8, with Content-Type: application/json."


def deployment_id(request: HttpRequest) -> uuid.UUID | None:
    """The deployment that the address names; there need not be such a one."""
    named = _OF_DEPLOYMENT.match(request.path)
    return uuid.UUID(named[1]) if named else None


def request_id(request: HttpRequest) -> str:
    """The id under which this request is in the logs."""
    return str(request.META.get("KEYPLATE_REQUEST_ID", ""))


def client_address(request: HttpRequest) -> str:
    """The caller's address: the nearest one that is no proxy of ours."""
    return addresses.caller(
        str(request.META.get("REMOTE_ADDR", "")),
        request.headers.get("X-Forwarded-For", ""),
        trusted=settings.KEYPLATE_TRUSTED_PROXIES,
    )


def agent(request: HttpRequest) -> str:
    """The caller's user agent, shortened."""
    return text.shorten(request.headers.get("User-Agent", ""), text.AGENT)


def host_actor(request: HttpRequest, backend_key: BackendKey) -> Actor:
    """A host product's backend as an actor."""
    return Actor(
        kind=ActorKind.HOST,
        channel=Channel.API,
        id=str(backend_key.id),
        label=backend_key.name,
        address=client_address(request),
        agent=agent(request),
        request_id=request_id(request),
    )


def customer_actor(
    request: HttpRequest,
    *,
    session: PortalSession | None,
    claims: Ticket | None,
    channel: Channel = Channel.PORTAL,
) -> Actor:
    """A customer as an actor; claims are None before the ticket is."""
    return Actor(
        kind=ActorKind.CUSTOMER,
        channel=channel,
        id=(claims.user_id if claims else None) or "",
        label=label_of(claims),
        address=client_address(request),
        agent=agent(request),
        request_id=request_id(request),
        ticket_id=claims.pk if claims else None,
        session_id=session.pk if session else None,
    )


def operator_actor(request: HttpRequest) -> Actor:
    """A signed-in operator as an actor."""
    return Actor(
        kind=ActorKind.OPERATOR,
        channel=Channel.ADMIN,
        id=str(request.user.pk),
        label=request.user.get_username(),
        address=client_address(request),
        agent=agent(request),
        request_id=request_id(request),
    )


def label_of(claims: Ticket | None) -> str:
    """How people call the customer behind a ticket."""
    if claims is None:
        return ""
    return claims.user_label or claims.user_id or claims.organization_label or ""


def json_body(request: HttpRequest) -> Json:
    """Read a JSON object.

    Raises `Invalid` for anything else, doubled members included: two readers
    might each believe another one of them. Raises `TooLarge`, and
    `UnsupportedMediaType` for a body that calls itself something else.
    """
    if not may_be_json(request.content_type):
        raise UnsupportedMediaType
    return json_object(_raw_body(request))


def json_object(raw: bytes) -> Json:
    """Read bytes as a JSON object in UTF-8. Raises `Invalid` as `json_body` does."""
    try:
        # Decoded here, because json.loads would also guess UTF-16 and UTF-32.
        parsed = json.loads(
            raw.decode(),
            object_pairs_hook=_without_doubles,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError):
        raise Invalid("The body must be a JSON object.") from None
    if not isinstance(parsed, dict):
        raise Invalid("The body must be a JSON object.")
    return parsed


def may_be_json(kind: str | None) -> bool:
    """Tell whether a media type says that it is JSON, or nothing at all."""
    return not kind or kind == "application/json" or kind.endswith("+json")


def require_length(request: HttpRequest) -> None:
    """Refuse a body in chunks: WSGI ends it before it begins, so it would seem empty.

    Raises `Invalid`.
    """
    headers = request.headers
    if "Transfer-Encoding" in headers and not headers.get("Content-Length"):
        raise Invalid("Send the body with a Content-Length, not in chunks.")


def _raw_body(request: HttpRequest) -> bytes:
    require_length(request)
    try:
        return request.body
    except RequestDataTooBig:
        raise TooLarge from None
    except UnreadablePostError:
        raise Invalid("The body broke off.") from None


def _without_doubles(pairs: list[tuple[str, object]]) -> Json:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is given twice")
    return members


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
