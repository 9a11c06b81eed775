"""Sums made anew from the log, where somebody doubts them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest

from apiauth import windows
from apiauth.errors import Invalid
from apiauth.models import Decision, KeyDay, KeyUse, UsageBucket, UsageMark
from apiauth.usage import rollups, statements

_DAY = timedelta(days=1)
_VALID = "valid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day of UTC whose sums were made anew, and how many there are."""

    starts_at: datetime
    sums: int


def rebuild(*, since: datetime, until: datetime, kept_since: datetime) -> Iterator[Day]:
    """Make the sums of every day that a range touches anew, oldest first.

    Each day is one transaction: readers see its old sums or its new ones, and whoever
    is killed may begin again. What was not summed up yet is left to `roll_up()`, and
    days of which the log has nothing keep their sums. Raises `Invalid` for a range
    that begins on a day before `kept_since`, from when on the log is whole.
    """
    day = windows.day_of(windows.clamped(since))
    _require_whole(day, kept_since)
    while day < until:
        rebuilt = _rebuild_day(day)
        if rebuilt is not None:
            yield rebuilt
        day += _DAY


def _require_whole(day: datetime, kept_since: datetime) -> None:
    if day < kept_since:
        raise Invalid(
            f"The log is whole from {kept_since:%Y-%m-%d %H:%M} UTC on only; "
            "sums from before cannot be made anew.",
            field="since",
        )


@transaction.atomic(durable=True)
def _rebuild_day(day: datetime) -> Day | None:
    marks = UsageMark.objects.select_for_update(no_key=True)
    mark = marks.filter(pk=UsageMark.ONE).first()
    if mark is None:
        return None
    # Rows may have gone since the range was asked for; from here on none can.
    _require_whole(day, mark.whole_since or day)
    end = min(day + _DAY, mark.until)
    if not Decision.objects.filter(decided_at__gte=day, decided_at__lt=end).exists():
        return None
    _forget(day)
    sums, at = 0, day
    while at < end:
        stop = rollups.end_of_stretch(at, end, rollups.MOST_ROWS)
        sums += statements.add(at, stop)
        at = stop
    return Day(starts_at=day, sums=sums)


def _forget(day: datetime) -> None:
    """Take a day out of all sums; when a key was last used is true all the same."""
    of_day = KeyDay.objects.filter(starts_at=day)
    accepted = of_day.filter(
        deployment_id=OuterRef("deployment_id"), key_id=OuterRef("key_id"), code=_VALID
    )
    n = Subquery(accepted.values("key_id").annotate(n=Sum("total")).values("n"))
    KeyUse.objects.filter(key_id__in=of_day.values("key_id")).update(
        total=Greatest(F("total") - Coalesce(n, 0), 0)
    )
    of_day.delete()
    UsageBucket.objects.filter(starts_at__gte=day, starts_at__lt=day + _DAY).delete()
