"""Deployments, and the backend keys their hosts call us with."""

from datetime import datetime

from django.db import models
from django.db.models.functions import Length

from apiauth import identifiers, text

models.BinaryField.register_lookup(Length)


class Scope(models.TextChoices):
    """What a backend key may be used for."""

    APPS_MANAGE = "apps:manage", "Manage apps"
    AUDIT_READ = "audit:read", "Read audit and usage"
    KEYS_MANAGE = "keys:manage", "Manage customers' keys"
    KEYS_VERIFY = "keys:verify", "Ask for verdicts"
    TICKETS_ISSUE = "tickets:issue", "Issue tickets"


class Deployment(models.Model):
    """One environment of one host product; the tenant of everything below it."""

    class Mode(models.TextChoices):
        PRODUCTION = "production", "Production"
        STAGING = "staging", "Staging"

    id = models.UUIDField(primary_key=True, default=identifiers.new, editable=False)
    slug = models.SlugField(max_length=text.SLUG)
    name = models.CharField(max_length=text.NAME)
    mode = models.CharField(max_length=12, choices=Mode, default=Mode.PRODUCTION)
    branding = models.JSONField(default=dict, blank=True)
    embed_origins = models.JSONField(default=list, blank=True)
    support_url = models.CharField(max_length=text.URL, blank=True)
    docs_url = models.CharField(max_length=text.URL, blank=True)
    return_url = models.CharField(max_length=text.URL, blank=True)
    api_base_url = models.CharField(max_length=text.URL, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["slug"], name="deployment_slug_unique"),
            models.CheckConstraint(
                condition=models.Q(mode__in=["production", "staging"]),
                name="deployment_mode_known",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def product_name(self) -> str:
        """The product's name as its customers know it."""
        return str(self.branding.get("product_name") or self.name)


class BackendKeyQuerySet(models.QuerySet["BackendKey"]):
    def of(self, deployment: Deployment) -> "BackendKeyQuerySet":
        return self.filter(deployment=deployment)

    def by_digest(self, digests: list[bytes]) -> "BackendKeyQuerySet":
        return self.filter(digest__in=digests)

    def live(
        self, now: datetime | models.expressions.Combinable
    ) -> "BackendKeyQuerySet":
        """Neither revoked nor expired at `now`."""
        return self.filter(
            models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=now),
            revoked_at__isnull=True,
        )


class BackendKey(models.Model):
    """A host backend's credential; its clear text was shown once."""

    id = models.UUIDField(primary_key=True, default=identifiers.new, editable=False)
    deployment = models.ForeignKey(
        Deployment, on_delete=models.PROTECT, related_name="backend_keys"
    )
    name = models.CharField(max_length=text.NAME)
    digest = models.BinaryField(max_length=32, editable=False)
    pepper_id = models.CharField(max_length=32, editable=False)
    last_four = models.CharField(max_length=4, editable=False)
    scopes = models.JSONField(default=list)
    apps = models.ManyToManyField(
        "apiauth.ApiAuthApp",
        blank=True,
        related_name="backend_keys",
        help_text="Empty: every app of the deployment.",
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    objects = BackendKeyQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["digest"], name="backend_key_digest_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(digest__length=32), name="backend_key_digest_whole"
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__isnull=True)
                | models.Q(expires_at__gt=models.F("created_at")),
                name="backend_key_expires_after_creation",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def masked(self) -> str:
        return f"apb_····{self.last_four}"
