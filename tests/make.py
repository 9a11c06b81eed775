"""Builders: keywords in, nothing surprising set, operations where one exists.

`Any`: what a builder does not name is checked by the operation that it calls.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone

from apiauth import (
    applications,
    backend_keys,
    deployments,
    keys,
    schemes,
    sessions,
    tickets,
)
from apiauth.actors import Actor, ActorKind, Channel
from apiauth.models import (
    ApiAuthApp,
    BackendKey,
    Decision,
    Deployment,
    Key,
    OwnerKind,
    PortalSession,
    RateLimitScheme,
    Scope,
)

OPERATOR = Actor(
    kind=ActorKind.OPERATOR, channel=Channel.COMMAND, id="1", label="Olga Operator"
)
HOST = Actor(kind=ActorKind.HOST, channel=Channel.API, label="Acme backend")
ADA = Actor(kind=ActorKind.CUSTOMER, channel=Channel.PORTAL, id="ada", label="Ada")
ORIGIN = "https://app.acme.example"
RULE = {"unit": "minute", "duration": 1, "max_requests": 100, "mode": "per_key"}
PERMISSIONS = ("reports:read", "reports:write")


def soon(**delta: float) -> datetime:
    """A moment from now, for what the app's own clock judges."""
    return timezone.now() + timedelta(**delta)


def deployment(slug: str = "acme", **settings: Any) -> Deployment:
    settings = {"name": slug.title(), "embed_origins": [ORIGIN], **settings}
    return deployments.provision(
        slug=slug, actor=OPERATOR, now=timezone.now(), **settings
    )


def backend_key(of: Deployment, *scopes: str, **settings: Any) -> backend_keys.Minted:
    return backend_keys.mint(
        deployment=of,
        name="backend",
        scopes=scopes or tuple(Scope.values),
        actor=OPERATOR,
        now=timezone.now(),
        **settings,
    )


def app(of: Deployment, app_slug: str = "aa_1", **settings: Any) -> ApiAuthApp:
    settings = {"key_prefix": f"{of.slug}_live", "granted": PERMISSIONS, **settings}
    return applications.provision(
        deployment=of,
        app_slug=app_slug,
        name=f"{of.name} API",
        actor=OPERATOR,
        now=timezone.now(),
        **settings,
    )


def ticket(by: BackendKey, app_slug: str = "aa_1", **claims: Any) -> tickets.Issued:
    expires_in = claims.pop("expires_in", tickets.DEFAULT_LIFE)
    return tickets.issue(
        backend_key=by,
        app_slug=app_slug,
        claims=tickets.Claims(**claims),
        expires_in=expires_in,
        actor=HOST,
        now=timezone.now(),
    )


def session(by: BackendKey, app_slug: str = "aa_1", **claims: Any) -> sessions.Opened:
    claims = {
        "user_id": "ada",
        "user_label": "Ada",
        "organization_id": "acme-ltd",
        "organization_label": "Acme Ltd",
        **claims,
    }
    return sessions.open_from(
        secret=ticket(by, app_slug, **claims).secret,
        binder=None,
        actor=ADA,
        now=timezone.now(),
    )


def key(of: ApiAuthApp, name: str = "CI", **settings: Any) -> keys.Issued:
    owner = settings.pop(
        "owner",
        keys.Owner(
            kind=OwnerKind.ORGANIZATION,
            id="acme-ltd",
            organization_id="acme-ltd",
            user_id="ada",
        ),
    )
    return keys.create(
        app=of,
        owner=owner,
        draft=keys.Draft(name=name, **settings),
        actor=ADA,
        now=timezone.now(),
    )


def aged(key: Key, *, days: int, left: timedelta | None) -> Key:
    """Let a key and its secrets be made that long ago; it ends after what is left."""
    now = timezone.now()
    made_at, expires_at = now - timedelta(days=days), left and now + left
    Key.objects.filter(pk=key.pk).update(created_at=made_at, expires_at=expires_at)
    key.secrets.update(created_at=made_at)
    return Key.objects.get(pk=key.pk)


def decision(
    key: Key, at: datetime | Now, code: str = "valid", **columns: Any
) -> Decision:
    """Leave a row in the log, as the gateway would have at that moment."""
    row = {
        "deployment_id": key.deployment_id,
        "app_id": key.app_id,
        "key_id": key.pk,
        "allowed": code == "valid",
        "code": code,
        "method": "GET",
        "path": "/reports",
        "decided_at": at,
        **columns,
    }
    return Decision.objects.create(**row)


def scheme(of: Deployment, slug: str = "basic", **settings: Any) -> RateLimitScheme:
    settings = {"name": "Basic", "rules": [RULE], **settings}
    return schemes.create(
        deployment=of, slug=slug, actor=OPERATOR, now=timezone.now(), **settings
    )


def visible_keys(of: PortalSession) -> list[Key]:
    return list(Key.objects.visible_to(of).order_by("created_at", "id"))
