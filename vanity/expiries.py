"""Lives of keys and of old secrets, as the policy offers them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

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


def graces(policy: Policy, *, now: datetime) -> list[Option]:
    """List how long an old secret may stay, each with the moment it ends."""
    longest = policy.overlap_max_seconds
    fitting = [grace for grace in GRACES if grace[0] <= longest]
    return [
        Option(
            value=str(seconds),
            label=label,
            note=note,
            at=now + timedelta(seconds=seconds) if seconds else None,
        )
        for seconds, label, note in fitting
    ]


def _days(count: int) -> str:
    return "1 year" if count == _YEAR else f"{count} day{'' if count == 1 else 's'}"
