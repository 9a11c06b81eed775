"""Rate-limit schemes: named sets of rules."""

from django.db import models

from apiauth import identifiers, text
from apiauth.models.deployments import Deployment


class RateLimitSchemeQuerySet(models.QuerySet["RateLimitScheme"]):
    def of(self, deployment: Deployment) -> "RateLimitSchemeQuerySet":
        return self.filter(deployment=deployment)

    def last_changed_first(self) -> "RateLimitSchemeQuerySet":
        return self.order_by("-updated_at", "-id")


class RateLimitScheme(models.Model):
    """Rules that apps name to limit their keys."""

    id = models.UUIDField(primary_key=True, default=identifiers.new, editable=False)
    deployment = models.ForeignKey(
        Deployment, on_delete=models.PROTECT, related_name="rate_limit_schemes"
    )
    slug = models.CharField(max_length=text.SLUG)
    name = models.CharField(max_length=text.NAME)
    description = models.CharField(max_length=text.DESCRIPTION, blank=True)
    rules = models.JSONField(default=list)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = RateLimitSchemeQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["deployment", "slug"], name="scheme_slug_unique"
            ),
        )

    def __str__(self) -> str:
        return self.name
