"""Every refusal the product can give, under one stable code each.

    ApiAuthError
    ├── Invalid               invalid (names the field)
    │   ├── PolicyViolation   policy_violation (names the rule and the limit)
    │   └── SchemeInUse       scheme_in_use (names apps that use it)
    ├── NotFound              not_found
    ├── Forbidden             forbidden
    ├── Unauthenticated       unauthenticated
    ├── Conflict              conflict
    │   ├── NameTaken         name_taken
    │   ├── QuotaReached      quota_keys
    │   ├── AlreadyDone       idempotency_replay
    │   ├── ChangedMeanwhile  conflict
    │   ├── KeyRevoked        key_revoked
    │   ├── KeyExpired        key_expired
    │   └── KeyPaused         key_paused
    ├── TicketInvalid         ticket_invalid
    ├── SessionRequired       session_required
    │   └── SessionEnded      session_ended
    ├── TooManyFailures       too_many_failures
    ├── AppInactive           app_inactive
    └── TenantSuspended       tenant_suspended

HTTP statuses are chosen where requests are answered, not here.
"""

import uuid
from collections.abc import Sequence
from typing import ClassVar, Literal

# What a repeated request would make a second time.
type Made = Literal["key", "ticket"]

_REPLAYED: dict[Made, str] = {
    "key": (
        "This was already done, and its secret is not shown twice. If it did not "
        "arrive, rotate the key under another Idempotency-Key."
    ),
    "ticket": (
        "This was already done, and its ticket is not shown twice. If it did not "
        "arrive, ask for another one under another Idempotency-Key."
    ),
}


class ApiAuthError(Exception):
    """A refusal with a sentence for people and a code for programs."""

    code: ClassVar[str] = "error"
    sentence: ClassVar[str] = "This is not possible."

    def __init__(self, message: str = "", *, field: str | None = None) -> None:
        self.message = message or self.sentence
        self.field = field
        super().__init__(self.message)

    @property
    def details(self) -> dict[str, str | int]:
        """Facts a program may act on; never a secret."""
        return {} if self.field is None else {"field": self.field}

    @property
    def problems(self) -> "Sequence[ApiAuthError]":
        """Every part of it that a person can mend; mostly itself alone."""
        return [self]


class Invalid(ApiAuthError):
    """The input cannot be accepted; `field` names the part to mend."""

    code = "invalid"
    sentence = "This value cannot be used."


class PolicyViolation(Invalid):
    """The app's policy forbids it; names the rule and its limit."""

    code = "policy_violation"

    def __init__(
        self, message: str, *, rule: str, limit: str, field: str | None = None
    ) -> None:
        super().__init__(message, field=field)
        self.rule = rule
        self.limit = limit

    @property
    def details(self) -> dict[str, str | int]:
        return {**super().details, "rule": self.rule, "limit": self.limit}


class SchemeInUse(Invalid):
    """Apps use the rate-limit scheme; names the first of them."""

    code = "scheme_in_use"

    def __init__(self, app_slugs: Sequence[str]) -> None:
        self.apps = ", ".join(app_slugs)
        super().__init__(
            f"Apps use this scheme: {self.apps}. Give them another one first."
        )

    @property
    def details(self) -> dict[str, str | int]:
        return {"apps": self.apps}


class NotFound(ApiAuthError):
    """It does not exist, or the caller may not know that it does."""

    code = "not_found"
    sentence = "This does not exist or is not visible to you."


class Forbidden(ApiAuthError):
    """The caller is known and may not do this."""

    code = "forbidden"
    sentence = "Your access does not include this."


class Unauthenticated(ApiAuthError):
    """No credential, or one that is unknown, expired or revoked."""

    code = "unauthenticated"
    sentence = "A valid backend key is needed: Authorization: Bearer <backend key>."


class TooManyFailures(ApiAuthError):
    """Whoever asks has shown too many bad credentials; a good one still passes."""

    code = "too_many_failures"
    sentence = "Too many bad keys came from your address. Wait a second between them."


class Conflict(ApiAuthError):
    """It collides with what is stored."""

    code = "conflict"
    sentence = "This collides with what is already stored."


class NameTaken(Conflict):
    """A live key, app or deployment of this owner already has that name."""

    code = "name_taken"
    sentence = "This name is in use. Choose another one."

    def __init__(
        self,
        message: str = "",
        *,
        field: str | None = "name",
        key_id: uuid.UUID | None = None,
    ) -> None:
        super().__init__(message, field=field)
        self.key_id = key_id


class QuotaReached(Conflict):
    """The owner has as many live keys as the policy allows."""

    code = "quota_keys"

    def __init__(self, *, limit: int) -> None:
        super().__init__(
            f"All {limit} keys are in use. Revoke one you no longer need first."
        )
        self.limit = limit

    @property
    def details(self) -> dict[str, str | int]:
        return {"limit": self.limit}


class AlreadyDone(Conflict):
    """The same request was carried out before; its secret is not shown twice.

    `made_id` is the key (or what else it was) that the first one made.
    """

    code = "idempotency_replay"

    def __init__(self, made_id: uuid.UUID, *, made: Made = "key") -> None:
        super().__init__(_REPLAYED[made])
        self.made_id = made_id
        self._made = made

    @property
    def details(self) -> dict[str, str | int]:
        return {f"{self._made}_id": str(self.made_id)}


class ChangedMeanwhile(Conflict):
    """The settings are no longer those that the caller was shown."""

    sentence = "Somebody changed these settings meanwhile. Nothing of yours was saved."


class KeyRevoked(Conflict):
    """The key is revoked, which is final."""

    code = "key_revoked"
    sentence = "This key is revoked. Create a new one instead."


class KeyExpired(Conflict):
    """The key's expiry has passed; it needs a new one first."""

    code = "key_expired"
    sentence = "This key has expired. Choose a new expiry first."


class KeyPaused(Conflict):
    """The key is paused."""

    code = "key_paused"
    sentence = "This key is paused. Resume it first."


class TicketInvalid(ApiAuthError):
    """The ticket is unknown, spent or stale; on purpose one wording for all."""

    code = "ticket_invalid"
    sentence = "This link can no longer be used. Ask for a new one."


class SessionRequired(ApiAuthError):
    """No session, or a token nobody issued."""

    code = "session_required"
    sentence = "Open this page from your account settings."


class SessionEnded(SessionRequired):
    """The session was once good; `reason` says why it no longer is."""

    code = "session_ended"
    sentence = "Your session ended for safety. Nothing was lost."

    def __init__(self, *, reason: str) -> None:
        super().__init__()
        self.reason = reason


class AppInactive(ApiAuthError):
    """The app is switched off or deleted."""

    code = "app_inactive"
    sentence = "Key management is turned off for this product."


class TenantSuspended(ApiAuthError):
    """The organization or person is suspended or deleted."""

    code = "tenant_suspended"
    sentence = "Key management is turned off for this account."
