"""Issuing tickets, with an event for every refusal; looking at one."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from apiauth import audit, credentials, envelopes, idempotency, text
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
from apiauth.tickets.claims import Claims, cleaned

MIN_LIFE, DEFAULT_LIFE, MAX_LIFE = 10, 120, 600  # seconds


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
    token: str


def issue(
    *,
    backend_key: BackendKey,
    app_slug: str,
    claims: Claims,
    expires_in: int = DEFAULT_LIFE,
    token: str = "",
    actor: Actor,
    now: datetime,
) -> Issued:
    """Issue a one-time ticket for one app and one subject (architecture section 4).

    `token` makes a repeat harmless: it raises `AlreadyDone`. Every refusal leaves an
    event. Raises `Forbidden` without the scope, `NotFound` for absent, deleted,
    foreign and unreachable apps alike, `AppInactive`, `TenantSuspended`, and
    `Invalid` naming the claim that cannot be made.
    """
    wish = _Wish(backend_key, app_slug, claims, expires_in, token)
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
        **cleaned(wish.claims, app),
    )
    _claim(wish.token, ticket, actor=actor, now=now)
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


def _claim(token: str, ticket: Ticket, *, actor: Actor, now: datetime) -> None:
    scope = idempotency.scope("ticket", ticket.app_id, "", actor=actor)
    idempotency.claim(
        ticket.deployment_id, scope, token, ticket.id, made="ticket", now=now
    )


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


def _recorded(value: str | None) -> str | None:
    return None if value is None else text.shorten(value, text.EXTERNAL_ID)
