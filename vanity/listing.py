"""The keys list: what was asked for, and the rows that answer it."""

import contextlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlencode

from django.db import models
from django.db.models import Count, F, Q

from apiauth import credentials
from apiauth.models import Capability, Key, PortalSession
from vanity import addresses, statuses

SIZES = (25, 50, 100)
USUAL_SORT = "-created"
_LONGEST_SEARCH = 80
_MOST_DIGITS = 6
STATUSES = {
    "": "Not revoked",
    "active": "Active",
    "expiring": "Expiring soon",
    "rotating": "Rotating",
    "unconfirmed": "Not confirmed",
    "expired": "Expired",
    "revoked": "Revoked",
    "all": "All keys",
}
SORTS = {
    "-created": ("Newest first", [F("created_at").desc()]),
    "created": ("Oldest first", [F("created_at").asc()]),
    "name": ("Name, A to Z", [F("name").asc()]),
    "-name": ("Name, Z to A", [F("name").desc()]),
    "-used": ("Last used first", [F("last_used_at").desc(nulls_last=True)]),
    "used": ("Longest unused first", [F("last_used_at").asc(nulls_first=True)]),
    "expires": ("Expiring first", [F("expires_at").asc(nulls_last=True)]),
    "-expires": ("Expiring last", [F("expires_at").desc(nulls_first=True)]),
}
_ACTIONS = {"rotate_url", "revoke_url"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a reader asked for; anything odd in the address falls back to usual."""

    q: str = ""
    status: str = ""
    sort: str = USUAL_SORT
    page: int = 1
    size: int = SIZES[0]

    statuses: ClassVar[list[tuple[str, str]]] = list(STATUSES.items())
    sorts: ClassVar[list[tuple[str, str]]] = [(k, v[0]) for k, v in SORTS.items()]

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Filters":
        """Read filters from an address."""
        size = _number(query.get("size", ""))
        status, sort = query.get("status", ""), query.get("sort", "")
        return cls(
            q=_wanted(query.get("q", "")),
            status=status if status in STATUSES else "",
            sort=sort if sort in SORTS else USUAL_SORT,
            page=max(1, _number(query.get("page", ""))),
            size=size if size in SIZES else SIZES[0],
        )

    @property
    def active(self) -> int:
        """How many filters are set beside the search."""
        return int(bool(self.status))

    @property
    def is_narrowed(self) -> bool:
        return bool(self.q or self.status)

    def query(self, **changes: object) -> str:
        """Spell these filters, with changes, as the end of an address."""
        # `replace` checks the names; what is usual is left out of the address.
        wanted = replace(self, **changes)  # type: ignore[arg-type]
        usual = Filters()
        spelled = {
            name: getattr(wanted, name)
            for name in ("q", "status", "sort", "size", "page")
            if getattr(wanted, name) != getattr(usual, name)
        }
        return f"?{urlencode(spelled)}" if spelled else ""


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
    def subtitle(self) -> str:
        """Who made it and how much it may do."""
        count = len(self.key.permissions)
        may = f"{count} permission{'' if count == 1 else 's'}" if count else ""
        return " · ".join(part for part in (self.key.created_by_label, may) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One heading; `query` sorts by it, or the other way round when it already does."""

    label: str
    sort: str = ""
    direction: str = ""
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of keys and the sums beside it."""

    filters: Filters
    rows: tuple[Row, ...] = ()
    matching: int = 0
    total: int = 0
    live: int = 0
    limit: int = 0
    may_create: bool = False
    is_broken: bool = False

    @property
    def state(self) -> str:
        """Name the state as the design does, such as S2.empty."""
        if self.is_broken:
            return "S2.error"
        if not self.total:
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
    def pages(self) -> int:
        return -(-self.matching // self.filters.size)

    @property
    def sizes(self) -> list[tuple[int, str]]:
        """Other page sizes worth offering, each with the query that asks for it."""
        if self.matching <= SIZES[0]:
            return []
        return [(size, self.filters.query(size=size, page=1) or "?") for size in SIZES]

    @property
    def previous(self) -> str:
        page = self.filters.page
        return (self.filters.query(page=page - 1) or "?") if page > 1 else ""

    @property
    def next(self) -> str:
        page = self.filters.page
        return self.filters.query(page=page + 1) if page < self.pages else ""

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
            query=self.filters.query(sort=wanted, page=1) or "?",
        )


def read(
    session: PortalSession,
    filters: Filters,
    *,
    fresh: uuid.UUID | None = None,
    now: datetime,
) -> Listing:
    """Read one page of the keys a session may see, in two queries.

    `fresh` is the key something has just happened to: it is on the page whatever
    the filters say.
    """
    wanted = _matching(filters, now)
    if fresh is not None:
        wanted |= Q(pk=fresh)
    visible = Key.objects.visible_to(session).with_masks()
    sums = visible.aggregate(
        total=Count("pk"),
        live=Count("pk", filter=_of_status("live", now)),
        matching=Count("pk", filter=wanted),
    )
    last_page = max(1, -(-sums["matching"] // filters.size))
    filters = replace(filters, page=min(filters.page, last_page))
    start = (filters.page - 1) * filters.size
    ordered = visible.filter(wanted).order_by(*SORTS[filters.sort][1], "-id")
    keys = ordered.fetch_mode(models.FETCH_RAISE)[start : start + filters.size]
    return Listing(
        filters=filters,
        rows=tuple(_row(session, key, fresh=fresh, now=now) for key in keys),
        limit=session.app.rules.keys_per_owner,
        may_create=session.may(Capability.KEYS_CREATE),
        **sums,
    )


def _row(
    session: PortalSession, key: Key, *, fresh: uuid.UUID | None, now: datetime
) -> Row:
    return Row(
        key=key,
        status=statuses.of(key, now=now, old_secret_ends_at=key.old_secret_ends_at),
        links=addresses.of_key(session, key),
        is_fresh=key.pk == fresh,
    )


def _matching(filters: Filters, now: datetime) -> Q:
    wanted = _of_status(filters.status, now)
    if not filters.q:
        return wanted
    named = Q(name__icontains=filters.q) | Q(last_eight__endswith=filters.q)
    with contextlib.suppress(ValueError):
        named |= Q(pk=uuid.UUID(filters.q))
    return wanted & named


def _of_status(status: str, now: datetime) -> Q:
    unrevoked = Q(revoked_at__isnull=True)
    unexpired = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    live = unrevoked & unexpired & Q(disabled_at__isnull=True)
    by_status = {
        "active": live,
        "all": Q(pk__isnull=False),
        "expired": unrevoked & Q(expires_at__lte=now),
        "expiring": live & Q(expires_at__lte=now + statuses.SOON),
        "live": live,
        "revoked": Q(revoked_at__isnull=False),
        "rotating": live & Q(old_secret_ends_at__gt=now),
        "unconfirmed": live & Q(acknowledged_at__isnull=True, created_via="portal"),
    }
    return by_status.get(status, unrevoked)


def _wanted(text: str) -> str:
    text = text.replace("\0", "").strip()  # PostgreSQL takes no NUL.
    # A pasted key is found by its end; no link of the page may repeat all of it.
    return text[-4:] if credentials.looks_right(text) else text[:_LONGEST_SEARCH]


def _number(text: str) -> int:
    is_number = text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else 0
