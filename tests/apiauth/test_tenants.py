"""The host's tenants and people."""

import pytest
from django.utils import timezone

from apiauth import errors, tenants
from apiauth.models import AuditEvent, EndUser, Organization, TenantStatus
from tests import make

KINDS = [
    (tenants.set_organization, Organization, "organization"),
    (tenants.set_user, EndUser, "user"),
]


def tell(verb, deployment, external_id="x1", **facts):
    return verb(
        deployment=deployment,
        external_id=external_id,
        actor=make.HOST,
        now=timezone.now(),
        **facts,
    )


@pytest.mark.parametrize(("verb", "model", "kind"), KINDS)
def test_learns_of_it_once(acme, verb, model, kind):
    tell(verb, acme.deployment, name="First")
    tell(verb, acme.deployment, name="Second")

    assert model.objects.get().name == "Second"
    events = AuditEvent.objects.filter(action=f"{kind}.changed").order_by("sequence")
    assert [e.after["name"] for e in events] == ["First", "Second"]
    ids = {"organization": "x1", "user": None}
    assert events[0].organization_id == ids[kind]
    assert events[1].before == {"name": "First", "status": "active"}


@pytest.mark.parametrize(("verb", "model", "kind"), KINDS)
@pytest.mark.parametrize("status", [TenantStatus.SUSPENDED, TenantStatus.DELETED])
def test_suspends_resumes_and_keeps_the_name(acme, verb, model, kind, status):
    tell(verb, acme.deployment, name="First")

    tell(verb, acme.deployment, status=status, reason="unpaid")
    assert (model.objects.get().status, model.objects.get().name) == (status, "First")
    tell(verb, acme.deployment, name="Second")
    assert model.objects.get().status == status
    tell(verb, acme.deployment, status=TenantStatus.ACTIVE)

    assert model.objects.get().status == "active"
    assert AuditEvent.objects.filter(action=f"{kind}.changed", reason="unpaid").exists()


@pytest.mark.parametrize(("verb", "model", "kind"), KINDS)
def test_each_deployment_has_its_own(acme, globex, verb, model, kind):
    tell(verb, acme.deployment, status=TenantStatus.SUSPENDED)
    tell(verb, globex.deployment)

    assert model.objects.of(globex.deployment).get().status == "active"
    assert model.objects.shut().get().deployment == acme.deployment


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("external_id", {"external_id": ""}),
        ("external_id", {"external_id": "x" * 256}),
        ("external_id", {"external_id": "a\x00b"}),
        ("name", {"name": "n" * 121}),
    ],
)
def test_refuses_what_cannot_be(acme, kind, field, facts):
    verb, model, _ = kind

    with pytest.raises(errors.Invalid) as refusal:
        tell(verb, acme.deployment, **facts)

    assert refusal.value.field == field
    assert not model.objects.exists()


def test_finds_an_organization_of_its_deployment_only(acme, globex):
    known = tell(tenants.set_organization, acme.deployment)

    assert tenants.find_organization(acme.deployment, "x1") == known
    with pytest.raises(errors.NotFound):
        tenants.find_organization(globex.deployment, "x1")


@pytest.mark.parametrize(
    ("claims", "shut"),
    [({"organization_id": "x1"}, True), ({"user_id": "x1"}, False), ({}, False)],
)
def test_a_shut_organization_gets_no_tickets(acme, claims, shut):
    tell(tenants.set_organization, acme.deployment, status=TenantStatus.SUSPENDED)

    if not shut:
        assert make.ticket(acme.backend_key, **claims).secret
        return
    with pytest.raises(errors.TenantSuspended):
        make.ticket(acme.backend_key, **claims)
