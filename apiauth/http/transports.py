"""How credentials travel: bearer header, document token, binder cookie."""

from django.http import HttpRequest, HttpResponseBase

TOKEN_HEADER = "X-Portal-Session"  # noqa: S105 - the header's name
RESUME_HEADER = "X-Portal-Resume"
BINDER_COOKIE = "__Host-keyplate-binder"
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
    response.set_cookie(
        BINDER_COOKIE,
        value,
        max_age=_BINDER_LIFE,
        path="/",
        secure=True,
        httponly=True,
        samesite="None",
    )
    response.cookies[BINDER_COOKIE]["partitioned"] = True
