"""A guard for Django: a middleware for whole paths, a decorator for single views.

    KEYPLATE_CLIENT = {
        "BASE_URL": "https://keys.example.com",
        "GATEWAY_KEY": os.environ["KEYPLATE_GATEWAY_KEY"],
        # For the middleware alone:
        "BELOW": "/api/",
        "ROUTES": [Route("/api/reports", ["reports:read"], methods=["GET"])],
    }

Both put the verdict at `request.keyplate`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from keyplate_client import Keyplate, Verdict, guard, wsgi
from keyplate_client.guard import Guard, Refusal, Seen

View = TypeVar("View", bound=Callable[..., Any])  # Answers now, or when awaited.

_NEEDED = {"BASE_URL", "GATEWAY_KEY"}
_KNOWN = _NEEDED | {"BELOW", "CLIENT_IP", "OPTIONS", "REALM", "ROUTES"}


class KeyRequest(HttpRequest):
    """A request whose key may make it."""

    keyplate: Verdict


class KeyplateMiddleware:
    """Ask the gateway about every request below a path before its view runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        wanted = configured()
        self._get_response = get_response
        self._guard = Guard(
            wanted.get("ROUTES", ()), below=wanted.get("BELOW", "/"), realm=realm()
        )

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        strip(request)
        try:
            question = self._guard.question(seen(request))
            if question is None:
                return self._get_response(request)
            verdict = question.put_to(shared())
        except Refusal as refusal:
            return answer(refusal)
        cast("KeyRequest", request).keyplate = verdict
        return with_limits(verdict, self._get_response(request))


def key_required(*permissions: str) -> Callable[[View], View]:
    """Let a view run only for a key that has all of these permissions.

    A key travels in a header that no other site can send, so the view is exempt from
    the check for forged requests.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(
            request: HttpRequest, *args: object, **kwargs: object
        ) -> HttpResponseBase:
            try:
                verdict = let_in(request, permissions)
            except Refusal as refusal:
                return answer(refusal)
            return with_limits(verdict, view(request, *args, **kwargs))

        @functools.wraps(view)
        async def guarded_async(
            request: HttpRequest, *args: object, **kwargs: object
        ) -> HttpResponseBase:
            asking = sync_to_async(let_in, thread_sensitive=False)
            try:
                verdict = await asking(request, permissions)
            except Refusal as refusal:
                return answer(refusal)
            return with_limits(verdict, await view(request, *args, **kwargs))

        is_async = inspect.iscoroutinefunction(view)
        chosen = guarded_async if is_async else guarded
        return cast("View", csrf_exempt(chosen))  # It takes what the view takes.

    return decorate


def let_in(request: HttpRequest, permissions: Sequence[str]) -> Verdict:
    """Ask about a request and put the verdict on it; raises `Refusal`."""
    strip(request)
    question = guard.question(seen(request), permissions, realm=realm())
    verdict = question.put_to(shared())
    cast("KeyRequest", request).keyplate = verdict
    return verdict


def seen(request: HttpRequest) -> Seen:
    """Read what a guard looks at; `CLIENT_IP` tells the caller's address."""
    find_address = configured().get("CLIENT_IP")
    peer = wsgi.peer(request.META)
    return wsgi.seen(
        {**request.META, "REQUEST_METHOD": request.method or ""},
        path=request.path,
        client_ip=find_address(request) if find_address else peer,
    )


def strip(request: HttpRequest) -> None:
    """Take away what a client says about its own identity."""
    wsgi.strip(request.META)
    request.__dict__.pop("headers", None)  # Django's own copy of them


def answer(refusal: Refusal) -> HttpResponse:
    return HttpResponse(
        refusal.body, status=refusal.status, headers=dict(refusal.headers)
    )


def with_limits(verdict: Verdict, response: HttpResponseBase) -> HttpResponseBase:
    """Tell the caller how much of each limit is left."""
    for name, value in verdict.limit_headers.items():
        response.headers[name] = value
    return response


def realm() -> str:
    return str(configured().get("REALM", "API"))


def configured() -> Mapping[str, Any]:  # values of many kinds, by name
    """Read the setting; raises `ImproperlyConfigured` for a name too few or many."""
    wanted: object = getattr(settings, "KEYPLATE_CLIENT", None)
    if not isinstance(wanted, dict):
        raise ImproperlyConfigured("KEYPLATE_CLIENT is not set.")
    wrong = (_NEEDED - set(wanted)) or (set(wanted) - _KNOWN)
    if wrong:
        names = ", ".join(sorted(map(str, wrong)))
        raise ImproperlyConfigured(f"KEYPLATE_CLIENT is wrong about: {names}.")
    return wanted


def shared() -> Keyplate:
    """Return the one client of this process that the setting describes."""
    wanted = configured()
    options = tuple(sorted(wanted.get("OPTIONS", {}).items()))
    return _client(wanted["BASE_URL"], wanted["GATEWAY_KEY"], options)


@functools.lru_cache(maxsize=4)
def _client(base_url: str, gateway_key: str, options: tuple[Any, ...]) -> Keyplate:
    return Keyplate(base_url, gateway_key, **dict(options))
