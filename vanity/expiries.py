"""Lives of keys and of old secrets, as the policy offers them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apiauth.models import Key
from apiauth.policies import Policy

PRESET_DAYS = (7, 30, 60, 90, 180, 365)
GRACES = (
    (0, "Stop it now", "Choose this after a leak"),
    (3600, "One hour", ""),
    (86400, "One day", ""),
    (604800, "Seven days", ""),
)
USUAL_GRACE = 86400
_YEAR = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One radio button; `shows` names the part of the form that goes with it."""

    value: str
    label: str
    at: datetime | None = None
    note: str = ""
    shows: str = ""
    summary: str = ""


def lives(policy: Policy, *, now: datetime) -> list[Option]:
    """List the lives a key may be given, each with its last day."""
    longest = policy.expiry_max_days
    days = {*PRESET_DAYS, policy.expiry_default_days, longest} - {None}
    presets = [
        Option(
            value=str(count),
            label=_days(count),
            at=now + timedelta(days=count),
            summary=f"expires in {_days(count)}",
        )
        for count in sorted(d for d in days if d is not None)
        if longest is None or count <= longest
    ]
    presets.append(
        Option(value="date", label="Until a date", note="You choose", shows="date")
    )
    if not policy.expiry_required and longest is None:
        never = Option(
            value="never",
            label="No expiry",
            note="Until revoked",
            shows="never",
            summary="never expires",
        )
        presets.append(never)
    return presets


def usual_life(policy: Policy) -> str:
    """Choose what is ticked first: the operator's default, else the safest that is."""
    if policy.expiry_default_days:
        longest = policy.expiry_max_days or policy.expiry_default_days
        return str(min(policy.expiry_default_days, longest))
    return str(policy.expiry_max_days or 90)


def graces(policy: Policy, key: Key, *, now: datetime) -> list[Option]:
    """List how long a key's old secret may stay, each with the moment it ends.

    `key` needs its secrets fetched.
    """
    offered = [_grace(policy, key, *grace, now=now) for grace in GRACES]
    return [grace for grace in offered if grace is not None]


def _grace(
    policy: Policy, key: Key, seconds: int, label: str, note: str, *, now: datetime
) -> Option | None:
    if not seconds:
        return Option(value="0", label=label, note=note)
    ends_at = policy.overlap_end(
        now + timedelta(seconds=seconds),
        secret_made_at=key.versions[0].created_at,
        expires_at=key.expires_at,
    )
    if seconds > policy.overlap_max_seconds or ends_at <= now:
        return None
    return Option(value=str(seconds), label=label, note=note, at=ends_at)


def _days(count: int) -> str:
    return "1 year" if count == _YEAR else f"{count} day{'' if count == 1 else 's'}"
