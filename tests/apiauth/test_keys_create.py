"""Creating keys."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apiauth import applications, credentials, errors, keys
from apiauth.credentials import Purpose
from apiauth.models import AuditEvent, IdempotencyRecord, Key, KeySecret, OwnerKind
from tests import make

EVIL = keys.Owner(kind=OwnerKind.ORGANIZATION, id="evil", organization_id="evil")
ACME = keys.Owner(
    kind=OwnerKind.ORGANIZATION,
    id="acme-ltd",
    organization_id="acme-ltd",
    user_id="ada",
)


def create(app, name="CI", *, owner=ACME, token="", **draft):
    return keys.create(
        app=app,
        owner=owner,
        draft=keys.Draft(name=name, **draft),
        token=token,
        actor=make.ADA,
        now=timezone.now(),
    )


def revoke(key):
    return keys.revoke(key=key, reason="other", actor=make.ADA, now=timezone.now())


def rule(app, **policy):
    app.policy = policy
    app.save(update_fields=["policy"])


def test_hands_out_a_secret_that_is_stored_as_a_digest_only(acme):
    issued = create(acme.app)

    stored = KeySecret.objects.get()
    assert bytes(stored.digest) == credentials.digest(Purpose.KEY, issued.secret).value
    assert issued.secret.startswith("acme_live_")
    assert credentials.looks_right(issued.secret)
    assert (stored.version, stored.ends_at) == (1, None)
    assert issued.secret not in repr(issued)
    assert issued.secret[14:-8] not in repr(vars(stored))


def test_shows_the_ends_of_the_secret_and_no_more(acme):
    issued = create(acme.app)

    stored = KeySecret.objects.get()
    tail = issued.secret.removeprefix("acme_live_")
    assert (stored.first_four, stored.last_eight) == (tail[:4], tail[-8:])
    assert stored.masked == f"acme_live_····{tail[-4:]}"


def test_belongs_to_its_owner(acme):
    key = create(acme.app).key

    assert (key.owner_kind, key.owner_id) == ("organization", "acme-ltd")
    assert (key.user_id, key.organization_id, key.workspace_id) == (
        "ada",
        "acme-ltd",
        None,
    )
    assert (key.deployment, key.app) == (acme.deployment, acme.app)
    assert (key.created_by_label, key.created_via) == ("Ada", "portal")
    assert key.acknowledged_at is None


def test_records_its_creation(acme):
    key = create(acme.app, "CI", permissions=["reports:read"]).key

    event = AuditEvent.objects.get(action="key.created")
    assert (event.key_id, event.app_id) == (key.id, acme.app.id)
    assert (event.actor_kind, event.actor_id, event.channel) == (
        "customer",
        "ada",
        "portal",
    )
    assert event.after["name"] == "CI"
    assert event.after["permissions"] == ["reports:read"]


# --------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("  CI  ", "CI"),
        ("Cafe\u0301", "Café"),
        ("<b>bold</b>", "<b>bold</b>"),
        ("n" * 80, "n" * 80),
        ("👩‍💻 laptop", "👩‍💻 laptop"),
    ],
)
def test_cleans_names(acme, given, stored):
    assert create(acme.app, given).key.name == stored


@pytest.mark.parametrize(
    "name", ["", "  ", "n" * 81, "a\nb", "a\x00b", "a\u202eb", "a\u200bb", None, 7]
)
def test_refuses_names_that_deceive_or_do_not_fit(acme, name):
    with pytest.raises(errors.Invalid) as refusal:
        create(acme.app, name)

    assert refusal.value.field == "name"
    assert not Key.objects.exists()
    assert not AuditEvent.objects.filter(action="key.created").exists()


def test_refuses_a_name_in_use(acme):
    first = create(acme.app, "CI").key

    with pytest.raises(errors.NameTaken) as refusal:
        create(acme.app, " CI ")

    assert refusal.value.key_id == first.id
    assert Key.objects.count() == KeySecret.objects.count() == 1


@pytest.mark.parametrize("differs", ["owner", "app", "tenant", "case", "revoked"])
def test_a_name_is_taken_for_its_owner_only(acme, globex, differs):
    first = create(acme.app, "CI").key
    if differs == "revoked":
        revoke(first)
    apps = {"tenant": globex.app}
    if differs == "app":
        apps["app"] = make.app(acme.deployment, "aa_2")

    second = create(
        apps.get(differs, acme.app),
        "ci" if differs == "case" else "CI",
        owner=EVIL if differs == "owner" else ACME,
    )

    assert second.key != first


# --------------------------------------------------------------------- permissions


def test_takes_all_it_may_when_nothing_is_chosen(acme):
    assert create(acme.app).key.permissions == ["reports:read", "reports:write"]
    narrowed = create(acme.app, "B", grantable=["reports:read", "admin:all"])
    assert narrowed.key.permissions == ["reports:read"]


@pytest.mark.parametrize(
    ("wanted", "grantable", "allowed"),
    [
        (["reports:read"], None, True),
        ([], None, True),
        (["reports:delete"], None, False),
        (["reports:*"], None, False),
        (["*"], None, False),
        (["reports:write"], ["reports:write"], True),
        (["reports:write"], ["reports:read"], False),
        (["reports:read"], [], False),
        (["reports:delete"], ["reports:delete"], False),
    ],
)
def test_gives_no_more_than_app_and_ticket_leave_open(acme, wanted, grantable, allowed):
    if allowed:
        issued = create(acme.app, permissions=wanted, grantable=grantable)
        assert issued.key.permissions == wanted
        return
    with pytest.raises(errors.PolicyViolation) as refusal:
        create(acme.app, permissions=wanted, grantable=grantable)
    assert (refusal.value.rule, refusal.value.field) == ("permissions", "permissions")


@pytest.mark.parametrize(
    ("wanted", "grantable", "allowed"),
    [(["any:thing"], None, True), (["any:thing"], [], False), ([], [], True)],
)
def test_an_app_without_a_ceiling_leaves_the_ticket_to_decide(
    acme, wanted, grantable, allowed
):
    app = make.app(acme.deployment, "aa_open", granted=[])

    if allowed:
        assert create(app, permissions=wanted, grantable=grantable)
        return
    with pytest.raises(errors.PolicyViolation):
        create(app, permissions=wanted, grantable=grantable)


@pytest.mark.parametrize(
    "permissions", [["a b"], ["a:*:b"], ["**"], [""], [7], ["x" * 101], ["é:read"]]
)
def test_refuses_what_is_no_permission(acme, permissions):
    with pytest.raises(errors.Invalid) as refusal:
        create(acme.app, permissions=permissions)

    assert refusal.value.field == "permissions"


# -------------------------------------------------------------------------- expiry


@pytest.mark.parametrize(
    ("policy", "days", "rule_broken"),
    [
        ({}, None, ""),
        ({}, 1, ""),
        ({}, 3650, ""),
        ({}, 3651, "expiry_max_days"),
        ({"expiry_required": True}, 1, ""),
        ({"expiry_required": True}, None, "expiry_required"),
        ({"expiry_max_days": 30}, 30, ""),
        ({"expiry_max_days": 30}, 31, "expiry_max_days"),
        ({"expiry_max_days": 30}, None, "expiry_required"),
    ],
)
def test_expiry_follows_the_policy(acme, policy, days, rule_broken):
    rule(acme.app, **policy)
    expires_at = None if days is None else make.soon(days=days)

    if not rule_broken:
        assert create(acme.app, expires_at=expires_at).key.expires_at == expires_at
        return
    with pytest.raises(errors.PolicyViolation) as refusal:
        create(acme.app, expires_at=expires_at)
    assert (refusal.value.rule, refusal.value.field) == (rule_broken, "expires_at")


def test_refuses_an_expiry_in_the_past(acme):
    with pytest.raises(errors.Invalid) as refusal:
        create(acme.app, expires_at=make.soon(seconds=-1))

    assert refusal.value.field == "expires_at"


# --------------------------------------------------------------------------- quota


def test_refuses_more_keys_than_the_policy_allows(acme):
    rule(acme.app, keys_per_owner=2)
    create(acme.app, "A")
    create(acme.app, "B")

    with pytest.raises(errors.QuotaReached) as refusal:
        create(acme.app, "C")

    assert refusal.value.details == {"limit": 2}
    assert Key.objects.count() == 2
    assert create(acme.app, "C", owner=EVIL)


@pytest.mark.parametrize("how", ["revoked", "expired", "paused"])
def test_keys_that_do_not_work_take_no_place(acme, how):
    rule(acme.app, keys_per_owner=1)
    key = create(acme.app, "A", expires_at=make.soon(days=1)).key
    past = timezone.now() - timedelta(days=2)
    changes = {"expired": {"created_at": past, "expires_at": past + timedelta(days=1)}}
    if how == "revoked":
        revoke(key)
    else:
        Key.objects.update(**changes.get(how, {"disabled_at": past}))

    assert create(acme.app, "B")


# --------------------------------------------------------------------- idempotency


def test_a_repeat_makes_no_second_key(acme):
    first = create(acme.app, "A", token="t-1")

    with pytest.raises(errors.AlreadyDone) as refusal:
        create(acme.app, "B", token="t-1")

    assert refusal.value.made_id == first.key.id
    assert Key.objects.count() == 1
    assert create(acme.app, "B", token="t-2")


def test_a_refused_attempt_uses_up_no_token(acme):
    create(acme.app, "A")
    with pytest.raises(errors.NameTaken):
        create(acme.app, "A", token="t-1")
    assert not IdempotencyRecord.objects.exists()

    assert create(acme.app, "B", token="t-1")


@pytest.mark.parametrize("differs", ["owner", "tenant"])
def test_a_token_is_its_owners_own(acme, globex, differs):
    create(acme.app, token="t-1")

    other = create(
        globex.app if differs == "tenant" else acme.app,
        owner=EVIL if differs == "owner" else ACME,
        token="t-1",
    )

    assert other.key.owner_id == ("evil" if differs == "owner" else "acme-ltd")


@pytest.mark.parametrize("token", ["t" * 101, "a\nb"])
def test_refuses_a_token_that_is_none(acme, token):
    with pytest.raises(errors.Invalid) as refusal:
        create(acme.app, token=token)

    assert refusal.value.field == "idempotency_key"


# ----------------------------------------------------------------------- the app


@pytest.mark.parametrize("stop", [applications.deactivate, applications.delete])
def test_refuses_an_app_that_is_off(acme, stop):
    stop(app=acme.app, actor=make.OPERATOR, now=timezone.now())

    with pytest.raises(errors.AppInactive):
        create(acme.app)
