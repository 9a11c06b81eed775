"""What may become of a key, and of all that it depends on."""

import json
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from apiauth import applications, keys, memberships, ratelimits, tenants
from apiauth.models import Key, RateCount, TenantStatus
from tests import make


def revoke(acme, key):
    keys.revoke(key=key, reason="leaked", actor=make.OPERATOR, now=timezone.now())


def rotate(acme, key, **settings):
    """Give a key a new secret; returns the new one."""
    return keys.rotate(
        key=key, actor=make.OPERATOR, now=timezone.now(), **settings
    ).secret


def pause(acme, key):
    Key.objects.filter(pk=key.pk).update(disabled_at=timezone.now())


def expire(acme, key):
    make.aged(key, days=2, left=timedelta(seconds=-1))


def expire_soon(acme, key):
    Key.objects.filter(pk=key.pk).update(expires_at=make.soon(hours=1))


def switch_off(acme, key):
    applications.deactivate(app=acme.app, actor=make.OPERATOR, now=timezone.now())


def delete_app(acme, key):
    applications.delete(app=acme.app, actor=make.OPERATOR, now=timezone.now())


def _organization(acme, status, external_id="acme-ltd"):
    tenants.set_organization(
        deployment=acme.deployment,
        external_id=external_id,
        status=status,
        actor=make.OPERATOR,
        now=timezone.now(),
    )


def _user(acme, status):
    tenants.set_user(
        deployment=acme.deployment,
        external_id="ada",
        status=status,
        actor=make.OPERATOR,
        now=timezone.now(),
    )


def suspend_organization(acme, key):
    _organization(acme, TenantStatus.SUSPENDED)


def suspend_another(acme, key):
    _organization(acme, TenantStatus.SUSPENDED, "other-ltd")


def delete_organization(acme, key):
    _organization(acme, TenantStatus.DELETED)


def know_organization(acme, key):
    _organization(acme, TenantStatus.ACTIVE)


def suspend_user(acme, key):
    _user(acme, TenantStatus.SUSPENDED)


def delete_user(acme, key):
    _user(acme, TenantStatus.DELETED)


def update_app(acme, **changes):
    applications.update(
        app=acme.app, actor=make.OPERATOR, now=timezone.now(), **changes
    )


def app_with(**changes):
    """A state: the app is changed so."""
    return lambda acme, _key: update_app(acme, **changes)


def policy(**rules):
    """A state: the app's policy is this."""
    return app_with(policy=rules)


def key_with(**columns):
    """A state: the key's own columns are so."""
    return lambda _acme, key: Key.objects.filter(pk=key.pk).update(**columns)


def role(*granted, user_id="ada", organization_id="acme-ltd"):
    """A state: somebody may do this in an organization."""
    return lambda acme, _key: memberships.put(
        deployment=acme.deployment,
        organization_id=organization_id,
        user_id=user_id,
        workspace_id="",
        granted=granted,
        actor=make.HOST,
        now=timezone.now(),
    )


def limited(*rules, slug="limits"):
    """A state: the app's scheme has these rules."""

    def give(acme, key):
        make.scheme(acme.deployment, slug, rules=[{**HOURLY, **rule} for rule in rules])
        update_app(acme, rate_limit_scheme_slug=slug)

    return give


def use_up(most):
    """Let the only counter say that so much was taken in its newest slot."""
    written = [most, *[0] * ratelimits.SLOTS]
    counts = json.dumps(written) if connection.vendor == "sqlite" else written
    assert RateCount.objects.update(counts=counts, used=most) == 1


HOURLY = {"unit": "hour", "duration": 1, "max_requests": 2, "mode": "per_key"}
