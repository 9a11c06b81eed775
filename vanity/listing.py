"""The keys list: the rows of one page, and what is counted beside them."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from apiauth.models import ApiAuthApp, Capability, Key, PortalSession, masks
from apiauth.models.keys import KeyQuerySet
from vanity import addresses, orders, statuses
from vanity.filters import SIZES, Filters, of_status

COUNTED = 500
_ACTIONS = {"rotate_url", "revoke_url"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One key of the list, with its state in words."""

    key: Key
    status: statuses.Status
    links: dict[str, str]
    is_fresh: bool = False

    @property
    def last_four(self) -> str:
        return self.key.last_eight[-4:]

    @property
    def may(self) -> str:
        """How much it may do."""
        count = len(self.key.permissions)
        return f"{count} permission{'' if count == 1 else 's'}" if count else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One heading; `query` sorts by it, or the other way round when it already does."""

    label: str
    sort: str = ""
    direction: str = ""
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of keys, and sums that are counted no further than they are told.

    `matching` and `total` are at most one more than `COUNTED`, `live` one more than
    `limit`. `total` is counted only where no row is shown.
    """

    filters: Filters
    rows: tuple[Row, ...] = ()
    has_previous: bool = False
    has_next: bool = False
    matching: int = 0
    total: int = 0
    live: int = 0
    limit: int = 0
    may_create: bool = False
    is_broken: bool = False

    counted: ClassVar[int] = COUNTED

    @property
    def state(self) -> str:
        """Name the state as the design does, such as S2.empty."""
        if self.is_broken:
            return "S2.error"
        if self.is_empty:
            return "S2.empty" if self.may_create else "S2.empty-ro"
        if not self.rows:
            return "S2.nomatch"
        if any(row.is_fresh for row in self.rows):
            return "S2.fresh"
        if self.is_full:
            return "S2.quota"
        return "S2.expiring" if self.expiring else "S2.ok"

    @property
    def has_actions(self) -> bool:
        """Tell whether this session may do anything to any of these keys."""
        return any(_ACTIONS & row.links.keys() for row in self.rows)

    @property
    def is_full(self) -> bool:
        return self.may_create and self.live >= self.limit

    @property
    def expiring(self) -> list[Row]:
        """The rows to warn about, soonest first."""
        soon = [row for row in self.rows if row.status.kind is statuses.Kind.EXPIRING]
        return sorted(soon, key=lambda row: row.status.at or row.key.created_at)

    @property
    def is_empty(self) -> bool:
        """Tell whether there is no key at all, whatever is asked for."""
        return not self.rows and not self.total

    @property
    def is_long(self) -> bool:
        """Tell whether there are more keys than were counted."""
        return max(self.matching, self.total) > COUNTED

    @property
    def is_over(self) -> bool:
        """Tell whether more keys are in use than are allowed by now."""
        return self.live > self.limit

    @property
    def sizes(self) -> list[tuple[int, str]]:
        """Other page sizes worth offering, each with the query that asks for it."""
        if self.matching <= SIZES[0]:
            return []
        start = self.filters.at_start()
        return [(size, start.query(size=size) or "?") for size in SIZES]

    @property
    def first(self) -> str:
        return (self.filters.at_start().query() or "?") if self.has_previous else ""

    @property
    def previous(self) -> str:
        return self._beside(0, "before") if self.has_previous else ""

    @property
    def next(self) -> str:
        return self._beside(-1, "after") if self.has_next else ""

    def _beside(self, row: int, side: str) -> str:
        place = orders.place_of(self.rows[row].key)
        return self.filters.at_start().query(**{side: str(place)})

    @property
    def columns(self) -> list[Column]:
        headings = (
            ("Name", "name"),
            ("Key", ""),
            ("Last used", "-used"),
            ("Expires", "expires"),
            ("Status", ""),
        )
        return [self._column(label, sort) for label, sort in headings]

    def _column(self, label: str, sort: str) -> Column:
        if not sort:
            return Column(label=label)
        other = sort[1:] if sort.startswith("-") else f"-{sort}"
        current = self.filters.sort
        directions = {sort.strip("-"): "ascending", f"-{sort.strip('-')}": "descending"}
        wanted = other if current == sort else sort
        return Column(
            label=label,
            sort=sort,
            direction=directions.get(current, ""),
            query=self.filters.at_start().query(sort=wanted) or "?",
        )


def read(
    session: PortalSession,
    filters: Filters,
    *,
    fresh: uuid.UUID | None = None,
    now: datetime,
) -> Listing:
    """Read one page of the keys a session may see, in five queries.

    What they cost depends neither on how many keys there are nor on how deep in the
    list the page lies, where the list goes by creation. `fresh` is the key something
    has just happened to: the filters do not hide it.
    """
    visible = Key.objects.visible_to(session)
    wanted = _wanted(filters, fresh, now)
    page = _page(visible.filter(wanted), filters)
    if not page.keys and filters.place:
        # Nothing is there any more: the list from its start.
        filters = filters.at_start()
        page = _page(visible.filter(wanted), filters)
    masks.fill(page.keys)
    limit = session.app.rules.keys_per_owner
    is_whole = not (page.has_previous or page.has_next)
    counted = _counted(
        session,
        live=visible.filter(of_status("live", now))[: limit + 1],
        matching=visible.none() if is_whole else visible.filter(wanted)[: COUNTED + 1],
        total=visible.none() if page.keys else visible[: COUNTED + 1],
    )
    return Listing(
        filters=filters,
        rows=tuple(_row(session, key, fresh=fresh, now=now) for key in page.keys),
        has_previous=page.has_previous,
        has_next=page.has_next,
        matching=len(page.keys) if is_whole else counted["matching"],
        total=counted["total"],
        live=counted["live"],
        limit=limit,
        may_create=session.may(Capability.KEYS_CREATE),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """Some keys of a list, and whether there are more on either side."""

    keys: list[Key]
    has_previous: bool
    has_next: bool


def _page(keys: KeyQuerySet, filters: Filters) -> _Page:
    order, place, back = filters.order, filters.place, bool(filters.before)
    keys = order.sort(keys, back=back)
    if place is not None:
        keys = order.behind(keys, place, back=back)
    found = list(keys.fetch_mode(models.FETCH_RAISE)[: filters.size + 1])
    shown, more = found[: filters.size], len(found) > filters.size
    if back:
        shown.reverse()
    return _Page(
        keys=shown,
        has_previous=more if back else place is not None,
        has_next=back or more,
    )


class _Count(models.Subquery):
    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = models.IntegerField()
    empty_result_set_value = 0


def _wanted(filters: Filters, fresh: uuid.UUID | None, now: datetime) -> Q:
    matching = filters.matching(now)
    return matching if fresh is None else matching | Q(pk=fresh)


def _counted(session: PortalSession, **keys: KeyQuerySet) -> dict[str, int]:
    """Count several lists of keys in one query, each as far as it was cut."""
    app = ApiAuthApp.objects.filter(pk=session.app_id)
    counts = (_Count(found.values("pk")) for found in keys.values())
    return dict(zip(keys, app.values_list(*counts).get(), strict=True))


def _row(
    session: PortalSession, key: Key, *, fresh: uuid.UUID | None, now: datetime
) -> Row:
    return Row(
        key=key,
        status=statuses.of(key, now=now, old_secret_ends_at=key.old_secret_ends_at),
        links=addresses.of_key(session, key),
        is_fresh=key.pk == fresh,
    )
