"""A stretch of a list, and where it lies in the whole."""

from ninja import Schema
from pydantic import Field


class Slice(Schema):
    """Where a stretch of a list lies in the whole."""

    total: int = Field(description="How many there are in all.")
    limit: int
    offset: int
    has_more: bool
