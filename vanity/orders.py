"""The orders of the keys list, and the places in it at which its pages begin and end.

A place is what an order goes by and the key's id. It is found again whatever becomes of
other keys, and as fast at the end of a list as at its start.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Coalesce

from apiauth import text
from apiauth.models import Key, uses
from apiauth.models.clock import Moment
from apiauth.models.keys import KeyQuerySet

type Column = F | Coalesce

_HEX = 32
_NEVER_USED = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER_ENDS = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one key stands in an order."""

    value: str | datetime
    key_id: uuid.UUID

    def __str__(self) -> str:
        """Spell the place for an address."""
        value = self.value
        spelled = value if isinstance(value, str) else value.isoformat()
        return f"{self.key_id.hex}{spelled}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """By one column, and where that is equal by id: no two keys share a place.

    `given` makes of a moment what the column can be compared with.
    """

    label: str
    column: Callable[[], Column]
    is_falling: bool = False
    is_of_words: bool = False
    given: Callable[[datetime], datetime | Moment] = lambda moment: moment

    def sort(self, keys: KeyQuerySet, *, back: bool = False) -> KeyQuerySet:
        """Put keys into this order, or `back` into its reverse; they learn their place."""
        sign = "-" if self.is_falling is not back else ""
        columns = {"place": self.column()}
        return keys.annotate(**columns).order_by(f"{sign}place", f"{sign}id")

    def behind(
        self, keys: KeyQuerySet, place: Place, *, back: bool = False
    ) -> KeyQuerySet:
        """Of keys that were sorted so, those that come after a place."""
        value = place.value if isinstance(place.value, str) else self.given(place.value)
        falling = self.is_falling is not back
        return keys.past("place", value, place.key_id, falling=falling)

    def read(self, spelled: str) -> Place | None:
        """Read a place from an address; None for what this order never spelled."""
        try:
            key_id = uuid.UUID(hex=spelled[:_HEX])
            value = self._value(spelled[_HEX:])
        except (ValueError, OverflowError):
            return None
        return Place(value=value, key_id=key_id)

    def _value(self, spelled: str) -> str | datetime:
        if not self.is_of_words:
            return datetime.fromisoformat(spelled).astimezone(UTC)
        if len(spelled) > text.NAME or "\0" in spelled:
            raise ValueError
        return spelled


def place_of(key: Key) -> Place:
    """Tell where a key stands in the order by which it was sorted."""
    return Place(value=key.place, key_id=key.pk)


def _used() -> Coalesce:
    return Coalesce(uses.last_used_at(), Moment(_NEVER_USED))


def _ending() -> Coalesce:
    return Coalesce("expires_at", Value(_NEVER_ENDS, output_field=DateTimeField()))


_created, _named = partial(F, "created_at"), partial(F, "name")
ORDERS = {
    "-created": Order(label="Newest first", column=_created, is_falling=True),
    "created": Order(label="Oldest first", column=_created),
    "name": Order(label="Name, A to Z", column=_named, is_of_words=True),
    "-name": Order(
        label="Name, Z to A", column=_named, is_of_words=True, is_falling=True
    ),
    "-used": Order(
        label="Last used first", column=_used, given=Moment, is_falling=True
    ),
    "used": Order(label="Longest unused first", column=_used, given=Moment),
    "expires": Order(label="Expiring first", column=_ending),
    "-expires": Order(label="Expiring last", column=_ending, is_falling=True),
}
USUAL = "-created"
