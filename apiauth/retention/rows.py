"""The log of an engine that has no partitions: rows go in small batches."""

from datetime import datetime

from django.db import transaction

from apiauth.models import Decision
from apiauth.retention import cuts

BATCH = 1000


def delete(*, before: datetime) -> int:
    """Delete older rows, oldest first; returns how many.

    Each batch is a transaction of its own: the one writer is soon free again.
    """
    deleted = 0
    while batch := _delete_batch(before):
        deleted += batch
    return deleted


@transaction.atomic(durable=True)
def _delete_batch(before: datetime) -> int:
    old = Decision.objects.filter(decided_at__lt=before).order_by("decided_at")
    ids = list(old.values_list("pk", flat=True)[:BATCH])
    if not ids:
        return 0
    cuts.note(before=before)
    return Decision.objects.filter(pk__in=ids).delete()[0]
