"""What an app binds its keys to, and what they may do, at every door."""

from datetime import timedelta

import pytest

from tests import make
from tests.apiauth.gateway.doors import states

READ, BOTH = ["reports:read"], ["reports:read", "reports:write"]
NETWORKS = ["192.0.2.0/24", "2001:db8::/32", "::ffff:198.51.100.0/120"]
RESOURCES = ["/v1/*", "/health", "/files/*"]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("192.0.2.0", "valid"),
        ("192.0.2.255", "valid"),
        ("192.0.3.0", "network_forbidden"),
        ("192.0.1.255", "network_forbidden"),
        ("198.51.100.7", "valid"),
        ("198.51.101.0", "network_forbidden"),
        ("2001:db8::1", "valid"),
        ("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "valid"),
        ("2001:db9::", "network_forbidden"),
    ],
)
def test_binds_keys_to_networks(ask, acme, ci_key, address, code):
    states.update_app(acme, policy={"networks": NETWORKS})

    assert ask(client_ip=address).tells(code=code, rule=None)


@pytest.mark.parametrize(
    ("resource", "code"),
    [
        ("/v1/reports", "valid"),
        ("/v1/reports/7", "valid"),
        ("/v1", "resource_forbidden"),
        ("/v1/", "resource_forbidden"),
        ("/v10/reports", "resource_forbidden"),
        ("/V1/reports", "resource_forbidden"),
        ("/health", "valid"),
        ("/health/", "resource_forbidden"),
        ("/", "resource_forbidden"),
        ("//v1/reports", "resource_forbidden"),
        ("/v1//reports", "resource_forbidden"),
        ("//x/v1/reports", "resource_forbidden"),
        ("//health", "resource_forbidden"),
        ("//x/health", "resource_forbidden"),
    ],
)
def test_binds_keys_to_paths(ask, acme, ci_key, resource, code):
    states.update_app(acme, resources=RESOURCES)

    assert ask(resource=resource).tells(code=code, rule=None)


@pytest.mark.parametrize(
    ("at_check", "told"),
    [
        ("off", ("valid", None, None)),
        ("report", ("valid", None, "expiry_required")),
        ("enforce", ("policy_violation", "expiry_required", None)),
    ],
)
def test_holds_keys_to_rules_as_it_is_told(ask, acme, at_check, told):
    states.update_app(acme, policy={"expiry_required": True, "at_check": at_check})

    code, rule, violation = told
    assert ask().tells(code=code, rule=rule, violation=violation)


@pytest.mark.parametrize(("days", "code"), [(30, "valid"), (1, "policy_violation")])
def test_holds_keys_to_the_longest_life(ask, acme, ci_key, days, code):
    states.expire_soon(acme, ci_key.key)
    made = ci_key.key.created_at
    states.key_with(expires_at=made.replace(year=made.year + 1))(acme, ci_key.key)
    most = 400 if code == "valid" else days
    states.update_app(acme, policy={"expiry_max_days": most, "at_check": "enforce"})

    rule = None if code == "valid" else "expiry_max_days"
    assert ask().tells(code=code, rule=rule)


def test_counts_a_life_from_when_the_secret_was_made(ask, acme, ci_key):
    make.aged(ci_key.key, days=31, left=timedelta(hours=1))
    states.update_app(acme, policy={"expiry_max_days": 30, "at_check": "enforce"})
    assert ask().tells(code="policy_violation", rule="expiry_max_days")

    renewed = states.rotate(acme, ci_key.key, expires_at=make.soon(days=30))

    assert ask(secret=renewed).tells(code="valid", rule=None)


# ------------------------------------------------------------------------ permissions


@pytest.mark.parametrize(
    ("required", "code"),
    [
        ([], "valid"),
        (["reports:read"], "valid"),
        (["reports:read", "reports:write"], "valid"),
        (["reports:read", "reports:delete"], "permission_denied"),
        (["reports:delete OR reports:read"], "valid"),
        (["reports:delete AND reports:read"], "permission_denied"),
        (["(reports:read AND reports:write) OR admin:all"], "valid"),
        (["reports:read,reports:write"], "valid"),
        (["reports:read,reports:delete"], "permission_denied"),
        (["reports"], "permission_denied"),
        (["reports:read:all"], "permission_denied"),
    ],
)
def test_wants_what_is_required(ask, required, code):
    rule = None if code == "valid" else "permission_denied"

    assert ask(required=required).tells(code=code, permissions=BOTH, rule=rule)


@pytest.mark.parametrize("required", ["reports:read AND", "(a", "a b", "*", "a:*"])
def test_never_passes_what_it_cannot_read(ask, required):
    assert ask(required=[required]).tells(code="invalid")


@pytest.mark.parametrize(
    ("state", "permissions"),
    [
        (states.key_with(permissions=["reports:*"]), BOTH),
        (states.key_with(permissions=["reports:read"]), READ),
        (states.key_with(permissions=["admin:all", "reports:read"]), READ),
        (states.app_with(permissions=["reports:read"]), READ),
        (states.app_with(permissions=[]), BOTH),
        (states.role("reports:delete"), BOTH),
        (states.role("admin:all", user_id="ben"), BOTH),
    ],
)
def test_says_what_a_key_may_do(ask, acme, ci_key, state, permissions):
    state(acme, ci_key.key)

    assert ask().tells(code="valid", permissions=permissions)


def test_takes_a_role_into_account_while_it_lasts(ask, acme, ci_key):
    states.update_app(acme, permissions=[])
    states.role("orders:read")(acme, ci_key.key)

    both = [*READ, "reports:write"]
    wanted = {"required": ["orders:read"]}
    assert ask(**wanted).tells(code="valid", permissions=["orders:read", *both])
    states.role("orders:write")(acme, ci_key.key)
    assert ask(**wanted).tells(code="permission_denied")


def test_takes_no_role_of_another_tenant(ask, acme, globex, ci_key):
    states.update_app(acme, permissions=[])
    states.role("orders:read")(globex, ci_key.key)
    states.role("orders:read", organization_id="other")(acme, ci_key.key)

    assert ask(required=["orders:read"]).tells(code="permission_denied")
