"""The log of decisions, as its readers may see it: page by page, newest first."""

import struct
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from apiauth import pages, windows
from apiauth.errors import Invalid
from apiauth.models import (
    ApiAuthApp,
    Decision,
    Key,
    KeyDay,
    OwnerKind,
    PortalSession,
    Span,
    UsageBucket,
)
from apiauth.models.decisions import DecisionQuerySet
from apiauth.models.keys import KeyQuerySet
from apiauth.pages import Page

LOG_WINDOW = timedelta(days=7)
MOST_SKIPPED = 100_000
# Microseconds since 1970, then the decision's id: 24 bytes.
_PLACE = struct.Struct(">q16s")
_MICROSECOND = timedelta(microseconds=1)
_LAST = (windows.LATEST - windows.EARLIEST) // _MICROSECOND


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reach:
    """What a reader may see: the verdicts on an app's keys, or on one owner's of them.

    Whatever is read of the log and of its sums is read through one of these.
    """

    app: ApiAuthApp
    owner: tuple[str, str] | None = None  # kind and id; None: all of the app's

    @classmethod
    def of_session(cls, session: PortalSession) -> Self:
        """What a customer's session may see; needs its ticket and app fetched.

        The same keys as `KeyQuerySet.visible_to()`.
        """
        claims = session.ticket
        if claims.owner_kind == OwnerKind.APP:
            return cls(app=session.app)
        return cls(app=session.app, owner=(claims.owner_kind, claims.owner_id))

    def keys(self) -> KeyQuerySet:
        """Every key within reach."""
        keys = Key.objects.of_app(self.app)
        return keys if self.owner is None else keys.owned_by(*self.owner)

    def decisions(self) -> DecisionQuerySet:
        """Every verdict within reach."""
        known = Decision.objects.of_app(self.app)
        return known if self.owner is None else known.of_keys(self.keys())

    def buckets(self, span: Span) -> QuerySet[UsageBucket]:
        """The sums of what is within reach, by hour or by day."""
        kind, owner_id = self.owner or ("", "")
        return UsageBucket.objects.filter(
            deployment_id=self.app.deployment_id,
            app_id=self.app.pk,
            owner_kind=kind,
            owner_id=owner_id,
            span=span,
        )

    def key_days(self) -> QuerySet[KeyDay]:
        """The sums of each day and key within reach."""
        days = KeyDay.objects.filter(
            deployment_id=self.app.deployment_id, app_id=self.app.pk
        )
        if self.owner is None:
            return days
        return days.filter(Exists(self.keys().filter(pk=OuterRef("key_id"))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which verdicts are asked for; unset means all. From `start`, before `end`."""

    start: datetime | None = None
    end: datetime | None = None
    key_id: uuid.UUID | None = None
    allowed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page begins: behind a cursor, else behind a row, else at an offset.

    `row_moment` is the time that the row was shown with, perhaps cut to
    milliseconds, `row_id` its request id.
    """

    cursor: str | None = None
    row_moment: datetime | None = None
    row_id: str | None = None
    offset: int = 0


_TOP = Place()


def page(
    *,
    reach: Reach,
    filters: Filters,
    place: Place = _TOP,
    limit: int,
    now: datetime,
) -> Page[Decision]:
    """Read a page, newest first, ties by request id descending.

    Following `next_cursor` shows every row that was there at the first page exactly
    once, whatever is recorded meanwhile. Without a start it goes back 7 days. A key
    that is not within reach has no rows, as one that does not exist. Raises `Invalid`
    naming the part of the place or of the filters that cannot be used.
    """
    window = windows.ask(
        start=filters.start, end=filters.end, default=LOG_WINDOW, now=now
    )
    found = among(reach.decisions(), filters, window)
    first = _first_row(reach, place)
    if first is not None:
        found = found.after(*first)
    offset = 0 if first is not None else _offset(place)
    rows = _named(found).newest_first()[offset : offset + limit + 1]
    return pages.cut(list(rows), limit=limit, place=_place_of)


def among(
    decisions: DecisionQuerySet, filters: Filters, window: windows.Window
) -> DecisionQuerySet:
    """Choose verdicts by filters, within a window."""
    found = decisions.since(window.since)
    if window.until is not None:
        found = found.until(window.until)
    if filters.key_id is not None:
        found = found.filter(key_id=filters.key_id)
    if filters.allowed is not None:
        found = found.filter(allowed=filters.allowed)
    return found


def _named(found: DecisionQuerySet) -> DecisionQuerySet:
    """Fetch the key's name in the same query."""
    key = Key.objects.filter(
        pk=OuterRef("key_id"), deployment_id=OuterRef("deployment_id")
    )
    columns = {"name_of_key": Subquery(key.values("name")[:1])}
    return found.annotate(**columns)


def _place_of(decision: Decision) -> bytes:
    since = (decision.decided_at - windows.EARLIEST) // _MICROSECOND
    return _PLACE.pack(since, decision.id.bytes)


def _first_row(reach: Reach, place: Place) -> tuple[datetime, uuid.UUID] | None:
    """The row behind which a page begins."""
    if place.cursor is not None:
        since, row_id = _PLACE.unpack(pages.place(place.cursor, length=_PLACE.size))
        if not 0 <= since <= _LAST:
            raise pages.unreadable()
        return windows.EARLIEST + since * _MICROSECOND, uuid.UUID(bytes=row_id)
    if place.row_moment is None and place.row_id is None:
        return None
    if place.row_moment is None or place.row_id is None:
        missing = "cursor_ts" if place.row_moment is None else "cursor_id"
        raise Invalid("cursor_ts and cursor_id go together.", field=missing)
    row_id = _row_id(place.row_id)
    # What was shown may be cut to milliseconds; the row itself knows better.
    known = reach.decisions().filter(pk=row_id).values_list("decided_at", flat=True)
    shown = windows.clamped(place.row_moment)
    return known.first() or shown, row_id


def _row_id(value: str) -> uuid.UUID:
    try:
        return uuid.UUID(value.removeprefix("req_"))
    except ValueError:
        raise Invalid(
            "cursor_id is the request_id of the last row.", field="cursor_id"
        ) from None


def _offset(place: Place) -> int:
    if not 0 <= place.offset <= MOST_SKIPPED:
        raise Invalid(
            f"offset must be from 0 to {MOST_SKIPPED}; further back, follow the cursor.",
            field="offset",
        )
    return place.offset
