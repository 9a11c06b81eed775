"""Sums over the log within a window: how much, by whom, on what, refused for what."""

import enum
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F

from apiauth import decisions, windows
from apiauth.decisions import Filters, Reach
from apiauth.models import Key
from apiauth.models.decisions import Bytewise, DecisionQuerySet

WINDOW = timedelta(days=30)
_DAY = timedelta(days=1)
_RATE_LIMITED = "rate_limited"


class Section(enum.StrEnum):
    """What is summed up only for those who ask."""

    BLOCKED_REASONS = "blocked_reasons"
    RATE_LIMITS = "rate_limits"
    TOP_KEYS = "top_keys"
    TOP_PATHS = "top_paths"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySum:
    """How often a key asked."""

    key_id: uuid.UUID
    key_name: str
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PathSum:
    """How often something was asked for, as `GET /v1/reports`."""

    path: str
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Analytics:
    """Sums; a section that nobody asked for is None.

    `reasons` says how often each code refused, most often first.
    """

    allowed: int
    blocked: int
    keys_used_24h: int
    top_keys: list[KeySum] | None = None
    top_paths: list[PathSum] | None = None
    reasons: Mapping[str, int] | None = None
    rate_limited: int | None = None

    @property
    def total(self) -> int:
        return self.allowed + self.blocked


def analytics(
    *,
    reach: Reach,
    filters: Filters,
    sections: Collection[Section] = (),
    top: int = 10,
    now: datetime,
) -> Analytics:
    """Sum up the log within reach, straight from its rows.

    Without a start it goes back 30 days. `keys_used_24h` counts the keys that asked
    within the last 24 hours, whatever they were answered and whatever the filters.
    Raises `Invalid` for a window that cannot be.
    """
    window = windows.ask(start=filters.start, end=filters.end, default=WINDOW, now=now)
    found = decisions.among(reach.decisions(), filters, window)
    refused = _by_code(found)
    allowed = refused.pop("", 0)
    is_wanted = set(sections).__contains__
    return Analytics(
        allowed=allowed,
        blocked=sum(refused.values()),
        keys_used_24h=_keys_since(reach, now - _DAY),
        top_keys=(
            _top_keys(reach, found, top) if is_wanted(Section.TOP_KEYS) else None
        ),
        top_paths=_top_paths(found, top) if is_wanted(Section.TOP_PATHS) else None,
        reasons=refused if is_wanted(Section.BLOCKED_REASONS) else None,
        rate_limited=(
            refused.get(_RATE_LIMITED, 0) if is_wanted(Section.RATE_LIMITS) else None
        ),
    )


def share(part: int, whole: int) -> float:
    """A part in percent of the whole; 0 of nothing."""
    return 100 * part / whole if whole else 0.0


def _by_code(found: DecisionQuerySet) -> dict[str, int]:
    """How often each code refused, most often first; under "", how many passed."""
    sums = found.values_list("allowed", "code").annotate(total=Count("id"))
    counted: dict[str, int] = {}
    for allowed, code, total in sorted(sums, key=lambda row: (-row[2], row[1])):
        reason = "" if allowed else code
        counted[reason] = counted.get(reason, 0) + total
    return counted


def _keys_since(reach: Reach, moment: datetime) -> int:
    recent = reach.decisions().since(moment)
    counted = recent.aggregate(keys=Count("key_id", distinct=True))
    return int(counted["keys"])


def _top_keys(reach: Reach, found: DecisionQuerySet, top: int) -> list[KeySum]:
    sums = found.values_list("key_id").annotate(total=Count("id"))
    ranked = sums.order_by("-total", "key_id")[:top]
    totals = {key_id: total for key_id, total in ranked if key_id}
    # Asked for apart: beside the sums it would be looked up for every row of the log.
    names = Key.objects.of_app(reach.app).filter(pk__in=totals).in_bulk()
    return [
        KeySum(key_id=key_id, key_name=names[key_id].name, total=total)
        for key_id, total in totals.items()
    ]


def _top_paths(found: DecisionQuerySet, top: int) -> list[PathSum]:
    # Ties in the same order on every engine, whatever its language.
    sums = (
        found.values("method", "path")
        .annotate(total=Count("id"))
        .order_by("-total", Bytewise(F("path")), Bytewise(F("method")))
    )
    return [
        PathSum(path=f"{row['method']} {row['path']}", total=row["total"])
        for row in sums[:top]
    ]
