"""When, from where, by what and how often a key was accepted."""

from django.db import models
from django.db.models import Count, F, OuterRef, Subquery, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce

from apiauth import text
from apiauth.models.clock import Precise
from apiauth.models.decisions import Decision, DecisionQuerySet
from apiauth.models.deployments import Deployment


class KeyUse(models.Model):
    """When a key was last accepted and how often, as far as the log is summed up.

    Read it through `with_last_use()` and `with_use()` of keys, which add what came
    after: a use is seen as soon as it was answered.
    """

    # Summed up from the log, which names keys without a constraint either. To check it
    # would lock the row of every key that is used for the first time.
    key = models.OneToOneField(
        "apiauth.Key",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="use",
        db_constraint=False,
    )
    deployment = models.ForeignKey(
        Deployment, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    last_used_at = models.DateTimeField()
    last_address = models.CharField(max_length=text.ADDRESS, blank=True)
    last_agent = models.CharField(max_length=text.AGENT, blank=True)
    total = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.key_id}: {self.total}"


def last_used_at() -> Coalesce:
    """A key's last use, for a query of keys."""
    # Whatever the log has beyond the sums is later than all that they hold.
    newest = _unsummed().order_by("-decided_at").values(moment=Precise("decided_at"))
    return Coalesce(Subquery(newest[:1]), Precise("use__last_used_at"))


def columns() -> dict[str, Coalesce | CombinedExpression]:
    """What else is known of a key's uses, for a query of keys."""
    counted = _unsummed().values("key_id").annotate(n=Count("pk"))
    return {
        "last_address": Coalesce(
            _newest("client_ip"), F("use__last_address"), Value("")
        ),
        "last_agent": Coalesce(_newest("user_agent"), F("use__last_agent"), Value("")),
        "uses": Coalesce(F("use__total"), 0)
        + Coalesce(Subquery(counted.values("n")), 0),
    }


def _unsummed() -> DecisionQuerySet:
    return Decision.objects.unsummed().filter(
        deployment_id=OuterRef("deployment_id"), key_id=OuterRef("pk"), allowed=True
    )


def _newest(column: str) -> Subquery:
    # By the column itself, not precisely: the index holds it so.
    return Subquery(_unsummed().order_by("-decided_at").values(column)[:1])
