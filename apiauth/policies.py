"""An app's rules for its keys, as the operator set them; pure decisions.

A rule that is broken raises `PolicyViolation` with the rule's name and limit,
so that every surface can say exactly what the limit is.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from apiauth import networks
from apiauth.errors import Invalid, PolicyViolation, QuotaReached

MAX_LIFETIME_DAYS = 3650
MAX_OVERLAP_SECONDS = 7 * 24 * 3600
MAX_KEYS_PER_OWNER = 10_000
# Some grace: a form sends "in 30 days" as of when it was opened.
_GRACE = timedelta(minutes=1)


class AtCheck(enum.StrEnum):
    """What becomes of a request whose key breaks a rule that holds by now."""

    OFF = "off"
    REPORT = "report"
    ENFORCE = "enforce"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of one app; the defaults hold where the operator said nothing.

    `networks` is where its keys may be used, anywhere when it is empty, and binds every
    request. `at_check` is about the rules for the life of keys, which bind those who
    make and change keys whatever it says.
    """

    expiry_required: bool = False
    expiry_default_days: int | None = 90
    expiry_max_days: int | None = None
    overlap_max_seconds: int = MAX_OVERLAP_SECONDS
    keys_per_owner: int = 20
    reason_required: bool = False
    networks: tuple[str, ...] = ()
    at_check: AtCheck = AtCheck.OFF

    def check_expiry(
        self,
        expires_at: datetime | None,
        *,
        secret_made_at: datetime | None = None,
        now: datetime,
    ) -> None:
        """Raise when a key may not live that long; None means it never expires.

        A longest life counts from when the key's newest secret was made, or from now
        on for one that is about to be made. What passes here, `broken_by` passes too.
        """
        if expires_at is None:
            self._check_unlimited()
            return
        if expires_at <= now:
            raise Invalid("The expiry must be in the future.", field="expires_at")
        if not self._allows(expires_at, secret_made_at or now):
            raise self._too_long(self.expiry_max_days, is_old=bool(secret_made_at))
        if expires_at > now + timedelta(days=MAX_LIFETIME_DAYS) + _GRACE:
            raise self._too_long(MAX_LIFETIME_DAYS)

    def broken_by(
        self,
        *,
        secret_made_at: datetime,
        secret_ends_at: datetime | None,
        expires_at: datetime | None,
    ) -> str:
        """Name the rule that a key breaks with one of its secrets, or nothing.

        A longest life is that of a secret: from when it was made until it ends by
        itself or with its key. A rotation starts a new one.
        """
        if expires_at is None:
            return "expiry_required" if self._must_end else ""
        ends_at = min(expires_at, secret_ends_at or expires_at)
        return "" if self._allows(ends_at, secret_made_at) else "expiry_max_days"

    def usual_end(self, *, now: datetime) -> datetime | None:
        """When a key ends of which nobody said when: never, if it need not."""
        if not self._must_end:
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

    def overlap_end(
        self,
        wished: datetime,
        *,
        secret_made_at: datetime,
        expires_at: datetime | None,
    ) -> datetime:
        """Until when a replaced secret lives on that is wished to until some moment.

        It never outlives the expiry that its key had before, nor what checks let pass:
        to renew a key is no way to lengthen the life of a secret.
        """
        ends = [wished]
        if expires_at is not None:
            ends.append(expires_at)
        if self.at_check is AtCheck.ENFORCE and self.expiry_max_days is not None:
            ends.append(secret_made_at + timedelta(days=self.expiry_max_days))
        return min(ends)

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

    @property
    def _must_end(self) -> bool:
        return self.expiry_required or self.expiry_max_days is not None

    def _allows(self, ends_at: datetime, made_at: datetime) -> bool:
        longest = self.expiry_max_days
        return longest is None or ends_at <= made_at + timedelta(days=longest) + _GRACE

    def _too_long(self, days: int | None, *, is_old: bool = False) -> PolicyViolation:
        sentence = f"A key may live at most {days} days."
        if is_old:
            sentence = (
                f"A secret may live at most {days} days from when it was made. "
                "Rotate the key to let it live longer."
            )
        return PolicyViolation(
            sentence, rule="expiry_max_days", limit=str(days), field="expires_at"
        )

    def _check_unlimited(self) -> None:
        if self._must_end:
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


def read(said: object) -> Policy:
    """Read a policy as stored or typed.

    Raises `Invalid` for an unknown rule, a wrong type or a value out of bounds; what is
    wrong with `networks` names that rule, anything else the policy.
    """
    if not isinstance(said, dict):
        raise Invalid("A policy is an object of rules.", field="policy")
    known = {field.name for field in fields(Policy)}
    unknown = sorted(str(name) for name in said.keys() - known)
    if unknown:
        raise Invalid(
            f"Unknown policy rule: {', '.join(unknown)}. "
            f"Known rules: {', '.join(sorted(known))}.",
            field="policy",
        )
    policy = Policy(**{name: _rule(name, value) for name, value in said.items()})
    longest, default = policy.expiry_max_days, policy.expiry_default_days
    if longest is None or default is None or default <= longest:
        return policy
    if "expiry_default_days" in said:
        raise Invalid(
            "expiry_default_days must not be more than expiry_max_days.", field="policy"
        )
    return replace(policy, expiry_default_days=longest)


def stored(rules: Mapping[str, Any]) -> Policy:  # Any: JSON
    """Take a policy as `written` has it, without judging it again."""
    return Policy(
        **{
            **rules,
            "networks": tuple(rules.get("networks", ())),
            "at_check": AtCheck(rules.get("at_check", AtCheck.OFF)),
        }
    )


def written(rules: Mapping[str, Any]) -> dict[str, object]:  # Any: JSON
    """Write a policy as it is stored: what was said, in one spelling.

    Raises `Invalid` as `read` does.
    """
    policy = read(rules)
    if "networks" not in rules:
        return dict(rules)
    return {**rules, "networks": list(policy.networks)}


def _rule(name: str, value: object) -> Any:  # Any: as many types as there are rules
    if name == "networks":
        return tuple(networks.clean(value))
    if name == "at_check":
        if value not in list(AtCheck):
            raise Invalid(
                f"{name} must be one of {', '.join(AtCheck)}.", field="policy"
            )
        return AtCheck(str(value))
    if name in _BOUNDS:
        return _number(name, value)
    if not isinstance(value, bool):
        raise Invalid(f"{name} must be true or false.", field="policy")
    return value


def _number(name: str, value: object) -> int | None:
    least, most, may_be_unset = _BOUNDS[name]
    if value is None and may_be_unset:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid(f"{name} must be a whole number.", field="policy")
    if not least <= value <= most:
        raise Invalid(f"{name} must be from {least} to {most}.", field="policy")
    return value
