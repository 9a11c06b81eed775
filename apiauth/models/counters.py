"""How often limits were used up: counters that requests are charged against."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    _Field = models.Field[list[int], list[int]]
else:
    _Field = models.Field  # has no parameters when the program runs


class SlotsField(_Field):
    """How much was taken in each slot of a window, the newest first.

    Only the gateway's own statements read and write it.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "integer[]" if connection.vendor == "postgresql" else "text"


class RateCountQuerySet(models.QuerySet["RateCount"]):
    def over(self, now: datetime) -> "RateCountQuerySet":
        """Those that count nothing any more."""
        return self.filter(expires_at__lt=now)


class RateCount(models.Model):
    """One counter; its id is made of what is counted together.

    On PostgreSQL the table is not logged: after a crash of the database all counters
    begin anew, and no request waits for them to reach the disk.
    """

    id = models.UUIDField(primary_key=True)
    slot = models.BigIntegerField()
    counts = SlotsField()
    used = models.IntegerField()
    most = models.IntegerField()
    expires_at = models.DateTimeField()

    objects = RateCountQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.used} of {self.most}"
