"""What every portal page shows around its main region, and tells its script."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from apiauth.http import origin
from apiauth.http.guards import Portal
from apiauth.models import ApiAuthApp, PortalSession, Ticket
from apiauth.models.sessions import UNBOUND_IDLE
from vanity import framing

DEFAULT_PRODUCT = "Keyplate"
# What portal.js imports, and what later.js does.
MODULES = tuple(
    f"portal/{name}.js"
    for name in (
        "clock",
        "gate",
        "host",
        "later",
        "page",
        "requests",
        "session",
        "trust",
        "words",
    )
)
LATER_MODULES = tuple(f"portal/{name}.js" for name in ("forms", "leaving", "secret"))
# `sessions` notes a sign of life every 15 seconds; the page's clock errs early.
_TOUCH_SLACK = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """The frame of a page; every value is plain text, escaped by the template."""

    modules: ClassVar[tuple[str, ...]] = MODULES
    later_modules: ClassVar[tuple[str, ...]] = LATER_MODULES
    product: str = DEFAULT_PRODUCT
    tenant: str = ""
    label: str = ""
    theme: str = "auto"
    locator: str = ""
    home: str = ""
    token: str = ""
    seconds_left: int = 0
    idle_seconds: int = 0
    origins: tuple[str, ...] = ()
    support_url: str = ""
    docs_url: str = ""
    return_url: str = ""
    is_framed: bool = False


def of(request: HttpRequest) -> Shell:
    """Describe the page's surroundings: of its session, or of nobody."""
    portal: Portal | None = getattr(request, "portal", None)
    around = Shell() if portal is None else of_portal(portal)
    return replace(around, is_framed=origin.is_framed_load(request))


def of_app(app: ApiAuthApp | None, ticket: Ticket | None = None) -> Shell:
    """Describe a page without a session: gates and the interstitial."""
    if app is None:
        return Shell()
    deployment = app.deployment
    return Shell(
        product=deployment.product_name,
        theme=ticket.theme if ticket else "auto",
        origins=framing.message_origins(app, ticket),
        support_url=deployment.support_url,
        docs_url=deployment.docs_url,
        return_url=(ticket.return_url if ticket else "") or deployment.return_url,
    )


def of_portal(portal: Portal) -> Shell:
    """Describe a page of a session; the ticket's row says whose it is."""
    session = portal.session
    ticket, deployment = session.ticket, session.deployment
    clock = times(portal)
    return Shell(
        product=deployment.product_name,
        tenant=ticket.organization_label or ticket.organization_id or "",
        label=ticket.user_label or ticket.user_id or "",
        theme=ticket.theme,
        locator=str(session.pk),
        home=home(session),
        token=portal.token or "",
        seconds_left=clock["seconds_left"],
        idle_seconds=clock["idle_seconds"],
        origins=framing.message_origins(session.app, ticket),
        support_url=deployment.support_url,
        docs_url=deployment.docs_url,
        return_url=ticket.return_url or deployment.return_url,
    )


def home(session: PortalSession) -> str:
    """Give the address of the session's first screen."""
    return reverse("vanity:home", args=[session.pk])


def times(portal: Portal) -> dict[str, int]:
    """Tell how long the session lasts, and how long without a sign of life."""
    session = portal.session
    idle = timedelta(seconds=session.app.session_idle_seconds)
    if session.bound_at is None and not portal.binder:
        idle = min(idle, UNBOUND_IDLE)
    left = session.expires_at - timezone.now()
    return {
        "seconds_left": max(0, int(left.total_seconds())),
        "idle_seconds": int((idle - _TOUCH_SLACK).total_seconds()),
    }
