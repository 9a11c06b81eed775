"""No new secret for an organization or a person that is suspended or deleted."""

import pytest
from django.utils import timezone

from apiauth import errors, keys, tenants
from apiauth.models import AuditEvent, KeySecret, TenantStatus
from tests import make

TENANTS = {"acme-ltd": tenants.set_organization, "ada": tenants.set_user}
SHUT = (TenantStatus.SUSPENDED, TenantStatus.DELETED)


def tell(deployment, tenant, status):
    TENANTS[tenant](
        deployment=deployment,
        external_id=tenant,
        status=status,
        actor=make.HOST,
        now=timezone.now(),
    )


def rotate(key, **wishes):
    return keys.rotate(key=key, actor=make.ADA, now=timezone.now(), **wishes)


@pytest.mark.parametrize("status", SHUT)
@pytest.mark.parametrize("tenant", TENANTS)
def test_creates_nothing_for_an_owner_that_is_shut(acme, tenant, status):
    tell(acme.deployment, tenant, status)

    with pytest.raises(errors.TenantSuspended):
        make.key(acme.app)

    assert not KeySecret.objects.exists()
    assert not AuditEvent.objects.filter(action="key.created").exists()


@pytest.mark.parametrize("status", SHUT)
@pytest.mark.parametrize("tenant", TENANTS)
def test_rotates_nothing_of_an_owner_that_is_shut(acme, ci_key, tenant, status):
    tell(acme.deployment, tenant, status)

    with pytest.raises(errors.TenantSuspended):
        rotate(ci_key.key, token="t-1")

    assert KeySecret.objects.get().ends_at is None
    assert not AuditEvent.objects.filter(action="key.rotated").exists()


def test_goes_on_once_the_owner_is_active_again(acme, ci_key):
    for status in (TenantStatus.SUSPENDED, TenantStatus.ACTIVE):
        tell(acme.deployment, "acme-ltd", status)

    assert rotate(ci_key.key).key == ci_key.key
    assert make.key(acme.app, "another").key.owner_id == "acme-ltd"


def test_asks_only_about_tenants_of_its_own_deployment(acme, globex):
    tell(globex.deployment, "acme-ltd", TenantStatus.SUSPENDED)

    assert make.key(acme.app).key.owner_id == "acme-ltd"
