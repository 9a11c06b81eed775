"""Credentials that are not the right one, each by how to come by it in a world."""

from datetime import timedelta

from django.utils import timezone

from apiauth import backend_keys, sessions, tenants
from apiauth.http import transports
from apiauth.models import (
    ApiAuthApp,
    BackendKey,
    Organization,
    PortalSession,
    Ticket,
)
from tests import make
from tests.apiauth.api.access.conftest import Caller, bearer, cookie, header

NOBODY = Caller()
_DAY = timedelta(days=1)
_EVIL = "https://evil.example"


def _token(world, kind="organization"):
    return world.opened[kind].token


def _secret(world):
    return world.own["organization"].secret


def _binder(world):
    sent = f"{transports.BINDER_COOKIE}={world.opened['organization'].binder}"
    return Caller(headers={"Cookie": sent, "Origin": make.ORIGIN})


# ------------------------------------------------------------------ no backend keys


def _expired(world):
    minted = make.backend_key(world.acme.deployment)
    past = timezone.now() - 2 * _DAY
    BackendKey.objects.filter(pk=minted.backend_key.pk).update(
        created_at=past, expires_at=past + _DAY
    )
    return bearer(minted.secret)


def _revoked(world):
    minted = make.backend_key(world.acme.deployment)
    backend_keys.revoke(
        backend_key=minted.backend_key, actor=make.OPERATOR, now=timezone.now()
    )
    return bearer(minted.secret)


def _basic(world):
    secret = world.acme.minted.secret
    return Caller(headers={"Authorization": f"Basic {secret}"})


def _in_address(world):
    return Caller(query=f"{transports.DEVELOPMENT_PARAMETER}={_token(world)}")


NO_BACKEND_KEYS = {
    "none": lambda _: NOBODY,
    "garbage": lambda _: bearer("x"),
    "expired": _expired,
    "revoked": _revoked,
    "customer's key": lambda world: bearer(_secret(world)),
    "session's token": lambda world: bearer(_token(world)),
    "ticket": lambda world: bearer(world.things["ticket"]),
    "session": lambda world: world.customer(),
    "session's cookie": lambda world: cookie(_token(world), Origin=make.ORIGIN),
    "session in the address": _in_address,
    "another scheme": _basic,
    "in the address": lambda world: Caller(query=f"key={world.acme.minted.secret}"),
}


# ------------------------------------------------------------------ no sessions


def _changed(**columns):
    def change(world):
        pk = world.opened["organization"].session.pk
        PortalSession.objects.filter(pk=pk).update(**columns)
        return world.customer()

    return change


def _lapsed(column):
    return _changed(**{column: timezone.now() - _DAY})


def _ended(world):
    sessions.end(
        session=world.opened["organization"].session,
        reason=PortalSession.EndReason.HOST,
        actor=make.OPERATOR,
        now=timezone.now(),
    )
    return world.customer()


def _switched_off(world):
    ApiAuthApp.objects.filter(pk=world.acme.app.pk).update(is_active=False)
    return world.customer()


def _suspended(world):
    tenants.suspend(
        kind=Organization,
        deployment=world.acme.deployment,
        external_id="acme-ltd",
        actor=make.OPERATOR,
        now=timezone.now(),
    )
    return world.customer()


def _of_two(world):
    other = f"{transports.SESSION_COOKIE}={_token(world, 'person')}"
    return header(_token(world), Cookie=other, Origin=make.ORIGIN)


# With the status that each gets.
NO_SESSIONS = {
    "none": (lambda _: NOBODY, 401),
    "garbage": (lambda _: header("x"), 401),
    "backend key": (lambda world: world.host(), 401),
    "backend key as token": (lambda world: header(world.acme.minted.secret), 401),
    "customer's key": (lambda world: bearer(_secret(world)), 401),
    "customer's key as token": (lambda world: header(_secret(world)), 401),
    "token as bearer": (lambda world: bearer(_token(world)), 401),
    "ticket as token": (lambda world: header(world.things["ticket"]), 401),
    "binder": (_binder, 401),
    "ended": (_ended, 401),
    "past its end": (_lapsed("expires_at"), 401),
    "idle": (_lapsed("last_seen_at"), 401),
    "of a closed app": (_switched_off, 403),
    "of somebody suspended": (_suspended, 403),
    "in the address in production": (_in_address, 401),
    "of two sessions": (_of_two, 401),
    "cookie without origin": (lambda world: cookie(_token(world)), 403),
    "cookie of null": (lambda world: cookie(_token(world), Origin="null"), 403),
    "cookie elsewhere": (lambda world: cookie(_token(world), Origin=_EVIL), 403),
    "token elsewhere": (lambda world: header(_token(world), Origin=_EVIL), 403),
}


# ------------------------------------------------------------------ no tickets


def _spent(world):
    secret = world.things["ticket"]
    sessions.open_from(secret=secret, binder=None, actor=make.ADA, now=timezone.now())
    return secret


def _stale(world):
    issued = make.ticket(world.acme.backend_key)
    past = timezone.now() - 2 * _DAY
    Ticket.objects.filter(pk=issued.ticket.pk).update(
        created_at=past, expires_at=past + _DAY
    )
    return issued.secret


def _of_closed_app(world):
    secret = world.things["ticket"]
    _switched_off(world)
    return secret


def _of_suspended(world):
    secret = make.ticket(world.acme.backend_key, organization_id="acme-ltd").secret
    _suspended(world)
    return secret


NO_TICKETS = {
    "garbage": (lambda _: "apt.x", 401),
    "empty": (lambda _: "", 401),
    "spent": (_spent, 401),
    "stale": (_stale, 401),
    "session's token": (_token, 401),
    "backend key": (lambda world: world.acme.minted.secret, 401),
    "customer's key": (_secret, 401),
    "of a closed app": (_of_closed_app, 403),
    "of somebody suspended": (_of_suspended, 403),
}
