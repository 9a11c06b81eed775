"""Up to when rows have really gone out of the log, whatever the retention is by now."""

from datetime import datetime

from django.db.models import Q

from apiauth.models import UsageMark


def note(*, before: datetime) -> None:
    """Note that rows from before a moment go, in the transaction that takes them.

    It comes first there: whoever makes sums anew holds the mark before it reads the
    log, and two who take both in another order could wait for each other.
    """
    earlier = Q(whole_since=None) | Q(whole_since__lt=before)
    UsageMark.objects.filter(earlier, pk=UsageMark.ONE).update(whole_since=before)
