"""What racers can do; each verb by plain ids, as it would come from a request."""

import contextlib
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from apiauth import (
    applications,
    errors,
    gateway,
    keys,
    live_sessions,
    memberships,
    schemes,
    sessions,
    tenants,
    tickets,
)
from apiauth.models import (
    ApiAuthApp,
    BackendKey,
    Deployment,
    Key,
    OwnerKind,
    RateLimitScheme,
    TenantStatus,
)
from tests import make

ENOUGH_REFUSALS = 3
MOST_CHECKS = 2000
OWNER = keys.Owner(
    kind=OwnerKind.ORGANIZATION, id="acme-ltd", organization_id="acme-ltd"
)


def outcome(verb: Callable[..., object], facts: dict[str, Any]) -> dict[str, object]:
    """Do it; say what came of it, refusals by their code."""
    try:
        return {"done": verb(**facts)}
    except errors.ApiAuthError as refusal:
        return {"refused": refusal.code, "made": str(getattr(refusal, "made_id", ""))}


def redeem(secret: str, pause: float = 0) -> str:
    time.sleep(pause)
    opened = sessions.open_from(
        secret=secret, binder=None, actor=make.ADA, now=timezone.now()
    )
    return str(opened.session.pk)


def issue(app_slug: str, token: str) -> str:
    backend_key = BackendKey.objects.get()
    issued = tickets.issue(
        backend_key=backend_key,
        app_slug=app_slug,
        claims=tickets.Claims(user_id="ada"),
        token=token,
        actor=make.HOST,
        now=timezone.now(),
    )
    return str(issued.ticket.pk)


def rotate_once(key_id: str, token: str) -> str:
    key = Key.objects.get(pk=key_id)
    issued = keys.rotate(key=key, token=token, actor=make.HOST, now=timezone.now())
    return str(issued.key.pk)


def exchange(secret: str) -> str:
    exchanged = sessions.exchange(secret=secret, actor=make.ADA, now=timezone.now())
    return str(exchanged.session.pk)


def rotate(key_id: str, version: int | None = None, pause: float = 0) -> str | float:
    key = Key.objects.get(pk=key_id)
    time.sleep(pause)
    issued = keys.rotate(key=key, version=version, actor=make.ADA, now=timezone.now())
    return time.monotonic() if pause else issued.secret


def acknowledge(key_id: str, version: int, pause: float) -> bool:
    key = Key.objects.get(pk=key_id)
    time.sleep(pause)
    return keys.acknowledge(
        key=key, version=version, actor=make.ADA, now=timezone.now()
    )


def create(app_id: str, name: str, token: str = "", by: str = "customer") -> str:
    issued = keys.create(
        app=ApiAuthApp.objects.get(pk=app_id),
        owner=OWNER,
        draft=keys.Draft(name=name),
        token=token,
        actor=make.HOST if by == "host" else make.ADA,
        now=timezone.now(),
    )
    return str(issued.key.pk)


def renew(key_id: str) -> str:
    issued = keys.rotate(
        key=Key.objects.get(pk=key_id),
        expires_at=make.soon(days=1),
        actor=make.ADA,
        now=timezone.now(),
    )
    return str(issued.key.pk)


def prolong(key_id: str) -> str:
    key = Key.objects.get(pk=key_id)
    expires_at = make.soon(days=1)
    keys.update(key=key, expires_at=expires_at, actor=make.HOST, now=timezone.now())
    return str(key.pk)


def revoke(key_id: str, pause: float) -> float:
    key = Key.objects.get(pk=key_id)
    time.sleep(pause)
    keys.revoke(key=key, reason="leaked", actor=make.ADA, now=timezone.now())
    return time.monotonic()


def switch_off(key_id: str, pause: float) -> float:
    app = ApiAuthApp.objects.get(keys=uuid.UUID(key_id))
    time.sleep(pause)
    applications.deactivate(app=app, actor=make.OPERATOR, now=timezone.now())
    return time.monotonic()


def suspend(key_id: str, pause: float) -> float:
    deployment = Deployment.objects.get(keys=uuid.UUID(key_id))
    time.sleep(pause)
    tenants.set_organization(
        deployment=deployment,
        external_id="acme-ltd",
        status=TenantStatus.SUSPENDED,
        actor=make.HOST,
        now=timezone.now(),
    )
    return time.monotonic()


def give_scheme(app_id: str, slug: str) -> None:
    applications.update(
        app=ApiAuthApp.objects.get(pk=app_id),
        rate_limit_scheme_slug=slug,
        actor=make.HOST,
        now=timezone.now(),
    )


def stop_tenant(
    deployment_id: str, setter: str, external_id: str, pause: float
) -> None:
    deployment = Deployment.objects.get(pk=deployment_id)
    time.sleep(pause)
    getattr(tenants, setter)(
        deployment=deployment,
        external_id=external_id,
        status=TenantStatus.SUSPENDED,
        actor=make.HOST,
        now=timezone.now(),
    )


def delete_scheme(scheme_id: str) -> None:
    schemes.delete(
        scheme=RateLimitScheme.objects.get(pk=scheme_id),
        actor=make.HOST,
        now=timezone.now(),
    )


def end_sessions(app_id: str, pause: float) -> int:
    app = ApiAuthApp.objects.get(pk=app_id)
    time.sleep(pause)
    return live_sessions.end_all(app=app, actor=make.HOST, now=timezone.now())


def come_and_go(deployment_id: str, times: int) -> int:
    """Put one person into an organization and take them out; returns how often out."""
    # Any: what the two take differs.
    facts: dict[str, Any] = {
        "deployment": Deployment.objects.get(pk=deployment_id),
        "organization_id": "acme-ltd",
        "user_id": "ada",
        "actor": make.HOST,
    }
    gone = 0
    for _ in range(times):
        memberships.put(**facts, now=timezone.now())
        # Somebody else may have taken them out by now.
        with contextlib.suppress(errors.NotFound):
            gone += memberships.remove(**facts, now=timezone.now())
    return gone


def check(secret: str) -> list[tuple[float, str]]:
    """Ask again and again; returns when each check began and what it said."""
    said: list[tuple[float, str]] = []
    refusals = 0
    while refusals < ENOUGH_REFUSALS and len(said) < MOST_CHECKS:
        began = time.monotonic()
        question = gateway.ask(secret=secret, method="GET", resource="/reports")
        code = gateway.check(question).code
        said.append((began, code))
        refusals += code != gateway.Code.VALID
    return said
