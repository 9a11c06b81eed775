"""What every request passes: an id, one log line, and JSON errors for programs."""

import logging
import re
import secrets
import time
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from apiauth.http import responses

type View = Callable[[HttpRequest], HttpResponseBase]

_log = logging.getLogger("keyplate.request")

# Everything else is for programs, whose errors must be JSON whatever DEBUG says.
_FOR_PEOPLE = ("/admin", "/static/", "/docs")
_OF_THE_DESK = re.compile(r"(?:/d/[^/]+)?/vanity/")
_OTHER = ("error", "The request was refused.")

_LEFT_BEHIND = frozenset(
    [
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-length",
        "content-type",
        "etag",
        "last-modified",
        "set-cookie",
    ]
)


class RequestLog:
    """Give each request an id and log it: never its query, headers or body."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        request_id = secrets.token_hex(8)
        request.META["KEYPLATE_REQUEST_ID"] = request_id
        response = self.get_response(request)
        response.headers["X-Request-Id"] = request_id
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        facts = {
            "request_id": request_id,
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "milliseconds": round(1000 * (time.perf_counter() - started), 1),
        }
        _log.info("request", extra=facts)
        return response


class JsonErrors:
    """Turn every error outside the pages for people into one JSON shape.

    People get a sentence as well, where a refused method would be an empty page.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code < HTTPStatus.BAD_REQUEST:
            return response
        path = request.path
        if path.startswith(_FOR_PEOPLE) or is_of_the_desk(path):
            return _in_words(response)
        if response.headers.get("Content-Type", "").startswith("application/json"):
            return response
        return _as_json(response)


def is_of_the_desk(path: str) -> bool:
    """Tell whether an address is one of the desk's pages, at either of its places."""
    return _OF_THE_DESK.match(path) is not None


def _in_words(response: HttpResponseBase) -> HttpResponseBase:
    if isinstance(response, HttpResponse) and not response.content:
        _, sentence = responses.UNROUTED.get(response.status_code, _OTHER)
        response.content = sentence.encode()
        response.headers["Content-Length"] = str(len(response.content))
        response.headers["Content-Type"] = "text/plain; charset=utf-8"
        response.headers["Cache-Control"] = "no-store"
    return response


def _as_json(response: HttpResponseBase) -> HttpResponse:
    status = response.status_code
    code, message = responses.UNROUTED.get(status, _OTHER)
    body = {"message": message, "code": code}
    answer = JsonResponse({**body, "errors": [body]}, status=status)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Length"] = str(len(answer.content))
    for name, value in response.headers.items():
        if name.lower() not in _LEFT_BEHIND:
            answer.headers.setdefault(name, value)
    return answer
