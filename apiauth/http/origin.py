"""Where a request says it comes from."""

from django.conf import settings
from django.http import HttpRequest

from apiauth.errors import Forbidden

_BY_SCRIPT = {"cors", "same-origin"}


def require_own(request: HttpRequest) -> None:
    """Refuse what another site sent; silence is accepted, contradiction is not.

    Browsers send `Origin` with every POST and `Sec-Fetch-Site` with everything;
    other clients may send neither. Behind a TLS proxy our scheme may differ from
    the browser's, so hosts are compared. Raises `Forbidden`.
    """
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    sent = request.headers.get("Origin")
    foreign = sent is not None and sent.partition("://")[2] != request.get_host()
    if site not in {"same-origin", "none"} or foreign:
        raise Forbidden("This request must come from this page itself.")


def is_framed_load(request: HttpRequest) -> bool:
    """Tell whether a browser is loading this into a frame, now and for real."""
    return (
        request.method == "GET"
        and request.headers.get("Sec-Fetch-Dest") in {"iframe", "frame"}
        and "Sec-Purpose" not in request.headers
        and "Purpose" not in request.headers
    )


def foreign(request: HttpRequest) -> str | None:
    """The origin of another site's page that sent this; None for our own and for none.

    As it was sent: it may be `null` or no origin at all.
    """
    sent = request.headers.get("Origin")
    return None if sent == settings.KEYPLATE_PUBLIC_URL else sent


def require_told(request: HttpRequest) -> None:
    """Refuse a request that brings a cookie and does not say whose page sent it.

    A browser names the origin of everything that a script of another site may read,
    and of every POST. What it does not name, an image or a form's GET, is only for
    our own pages. Raises `Forbidden`.
    """
    if "Origin" in request.headers:
        return
    is_ours = request.headers.get("Sec-Fetch-Site") == "same-origin"
    if request.method not in {"GET", "HEAD"} or not is_ours:
        raise Forbidden("A request with a cookie must say its Origin.")


def require_script(request: HttpRequest) -> None:
    """Refuse what no script asked for: a visit, a prefetch, an image, a form.

    Other clients than browsers say nothing of the kind. Raises `Forbidden`.
    """
    headers = request.headers
    is_early = "Sec-Purpose" in headers or "Purpose" in headers
    by_script = headers.get("Sec-Fetch-Mode", "cors") in _BY_SCRIPT
    into_script = headers.get("Sec-Fetch-Dest", "empty") == "empty"
    if is_early or not by_script or not into_script:
        raise Forbidden("Only a page's script may do this, by fetch.")
