"""Apps: the namespace and the policy of one family of keys."""

from django.db import models

from apiauth import identifiers, policies, text
from apiauth.models.deployments import BackendKey, Deployment


class Capability(models.TextChoices):
    """What a customer's session may see and do; a ticket carries a subset."""

    ACTIVITY_READ = "activity:read", "See the history"
    KEYS_CREATE = "keys:create", "Create keys"
    KEYS_READ = "keys:read", "See keys"
    KEYS_REVOKE = "keys:revoke", "Revoke keys"
    KEYS_ROTATE = "keys:rotate", "Rotate keys"
    KEYS_UPDATE = "keys:update", "Rename keys"
    LIMITS_READ = "limits:read", "See limits"
    LOGS_READ = "logs:read", "See the access log"
    USAGE_READ = "usage:read", "See usage"


class ApiAuthAppQuerySet(models.QuerySet["ApiAuthApp"]):
    def of(self, deployment: Deployment) -> "ApiAuthAppQuerySet":
        return self.filter(deployment=deployment)

    def present(self) -> "ApiAuthAppQuerySet":
        """Not deleted; whether active or not."""
        return self.filter(deleted_at__isnull=True)

    def reachable_by(self, backend_key: BackendKey) -> "ApiAuthAppQuerySet":
        """Of the key's deployment and, when it is restricted, among its apps."""
        restriction = BackendKey.apps.through.objects.filter(backendkey=backend_key)
        return self.filter(deployment_id=backend_key.deployment_id).filter(
            ~models.Exists(restriction)
            | models.Exists(restriction.filter(apiauthapp=models.OuterRef("pk")))
        )


class ApiAuthApp(models.Model):
    """One family of keys of a deployment, known to hosts by its slug."""

    id = models.UUIDField(primary_key=True, default=identifiers.new, editable=False)
    deployment = models.ForeignKey(
        Deployment, on_delete=models.PROTECT, related_name="apps"
    )
    app_slug = models.CharField(max_length=text.SLUG)
    name = models.CharField(max_length=text.NAME)
    description = models.CharField(max_length=text.DESCRIPTION, blank=True)
    key_prefix = models.CharField(max_length=31)
    user_id = models.CharField(max_length=text.EXTERNAL_ID, null=True, blank=True)
    organization_id = models.CharField(
        max_length=text.EXTERNAL_ID, null=True, blank=True
    )
    workspace_id = models.CharField(max_length=text.EXTERNAL_ID, null=True, blank=True)
    permissions = models.JSONField(default=list, blank=True)
    permission_details = models.JSONField(default=dict, blank=True)
    resources = models.JSONField(default=list, blank=True)
    rate_limit_scheme = models.ForeignKey(
        "apiauth.RateLimitScheme",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="apps",
    )
    capabilities = models.JSONField(
        null=True, blank=True, help_text="What tickets may carry; unset: everything."
    )
    embed_origins = models.JSONField(
        null=True, blank=True, help_text="Unset: the deployment's."
    )
    policy = models.JSONField(default=dict, blank=True)
    session_idle_seconds = models.PositiveIntegerField(default=30 * 60)
    session_absolute_seconds = models.PositiveIntegerField(default=8 * 3600)
    require_bound_session = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = ApiAuthAppQuerySet.as_manager()

    class Meta:
        verbose_name = "app"
        constraints = (
            models.UniqueConstraint(
                fields=["deployment", "app_slug"],
                condition=models.Q(deleted_at__isnull=True),
                name="app_slug_unique_while_present",
                violation_error_message="An app with this slug exists already.",
            ),
            models.CheckConstraint(
                condition=models.Q(session_idle_seconds__gte=60)
                & models.Q(session_absolute_seconds__gte=60)
                & models.Q(session_absolute_seconds__lte=7 * 24 * 3600),
                name="app_session_limits_sane",
            ),
            models.CheckConstraint(
                condition=models.Q(deleted_at__isnull=True) | models.Q(is_active=False),
                name="app_inactive_once_deleted",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def rules(self) -> policies.Policy:
        """The policy as a value; defaults where the operator said nothing."""
        return policies.read(self.policy)

    @property
    def rate_limit_scheme_slug(self) -> str:
        """The slug of its rate-limit scheme, or nothing; needs the scheme fetched."""
        return self.rate_limit_scheme.slug if self.rate_limit_scheme else ""

    @property
    def ceiling(self) -> list[str]:
        """The capabilities that its tickets may carry."""
        if self.capabilities is None:
            return [str(c) for c in Capability.values]
        return [str(c) for c in self.capabilities]

    @property
    def allowed_origins(self) -> list[str]:
        """Origins that may embed it; needs its deployment fetched."""
        if self.embed_origins is None:
            return list(self.deployment.embed_origins)
        return list(self.embed_origins)
