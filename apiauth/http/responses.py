"""One refusal, one status: the only place where codes become HTTP."""

from http import HTTPStatus

from django.http import JsonResponse

from apiauth import errors
from apiauth.http.requests import TooLarge, UnsupportedMediaType

_STATUSES: dict[type[errors.ApiAuthError], int] = {
    errors.Invalid: 400,
    errors.Unauthenticated: 401,
    errors.TicketInvalid: 401,
    errors.SessionRequired: 401,
    errors.Forbidden: 403,
    errors.AppInactive: 403,
    errors.TenantSuspended: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    TooLarge: 413,
    UnsupportedMediaType: 415,
}


def status_of(refusal: errors.ApiAuthError) -> int:
    """The HTTP status of a refusal, by its nearest class."""
    for kind in type(refusal).__mro__:
        if kind in _STATUSES:
            return _STATUSES[kind]
    return 500


def refused(refusal: errors.ApiAuthError, status: int | None = None) -> JsonResponse:
    """Answer a refusal as JSON: `message`, `code`, `errors`, perhaps `details`."""
    body: dict[str, object] = {
        "message": refusal.message,
        "code": refusal.code,
        "errors": [_entry(problem) for problem in refusal.problems],
    }
    if refusal.details:
        body["details"] = refusal.details
    answer = JsonResponse(body, status=status or status_of(refusal))
    answer.headers["Cache-Control"] = "no-store"
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="keyplate"'
    return answer


def unavailable() -> JsonResponse:
    """Answer that the database cannot be reached: nothing was decided or changed."""
    problem = {
        "message": "The service cannot be reached right now. Try again soon.",
        "code": "unavailable",
    }
    answer = JsonResponse(
        {**problem, "errors": [problem]}, status=HTTPStatus.SERVICE_UNAVAILABLE
    )
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Retry-After"] = "1"
    return answer


def _entry(problem: errors.ApiAuthError) -> dict[str, str]:
    entry = {"message": problem.message, "code": problem.code}
    return {**entry, "field": problem.field} if problem.field else entry
