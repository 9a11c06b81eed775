"""Questions and facts for the tests of verdicts, good ones and faulty ones."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from apiauth import credentials, gateway
from apiauth.gateway import Code, verdict
from apiauth.gateway.facts import AppFacts, KeyFacts

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAST, FUTURE = NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)
SECRET = credentials.make_secret("acme_live")
BEARER = credentials.make_secret("apb")
GOOD = {
    "at": NOW,
    "secret_id": str(UUID(int=1)),
    "secret_made_at": NOW - timedelta(days=10),
    "secret_ends_at": None,
    "prefix": "acme_live",
    "last_eight": SECRET[-8:],
    "key_id": str(UUID(int=2)),
    "name": "CI",
    "owner_kind": "organization",
    "owner_id": "acme-ltd",
    "user_id": "ada",
    "organization_id": "acme-ltd",
    "workspace_id": None,
    "org_membership_id": None,
    "org_role_permissions": None,
    "workspace_membership_id": None,
    "workspace_role_permissions": None,
    "granted": ("reports:read",),
    "metadata": {},
    "expires_at": None,
    "disabled_at": None,
    "revoked_at": None,
    "deployment_id": str(UUID(int=3)),
    "environment": "production",
    "app_id": str(UUID(int=4)),
    "app_slug": "aa_1",
    "app_is_active": True,
    "app_deleted_at": None,
    "ceiling": (),
    "resources": (),
    "policy": {},
    "rules": None,
    "owner_is_shut": False,
}
# What of it is said of the app.
APPS = [
    "deployment_id",
    "environment",
    "app_id",
    "app_slug",
    "app_is_active",
    "app_deleted_at",
    "ceiling",
    "resources",
    "policy",
    "rules",
]
# Whatever fails before the limits, in the published order (docs/gateway.md).
FAULTS: list[tuple[Code, dict[str, Any]]] = [
    (Code.APP_INACTIVE, {"app_is_active": False}),
    (Code.SUSPENDED, {"owner_is_shut": True}),
    (Code.REVOKED, {"revoked_at": PAST}),
    (Code.ROTATED, {"secret_ends_at": PAST}),
    (Code.DISABLED, {"disabled_at": PAST}),
    (Code.EXPIRED, {"expires_at": PAST}),
    # Broken by a key that never ends and by one that ended ten days later.
    (Code.POLICY_VIOLATION, {"policy": {"at_check": "enforce", "expiry_max_days": 1}}),
    (Code.RESOURCE_FORBIDDEN, {"resources": ("/orders/*",)}),
    (Code.NETWORK_FORBIDDEN, {"policy": {"networks": ["10.0.0.0/8"]}}),
    (Code.PERMISSION_DENIED, {"granted": ()}),
]


def question(secret=SECRET, **settings):
    settings = {
        "resource": "/reports",
        "client_ip": "192.0.2.1",
        "required_permissions": ["reports:read"],
        **settings,
    }
    return gateway.ask(secret=secret, method="GET", **settings)


def facts(*changes):
    """Good facts but for the changes; those of a policy go together."""
    known: dict[str, Any] = dict(GOOD)
    for change in changes:
        policy = {**known["policy"], **change.get("policy", {})}
        known |= {**change, "policy": policy}
    at, app = known.pop("at"), {}
    for name in APPS:
        app[name.removeprefix("app_")] = known.pop(name)
    key = {name.removeprefix("key_"): value for name, value in known.items()}
    for name in ("granted", "org_role_permissions", "workspace_role_permissions"):
        key[name] = None if key[name] is None else tuple(key[name])
    app["ceiling"] = tuple(app["ceiling"])
    return gateway.Facts(at, KeyFacts(**key), AppFacts(**app))


def decide(*changes, **settings):
    return verdict.decide(question(**settings), facts(*changes))
