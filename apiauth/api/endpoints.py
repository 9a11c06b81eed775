"""What every API endpoint shares: its methods, its errors as JSON, no cookies."""

import functools
import logging
from collections.abc import Callable
from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import (
    HttpRequest,
    HttpResponseBase,
    HttpResponseNotAllowed,
    JsonResponse,
)
from django.views.decorators.csrf import csrf_exempt

from apiauth.errors import ApiAuthError
from apiauth.http import responses

type View = Callable[..., HttpResponseBase]

_CHALLENGE = 'Bearer realm="keyplate"'

_log = logging.getLogger("keyplate.api")


def endpoint(*methods: str) -> Callable[[View], View]:
    """Make a view an endpoint for programs.

    It takes these methods alone, answers refusals and an absent database as JSON,
    and is never stored by anyone. No cookie counts here, hence no CSRF token; who
    may call is decided by the guard below it.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def answered(
            request: HttpRequest, *args: object, **kwargs: object
        ) -> HttpResponseBase:
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            response = _answer(lambda: view(request, *args, **kwargs))
            response.headers["Cache-Control"] = "no-store"
            if response.status_code == HTTPStatus.UNAUTHORIZED:
                # RFC 9110 (section 11.6.1) asks for it.
                response.headers["WWW-Authenticate"] = _CHALLENGE
            return response

        return login_not_required(csrf_exempt(answered))

    return decorate


def _answer(view: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    try:
        return view()
    except ApiAuthError as refusal:
        return responses.refused(refusal)
    except (InterfaceError, OperationalError) as error:
        return unavailable(error)


def unavailable(error: Exception) -> JsonResponse:
    """Answer that the database was out of reach, and note it."""
    # The text of a database error may quote values; its class does not.
    _log.error("api.unavailable", extra={"error": type(error).__name__})
    return responses.unavailable()
