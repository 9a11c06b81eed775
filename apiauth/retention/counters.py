"""Counters of rate limits that count nothing any more."""

from datetime import datetime

from django.db import transaction

from apiauth.models import RateCount

AT_ONCE = 1000


def forget(*, now: datetime) -> int:
    """Delete counters whose windows have passed; returns how many went.

    Never waits for a check that holds one, so that the two cannot wait for each other;
    such a counter counts again anyway.
    """
    forgotten = 0
    while gone := _forget_some(now):
        forgotten += gone
    return forgotten


@transaction.atomic
def _forget_some(now: datetime) -> int:
    over = RateCount.objects.over(now).order_by("pk")
    held = over.select_for_update(no_key=True, skip_locked=True)
    ids = list(held.values_list("pk", flat=True)[:AT_ONCE])
    gone, _ = RateCount.objects.over(now).filter(pk__in=ids).delete()
    return gone
