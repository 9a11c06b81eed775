"""Who belongs to which organization."""

import pytest
from django.utils import timezone

from apiauth import errors, memberships
from apiauth.models import AuditEvent, EndUser, Membership, Organization
from tests import make


def put(deployment, user_id="ada", **facts):
    return memberships.put(
        deployment=deployment,
        organization_id="acme-ltd",
        user_id=user_id,
        actor=make.HOST,
        now=timezone.now(),
        **facts,
    )


def remove(deployment, user_id="ada", **facts):
    return memberships.remove(
        deployment=deployment,
        organization_id="acme-ltd",
        user_id=user_id,
        actor=make.HOST,
        now=timezone.now(),
        **facts,
    )


def changes():
    return AuditEvent.objects.filter(action="membership.changed").order_by("sequence")


def test_hears_of_everybody_at_once(acme):
    member = put(acme.deployment, granted=["reports:write", "reports:read"])

    assert member.permissions == ["reports:read", "reports:write"]
    assert Organization.objects.get().external_id == "acme-ltd"
    assert EndUser.objects.get().external_id == "ada"
    [event] = changes()
    assert (event.organization_id, event.user_id) == ("acme-ltd", "ada")
    assert event.before is None
    assert event.after == {"permissions": member.permissions, "workspace_id": None}


def test_changes_permissions_and_nothing_else(acme):
    first = put(acme.deployment, granted=["a"])

    second = put(acme.deployment, granted=["b"])

    assert (second.pk, second.permissions) == (first.pk, ["b"])
    assert Membership.objects.get().permissions == ["b"]
    assert changes()[1].before["permissions"] == ["a"]


def test_writes_nothing_when_nothing_is_different(acme):
    put(acme.deployment, granted=["a", "b"])

    put(acme.deployment, granted=["b", "a", "a"])
    put(acme.deployment)

    assert Membership.objects.get().permissions == ["a", "b"]
    assert changes().count() == 1


def test_a_workspace_is_a_place_of_its_own(acme):
    put(acme.deployment, granted=["a"])
    put(acme.deployment, granted=["b"], workspace_id="w1")

    places = Membership.objects.order_by("workspace_id")
    assert [(p.workspace_id, p.permissions) for p in places] == [
        ("", ["a"]),
        ("w1", ["b"]),
    ]


@pytest.mark.parametrize(
    ("workspace_id", "left"), [(None, []), ("", ["w1"]), ("w1", [""])]
)
def test_takes_out_of_one_place_or_of_all(acme, workspace_id, left):
    put(acme.deployment)
    put(acme.deployment, workspace_id="w1")

    number = remove(acme.deployment, workspace_id=workspace_id)

    assert number == 2 - len(left)
    assert [place.workspace_id for place in Membership.objects.all()] == left
    told = AuditEvent.objects.filter(action="membership.removed")
    assert told.count() == number


def test_takes_out_whom_it_knows_only(acme, globex):
    put(globex.deployment)
    put(acme.deployment, "ben")

    with pytest.raises(errors.NotFound):
        remove(acme.deployment)

    assert Membership.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("organization_id", {"organization_id": "a\x00b"}),
        ("user_id", {"user_id": "x" * 256}),
        ("workspace_id", {"workspace_id": "a\u202eb"}),
        ("permissions", {"granted": ["a b"]}),
    ],
)
def test_refuses_what_cannot_be(acme, field, facts):
    told = {"organization_id": "o", "user_id": "u", **facts}

    with pytest.raises(errors.Invalid) as refusal:
        memberships.put(
            deployment=acme.deployment, actor=make.HOST, now=timezone.now(), **told
        )

    assert refusal.value.field == field
    assert not Organization.objects.exists()
