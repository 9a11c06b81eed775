"""Usage: the log of decisions, summed up by a job and for its readers."""

from apiauth.usage.rebuilding import Day, rebuild
from apiauth.usage.rollups import GRACE, Step, roll_up
from apiauth.usage.sums import Analytics, KeySum, PathSum, Section, analytics, share
from apiauth.usage.timeline import MOST_BUCKETS, Bucket, Interval, series

__all__ = [
    "GRACE",
    "MOST_BUCKETS",
    "Analytics",
    "Bucket",
    "Day",
    "Interval",
    "KeySum",
    "PathSum",
    "Section",
    "Step",
    "analytics",
    "rebuild",
    "roll_up",
    "series",
    "share",
]
