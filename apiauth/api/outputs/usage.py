"""Sums of decisions on the wire (wacht-contract sections 7 and 10)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Self

from ninja import Schema
from pydantic import ConfigDict, Field

from apiauth import usage

_UNASKED = Field(exclude_if=lambda value: value is None)


class TopKey(Schema):
    """A key and how often it asked."""

    key_id: str
    key_name: str
    total_requests: int

    @classmethod
    def of(cls, key: usage.KeySum) -> Self:
        """Show one entry of the list."""
        return cls(
            key_id=str(key.key_id), key_name=key.key_name, total_requests=key.total
        )


class TopPath(Schema):
    """Method and path, and how often they were asked for."""

    path: str
    total_requests: int

    @classmethod
    def of(cls, path: usage.PathSum) -> Self:
        """Show one entry of the list."""
        return cls(path=path.path, total_requests=path.total)


class BlockedReason(Schema):
    """A rule that refused, or a code, and its part of all refusals in percent."""

    blocked_by_rule: str
    count: int
    percentage: float


class RateLimitRule(Schema):
    """A limit that refused, and its part of all such refusals in percent."""

    rule: str
    hit_count: int
    percentage: float


class RateLimitStats(Schema):
    """Refusals by limits, and their part of all refusals in percent."""

    total_hits: int
    percentage_of_blocked: float
    top_rules: list[RateLimitRule]


class Analytics(Schema):
    """Sums of decisions; sections that nobody asked for are left out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "total_requests": 4,
                    "allowed_requests": 3,
                    "blocked_requests": 1,
                    "success_rate": 75.0,
                    "keys_used_24h": 1,
                    "top_paths": [{"path": "GET /v1/reports", "total_requests": 4}],
                }
            ]
        }
    )

    total_requests: int
    allowed_requests: int
    blocked_requests: int
    success_rate: float = Field(description="Percent; 0 of nothing.")
    keys_used_24h: int = Field(description="Whatever the filters.")
    top_keys: Annotated[list[TopKey] | None, _UNASKED] = None
    top_paths: Annotated[list[TopPath] | None, _UNASKED] = None
    blocked_reasons: Annotated[list[BlockedReason] | None, _UNASKED] = None
    rate_limit_stats: Annotated[RateLimitStats | None, _UNASKED] = None

    @classmethod
    def of(cls, sums: usage.Analytics) -> Self:
        """Show sums with the sections that were asked for."""
        return cls(
            total_requests=sums.total,
            allowed_requests=sums.allowed,
            blocked_requests=sums.blocked,
            success_rate=usage.share(sums.allowed, sums.total),
            keys_used_24h=sums.keys_used_24h,
            top_keys=_each(TopKey.of, sums.top_keys),
            top_paths=_each(TopPath.of, sums.top_paths),
            blocked_reasons=_reasons(sums),
            rate_limit_stats=_rate_limits(sums),
        )


class Point(Schema):
    """The sums of one interval, which begins at `timestamp`."""

    timestamp: datetime
    total_requests: int
    allowed_requests: int
    blocked_requests: int
    success_rate: float = Field(description="Percent; 0 of nothing.")


class Timeseries(Schema):
    """Every interval of the window, oldest first, the empty ones included."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "data": [
                        {
                            "timestamp": "2027-03-12T14:00:00Z",
                            "total_requests": 4,
                            "allowed_requests": 3,
                            "blocked_requests": 1,
                            "success_rate": 75.0,
                        }
                    ],
                    "interval": "hour",
                }
            ]
        }
    )

    data: list[Point]
    interval: str = Field(description="The one that was used.")

    @classmethod
    def of(cls, buckets: Sequence[usage.Bucket], interval: usage.Interval) -> Self:
        """Show buckets of one interval."""
        points = [
            Point(
                timestamp=bucket.starts_at,
                total_requests=bucket.total,
                allowed_requests=bucket.allowed,
                blocked_requests=bucket.blocked,
                success_rate=usage.share(bucket.allowed, bucket.total),
            )
            for bucket in buckets
        ]
        return cls(data=points, interval=interval)


def _each[Sum, Shown](
    show: Callable[[Sum], Shown], sums: Sequence[Sum] | None
) -> list[Shown] | None:
    return None if sums is None else [show(one) for one in sums]


def _reasons(sums: usage.Analytics) -> list[BlockedReason] | None:
    if sums.reasons is None:
        return None
    return [
        BlockedReason(
            blocked_by_rule=rule, count=n, percentage=usage.share(n, sums.blocked)
        )
        for rule, n in sums.reasons.items()
    ]


def _rate_limits(sums: usage.Analytics) -> RateLimitStats | None:
    if sums.rate_limited is None or sums.limits is None:
        return None
    return RateLimitStats(
        total_hits=sums.rate_limited,
        percentage_of_blocked=usage.share(sums.rate_limited, sums.blocked),
        top_rules=[
            RateLimitRule(
                rule=rule, hit_count=n, percentage=usage.share(n, sums.rate_limited)
            )
            for rule, n in sums.limits.items()
        ],
    )
