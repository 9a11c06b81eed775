"""The gateway's endpoints as views, for those who run the site under plain WSGI."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from apiauth import gateway
from apiauth.api.gateway import exchange
from apiauth.api.gateway.endpoints import Endpoint
from apiauth.api.gateway.messages import Request, Response
from apiauth.errors import ApiAuthError, Invalid
from apiauth.http import requests

type View = Callable[..., HttpResponse]


def view(endpoint: Endpoint) -> View:
    """Answer an endpoint's requests over Django's own connection to the database."""

    # The gateway key is the credential; no cookie counts, hence no forgery token.
    @login_not_required
    @csrf_exempt
    def answered(request: HttpRequest, **_address: object) -> HttpResponse:
        response = _answer(endpoint, request)
        return HttpResponse(
            response.body, status=response.status, headers=dict(response.headers)
        )

    return answered


def _answer(endpoint: Endpoint, request: HttpRequest) -> Response:
    started = time.perf_counter()
    try:
        heard = _heard(request, endpoint.most_bytes)
    except ApiAuthError as refusal:
        return endpoint.refuse(refusal)
    except RequestDataTooBig:
        return exchange.too_large(endpoint)
    asked = exchange.begin(endpoint, heard)
    if isinstance(asked, Response):
        return asked
    outcomes = gateway.check_all(asked.questions)
    seconds = time.perf_counter() - started
    return exchange.finish(endpoint, asked, outcomes, seconds=seconds)


def _heard(request: HttpRequest, most_bytes: int) -> Request:
    return Request(
        method=request.method or "",
        path=request.path,
        query=request.META.get("QUERY_STRING", ""),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=_body(request, most_bytes),
        peer=str(request.META.get("REMOTE_ADDR", "")),
    )


def _body(request: HttpRequest, most_bytes: int) -> bytes:
    requests.require_length(request)
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise Invalid("The Content-Length is no number.") from None
    if length > most_bytes:
        raise RequestDataTooBig
    # Larger than any form may be, and allowed here.
    is_large = length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    try:
        return request.read(length) if is_large else request.body
    except UnreadablePostError:
        raise Invalid("The body broke off.") from None
