"""Usage: the log of decisions, summed up for its readers, and by hour for later."""

from apiauth.usage.rollups import HOUR, roll_up
from apiauth.usage.sums import Analytics, KeySum, PathSum, Section, analytics, share
from apiauth.usage.timeline import MOST_BUCKETS, Bucket, Interval, series

__all__ = [
    "HOUR",
    "MOST_BUCKETS",
    "Analytics",
    "Bucket",
    "Interval",
    "KeySum",
    "PathSum",
    "Section",
    "analytics",
    "roll_up",
    "series",
    "share",
]
