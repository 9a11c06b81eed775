"""Tickets: issued to hosts, looked at without effect; sessions redeem them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from apiauth import audit, credentials, envelopes, links, origins, permissions, text
from apiauth.actors import Actor
from apiauth.credentials import Purpose
from apiauth.errors import (
    ApiAuthError,
    AppInactive,
    Forbidden,
    Invalid,
    NotFound,
    TenantSuspended,
)
from apiauth.models import (
    ApiAuthApp,
    BackendKey,
    EndUser,
    Organization,
    Scope,
    Ticket,
)
from apiauth.models.clock import database_now

_LOCALE = re.compile(r"(?=.{2,16}$)[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", re.ASCII)
MIN_LIFE, DEFAULT_LIFE, MAX_LIFE = 10, 120, 600  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a host vouches for when it asks for a ticket; unset means not said."""

    user_id: str | None = None
    user_label: str = ""
    organization_id: str | None = None
    organization_label: str = ""
    workspace_id: str | None = None
    capabilities: Sequence[str] | None = None
    grantable_permissions: Sequence[str] | None = None
    embed_origin: str | None = None
    return_url: str = ""
    locale: str = ""
    theme: str = Ticket.Theme.AUTO
    auth_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A new ticket with its clear text, which exists nowhere else."""

    ticket: Ticket
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was asked for, for the two ways it can end."""

    backend_key: BackendKey
    app_slug: str
    claims: Claims
    expires_in: int


def issue(
    *,
    backend_key: BackendKey,
    app_slug: str,
    claims: Claims,
    expires_in: int = DEFAULT_LIFE,
    actor: Actor,
    now: datetime,
) -> Issued:
    """Issue a one-time ticket for one app and one subject (architecture section 4).

    Every refusal leaves an event. Raises `Forbidden` without the scope, `NotFound`
    for absent, deleted, foreign and unreachable apps alike, `AppInactive`,
    `TenantSuspended`, and `Invalid` naming the claim that cannot be made.
    """
    wish = _Wish(backend_key, app_slug, claims, expires_in)
    try:
        return _issue(wish, actor=actor, now=now)
    except ApiAuthError as refusal:
        _record_denial(refusal, wish, actor=actor, now=now)
        raise


def inspect(secret: str) -> Ticket | None:
    """Look at a ticket without spending it, whatever its state.

    For what a page must know before it redeems: who may frame it, its theme and
    language. None when nobody issued it.
    """
    if not envelopes.is_ours(secret):
        return None
    tickets = Ticket.objects.select_related("app__deployment", "deployment")
    return tickets.filter(
        digest__in=credentials.digests(Purpose.TICKET, secret)
    ).first()


@transaction.atomic(durable=True)
def _issue(wish: _Wish, *, actor: Actor, now: datetime) -> Issued:
    if Scope.TICKETS_ISSUE not in wish.backend_key.scopes:
        raise Forbidden("This backend key may not issue tickets (tickets:issue).")
    app = _find_app(wish.backend_key, wish.app_slug)
    if not MIN_LIFE <= wish.expires_in <= MAX_LIFE:
        raise Invalid(
            f"expires_in must be from {MIN_LIFE} to {MAX_LIFE} seconds.",
            field="expires_in",
        )
    secret = envelopes.seal(app.app_slug)
    digest = credentials.digest(Purpose.TICKET, secret)
    created_at = database_now()
    ticket = Ticket(
        deployment=app.deployment,
        app=app,
        issued_by=wish.backend_key,
        digest=digest.value,
        created_at=created_at,
        expires_at=created_at + timedelta(seconds=wish.expires_in),
        **_cleaned(wish.claims, app),
    )
    _mention_tenants(ticket, now)
    ticket.save(force_insert=True)
    audit.record(
        audit.Action.TICKET_ISSUED,
        about=_subject(ticket),
        actor=actor,
        now=now,
        after={
            "ticket_id": str(ticket.id),
            "capabilities": ticket.capabilities,
            "embed_origin": ticket.embed_origin,
            "expires_in": wish.expires_in,
        },
    )
    return Issued(ticket=ticket, secret=secret)


def _find_app(backend_key: BackendKey, app_slug: str) -> ApiAuthApp:
    slug = text.slug(app_slug, field="api_auth_app_slug")
    apps = ApiAuthApp.objects.select_related("deployment").present()
    app = apps.reachable_by(backend_key).filter(app_slug=slug).first()
    if app is None:
        raise NotFound(
            "There is no app with this api_auth_app_slug.", field="api_auth_app_slug"
        )
    if not app.is_active:
        raise AppInactive("This app is switched off.")
    return app


def _cleaned(claims: Claims, app: ApiAuthApp) -> dict[str, object]:
    if claims.theme not in Ticket.Theme.values:
        raise Invalid("Theme is light, dark or auto.", field="theme")
    return {
        "user_id": _external(claims.user_id, "user_id"),
        "user_label": _label(claims.user_label, "user_label"),
        "organization_id": _external(claims.organization_id, "organization_id"),
        "organization_label": _label(claims.organization_label, "organization_label"),
        "workspace_id": _workspace(claims),
        "capabilities": _capabilities(claims.capabilities, app),
        "grantable_permissions": _grantable(claims.grantable_permissions, app),
        "embed_origin": _embed_origin(claims.embed_origin, app),
        "return_url": links.parse(claims.return_url, field="return_url"),
        "locale": _locale(claims.locale),
        "theme": claims.theme,
        "auth_time": claims.auth_time,
    }


def _capabilities(wanted: Sequence[str] | None, app: ApiAuthApp) -> list[str]:
    if wanted is None:
        return sorted(app.ceiling)
    beyond = sorted(set(wanted) - set(app.ceiling))
    if beyond:
        raise Invalid(
            f"This app's tickets cannot carry: {text.shorten(', '.join(beyond), 200)}.",
            field="capabilities",
        )
    return sorted(set(wanted))


def _grantable(wanted: Sequence[str] | None, app: ApiAuthApp) -> list[str] | None:
    if wanted is None:
        return None
    granted = permissions.grants(list(wanted), field="grantable_permissions")
    if app.permissions and permissions.beyond(app.permissions, granted):
        raise Invalid(
            "A grantable permission is not among the app's permissions.",
            field="grantable_permissions",
        )
    return granted


def _embed_origin(wanted: str | None, app: ApiAuthApp) -> str:
    if not wanted:
        return ""
    origin = origins.parse(wanted)
    if "*" in origin or not origins.allows(app.allowed_origins, origin):
        raise Invalid(
            "This origin is not among the app's embed origins.", field="embed_origin"
        )
    return origin


def _mention_tenants(ticket: Ticket, now: datetime) -> None:
    moment = {"created_at": now, "updated_at": now}
    for model, external_id, name in (
        (Organization, ticket.organization_id, ticket.organization_label),
        (EndUser, ticket.user_id, ticket.user_label),
    ):
        if external_id is None:
            continue
        tenant, _ = model.objects.get_or_create(
            deployment=ticket.deployment,
            external_id=external_id,
            defaults={"name": name, **moment},
        )
        if tenant.status != "active":
            raise TenantSuspended("This organization or person is not active.")


def _record_denial(
    refusal: ApiAuthError, wish: _Wish, *, actor: Actor, now: datetime
) -> None:
    with transaction.atomic(durable=True):
        audit.record(
            audit.Action.TICKET_DENIED,
            about=audit.Subject(
                deployment_id=wish.backend_key.deployment_id,
                organization_id=_recorded(wish.claims.organization_id),
                user_id=_recorded(wish.claims.user_id),
            ),
            actor=actor,
            now=now,
            reason=refusal.message,
            after={
                "code": refusal.code,
                "app_slug": text.shorten(wish.app_slug, text.SLUG),
                **refusal.details,
            },
        )


def _subject(ticket: Ticket) -> audit.Subject:
    return audit.Subject(
        deployment_id=ticket.deployment_id,
        app_id=ticket.app_id,
        organization_id=ticket.organization_id,
        user_id=ticket.user_id,
    )


def _external(value: str | None, name: str) -> str | None:
    if value is None:
        return None
    return text.clean(value, field=name, max_length=text.EXTERNAL_ID)


def _workspace(claims: Claims) -> str | None:
    workspace_id = _external(claims.workspace_id, "workspace_id")
    if workspace_id is None:
        return None
    # An owner reads <organization>/<workspace>: with another divider inside, two
    # tenants' workspaces could be one owner.
    for name, value in (
        ("organization_id", claims.organization_id),
        ("workspace_id", workspace_id),
    ):
        if "/" in (value or ""):
            raise Invalid("With a workspace, an id cannot hold a slash.", field=name)
    return workspace_id


def _recorded(value: str | None) -> str | None:
    return None if value is None else text.shorten(value, text.EXTERNAL_ID)


def _locale(value: str) -> str:
    if value and not _LOCALE.fullmatch(value):
        raise Invalid("A locale looks like de, pt-BR or zh-Hant.", field="locale")
    return value


def _label(value: str, name: str) -> str:
    return text.clean(value, field=name, max_length=text.LABEL, required=False)
