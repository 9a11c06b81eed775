"""Roll-ups: the log of decisions, summed up by hour."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, OuterRef, Subquery

from apiauth.models import Decision, Key, UsageBucket

HOUR = timedelta(hours=1)


def roll_up(*, since: datetime, until: datetime) -> int:
    """Sum up every hour that begins in a range, anew; returns the buckets written.

    Each hour is recomputed whole from the log, so that a repeat changes nothing and
    late rows are counted the next time. Hours whose decisions are gone keep their sums.
    """
    starts_at, written = since.replace(minute=0, second=0, microsecond=0), 0
    while starts_at < until:
        written += _roll_up_hour(starts_at)
        starts_at += HOUR
    return written


@transaction.atomic(durable=True)
def _roll_up_hour(starts_at: datetime) -> int:
    key = Key.objects.filter(pk=OuterRef("key_id"))
    sums = (
        Decision.objects.filter(
            decided_at__gte=starts_at, decided_at__lt=starts_at + HOUR
        )
        .exclude(key_id=None)
        .values("deployment_id", "app_id", "code")
        .annotate(
            owner_kind=Subquery(key.values("owner_kind")),
            owner_id=Subquery(key.values("owner_id")),
            total=Count("id"),
        )
        .exclude(owner_kind=None)
    )
    buckets = [UsageBucket(starts_at=starts_at, **row) for row in sums.iterator()]
    UsageBucket.objects.bulk_create(
        buckets,
        batch_size=500,
        update_conflicts=True,
        unique_fields=[
            "deployment_id",
            "app_id",
            "owner_kind",
            "owner_id",
            "starts_at",
            "code",
        ],
        update_fields=["total"],
    )
    return len(buckets)
