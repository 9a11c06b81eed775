"""The two addresses at which the API describes itself."""

import functools
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from apiauth.api import document
from apiauth.api.document.schemas import Json
from apiauth.api.reference import reading

# Long enough to read on, short enough to see what an update brought.
_KEPT = "public, max-age=60"
_JSON, _HTML = "application/json", "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """An answer that is the same for everybody, with the tag that tells versions."""

    content: bytes
    tag: str


def paths(api: NinjaAPI) -> list[URLPattern]:
    """Give the addresses at which an API describes itself, open to everybody."""
    return [
        path("openapi.json", _opened(api, _JSON, _as_json), name="openapi"),
        path("docs", _opened(api, _HTML, _as_page), name="docs"),
    ]


def described(api: NinjaAPI) -> Json:
    """Describe an API as this installation is set up."""
    return document.build(
        api,
        public_url=settings.KEYPLATE_PUBLIC_URL,
        anybody_may_ask=settings.KEYPLATE_GATEWAY_ANONYMOUS,
    )


def _as_json(described: Json) -> str:
    return json.dumps(described, ensure_ascii=False, separators=(",", ":"))


def _as_page(described: Json) -> str:
    return render_to_string("docs/reference.html", {"page": reading.read(described)})


def _opened(
    api: NinjaAPI, kind: str, make: Callable[[Json], str]
) -> Callable[..., HttpResponseBase]:
    @functools.cache
    def made() -> _Made:
        # Once a process: neither code nor settings change in one.
        content = make(described(api)).encode()
        return _Made(
            content=content, tag=f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        )

    def show(request: HttpRequest) -> HttpResponseBase:
        return _answer(request, made(), kind)

    # What changes nothing needs no token, and tells a POST which methods are right.
    return login_not_required(csrf_exempt(gzip_page(require_safe(show))))


def _answer(request: HttpRequest, made: _Made, kind: str) -> HttpResponseBase:
    response = HttpResponse(made.content, content_type=kind)
    response.headers["Cache-Control"] = _KEPT
    response.headers["ETag"] = made.tag
    if kind == _JSON:
        # Tools on other sites may read it: it says the same to everybody.
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer = get_conditional_response(request, etag=made.tag, response=response)
    assert answer is not None  # noqa: S101 - None only comes of None
    return answer
