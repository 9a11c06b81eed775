"""Verdicts, one row each."""

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.lookups import Exact, GreaterThanOrEqual, LessThan
from django.db.models.sql.compiler import SQLCompiler

from apiauth import identifiers, text
from apiauth.models.applications import ApiAuthApp
from apiauth.models.clock import Moment, Precise
from apiauth.models.usage import UsageMark

if TYPE_CHECKING:
    from apiauth.models.keys import KeyQuerySet

_SECOND = timedelta(seconds=1)


class Bytewise(models.Func):
    """Text that sorts by its bytes, alike on every engine; SQLite's always does."""

    arity = 1
    template = '%(expressions)s COLLATE "C"'
    output_field = models.CharField()

    def as_sqlite(
        self,
        compiler: SQLCompiler,
        connection: BaseDatabaseWrapper,
        **extra_context: Any,  # Django's own hook takes anything
    ) -> tuple[str, Any]:
        return self.as_sql(
            compiler, connection, template="%(expressions)s", **extra_context
        )


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Filters compare precise moments, and coarse ones as well: those are indexed."""

    def of_app(self, app: ApiAuthApp) -> "DecisionQuerySet":
        """Verdicts on keys of the app; a key that nobody knows is in no app's log."""
        return self.filter(
            deployment_id=app.deployment_id, app_id=app.pk, key_id__isnull=False
        )

    def of_keys(self, keys: "KeyQuerySet") -> "DecisionQuerySet":
        return self.filter(Exists(keys.filter(pk=OuterRef("key_id"))))

    def since(self, moment: datetime) -> "DecisionQuerySet":
        return self.filter(
            GreaterThanOrEqual(Precise("decided_at"), Moment(moment)),
            decided_at__gte=_whole(moment),
        )

    def until(self, moment: datetime) -> "DecisionQuerySet":
        """Before a moment, which is itself excluded."""
        return self.filter(
            LessThan(Precise("decided_at"), Moment(moment)),
            decided_at__lt=_whole(moment) + _SECOND,
        )

    def newest_first(self) -> "DecisionQuerySet":
        return self.order_by(Precise("decided_at").desc(), "-id")

    def after(self, moment: datetime, decision_id: uuid.UUID) -> "DecisionQuerySet":
        """What follows a decision in a list that is ordered newest first."""
        column, given = Precise("decided_at"), Moment(moment)
        return self.filter(
            Q(LessThan(column, given))
            | (Q(Exact(column, given)) & Q(id__lt=decision_id)),
            decided_at__lt=_whole(moment) + _SECOND,
        )

    def unsummed(self) -> "DecisionQuerySet":
        """What the sums do not hold yet, as this very statement sees them."""
        return self.filter(decided_at__gte=UsageMark.until_when())


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


class Decision(models.Model):
    """One verdict of the gateway; plain ids, so that it outlives what it names.

    `blocked_rule` is the rule that refused, such as `3/3600s`, `violation` one that was
    broken though the check was allowed, and `rate_limits` says how each limit stood:
    `[{"rule", "remaining", "limit"}]`. The database has defaults for the three.
    """

    id = models.UUIDField(primary_key=True, default=identifiers.new, editable=False)
    deployment_id = models.UUIDField(null=True)
    app_id = models.UUIDField(null=True)
    key_id = models.UUIDField(null=True)
    secret_id = models.UUIDField(null=True)
    allowed = models.BooleanField()
    code = models.CharField(max_length=20)
    method = models.CharField(max_length=7)
    path = models.CharField(max_length=text.URL)
    client_ip = models.CharField(max_length=64, blank=True)
    user_agent = models.CharField(max_length=text.AGENT, blank=True)
    required_permissions = models.JSONField(default=list)
    blocked_rule = models.CharField(
        max_length=text.RULE, blank=True, default="", db_default=""
    )
    violation = models.CharField(
        max_length=text.RULE, blank=True, default="", db_default=""
    )
    rate_limits = models.JSONField(
        default=list, db_default=Value([], models.JSONField())
    )
    fingerprint = models.BinaryField(max_length=12, null=True)
    decided_at = models.DateTimeField()

    # Filled by `apiauth.decisions.page()`.
    name_of_key: str

    objects = DecisionQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(
                fields=["deployment_id", "app_id", "-decided_at"],
                name="decision_by_app",
            ),
            models.Index(
                fields=["deployment_id", "key_id", "-decided_at"],
                name="decision_by_key",
            ),
            # For the sums alone; every new row is at its end, where it costs least.
            models.Index(fields=["decided_at"], name="decision_by_time"),
        )

    def __str__(self) -> str:
        return f"{self.request_id} {self.code}"

    @property
    def request_id(self) -> str:
        """The id that hosts see."""
        return f"req_{self.id.hex}"

    @property
    def blocked_by(self) -> str | None:
        """What it was refused for; None where it was not."""
        return None if self.allowed else self.blocked_rule or self.code
