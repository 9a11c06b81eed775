"""A client for Keyplate: tickets, apps, keys and verdicts, with or without `await`.

    with Keyplate("https://keys.example.com", backend_key) as keyplate:
        ticket = keyplate.tickets.issue("aa_1", user_id="usr_ada")

The guards for an API are in `keyplate_client.asgi`, `.wsgi`, `.django` and `.drf`; each
needs its own framework and no other.
"""

from keyplate_client._async import AsyncKeyplate
from keyplate_client._sync import Keyplate
from keyplate_client.errors import (
    AlreadyDone,
    AppInactive,
    Conflict,
    Forbidden,
    Invalid,
    KeyplateError,
    NameTaken,
    NotFound,
    PolicyViolation,
    Problem,
    QuotaReached,
    Refused,
    TenantSuspended,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from keyplate_client.routes import Route
from keyplate_client.values import (
    App,
    CheckedKey,
    Identity,
    IssuedKey,
    Key,
    RateLimit,
    Ticket,
    Verdict,
)

__all__ = [
    "AlreadyDone",
    "App",
    "AppInactive",
    "AsyncKeyplate",
    "CheckedKey",
    "Conflict",
    "Forbidden",
    "Identity",
    "Invalid",
    "IssuedKey",
    "Key",
    "Keyplate",
    "KeyplateError",
    "NameTaken",
    "NotFound",
    "PolicyViolation",
    "Problem",
    "QuotaReached",
    "RateLimit",
    "Refused",
    "Route",
    "TenantSuspended",
    "Ticket",
    "TooManyRequests",
    "Unauthenticated",
    "Unavailable",
    "Verdict",
]
