"""Sums of the log of decisions, and up to when they hold it."""

from datetime import UTC, datetime

from django.db import models
from django.db.models import Value
from django.db.models.functions import Coalesce, Now

from apiauth import text
from apiauth.models.clock import database_now

_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)


class Span(models.TextChoices):
    """How much time a bucket sums up; both as UTC has them."""

    HOUR = "hour", "Hour"
    DAY = "day", "Day"


class UsageMark(models.Model):
    """One row: the sums hold every decision before `until`, and none after.

    It moves in the transaction that adds to the sums. It is a whole second, so that
    SQLite, which compares moments as text, puts it where it belongs. From before
    `whole_since` rows have gone out of the log; none have while it is null.
    """

    ONE = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONE)
    until = models.DateTimeField()
    whole_since = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(id=1), name="usage_mark_is_alone"
            ),
        )

    def __str__(self) -> str:
        return str(self.until)

    @classmethod
    def until_when(cls) -> Coalesce:
        """The mark inside of another statement; without one nothing is summed up."""
        mark = cls.objects.filter(pk=cls.ONE).values("until")
        return Coalesce(
            models.Subquery(mark),
            Value(_BEFORE_ALL, output_field=models.DateTimeField()),
        )

    @classmethod
    def last_seen(cls) -> datetime:
        """The mark by itself: never later than what another statement will see."""
        mark = cls.objects.filter(pk=cls.ONE).values_list("until", flat=True).first()
        return _BEFORE_ALL if mark is None else mark

    @classmethod
    def seen(cls) -> tuple[datetime, datetime]:
        """The mark as `last_seen()` tells it, and what time it is by then.

        Of what was answered by then, the log beyond the mark lies between the two.
        """
        mark = cls.objects.filter(pk=cls.ONE).values_list("until", Now()).first()
        return mark or (_BEFORE_ALL, database_now())


class UsageBucket(models.Model):
    """Verdicts on the keys of one owner of an app, by span, code and rule.

    Without an owner's kind: on those of all owners together, so that an app's sums
    are found as fast as an owner's.
    """

    pk = models.CompositePrimaryKey(
        "deployment_id",
        "app_id",
        "owner_kind",
        "owner_id",
        "span",
        "starts_at",
        "code",
        "rule",
    )
    deployment_id = models.UUIDField()
    app_id = models.UUIDField()
    owner_kind = models.CharField(max_length=12, blank=True)
    owner_id = models.CharField(max_length=2 * text.EXTERNAL_ID + 1, blank=True)
    span = models.CharField(max_length=4, choices=Span)
    starts_at = models.DateTimeField()
    code = models.CharField(max_length=20)
    rule = models.CharField(max_length=text.RULE, blank=True)
    total = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"{self.span} {self.starts_at} {self.code} {self.total}"


class KeyDay(models.Model):
    """Verdicts on one key on one day, by code and rule, and when the last one was."""

    pk = models.CompositePrimaryKey(
        "deployment_id", "key_id", "starts_at", "code", "rule"
    )
    deployment_id = models.UUIDField()
    app_id = models.UUIDField()
    key_id = models.UUIDField()
    starts_at = models.DateTimeField()
    code = models.CharField(max_length=20)
    rule = models.CharField(max_length=text.RULE, blank=True)
    total = models.PositiveBigIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(
                fields=["deployment_id", "app_id", "starts_at"], name="key_day_by_app"
            ),
        )

    def __str__(self) -> str:
        return f"{self.key_id} {self.starts_at} {self.code} {self.total}"
