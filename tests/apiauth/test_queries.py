"""What querysets show, and above all what they do not."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apiauth import applications, keys, tenants, usage
from apiauth.models import (
    ApiAuthApp,
    BackendKey,
    EndUser,
    Key,
    KeySecret,
    Organization,
    OwnerKind,
    TenantStatus,
    masks,
    shut_owner,
)
from apiauth.models.clock import database_now
from tests import make

DAY = timedelta(days=1)
OWNERS = {
    "app": keys.Owner(kind=OwnerKind.APP),
    "ada": keys.Owner(kind=OwnerKind.USER, id="ada", user_id="ada"),
    "acme-ltd": keys.Owner(
        kind=OwnerKind.ORGANIZATION, id="acme-ltd", organization_id="acme-ltd"
    ),
    "other-ltd": keys.Owner(
        kind=OwnerKind.ORGANIZATION, id="other-ltd", organization_id="other-ltd"
    ),
    "acme-ltd/w1": keys.Owner(
        kind=OwnerKind.WORKSPACE,
        id="acme-ltd/w1",
        organization_id="acme-ltd",
        workspace_id="w1",
    ),
    "other-ltd/w1": keys.Owner(
        kind=OwnerKind.WORKSPACE,
        id="other-ltd/w1",
        organization_id="other-ltd",
        workspace_id="w1",
    ),
}


@pytest.fixture
def crowd(acme, globex):
    """A key of the same name for every owner, in two apps and two deployments."""
    second = make.app(acme.deployment, "aa_2")
    for app in (acme.app, second, globex.app):
        for owner in OWNERS.values():
            make.key(app, owner=owner)
    return acme


@pytest.mark.parametrize(
    ("claims", "seen"),
    [
        ({"user_id": "ada"}, ["ada"]),
        ({"user_id": "nobody"}, []),
        ({"user_id": "ada", "organization_id": "acme-ltd"}, ["acme-ltd"]),
        ({"user_id": "ben", "organization_id": "acme-ltd"}, ["acme-ltd"]),
        ({"organization_id": "other-ltd"}, ["other-ltd"]),
        ({"organization_id": "acme-ltd", "workspace_id": "w1"}, ["acme-ltd/w1"]),
        ({"organization_id": "other-ltd", "workspace_id": "w1"}, ["other-ltd/w1"]),
        ({"workspace_id": "w1"}, []),
        ({}, ["", "acme-ltd", "acme-ltd/w1", "ada", "other-ltd", "other-ltd/w1"]),
    ],
)
def test_a_session_sees_its_owners_keys_in_its_app(crowd, claims, seen):
    nobody = {"user_id": None, "organization_id": None}
    session = make.session(crowd.backend_key, **{**nobody, **claims}).session

    visible = make.visible_keys(session)

    assert sorted(key.owner_id for key in visible) == seen
    assert {key.app for key in visible} <= {crowd.app}


def test_keys_stay_in_their_deployment_and_app(crowd, globex):
    assert Key.objects.of_app(crowd.app).count() == len(OWNERS)
    mine = Key.objects.of_app(crowd.app).owned_by("user", "ada").get()

    assert list(Key.objects.beside(mine)) == [mine]
    assert not Key.objects.of_app(globex.app).filter(deployment=crowd.deployment)


@pytest.mark.parametrize("column", ["deployment_id", "app_id"])
def test_a_key_of_mixed_ancestry_is_nobodys(crowd, globex, column):
    foreign = {"deployment_id": globex.deployment.pk, "app_id": globex.app.pk}
    mine = Key.objects.of_app(crowd.app).owned_by("user", "ada")
    stray = mine.get().pk
    mine.update(**{column: foreign[column]}, name="stray")

    assert not Key.objects.of_app(crowd.app).filter(pk=stray)
    assert not Key.objects.of_app(globex.app).filter(pk=stray)


@pytest.mark.parametrize(
    ("changes", "is_live", "is_unrevoked"),
    [
        ({}, True, True),
        ({"expires_at": timezone.now() + DAY}, True, True),
        ({"expires_at": timezone.now() - DAY}, False, True),
        ({"disabled_at": timezone.now()}, False, True),
        ({"revoked_at": timezone.now()}, False, False),
    ],
)
def test_live_means_it_works(ci_key, changes, is_live, is_unrevoked):
    Key.objects.update(created_at=timezone.now() - 2 * DAY, **changes)

    assert Key.objects.live(timezone.now()).exists() == is_live
    assert Key.objects.unrevoked().exists() == is_unrevoked


def test_secrets_come_newest_first(ci_key, django_assert_num_queries):
    for _ in range(2):
        keys.rotate(key=ci_key.key, actor=make.ADA, now=timezone.now())

    with django_assert_num_queries(2):  # keys with their use; their secrets
        key = Key.objects.with_secrets().get()
        assert [version.version for version in key.versions] == [3, 2, 1]
        assert (key.last_used_at, key.uses) == (None, 0)


def test_a_list_needs_one_query_for_the_ends_of_secrets(
    ci_key, django_assert_num_queries
):
    keys.rotate(key=ci_key.key, overlap_seconds=60, actor=make.ADA, now=timezone.now())
    current, old = KeySecret.objects.order_by("-version")

    with django_assert_num_queries(1):
        key = Key.objects.with_masks().get()
        assert (key.prefix, key.last_eight) == ("acme_live", current.last_eight)
        assert key.old_secret_ends_at == old.ends_at


def test_rows_of_a_list_are_filled_as_one_query_would(acme):
    """Used or not, summed up or not, rotated once, twice or never."""
    made = [make.key(acme.app, f"Key {number}").key for number in range(5)]
    for key in (made[1], made[2], made[2]):
        keys.rotate(key=key, overlap_seconds=60, actor=make.ADA, now=timezone.now())
    for key in made[1:4]:
        make.decision(key, database_now() - DAY)
    list(usage.roll_up())
    for key in made[3:]:
        make.decision(key, database_now())
        make.decision(key, database_now(), code="expired")

    rows = list(Key.objects.order_by("pk"))
    masks.fill(rows)

    shown = Key.objects.order_by("pk").with_masks()
    assert [_shown(row) for row in rows] == [_shown(row) for row in shown]


def _shown(key):
    return key.prefix, key.last_eight, key.old_secret_ends_at, key.last_used_at


@pytest.mark.parametrize(
    ("column", "index"),
    [
        ({}, "key_by_app"),
        ({"owner_kind": "user", "owner_id": "ada"}, "key_by_owner"),
        ({"organization_id": "acme-ltd"}, "key_by_organization"),
        ({"user_id": "ada"}, "key_by_person"),
        ({"workspace_id": "w1"}, "key_by_workspace"),
    ],
)
def test_an_index_leads_to_every_place_of_a_list(crowd, column, index):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # So few rows are read faster all at once.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
            # Of so few rows, those of everybody are passed over as fast.
            for other in Key._meta.indexes:
                if other.name != index:
                    cursor.execute(f"DROP INDEX {other.name}")
    found = Key.objects.of_app(crowd.app).filter(**column).newest_first()
    last = found.reverse()[0]

    plan = found.older_than(last.created_at, last.pk)[:50].explain()

    assert index in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize(
    ("restricted", "reached"), [(False, ["aa_1", "aa_2"]), (True, ["aa_2"])]
)
def test_a_backend_key_reaches_its_apps(acme, globex, restricted, reached):
    second = make.app(acme.deployment, "aa_2")
    make.app(globex.deployment, "aa_2")
    only = [second] if restricted else []
    backend_key = make.backend_key(acme.deployment, apps=only).backend_key

    found = ApiAuthApp.objects.reachable_by(backend_key).order_by("app_slug")

    assert [app.app_slug for app in found] == reached
    assert {app.deployment for app in found} == {acme.deployment}


def test_one_keys_restriction_is_not_anothers(acme):
    make.backend_key(acme.deployment, apps=[acme.app])
    make.app(acme.deployment, "aa_2")

    assert ApiAuthApp.objects.reachable_by(acme.backend_key).count() == 2


def test_deleted_apps_are_not_present(acme, globex):
    applications.delete(app=acme.app, actor=make.OPERATOR, now=timezone.now())

    assert list(ApiAuthApp.objects.present()) == [globex.app]
    assert not ApiAuthApp.objects.of(acme.deployment).present()
    assert ApiAuthApp.objects.of(acme.deployment).get() == acme.app


@pytest.mark.parametrize(
    ("changes", "is_live"),
    [
        ({}, True),
        ({"expires_at": timezone.now() + DAY}, True),
        ({"expires_at": timezone.now() - DAY}, False),
        ({"revoked_at": timezone.now()}, False),
    ],
)
def test_live_backend_keys_work(acme, globex, changes, is_live):
    mine = BackendKey.objects.of(acme.deployment)
    mine.update(created_at=timezone.now() - 2 * DAY, **changes)

    assert mine.live(timezone.now()).exists() == is_live
    assert BackendKey.objects.live(timezone.now()).of(globex.deployment).exists()


@pytest.mark.parametrize("status", ["suspended", "deleted", "active"])
@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_owners_are_shut_in_their_own_deployment(acme, globex, ci_key, status, whose):
    tenants.set_organization(
        deployment=acme.deployment if whose == "ours" else globex.deployment,
        external_id="acme-ltd",
        status=TenantStatus(status),
        actor=make.HOST,
        now=timezone.now(),
    )

    is_shut = Key.objects.filter(shut_owner()).exists()

    assert is_shut == (whose == "ours" and status != "active")


def test_tenants_are_listed_by_deployment(ada, mallory, acme, globex):
    assert Organization.objects.of(acme.deployment).get().external_id == "acme-ltd"
    assert EndUser.objects.of(globex.deployment).get().external_id == "mallory"
    assert not Organization.objects.shut().exists()
