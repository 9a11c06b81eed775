"""How credentials travel: bearer header, document token, binder cookie.

And, for hosts' own front ends, the session cookie of production and the address of
staging, as existing clients expect them (wacht-contract section 9).
"""

from django.http import HttpRequest, HttpResponseBase

TOKEN_HEADER = "X-Portal-Session"  # noqa: S105 - the header's name
RESUME_HEADER = "X-Portal-Resume"
BINDER_COOKIE = "__Host-keyplate-binder"
SESSION_COOKIE = "__Host-keyplate-session"
DEVELOPMENT_PARAMETER = "__dev_session__"
DEVELOPMENT_HEADER = "x-development-session"
_BINDER_LIFE = 24 * 3600  # seconds; the session behind it ends earlier
_MAX_LENGTH = 512


def bearer(request: HttpRequest) -> str | None:
    """The bearer credential of a host's backend; None when there is none."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not value or len(value) > _MAX_LENGTH:
        return None
    return value.strip()


def has_authorization(request: HttpRequest) -> bool:
    """Tell whether any credential was offered, readable or not."""
    return "Authorization" in request.headers


def document_token(request: HttpRequest) -> str | None:
    """The token that a page's script sends; it cannot be sent from another site."""
    value = request.headers.get(TOKEN_HEADER)
    return value if value and len(value) <= _MAX_LENGTH else None


def binder(request: HttpRequest) -> str | None:
    """The cookie that says «same browser»; it authorises nothing by itself."""
    value = request.COOKIES.get(BINDER_COOKIE)
    return value if value and len(value) <= _MAX_LENGTH else None


def set_binder(response: HttpResponseBase, value: str) -> None:
    """Leave the binder in the browser, in this embedding site's own jar (CHIPS)."""
    _set_cookie(response, BINDER_COOKIE, value, seconds=_BINDER_LIFE)


def session_cookie(request: HttpRequest) -> str | None:
    """The token of a front end in production; it counts only with its `Origin`."""
    value = request.COOKIES.get(SESSION_COOKIE)
    return value if value and len(value) <= _MAX_LENGTH else None


def set_session(response: HttpResponseBase, token: str, *, seconds: int) -> None:
    """Leave a front end's session in the browser, out of reach of any script."""
    _set_cookie(response, SESSION_COOKIE, token, seconds=seconds)


def drop_session(response: HttpResponseBase) -> None:
    """Take a front end's session out of the browser."""
    # A cookie is only replaced by one with the same attributes.
    _set_cookie(response, SESSION_COOKIE, "", seconds=0)


def development_tokens(request: HttpRequest) -> list[str]:
    """The tokens in the address, in staging; clients send an empty one for none."""
    values = request.GET.getlist(DEVELOPMENT_PARAMETER)
    return sorted({value[: _MAX_LENGTH + 1] for value in values if value})


def hand_over_development(response: HttpResponseBase, token: str) -> None:
    """Give a front end in staging the token to send from now on."""
    response.headers[DEVELOPMENT_HEADER] = token


def _set_cookie(
    response: HttpResponseBase, name: str, value: str, *, seconds: int
) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=True,
        httponly=True,
        samesite="None",
    )
    response.cookies[name]["partitioned"] = True
