"""Where a request says it comes from."""

from django.http import HttpRequest

from apiauth.errors import Forbidden


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
