"""Which columns the gateway reads and writes, the same on every engine."""

import functools
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from apiauth import ratelimits
from apiauth.gateway.facts import Facts
from apiauth.ratelimits import Charge, Count

# Member of `Facts` → its column. JSON comes as text and is read here.
_PLAIN = {
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
    "deployment_id": "k.deployment_id",
    "environment": "d.mode",
    "app_id": "a.id",
    "app_slug": "a.app_slug",
    "app_is_active": "a.is_active",
    "app_deleted_at": "a.deleted_at",
    "owner_is_shut": "COALESCE(o.status <> 'active', false)"
    " OR COALESCE(u.status <> 'active', false)",
    "org_membership_id": "mo.id",
    "workspace_membership_id": "mw.id",
}
_JSON = {
    "granted": "k.permissions",
    "metadata": "k.metadata",
    "ceiling": "a.permissions",
    "resources": "a.resources",
    "policy": "a.policy",
    "org_role_permissions": "mo.permissions",
    "workspace_role_permissions": "mw.permissions",
    "rules": "r.rules",
}
MEMBERS = (*_PLAIN, *_JSON)

# Whoever owns a key need not be known to us, nor have a place anywhere.
JOINED = """
FROM apiauth_keysecret s
JOIN apiauth_key k ON k.id = s.key_id AND k.deployment_id = s.deployment_id
JOIN apiauth_apiauthapp a ON a.id = k.app_id AND a.deployment_id = k.deployment_id
JOIN apiauth_deployment d ON d.id = k.deployment_id
LEFT JOIN apiauth_ratelimitscheme r
    ON r.id = a.rate_limit_scheme_id AND r.deployment_id = k.deployment_id
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


def selected(as_text: str = "") -> str:
    """List the columns of `Facts`; `as_text` is how an engine makes text of JSON."""
    plain = ", ".join(_PLAIN.values())
    return plain + "".join(f", {column}{as_text}" for column in _JSON.values())


@functools.lru_cache(maxsize=4096)  # Apps and plans repeat; what they say is pure.
def read_json(written: str) -> Any:
    """Read JSON out of a column. Nobody may change what is returned."""
    return json.loads(written)


def parsed(row: Sequence[Any]) -> list[Any]:
    """Read the JSON at the end of a row of `selected()`."""
    first = len(_PLAIN)
    return [
        *row[:first],
        *(None if text is None else read_json(text) for text in row[first:]),
    ]


def facts(at: datetime, values: Sequence[Any]) -> Facts:
    """Make facts of a row of `selected()` whose values have their types."""
    return Facts(at=at, **dict(zip(MEMBERS, values, strict=True)))


def padded(count: Count, size: int) -> list[int]:
    """Write out the empty slots too."""
    return [*count.counts, *[0] * (size - len(count.counts))]


def expiry(charge: Charge, slot: int) -> str:
    """Say from when on a counter may be forgotten."""
    return ratelimits.frees_at(charge.rule, slot).isoformat()
