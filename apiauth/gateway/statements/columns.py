"""Which columns the gateway reads and writes, the same on every engine.

What is known of a key arrives as two JSON texts, one of the key and one of its app.
Reading such a text is pure, so it is done once for each that there is: the database
says the same of a key until something changes.
"""

import functools
import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from apiauth import ratelimits
from apiauth.gateway.facts import Facts
from apiauth.ratelimits import Charge, Count

REMEMBERED = 32_768  # texts, of one to two kilobytes each when they are read

# Member of `Facts` → its column; JSON columns are named with their type.
_OF_KEY = {
    "secret_id": "s.id",
    "secret_ends_at": "s.ends_at",
    "prefix": "s.prefix",
    "last_eight": "s.last_eight",
    "key_id": "k.id",
    "name": "k.name",
    "owner_kind": "k.owner_kind",
    "owner_id": "k.owner_id",
    "user_id": "k.user_id",
    "organization_id": "k.organization_id",
    "workspace_id": "k.workspace_id",
    "expires_at": "k.expires_at",
    "disabled_at": "k.disabled_at",
    "revoked_at": "k.revoked_at",
    "created_at": "k.created_at",
    "granted": "json k.permissions",
    "metadata": "json k.metadata",
    "owner_is_shut": "COALESCE(o.status <> 'active', false)"
    " OR COALESCE(u.status <> 'active', false)",
    "org_membership_id": "mo.id",
    "org_role_permissions": "json mo.permissions",
    "workspace_membership_id": "mw.id",
    "workspace_role_permissions": "json mw.permissions",
}
_OF_APP = {
    "deployment_id": "a.deployment_id",
    "environment": "d.mode",
    "app_id": "a.id",
    "app_slug": "a.app_slug",
    "app_is_active": "a.is_active",
    "app_deleted_at": "a.deleted_at",
    "ceiling": "json a.permissions",
    "resources": "json a.resources",
    "policy": "json a.policy",
    "rules": "json r.rules",
}

# Whoever owns a key need not be known to us, nor have a place anywhere. Rows are found
# by their ids; that they are of the same tenant is asked in a form that no index knows,
# or a planner that has seen only few rows so far might look a whole tenant through.
JOINED = """
FROM apiauth_keysecret s
JOIN apiauth_key k ON k.id = s.key_id AND (k.deployment_id = s.deployment_id) IS TRUE
JOIN apiauth_apiauthapp a
    ON a.id = k.app_id AND (a.deployment_id = k.deployment_id) IS TRUE
JOIN apiauth_deployment d ON d.id = k.deployment_id
LEFT JOIN apiauth_ratelimitscheme r
    ON r.id = a.rate_limit_scheme_id AND (r.deployment_id = k.deployment_id) IS TRUE
LEFT JOIN apiauth_organization o
    ON o.deployment_id = k.deployment_id AND o.external_id = k.organization_id
LEFT JOIN apiauth_enduser u
    ON u.deployment_id = k.deployment_id AND u.external_id = k.user_id
LEFT JOIN apiauth_membership mo
    ON mo.organization_id = o.id AND mo.user_id = u.id AND mo.workspace_id = ''
LEFT JOIN apiauth_membership mw
    ON mw.organization_id = o.id AND mw.user_id = u.id
    AND mw.workspace_id = k.workspace_id AND k.workspace_id <> ''
"""

# Column of the log → its type on PostgreSQL.
OF_DECISION = {
    "id": "uuid",
    "deployment_id": "uuid",
    "app_id": "uuid",
    "key_id": "uuid",
    "secret_id": "uuid",
    "allowed": "boolean",
    "code": "text",
    "method": "text",
    "path": "text",
    "client_ip": "text",
    "user_agent": "text",
    "required_permissions": "jsonb",
    "fingerprint": "bytea",
    "decided_at": "timestamptz",
    "blocked_rule": "text",
    "violation": "text",
    "rate_limits": "jsonb",
}

_IDS = frozenset(
    [
        "app_id",
        "deployment_id",
        "key_id",
        "org_membership_id",
        "secret_id",
        "workspace_membership_id",
    ]
)
_MOMENTS = frozenset(
    [
        "app_deleted_at",
        "created_at",
        "disabled_at",
        "expires_at",
        "revoked_at",
        "secret_ends_at",
    ]
)
_FLAGS = frozenset(["app_is_active", "owner_is_shut"])


def of_key(array: str, json: Callable[[str], str] = str) -> str:
    """Write the JSON text of a key: with an engine's array, and its way to nest JSON."""
    return _written(_OF_KEY, array, json)


def of_app(array: str, json: Callable[[str], str] = str) -> str:
    """Write the JSON text of an app, likewise."""
    return _written(_OF_APP, array, json)


def facts(key: str, app: str, at: datetime) -> Facts:
    """Read what is known of a secret at a moment."""
    return _known(key, app).as_of(at)


def moment(written: str) -> datetime:
    """Read a moment; without a zone it is UTC."""
    read = datetime.fromisoformat(written)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def padded(count: Count, size: int) -> list[int]:
    """Write out the empty slots too."""
    return [*count.counts, *[0] * (size - len(count.counts))]


def expiry(charge: Charge, slot: int) -> str:
    """Say from when on a counter may be forgotten."""
    return _expiry(charge.rule, slot)


# All requests of a moment are counted in the same few slots.
@functools.lru_cache(maxsize=1024)
def _expiry(rule: ratelimits.Rule, slot: int) -> str:
    return ratelimits.frees_at(rule, slot).isoformat()


def _written(members: Mapping[str, str], array: str, json: Callable[[str], str]) -> str:
    columns = (
        json(column.removeprefix("json ")) if column.startswith("json ") else column
        for column in members.values()
    )
    return f"{array}({', '.join(columns)})"


@functools.lru_cache(maxsize=REMEMBERED)
def _known(key: str, app: str) -> Facts:
    members = _members(_OF_KEY, key) | _app(app)
    return Facts(at=datetime.min.replace(tzinfo=UTC), **members).thought_over()


@functools.lru_cache(maxsize=1024)
def _app(app: str) -> dict[str, Any]:
    return _members(_OF_APP, app)


def _members(names: Mapping[str, str], written: str) -> dict[str, Any]:
    # Any: as many types as columns.
    values = _read(written)
    return {
        name: None if value is None else _typed(name, value)
        for name, value in zip(names, values, strict=True)
    }


def _read(written: str) -> Any:
    try:
        return orjson.loads(written)
    except orjson.JSONDecodeError:
        # A number that is larger than any of its; a host may note one on a key.
        return json.loads(written)


def _typed(name: str, value: Any) -> Any:
    if name in _IDS:
        return uuid.UUID(value)
    if name in _MOMENTS:
        return moment(value)
    return bool(value) if name in _FLAGS else value
