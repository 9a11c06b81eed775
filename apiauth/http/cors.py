"""Which pages of other origins may read our answers (Fetch Standard, section 3.2).

For the addresses of hosts' own front ends alone, and there for errors too: a page that
may not read a 401 cannot tell it from an outage. Never a wildcard. Who is not on the
list gets an answer without these headers, which no browser shows to a page.
"""

import re
from collections.abc import Callable
from http import HTTPStatus

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

from apiauth import deployments, origins, sessions
from apiauth.http import origin, requests, transports

type View = Callable[[HttpRequest], HttpResponseBase]

_MAX_AGE = 600  # seconds for which a browser may keep the answer to a preflight
_METHODS = "GET, POST, DELETE"
_HEADERS = f"{transports.TOKEN_HEADER}, Content-Type, Idempotency-Key"
_EXPOSED = f"{transports.DEVELOPMENT_HEADER}, X-Request-Id, Retry-After"
# Everything of a deployment but the desk's pages; at the root what is for front ends,
# which the two old routes of host backends and their history are not.
_FOR_FRONT_ENDS = re.compile(
    r"/d/[^/]+/(?!vanity/)"
    r"|/deployment$"
    r"|/session/ticket/exchange$"
    r"|/api-auth/session(?:/|$)"
    r"|/api-auth/keys(?!/(?:rotate|revoke)$)(?:/|$)"
    r"|/api-auth/audit/(?!events$)"
)


class Cors:
    """Answer preflights, and say on every answer whose page may read it.

    Also hands over the renewed token of a session in staging, on errors as well: the
    one before it is about to end.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not _FOR_FRONT_ENDS.match(request.path):
            return self.get_response(request)
        asker = origins.exact(origin.foreign(request) or "")
        if asker is not None and _is_preflight(request) and _admits(request, asker):
            return _open(_preflight(), asker)
        response = self.get_response(request)
        patch_vary_headers(response, ["Origin"])
        renewed: str | None = getattr(request, "renewed_token", None)
        if renewed is not None:
            transports.hand_over_development(response, renewed)
        if asker is not None and _admits(request, asker):
            _open(response, asker)
        return response


def _preflight() -> HttpResponse:
    response = HttpResponse(status=HTTPStatus.NO_CONTENT)
    del response.headers["Content-Type"]  # Nothing is no HTML.
    response.headers["Access-Control-Allow-Methods"] = _METHODS
    response.headers["Access-Control-Allow-Headers"] = _HEADERS
    response.headers["Access-Control-Max-Age"] = str(_MAX_AGE)
    patch_vary_headers(response, ["Origin"])
    return response


def _open[R: HttpResponseBase](response: R, asker: str) -> R:
    """Let pages of this one origin read an answer."""
    response.headers["Access-Control-Allow-Origin"] = asker
    response.headers["Access-Control-Allow-Credentials"] = "true"
    response.headers["Access-Control-Expose-Headers"] = _EXPOSED
    return response


def _is_preflight(request: HttpRequest) -> bool:
    asks = "Access-Control-Request-Method" in request.headers
    return request.method == "OPTIONS" and asks


def _admits(request: HttpRequest, asker: str) -> bool:
    """Tell whether a page may read this: its session's app knows, or its deployment."""
    session = getattr(request, "customer", None)
    if session is not None:
        return sessions.admits(session.ticket, session.app, asker)
    try:
        known = deployments.front_end_origins(requests.deployment_id(request))
    except DatabaseError:
        # Nobody knows then; the page sees an outage, which it is.
        return False
    return origins.allows(known, asker)
