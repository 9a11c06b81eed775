"""`GET /api-auth/apps/{app_slug}/keys`."""

import pytest
from django.utils import timezone

from apiauth import keys
from apiauth.models import EndUser, Key, KeyUse, Membership, Organization
from tests import make
from tests.apiauth.api.bodies import assert_refused

PATH = "/api-auth/apps/aa_1/keys"
ALWAYS = {
    "id",
    "deployment_id",
    "app_slug",
    "name",
    "key_prefix",
    "key_suffix",
    "permissions",
    "org_role_permissions",
    "workspace_role_permissions",
    "metadata",
    "is_active",
    "created_at",
    "updated_at",
    "expires_at",
    "last_used_at",
    "revoked_at",
    "revoked_reason",
}
LIVE = {"rate_limits", "rate_limit_scheme_slug", "owner_user_id"}
OURS = {"description", "old_secret_ends_at"}


def names(response):
    return [key["name"] for key in response.json()["keys"]]


def revoke(key):
    keys.revoke(key=key, reason="leaked", actor=make.HOST, now=timezone.now())


def test_lists_what_clients_read(host, acme, ci_key):
    [shown] = host.get().json()["keys"]

    assert set(shown) == ALWAYS | LIVE | OURS | {"organization_id"}
    assert shown["id"] == str(ci_key.key.pk)
    assert shown["deployment_id"] == str(acme.deployment.pk)
    assert (shown["key_prefix"], shown["key_suffix"]) == (
        "acme_live",
        ci_key.secret[-8:],
    )
    assert (shown["owner_user_id"], shown["organization_id"]) == ("ada", "acme-ltd")
    assert shown["created_at"].endswith("Z")


def test_lists_newest_first_and_all_at_once(host, acme):
    acme.app.policy = {"keys_per_owner": 200}
    acme.app.save(update_fields=["policy"])
    for number in range(60):
        make.key(acme.app, f"Key {number}")

    answer = host.get()

    assert names(answer) == [f"Key {number}" for number in reversed(range(60))]
    assert (answer.json()["has_more"], answer.json()["next_cursor"]) == (False, None)


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ({}, {"on", "old"}),
        ({"include_inactive": "false"}, {"on", "old"}),
        ({"include_inactive": "true"}, {"on", "old", "off", "paused"}),
        ({"status": "active"}, {"on", "old"}),
        ({"status": "revoked"}, {"off", "paused"}),
        ({"status": "all"}, {"on", "old", "off", "paused"}),
        ({"status": "active", "include_inactive": "true"}, {"on", "old"}),
    ],
)
def test_lists_by_status_an_expired_key_as_active(host, acme, query, listed):
    for name in ("on", "old", "off", "paused"):
        make.key(acme.app, name)
    revoke(Key.objects.get(name="off"))
    Key.objects.filter(name="paused").update(disabled_at=timezone.now())
    past = make.soon(days=-2)
    Key.objects.filter(name="old").update(
        created_at=past, expires_at=make.soon(days=-1)
    )

    answer = host.get(**query)

    assert set(names(answer)) == listed
    assert {k["name"] for k in answer.json()["keys"] if k["is_active"]} == (
        listed & {"on", "old"}
    )


def test_shows_why_and_when_a_key_was_revoked(host, key):
    revoke(key)

    [shown] = host.get(status="revoked").json()["keys"]

    assert (shown["is_active"], shown["revoked_reason"]) == (False, "leaked")
    assert shown["revoked_at"].endswith("Z")


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ({"user_id": "u1"}, ["both", "person"]),
        ({"organization_id": "o1"}, ["both", "company"]),
        ({"workspace_id": "w1"}, ["team"]),
        ({"user_id": "u1", "organization_id": "o1"}, ["both"]),
        ({"user_id": "u2"}, []),
    ],
)
def test_lists_by_the_hosts_ids(host, query, listed):
    host.create(name="person", owner_user_id="u1")
    host.create(name="company", organization_id="o1")
    host.create(name="team", workspace_id="w1")
    host.create(name="both", owner_user_id="u1", organization_id="o1")

    assert names(host.get(**query)) == listed


def test_shows_when_a_key_was_used(host, acme, key):
    moment = timezone.now()
    KeyUse.objects.create(key=key, deployment=acme.deployment, last_used_at=moment)

    [shown] = host.get().json()["keys"]

    assert shown["last_used_at"].startswith(moment.isoformat()[:23])


# --------------------------------------------------------------------------- roles


def join(tenant, *permissions, workspace_id=""):
    """Make ada a member of acme-ltd, or of a workspace in it."""
    return Membership.objects.create(
        deployment=tenant.deployment,
        organization=Organization.objects.get(external_id="acme-ltd"),
        user=EndUser.objects.get(external_id="ada"),
        workspace_id=workspace_id,
        permissions=list(permissions),
        created_at=timezone.now(),
    )


def test_shows_the_roles_of_a_member(host, acme, key):
    place = join(acme, "billing:read")
    join(acme, "ship:it", workspace_id="elsewhere")

    [shown] = host.get().json()["keys"]

    assert shown["org_role_permissions"] == ["billing:read"]
    assert shown["organization_membership_id"] == str(place.pk)
    assert shown["workspace_role_permissions"] == []
    assert "workspace_membership_id" not in shown


def test_shows_the_roles_of_a_member_of_the_keys_workspace(host, acme, key):
    join(acme, "billing:read")
    place = join(acme, "ship:it", workspace_id="w1")
    host.create(
        owner_user_id="ada", organization_id="acme-ltd", workspace_id="w1", name="W"
    )

    shown = host.get().json()["keys"][0]

    assert shown["org_role_permissions"] == ["billing:read"]
    assert shown["workspace_role_permissions"] == ["ship:it"]
    assert shown["workspace_membership_id"] == str(place.pk)


@pytest.mark.parametrize(
    "owner", [{"owner_user_id": "ben"}, {"organization_id": "acme-ltd"}, {}]
)
def test_shows_no_roles_of_others(host, acme, globex, key, owner):
    join(acme, "billing:read")
    host.create(name="other", **owner)

    shown = host.get().json()["keys"][0]

    assert shown["org_role_permissions"] == []
    assert "organization_membership_id" not in shown


def test_takes_no_roles_from_another_tenant(host, globex, key):
    make.key(globex.app)
    here = {"deployment": globex.deployment}
    Membership.objects.create(
        organization=Organization.objects.get(external_id="acme-ltd", **here),
        user=EndUser.objects.get(external_id="ada", **here),
        permissions=["evil:all"],
        created_at=timezone.now(),
        **here,
    )

    assert host.get().json()["keys"][0]["org_role_permissions"] == []


# --------------------------------------------------------------------------- pages


def test_lists_in_pages_without_gap_or_double(host, acme):
    for number in range(5):
        make.key(acme.app, f"Key {number}")
    Key.objects.update(created_at=timezone.now())
    seen = []
    cursor: dict[str, str] = {}

    for _ in range(3):
        answer = host.get(limit=2, **cursor).json()
        seen.append([key["name"] for key in answer["keys"]])
        cursor = {"cursor": answer["next_cursor"]}

    assert [len(page) for page in seen] == [2, 2, 1]
    assert len({name for page in seen for name in page}) == 5
    assert (answer["has_more"], answer["next_cursor"]) == (False, None)


def test_says_nothing_of_more_when_a_page_is_just_full(host, acme):
    make.key(acme.app)

    assert host.get(limit=1).json()["has_more"] is False


def test_pages_hold_still_while_keys_come_and_go(host, acme):
    made = [make.key(acme.app, f"Key {number}").key for number in range(7)]
    seen, cursor = [], None

    for _ in made:
        answer = host.get(limit=2, **({"cursor": cursor} if cursor else {})).json()
        seen += [key["name"] for key in answer["keys"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
        revoke(Key.objects.get(name=seen[-1]))
        make.key(acme.app, f"New {len(seen)}")

    assert seen == [key.name for key in reversed(made)]


@pytest.mark.parametrize("cursor", ["", "x", "eyJ9:x", "ä", "a\x00b", "x" * 3000])
def test_refuses_a_cursor_that_is_none(host, cursor):
    assert_refused(host.get(cursor=cursor), field="cursor")


def test_refuses_the_cursor_of_another_app(host, acme):
    other = make.app(acme.deployment, "aa_2")
    make.key(other, "A")
    make.key(other, "B")
    theirs = host.get("/api-auth/apps/aa_2/keys", limit=1).json()["next_cursor"]

    assert_refused(host.get(cursor=theirs), field="cursor")


# --------------------------------------------------------------------------- canon


def test_finds_the_app_by_its_name(host, key):
    assert names(host.get("/api-auth/apps/Acme%20API/keys")) == ["CI"]


@pytest.mark.parametrize(
    "called", ["aa_globex", "Globex%20API", "nowhere", "a%00b", "%ff"]
)
def test_hides_the_apps_of_another_tenant(host, globex, called):
    make.app(globex.deployment, "aa_globex")

    response = host.get(f"/api-auth/apps/{called}/keys")

    assert_refused(response, 404, field="app_slug")
    assert response.content == host.get("/api-auth/apps/absent/keys").content


def test_lists_no_keys_of_another_tenant(host, globex, key):
    make.key(globex.app, "Theirs")

    assert names(host.get(status="all")) == ["CI"]


def test_hides_apps_beyond_the_keys_restriction(host_with, acme):
    other = make.app(acme.deployment, "aa_2")
    restricted = host_with("keys:manage", apps=[other])

    assert_refused(restricted.get(), 404, field="app_slug")
    assert restricted.get("/api-auth/apps/aa_2/keys").status_code == 200


def test_refuses_a_key_without_the_scope(host_with):
    assert_refused(host_with("apps:manage", "tickets:issue").get(), 403)


def test_refuses_who_has_no_backend_key(client, ci_key, ada):
    client.cookies["__Host-keyplate-binder"] = ada.binder
    for secret in ("", "x", ci_key.secret, ada.token):
        bearer = {"Authorization": f"Bearer {secret}"}
        assert_refused(client.get(PATH, headers=bearer), 401)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("status", ["", "ACTIVE", "gone", "a\x00b"]),
        ("include_inactive", ["", "maybe", "2"]),
        ("limit", ["", "0", "-1", "1001", "1.5", "ten", "9" * 30]),
        ("user_id", ["", "a\x00b", "a\u202eb", "x" * 256]),
        ("organization_id", ["", "a\x00b", "x" * 256]),
        ("workspace_id", ["", "a\x00b", "x" * 256]),
    ],
)
def test_names_the_part_that_is_wrong(host, field, values):
    for value in values:
        assert_refused(host.get(**{field: value}), field=field)


def test_refuses_a_doubled_parameter(host):
    assert_refused(host.get(f"{PATH}?status=all&status=active"), field="status")


@pytest.mark.parametrize("method", ["put", "patch", "delete", "head", "options"])
def test_takes_other_methods_from_nobody(client, acme, method):
    response = getattr(client, method)(PATH, headers=acme.bearer)

    allowed = set(response.headers["Allow"].split(", "))
    assert (response.status_code, allowed) == (405, {"GET", "POST"})
    assert method == "head" or response.json()["code"] == "method_not_allowed"


def test_costs_the_same_for_many_keys(host, acme, django_assert_num_queries):
    for number in range(15):
        make.key(acme.app, f"Key {number}")
    join(acme, "billing:read")
    host.get()

    # The backend key; the app; the keys with their roles; the mark of the sums, and the
    # time where there is none; secrets; uses.
    with django_assert_num_queries(7):
        host.get()


def test_leaks_no_secret(host, ci_key):
    answer = host.get().content.decode()

    assert ci_key.secret[-9:] not in answer
    assert "digest" not in answer
