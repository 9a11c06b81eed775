"""What a reader of the keys list asked for."""

import contextlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q

from apiauth import credentials, text
from apiauth.models import KeySecret
from vanity import orders, statuses
from vanity.orders import ORDERS, Order, Place

SIZES = (25, 50, 100)
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
_LONGEST_SEARCH = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a reader asked for; anything odd in the address falls back to usual.

    A page begins behind the place `after`, or ends before the place `before`.
    """

    q: str = ""
    status: str = ""
    sort: str = orders.USUAL
    size: int = SIZES[0]
    after: str = ""
    before: str = ""

    statuses: ClassVar[list[tuple[str, str]]] = list(STATUSES.items())
    sorts: ClassVar[list[tuple[str, str]]] = [(k, o.label) for k, o in ORDERS.items()]

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Filters":
        """Read filters from an address."""
        status, sort = query.get("status", ""), query.get("sort", "")
        sort = sort if sort in ORDERS else orders.USUAL
        after, before = (
            place if ORDERS[sort].read(place) else ""
            for place in (query.get("after", ""), query.get("before", ""))
        )
        return cls(
            q=_wanted(query.get("q", "")),
            status=status if status in STATUSES else "",
            sort=sort,
            size=_SIZES.get(query.get("size", ""), SIZES[0]),
            after=after,
            before="" if after else before,
        )

    @property
    def active(self) -> int:
        """How many filters are set beside the search."""
        return int(bool(self.status))

    @property
    def is_narrowed(self) -> bool:
        return bool(self.q or self.status)

    @property
    def order(self) -> Order:
        return ORDERS[self.sort]

    @property
    def place(self) -> Place | None:
        """Where the page begins or ends; None: it is the first."""
        return self.order.read(self.after or self.before)

    def at_start(self) -> "Filters":
        """Ask for the first page of the same list."""
        return replace(self, after="", before="")

    def query(self, **changes: object) -> str:
        """Spell these filters, with changes, as the end of an address."""
        # `replace` checks the names; what is usual is left out of the address.
        wanted = replace(self, **changes)  # type: ignore[arg-type]
        usual = Filters()
        spelled = {
            name: getattr(wanted, name)
            for name in ("q", "status", "sort", "size", "after", "before")
            if getattr(wanted, name) != getattr(usual, name)
        }
        return f"?{urlencode(spelled)}" if spelled else ""

    def matching(self, now: datetime) -> Q:
        """Which keys are asked for, of all that a session may see."""
        wanted = of_status(self.status, now)
        if not self.q:
            return wanted
        ending = _secrets(last_eight__endswith=self.q, ends_at__isnull=True)
        named = Q(name__icontains=self.q) | ending
        with contextlib.suppress(ValueError):
            named |= Q(pk=uuid.UUID(self.q))
        return wanted & named


def of_status(status: str, now: datetime) -> Q:
    """Which keys are in a state, `live` among them; unknown ones are "not revoked"."""
    unrevoked = Q(revoked_at__isnull=True)
    unexpired = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    live = unrevoked & unexpired & Q(disabled_at__isnull=True)
    by_status = {
        "active": live,
        "all": Q(),
        "expired": unrevoked & Q(expires_at__lte=now),
        "expiring": live & Q(expires_at__lte=now + statuses.SOON),
        "live": live,
        "revoked": Q(revoked_at__isnull=False),
        "rotating": live & _secrets(ends_at__gt=now),
        "unconfirmed": live & Q(acknowledged_at__isnull=True, created_via="portal"),
    }
    return by_status.get(status, unrevoked)


def _secrets(**wanted: object) -> Q:
    return Q(Exists(KeySecret.objects.filter(key=OuterRef("pk"), **wanted)))


def _wanted(search: str) -> str:
    search = search.replace("\0", "").strip()  # PostgreSQL takes no NUL.
    # A pasted key is found by its end; no link of the page may repeat all of it.
    if credentials.looks_right(search):
        return search[-4:]
    return text.composed(search)[:_LONGEST_SEARCH]


_SIZES = {str(size): size for size in SIZES}
