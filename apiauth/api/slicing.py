"""Which stretch of a list is asked for."""

from typing import TypedDict

from django.db.models import FETCH_RAISE, Model, QuerySet
from ninja import Schema
from pydantic import Field

MOST = 200
FARTHEST = 1_000_000


class Place(TypedDict):
    """The members of an `outputs.slices.Slice`."""

    total: int
    limit: int
    offset: int
    has_more: bool


class Slicing(Schema):
    """A part of a query: which stretch of a list is asked for."""

    limit: int = Field(50, ge=1, le=MOST)
    offset: int = Field(0, ge=0, le=FARTHEST)

    def cut[T: Model](self, rows: QuerySet[T]) -> tuple[list[T], Place]:
        """Take a stretch of ordered rows; say where it lies in the whole."""
        total = rows.count()
        shown = rows.fetch_mode(FETCH_RAISE)
        taken = list(shown[self.offset : self.offset + self.limit])
        return taken, {
            "total": total,
            "limit": self.limit,
            "offset": self.offset,
            "has_more": self.offset + len(taken) < total,
        }
