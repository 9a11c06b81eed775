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
    errors.TooManyFailures: 429,
    errors.Conflict: 409,
    TooLarge: 413,
    UnsupportedMediaType: 415,
}
# What is said where no operation answers: nothing at the address, another method, a
# request that reaches no view, an accident. Status: code and sentence.
UNROUTED: dict[int, tuple[str, str]] = {
    400: ("bad_request", "The request could not be understood."),
    401: ("unauthenticated", "A credential is needed."),
    403: ("forbidden", "Your access does not include this."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that method."),
    413: ("too_large", "The request is too large: 64 KiB at most."),
    500: ("error", "Something went wrong on our side. Nothing was changed."),
    503: ("unavailable", "The service cannot be reached right now. Try again soon."),
}


def status_of(refusal: type[errors.ApiAuthError]) -> int:
    """The HTTP status of a kind of refusal, by its nearest class."""
    for kind in refusal.__mro__:
        if kind in _STATUSES:
            return _STATUSES[kind]
    return 500


def refused(refusal: errors.ApiAuthError, status: int | None = None) -> JsonResponse:
    """Answer a refusal as JSON: `message`, `code`, `errors`, perhaps `details`."""
    status = status or status_of(type(refusal))
    answer = JsonResponse(members_of(refusal), status=status)
    answer.headers["Cache-Control"] = "no-store"
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="keyplate"'
    return answer


def members_of(refusal: errors.ApiAuthError) -> dict[str, object]:
    """A refusal in the members of its JSON."""
    members: dict[str, object] = {
        "message": refusal.message,
        "code": refusal.code,
        "errors": [_entry(problem) for problem in refusal.problems],
    }
    return {**members, "details": refusal.details} if refusal.details else members


def unavailable() -> JsonResponse:
    """Answer that the database cannot be reached: nothing was decided or changed."""
    status = HTTPStatus.SERVICE_UNAVAILABLE
    code, message = UNROUTED[status]
    problem = {"message": message, "code": code}
    answer = JsonResponse({**problem, "errors": [problem]}, status=status)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Retry-After"] = "1"
    return answer


def _entry(problem: errors.ApiAuthError) -> dict[str, str]:
    entry = {"message": problem.message, "code": problem.code}
    return {**entry, "field": problem.field} if problem.field else entry
