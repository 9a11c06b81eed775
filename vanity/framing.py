"""Who may put a portal page into a frame, and the headers that follow from it.

Computed per app from its own (or its deployment's) embed origins; everything else
on the site keeps `frame-ancestors 'none'` and `X-Frame-Options: DENY`.
"""

from django.http import HttpResponse
from django.utils.cache import add_never_cache_headers
from django.utils.csp import CSP, build_policy

from apiauth.models import ApiAuthApp, Ticket

# No inline code at all, so no nonce; the one Trusted Types policy is the script's
# own, which knows createHTML only.
_POLICY: dict[str, list[str]] = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
    "require-trusted-types-for": ["'script'"],
    "trusted-types": ["default"],
}

_PERMISSIONS = "clipboard-write=(self), " + ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "microphone",
        "midi",
        "payment",
        "serial",
        "usb",
    )
)


def ancestors(app: ApiAuthApp | None) -> list[str]:
    """List the origins that may frame the app's pages; none without an app."""
    return [] if app is None else app.allowed_origins


def message_origins(app: ApiAuthApp, ticket: Ticket | None) -> tuple[str, ...]:
    """List the origins the page may speak with: the ticket's one, or all allowed.

    An entry with a wildcard is no address: the script narrows it to the origin
    that really frames the page, and says nothing when that one does not match.
    """
    if ticket is not None and ticket.embed_origin:
        return (ticket.embed_origin,)
    return tuple(ancestors(app))


def dress(
    response: HttpResponse, app: ApiAuthApp | None, *, anywhere: bool = False
) -> HttpResponse:
    """Give a portal response its headers; returns the same response.

    `anywhere` is for the outage page alone: with the database away nobody knows
    whose frame it is, and the page holds nothing and can do nothing.

    COEP and CORP together let hosts that isolate themselves frame the page.
    `strict-origin` keeps a real `Origin` on form posts and no path in `Referer`.
    """
    allowed: list[str] = ["*"] if anywhere else ancestors(app) or [CSP.NONE]
    policy = {**_POLICY, "frame-ancestors": allowed}
    response.headers[CSP.HEADER_ENFORCE.value] = build_policy(policy)
    response.headers["Cross-Origin-Embedder-Policy"] = "require-corp"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Permissions-Policy"] = _PERMISSIONS
    response.headers["Referrer-Policy"] = "strict-origin"
    add_never_cache_headers(response)
    # Read by XFrameOptionsMiddleware: old browsers would refuse every host.
    response.xframe_options_exempt = True
    return response
