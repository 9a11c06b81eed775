"""`POST /api-auth/apps/{app_slug}/keys`."""

import pytest
from django.utils import timezone

from apiauth import applications, credentials, tenants
from apiauth.models import (
    AuditEvent,
    EndUser,
    Key,
    KeySecret,
    Organization,
    TenantStatus,
)
from tests import make
from tests.apiauth.api import bodies
from tests.apiauth.api.bodies import assert_refused

PATH = "/api-auth/apps/aa_1/keys"


def bind(app, **ids):
    for name, value in ids.items():
        setattr(app, name, value)
    app.save(update_fields=list(ids))


def test_creates_a_key_and_shows_its_secret_in_both_forms(host):
    response = host.create()

    answer = response.json()
    secret, nested = answer.pop("secret"), answer.pop("key")
    assert response.status_code == 200
    assert answer == nested
    assert credentials.looks_right(secret)
    assert answer["key_suffix"] == secret[-8:]
    assert answer["id"] == str(Key.objects.get().pk)
    assert (answer["app_slug"], answer["is_active"]) == ("aa_1", True)
    assert response.headers["Cache-Control"] == "no-store"


def test_makes_a_key_that_the_gateway_knows(host, check):
    made = host.create(
        name="Ünique",
        permissions=["reports:read"],
        metadata={"team": "data"},
        owner_user_id="usr_ada",
        organization_id="org_acme",
    ).json()

    answer = check(made["secret"]).json()

    assert answer["allowed"] is True
    assert answer["identity"]["key_id"] == made["id"]
    assert answer["identity"]["owner_user_id"] == "usr_ada"
    assert answer["identity"]["organization_id"] == "org_acme"
    assert (answer["permissions"], answer["metadata"]) == (
        ["reports:read"],
        {"team": "data"},
    )


def test_keeps_all_that_was_said(host):
    moment = make.soon(days=3).isoformat(timespec="seconds").replace("+00:00", "Z")
    said = {
        "name": "Nightly",
        "description": "Runs at 2.",
        "permissions": ["reports:write", "reports:read"],
        "metadata": {"a": [1, {"b": None}], "ü": "x"},
        "expires_at": moment,
    }

    answer = host.create(**said).json()

    assert {name: answer[name] for name in said} == {
        **said,
        "permissions": ["reports:read", "reports:write"],
    }


def test_takes_nothing_said_as_all_that_the_app_allows(host):
    unsaid = dict.fromkeys(["permissions", "metadata", "expires_at", "owner_user_id"])
    answer = host.create(description=None, unknown={"a": [1]}, **unsaid).json()

    assert answer["permissions"] == ["reports:read", "reports:write"]
    assert (answer["metadata"], answer["expires_at"]) == ({}, None)


# --------------------------------------------------------------------------- owner


@pytest.mark.parametrize(
    ("named", "kind", "owner_id"),
    [
        ({}, "app", ""),
        ({"owner_user_id": "u"}, "user", "u"),
        ({"owner_user_id": 7}, "user", "7"),
        ({"owner_user_id": "u", "organization_id": "o"}, "organization", "o"),
        ({"organization_id": "o", "workspace_id": "w"}, "workspace", "o/w"),
        ({"owner_user_id": "u", "workspace_id": "w"}, "workspace", "w"),
    ],
)
def test_belongs_to_the_narrowest_that_is_named(host, named, kind, owner_id):
    answer = host.create(**named).json()

    key = Key.objects.get()
    assert (key.owner_kind, key.owner_id) == (kind, owner_id)
    for name in ("owner_user_id", "organization_id", "workspace_id"):
        said = named.get(name)
        assert answer.get(name) == (None if said is None else str(said))


@pytest.mark.parametrize(
    ("named", "owner", "columns"),
    [
        ({}, ("workspace", "O/W"), ("U", "O", "W")),
        ({"owner_user_id": "u"}, ("user", "u"), ("u", "O", "W")),
        ({"organization_id": "o"}, ("organization", "o"), (None, "o", None)),
        ({"workspace_id": "w"}, ("workspace", "O/w"), (None, "O", "w")),
    ],
)
def test_belongs_else_to_whom_the_app_is_bound(host, acme, named, owner, columns):
    bind(acme.app, user_id="U", organization_id="O", workspace_id="W")

    host.create(**named)

    key = Key.objects.get()
    assert (key.owner_kind, key.owner_id) == owner
    assert (key.user_id, key.organization_id, key.workspace_id) == columns


def test_tells_of_tenants_that_can_be_suspended_from_then_on(host, check):
    made = host.create(owner_user_id="usr_new", organization_id="org_new").json()
    organization = Organization.objects.get(external_id="org_new")
    assert EndUser.objects.filter(external_id="usr_new").exists()

    tenants.set_organization(
        deployment=organization.deployment,
        external_id="org_new",
        status=TenantStatus.SUSPENDED,
        actor=make.OPERATOR,
        now=timezone.now(),
    )

    assert check(made["secret"]).json()["code"] == "suspended"


# --------------------------------------------------------------------- idempotency


def test_repeats_safely_under_a_token(host):
    first = host.create("t-1").json()

    response = host.create("t-1", name="Another")

    assert_refused(response, 409)
    answer = response.json()
    assert answer["code"] == "idempotency_replay"
    assert answer["details"] == {"key_id": first["id"]}
    assert "rotate" in answer["message"]
    assert first["secret"] not in response.content.decode()
    assert Key.objects.count() == KeySecret.objects.count() == 1


def test_a_token_counts_for_the_whole_app(host, acme, host_with):
    make.app(acme.deployment, "aa_2")
    host.create("t-1", owner_user_id="a")
    other = host_with("keys:manage")

    assert_refused(host.create("t-1", owner_user_id="b"), 409)
    assert_refused(other.create("t-1"), 409)
    elsewhere = host.create("t-1", path="/api-auth/apps/aa_2/keys")
    assert elsewhere.status_code == 200


def test_a_customers_token_is_none_of_the_hosts(host, acme):
    make.key(acme.app, "Theirs")

    assert host.create("t-1").status_code == 200


def test_a_refused_attempt_uses_up_no_token(host):
    assert_refused(host.create("t-1", name=""), field="name")

    assert host.create("t-1").status_code == 200


@pytest.mark.parametrize("token", ["t" * 101, "a\x7fb", "ü"])
def test_refuses_a_token_that_is_none(host, token):
    assert_refused(host.create(token), field="Idempotency-Key")
    assert not Key.objects.exists()


def test_without_a_token_a_name_in_use_is_refused(host):
    host.create()

    response = host.create()

    assert_refused(response, 409, field="name")
    assert response.json()["code"] == "name_taken"


# --------------------------------------------------------------------------- canon


def test_finds_the_app_by_its_name(host):
    answer = host.create(path="/api-auth/apps/Acme%20API/keys").json()

    assert answer["app_slug"] == "aa_1"


def test_does_not_guess_between_apps_of_one_name(host, acme):
    make.app(acme.deployment, "aa_2")

    response = host.create(path="/api-auth/apps/Acme%20API/keys")

    assert_refused(response, 409, field="app_slug")
    assert not Key.objects.exists()


def test_hides_the_apps_of_another_tenant(host, globex):
    make.app(globex.deployment, "aa_globex")

    foreign, absent = (
        host.create(path=f"/api-auth/apps/{slug}/keys")
        for slug in ("aa_globex", "absent")
    )

    assert_refused(foreign, 404, field="app_slug")
    assert foreign.content == absent.content
    assert not Key.objects.exists()


def test_refuses_a_key_without_the_scope(host_with):
    assert_refused(host_with("apps:manage", "tickets:issue").create(), 403)
    assert not Key.objects.exists()


def test_refuses_who_has_no_backend_key(client, ci_key, ada):
    client.cookies["__Host-keyplate-binder"] = ada.binder
    for secret in ("", "x", ci_key.secret, ada.token):
        bearer = {"Authorization": f"Bearer {secret}"}
        assert_refused(bodies.post(client, PATH, {"name": "A"}, **bearer), 401)


@pytest.mark.parametrize("body", [*bodies.BROKEN, None])
def test_refuses_broken_bodies(host, body):
    assert_refused(host.post(PATH, body))


ID = [1.5, True, [], {}, *bodies.HOSTILE_TEXTS, "", " "]


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("name", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, None, "", " ", "n" * 81]),
        ("description", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, "d" * 251]),
        ("permissions", [*bodies.NOT_A_LIST, ["a b"], ["reports:*"], ["a"] * 101]),
        ("metadata", ["a", 7, True, [], [{}], {"principal_type": "x"}, {"": 1}]),
        ("metadata", [{"a": "\ud800"}, {"a": ["\x00"]}, {"a": {"\x00": 1}}]),
        (
            "expires_at",
            [7, True, [], {}, "", "soon", "2031-01-01", "2001-01-01T00:00Z"],
        ),
        ("expires_at", ["2031-01-01T00:00:00", "9999-12-31T23:59:59Z", "\x00"]),
        ("owner_user_id", ID),
        ("organization_id", ID),
        ("workspace_id", ID),
    ],
)
def test_names_the_member_that_is_wrong(host, member, values):
    for value in values:
        assert_refused(host.create(**{member: value}), field=member)

    assert not Key.objects.exists()


def test_refuses_a_number_that_no_database_keeps(host):
    assert_refused(
        host.post(PATH, b'{"name": "A", "metadata": {"a": 1e999}}'), field="metadata"
    )


@pytest.mark.parametrize(
    ("organization", "workspace", "field"),
    [("a/b", "c", "organization_id"), ("a", "b/c", "workspace_id")],
)
def test_lets_no_two_workspaces_be_one_owner(host, organization, workspace, field):
    answer = host.create(organization_id=organization, workspace_id=workspace)

    assert_refused(answer, field=field)


def test_names_the_policy_that_forbids_it(host, acme):
    acme.app.policy = {"expiry_max_days": 30, "keys_per_owner": 1}
    acme.app.save(update_fields=["policy"])
    soon = make.soon(days=1).isoformat()

    forever, one, two = (
        host.create(name=name, expires_at=at)
        for name, at in (("A", None), ("B", soon), ("C", soon))
    )

    assert_refused(forever, field="expires_at")
    assert forever.json()["details"]["rule"] == "expiry_required"
    assert one.status_code == 200
    assert_refused(two, 409)
    assert two.json()["code"] == "quota_keys"


@pytest.mark.parametrize("status", [TenantStatus.SUSPENDED, TenantStatus.DELETED])
@pytest.mark.parametrize("member", ["organization_id", "owner_user_id"])
def test_refuses_an_owner_that_is_shut(host, acme, status, member):
    shut = {
        "organization_id": tenants.set_organization,
        "owner_user_id": tenants.set_user,
    }
    shut[member](
        deployment=acme.deployment,
        external_id="t1",
        status=status,
        actor=make.OPERATOR,
        now=timezone.now(),
    )

    response = host.create(**{member: "t1"})

    assert_refused(response, 403)
    assert response.json()["code"] == "tenant_suspended"


def test_refuses_an_app_that_is_off(host, acme):
    applications.deactivate(app=acme.app, actor=make.OPERATOR, now=timezone.now())

    response = host.create()

    assert_refused(response, 403)
    assert response.json()["code"] == "app_inactive"


def test_records_who_made_it_and_for_whom(host, acme):
    made = host.create(owner_user_id="ada", organization_id="org_1").json()

    event = AuditEvent.objects.get(action="key.created")
    assert str(event.key_id) == made["id"]
    assert (event.actor_kind, event.actor_id) == ("host", str(acme.backend_key.id))
    assert (event.channel, event.user_id, event.organization_id) == (
        "api",
        "ada",
        "org_1",
    )
    assert event.request_id


def test_costs_few_queries(host, django_assert_max_num_queries):
    host.create(name="A", owner_user_id="ada")

    # The backend key; the app; begin and end; the app's lock, the person; the count;
    # a savepoint around the key; its secret; the chain's row, read and written; the
    # event; the key as it is shown.
    with django_assert_max_num_queries(18):
        host.create(name="B", owner_user_id="ada")


def test_stores_and_logs_no_clear_text(host, acme, caplog):
    secret = host.create().json()["secret"]

    rows = [*Key.objects.values(), *KeySecret.objects.values()]
    stored = repr([*rows, *AuditEvent.objects.values()])
    for told in (stored, caplog.text, repr([r.__dict__ for r in caplog.records])):
        assert secret not in told
        assert acme.minted.secret not in told
