"""Pages of long lists, and the cursors that lead from one to the next."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from apiauth.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Page[Row]:
    """Some rows of a list; `next_cursor` is None where the list ends."""

    rows: list[Row]
    limit: int
    next_cursor: str | None


def cut[Row](
    rows: Sequence[Row], *, limit: int, place: Callable[[Row], bytes]
) -> Page[Row]:
    """Make a page of rows that were fetched with one more than its limit.

    `place` says where a row stands in the list, for the cursor.
    """
    shown = list(rows[:limit])
    more = len(rows) > limit
    return Page(
        rows=shown,
        limit=limit,
        next_cursor=_written(place(shown[-1])) if more else None,
    )


def place(cursor: str, *, length: int) -> bytes:
    """Read the place that a cursor stands for. Raises `Invalid`.

    It says only where to go on, never what may be seen there: nobody gains by
    making one up, so that it is not signed.
    """
    try:
        read = base64.b64decode(cursor, altchars=b"-_", validate=True)
    except ValueError:
        read = b""
    if len(read) != length or _written(read) != cursor:
        raise unreadable()
    return read


def unreadable() -> Invalid:
    """The refusal of a cursor that nobody was given."""
    return Invalid(
        "This cursor cannot be read. Take next_cursor of the page before as it is.",
        field="cursor",
    )


def _written(read: bytes) -> str:
    # The lengths in use are multiples of three bytes: there is no padding.
    return base64.urlsafe_b64encode(read).decode()
