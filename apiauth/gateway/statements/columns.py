"""Which columns the gateway reads and writes, the same on every engine.

What is known of a key arrives as two JSON texts, one of the key and one of its app.
Reading such a text is pure, so it is done once for each that there is: the database
says the same of a key until something changes.
"""

import functools
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from apiauth import ratelimits
from apiauth.gateway.facts import Facts
from apiauth.ratelimits import Charge, Count

REMEMBERED = 32_768  # texts, of one to two kilobytes each when they are read
_LONGEST = 4096  # bytes; what is longer, full of metadata or of grants, is read anew

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


def moment(written: str) -> datetime:
    """Read a moment; without a zone it is UTC."""
    read = datetime.fromisoformat(written)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


# How to read what JSON has no type for.
_KEYS_TYPES = (
    ("secret_id", uuid.UUID),
    ("key_id", uuid.UUID),
    ("org_membership_id", uuid.UUID),
    ("workspace_membership_id", uuid.UUID),
    ("secret_ends_at", moment),
    ("expires_at", moment),
    ("disabled_at", moment),
    ("revoked_at", moment),
    ("created_at", moment),
    ("owner_is_shut", bool),
)
_APPS_TYPES = (
    ("deployment_id", uuid.UUID),
    ("app_id", uuid.UUID),
    ("app_deleted_at", moment),
    ("app_is_active", bool),
)


def of_key(array: str, json: Callable[[str], str] = str) -> str:
    """Write the JSON text of a key: with an engine's array, and its way to nest JSON."""
    return _written(_OF_KEY, array, json)


def of_app(array: str, json: Callable[[str], str] = str) -> str:
    """Write the JSON text of an app, likewise."""
    return _written(_OF_APP, array, json)


def facts(key: bytes | str, app: bytes | str, at: datetime) -> Facts:
    """Read what is known of a secret at a moment."""
    known = _known if len(key) <= _LONGEST else _read_facts
    return known(key, _same(app)).as_of(at)


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


@functools.lru_cache(maxsize=1024)
def _same(app: bytes | str) -> bytes | str:
    """Give one text for all keys of an app: it may be long, and they many."""
    return app


@functools.lru_cache(maxsize=REMEMBERED)
def _known(key: bytes | str, app: bytes | str) -> Facts:
    return _read_facts(key, app)


def _read_facts(key: bytes | str, app: bytes | str) -> Facts:
    return Facts.of(_members(_OF_KEY, _KEYS_TYPES, key) | _app(app)).thought_over()


@functools.lru_cache(maxsize=1024)
def _app(app: bytes | str) -> dict[str, Any]:
    return _members(_OF_APP, _APPS_TYPES, app)


def _members(
    names: Mapping[str, str],
    types: Sequence[tuple[str, Callable[[Any], object]]],
    written: bytes | str,
) -> dict[str, Any]:
    # Any: as many types as columns.
    members = dict(zip(names, _read(written), strict=True))
    for name, read in types:
        value = members[name]
        if value is not None:
            members[name] = read(value)
    return members


def _read(written: bytes | str) -> Any:
    try:
        return orjson.loads(written)
    except orjson.JSONDecodeError:
        # A number that is larger than any of its; a host may note one on a key.
        return json.loads(written)
