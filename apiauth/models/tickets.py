"""Tickets: one-time claims of a host about who may do what."""

from django.db import models
from django.db.models import Q

from apiauth import identifiers, text
from apiauth.models.applications import ApiAuthApp
from apiauth.models.deployments import BackendKey, Deployment
from apiauth.models.keys import OwnerKind


class Ticket(models.Model):
    """What a host vouched for; everything that authorises comes from this row."""

    class Theme(models.TextChoices):
        AUTO = "auto", "Like the viewer's system"
        DARK = "dark", "Dark"
        LIGHT = "light", "Light"

    id = models.UUIDField(primary_key=True, default=identifiers.locator, editable=False)
    deployment = models.ForeignKey(Deployment, on_delete=models.PROTECT)
    app = models.ForeignKey(ApiAuthApp, on_delete=models.PROTECT)
    issued_by = models.ForeignKey(BackendKey, on_delete=models.PROTECT)
    digest = models.BinaryField(max_length=32, editable=False)
    user_id = models.CharField(max_length=text.EXTERNAL_ID, null=True)
    user_label = models.CharField(max_length=text.LABEL, blank=True)
    organization_id = models.CharField(max_length=text.EXTERNAL_ID, null=True)
    organization_label = models.CharField(max_length=text.LABEL, blank=True)
    workspace_id = models.CharField(max_length=text.EXTERNAL_ID, null=True)
    capabilities = models.JSONField(default=list)
    grantable_permissions = models.JSONField(null=True)
    embed_origin = models.CharField(max_length=255, blank=True)
    return_url = models.CharField(max_length=text.URL, blank=True)
    locale = models.CharField(max_length=16, blank=True)
    theme = models.CharField(max_length=5, choices=Theme, default=Theme.AUTO)
    auth_time = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    redeemed_at = models.DateTimeField(null=True)
    # The session that it opened or prolonged, which may have a newer ticket by now.
    spent_on = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=["deployment", "-created_at"], name="ticket_log"),
        )
        constraints = (
            models.UniqueConstraint(fields=["digest"], name="ticket_digest_unique"),
            models.CheckConstraint(
                condition=Q(digest__length=32), name="ticket_digest_whole"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")),
                name="ticket_expires_after_creation",
            ),
        )

    def __str__(self) -> str:
        return str(self.id)

    @property
    def owner_kind(self) -> OwnerKind:
        """Whose keys it opens: the narrowest tenant that the host named."""
        if self.workspace_id:
            return OwnerKind.WORKSPACE
        if self.organization_id:
            return OwnerKind.ORGANIZATION
        return OwnerKind.USER if self.user_id else OwnerKind.APP

    @property
    def owner_id(self) -> str:
        """The owner's id; a workspace's is only unique inside its organization."""
        if self.workspace_id and self.organization_id:
            return f"{self.organization_id}/{self.workspace_id}"
        return self.workspace_id or self.organization_id or self.user_id or ""
