"""Sums within a window: how much, by whom, on what, refused for what."""

import enum
import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count, F
from django.db.models.lookups import GreaterThanOrEqual

from apiauth import windows
from apiauth.decisions import Filters, Reach
from apiauth.models import Span
from apiauth.models.clock import Moment, Precise
from apiauth.models.decisions import Bytewise
from apiauth.usage import parts
from apiauth.windows import Window

WINDOW = timedelta(days=30)
_DAY = timedelta(days=1)
_VALID = "valid"
_RATE_LIMITED = "rate_limited"
_BY_REASON = parts.Columns(
    of_log=[F("code"), F("blocked_rule")], of_sums=[F("code"), F("rule")]
)
_BY_KEY = parts.Columns(of_log=[F("key_id")], of_sums=[F("key_id")])


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

    `reasons` says how often each rule refused, or code where no rule did, `limits` the
    same of rate limits alone; both most often first.
    """

    allowed: int
    blocked: int
    keys_used_24h: int
    top_keys: list[KeySum] | None = None
    top_paths: list[PathSum] | None = None
    reasons: Mapping[str, int] | None = None
    rate_limited: int | None = None
    limits: Mapping[str, int] | None = None

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
    """Sum up what was decided within reach.

    Without a start it goes back 30 days. `keys_used_24h` counts the keys that asked
    within the last 24 hours, whatever they were answered and whatever the filters.
    Paths are counted in the log itself, as far back as it is kept, and so is what of
    the window is less than an hour, or, of keys, less than a day. Of keys, paths and
    limits there are at most `top`. Raises `Invalid` for a window that cannot be.
    """
    window = windows.ask(start=filters.start, end=filters.end, default=WINDOW, now=now)
    asked = parts.Asked(reach=reach, filters=filters, window=window)
    reasons = _by_reason(asked)
    allowed = sum(n for (code, _), n in reasons.items() if code == _VALID)
    limited = Counter(
        {rule: n for (code, rule), n in reasons.items() if code == _RATE_LIMITED}
    )
    hits = limited.total()
    # Where no rule was named, it is none of the rules.
    limited.pop(_RATE_LIMITED, None)
    is_wanted = set(sections).__contains__
    return Analytics(
        allowed=allowed,
        blocked=reasons.total() - allowed,
        keys_used_24h=_keys_since(asked, now - _DAY),
        top_keys=_top_keys(asked, top) if is_wanted(Section.TOP_KEYS) else None,
        top_paths=_top_paths(asked, top) if is_wanted(Section.TOP_PATHS) else None,
        reasons=_refusals(reasons) if is_wanted(Section.BLOCKED_REASONS) else None,
        rate_limited=hits if is_wanted(Section.RATE_LIMITS) else None,
        limits=_ranked(limited, top) if is_wanted(Section.RATE_LIMITS) else None,
    )


def share(part: int, whole: int) -> float:
    """A part in percent of the whole; 0 of nothing."""
    return 100 * part / whole if whole else 0.0


def _by_reason(asked: parts.Asked) -> Counter[tuple[str, str]]:
    """How often each code was given, with the rule or, where no rule did it, itself."""
    of_one_key = asked.filters.key_id is not None
    spans = [Span.DAY] if of_one_key else [Span.DAY, Span.HOUR]
    rows = parts.count(asked, spans=spans, by=_BY_REASON, by_key=of_one_key)
    counted: Counter[tuple[str, str]] = Counter()
    for code, rule, n in rows:
        counted[code, rule or code] += n
    return counted


def _refusals(reasons: Counter[tuple[str, str]]) -> dict[str, int]:
    refused: Counter[str] = Counter()
    for (code, rule), n in reasons.items():
        if code != _VALID:
            refused[rule] += n
    return _ranked(refused, len(refused))


def _ranked(counted: Counter[str], top: int) -> dict[str, int]:
    """Most often first, ties by name."""
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return dict(ranked[:top])


def _keys_since(asked: parts.Asked, moment: datetime) -> int:
    summed = asked.reach.key_days().filter(
        GreaterThanOrEqual(Precise("last_at"), Moment(moment)),
        starts_at__gte=windows.day_of(moment),
    )
    window = Window(since=moment, until=None)
    recent = parts.unsummed(replace(asked, filters=Filters(), window=window))
    # The union leaves each key in once.
    return summed.values_list("key_id").union(recent.values_list("key_id")).count()


def _top_keys(asked: parts.Asked, top: int) -> list[KeySum]:
    totals: Counter[uuid.UUID] = Counter()
    for key_id, n in parts.count(asked, spans=[Span.DAY], by=_BY_KEY, by_key=True):
        totals[key_id] += n
    ranked = sorted(totals, key=lambda key_id: (-totals[key_id], key_id))[:top]
    # Asked for apart: beside the sums it would be looked up for every one of them.
    names = asked.reach.keys().filter(pk__in=ranked).in_bulk()
    return [
        KeySum(key_id=key_id, key_name=names[key_id].name, total=totals[key_id])
        for key_id in ranked
        if key_id in names
    ]


def _top_paths(asked: parts.Asked, top: int) -> list[PathSum]:
    # Ties in the same order on every engine, whatever its language.
    sums = (
        parts.logged(asked)
        .values("method", "path")
        .annotate(total=Count("id"))
        .order_by("-total", Bytewise(F("path")), Bytewise(F("method")))
    )
    return [
        PathSum(path=f"{row['method']} {row['path']}", total=row["total"])
        for row in sums[:top]
    ]
