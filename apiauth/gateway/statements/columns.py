"""Which columns the gateway reads and writes, the same on every engine.

What is known of a key arrives as two JSON texts, one of the key and one of its app.
Reading the latter is pure, and the same for all keys of an app, so it is done once for
each that there is: the database says the same of an app until something changes.
"""

import functools
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import msgspec

from apiauth import ratelimits
from apiauth.gateway.facts import AppFacts, KeyFacts
from apiauth.ratelimits import Charge, Count

REMEMBERED = 1024  # texts of apps
_LONGEST = 64 * 1024  # bytes; what is longer is read anew

# Member of `KeyFacts` → its column; what JSON has no type for is named with its type.
_OF_KEY = {
    "secret_id": "uuid s.id",
    "secret_made_at": "moment s.created_at",
    "secret_ends_at": "moment s.ends_at",
    "prefix": "s.prefix",
    "last_eight": "s.last_eight",
    "id": "uuid k.id",
    "name": "k.name",
    "owner_kind": "k.owner_kind",
    "owner_id": "k.owner_id",
    "user_id": "k.user_id",
    "organization_id": "k.organization_id",
    "workspace_id": "k.workspace_id",
    "expires_at": "moment k.expires_at",
    "disabled_at": "moment k.disabled_at",
    "revoked_at": "moment k.revoked_at",
    "granted": "json k.permissions",
    "metadata": "json k.metadata",
    "owner_is_shut": "COALESCE(o.status <> 'active', false)"
    " OR COALESCE(u.status <> 'active', false)",
    "org_membership_id": "uuid mo.id",
    "org_role_permissions": "json mo.permissions",
    "workspace_membership_id": "uuid mw.id",
    "workspace_role_permissions": "json mw.permissions",
}
_OF_APP = {
    "deployment_id": "uuid a.deployment_id",
    "environment": "d.mode",
    "id": "uuid a.id",
    "slug": "a.app_slug",
    "is_active": "a.is_active",
    "deleted_at": "moment a.deleted_at",
    "ceiling": "json a.permissions",
    "resources": "json a.resources",
    "policy": "json a.policy",
    "rules": "json r.rules",
}

# Whoever owns a key need not be known to us, nor have a place anywhere. Rows are found
# by their ids; that they are of the same tenant is asked in a form that no index knows,
# or a planner that has seen only few rows so far might look a whole tenant through.
KEYS = """
apiauth_keysecret s
JOIN apiauth_key k ON k.id = s.key_id AND (k.deployment_id = s.deployment_id) IS TRUE
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
# `k` is a key, or whatever else names an app and its deployment.
APPS = """
JOIN apiauth_apiauthapp a
    ON a.id = k.app_id AND (a.deployment_id = k.deployment_id) IS TRUE
JOIN apiauth_deployment d ON d.id = a.deployment_id
LEFT JOIN apiauth_ratelimitscheme r
    ON r.id = a.rate_limit_scheme_id AND (r.deployment_id = a.deployment_id) IS TRUE
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

# How an engine writes a column of some type so that JSON can hold it.
type Written = Mapping[str, Callable[[str], str]]

# Not strict: one engine has no type of its own for true and false.
_key = msgspec.json.Decoder(KeyFacts, strict=False)
_app = msgspec.json.Decoder(AppFacts, strict=False)


def moment(written: str) -> datetime:
    """Read a moment; without a zone it is UTC."""
    read = datetime.fromisoformat(written)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def of_key(array: str, written: Written) -> str:
    """Write the JSON text of a key: with an engine's array, and its ways to write."""
    return _text(array, written, [_OF_KEY[n] for n in KeyFacts.__struct_fields__])


def of_app(array: str, written: Written) -> str:
    """Write the JSON text of an app, likewise."""
    return _text(array, written, [_OF_APP[n] for n in AppFacts.__struct_fields__])


def key(text: bytes | str) -> KeyFacts:
    """Read the text of a key."""
    try:
        return _key.decode(text)
    except msgspec.DecodeError:
        # A number that is beyond its own; a host may note one on a key.
        return msgspec.convert(json.loads(text), KeyFacts, strict=False)


def app(text: bytes | str) -> AppFacts:
    """Read the text of an app."""
    return _known_app(text) if len(text) <= _LONGEST else _app.decode(text)


def padded(count: Count, size: int) -> list[int]:
    """Write out the empty slots too."""
    return [*count.counts, *[0] * (size - len(count.counts))]


def expiry(charge: Charge, slot: int) -> str:
    """Say from when on a counter may be forgotten."""
    return ratelimits.frees_at(charge.rule, slot).isoformat()


def _text(array: str, written: Written, columns: list[str]) -> str:
    values = []
    for column in columns:
        kind, _, name = column.partition(" ")
        values.append(written[kind](name) if kind in written else column)
    return f"{array}({', '.join(values)})"


@functools.lru_cache(maxsize=REMEMBERED)
def _known_app(text: bytes | str) -> AppFacts:
    return _app.decode(text)
