"""An app's rules for its keys, as the operator set them; pure decisions.

A rule that is broken raises `PolicyViolation` with the rule's name and limit,
so that every surface can say exactly what the limit is.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from apiauth.errors import Invalid, PolicyViolation, QuotaReached

MAX_LIFETIME_DAYS = 3650
MAX_OVERLAP_SECONDS = 7 * 24 * 3600
MAX_KEYS_PER_OWNER = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of one app; the defaults hold where the operator said nothing."""

    expiry_required: bool = False
    expiry_default_days: int | None = 90
    expiry_max_days: int | None = None
    overlap_max_seconds: int = MAX_OVERLAP_SECONDS
    keys_per_owner: int = 20
    reason_required: bool = False

    def check_expiry(self, expires_at: datetime | None, *, now: datetime) -> None:
        """Raise when a key may not live that long; None means it never expires."""
        if expires_at is None:
            self._check_unlimited()
            return
        if expires_at <= now:
            raise Invalid("The expiry must be in the future.", field="expires_at")
        days = min(self.expiry_max_days or MAX_LIFETIME_DAYS, MAX_LIFETIME_DAYS)
        # One minute of grace: a form sends "in 30 days" as of when it was opened.
        if expires_at > now + timedelta(days=days, minutes=1):
            raise PolicyViolation(
                f"A key may live at most {days} days.",
                rule="expiry_max_days",
                limit=str(days),
                field="expires_at",
            )

    def usual_end(self, *, now: datetime) -> datetime | None:
        """When a key ends of which nobody said when: never, if it need not."""
        if not self.expiry_required and self.expiry_max_days is None:
            return None
        days = self.expiry_default_days or self.expiry_max_days or MAX_LIFETIME_DAYS
        return now + timedelta(days=days)

    def check_overlap(self, overlap_seconds: int) -> None:
        """Raise when the old secret would outlive what rotation allows."""
        if overlap_seconds < 0:
            raise Invalid("The overlap cannot be negative.", field="overlap_seconds")
        if overlap_seconds > self.overlap_max_seconds:
            raise PolicyViolation(
                "The old secret may live on for at most "
                f"{self.overlap_max_seconds} seconds.",
                rule="overlap_max_seconds",
                limit=str(self.overlap_max_seconds),
                field="overlap_seconds",
            )

    def check_quota(self, live_keys: int) -> None:
        """Raise when an owner with that many live keys may not have another."""
        if live_keys >= self.keys_per_owner:
            raise QuotaReached(limit=self.keys_per_owner)

    def check_reason(self, reason: str) -> None:
        """Raise when a revocation must say why and does not."""
        if self.reason_required and not reason:
            raise PolicyViolation(
                "A reason is required to revoke a key.",
                rule="reason_required",
                limit="required",
                field="reason",
            )

    def _check_unlimited(self) -> None:
        if self.expiry_required or self.expiry_max_days is not None:
            days = self.expiry_max_days or MAX_LIFETIME_DAYS
            raise PolicyViolation(
                f"A key must expire, within {days} days.",
                rule="expiry_required",
                limit=str(days),
                field="expires_at",
            )


# Name of the rule → (least, most, may be unset).
_BOUNDS: dict[str, tuple[int, int, bool]] = {
    "expiry_default_days": (1, MAX_LIFETIME_DAYS, True),
    "expiry_max_days": (1, MAX_LIFETIME_DAYS, True),
    "overlap_max_seconds": (0, MAX_OVERLAP_SECONDS, False),
    "keys_per_owner": (1, MAX_KEYS_PER_OWNER, False),
}


def read(stored: object) -> Policy:
    """Read a policy as stored or typed.

    Raises `Invalid` for an unknown rule, a wrong type or a value out of bounds.
    """
    if not isinstance(stored, dict):
        raise Invalid("A policy is an object of rules.", field="policy")
    known = {field.name for field in fields(Policy)}
    unknown = sorted(str(name) for name in stored.keys() - known)
    if unknown:
        raise Invalid(
            f"Unknown policy rule: {', '.join(unknown)}. "
            f"Known rules: {', '.join(sorted(known))}.",
            field="policy",
        )
    for name, value in stored.items():
        _check_rule(name, value)
    policy = Policy(**stored)
    longest, default = policy.expiry_max_days, policy.expiry_default_days
    if longest is None or default is None or default <= longest:
        return policy
    if "expiry_default_days" in stored:
        raise Invalid(
            "expiry_default_days must not be more than expiry_max_days.", field="policy"
        )
    return replace(policy, expiry_default_days=longest)


def _check_rule(name: str, value: object) -> None:
    if name not in _BOUNDS:
        if not isinstance(value, bool):
            raise Invalid(f"{name} must be true or false.", field="policy")
        return
    least, most, may_be_unset = _BOUNDS[name]
    if value is None and may_be_unset:
        return
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid(f"{name} must be a whole number.", field="policy")
    if not least <= value <= most:
        raise Invalid(f"{name} must be from {least} to {most}.", field="policy")
