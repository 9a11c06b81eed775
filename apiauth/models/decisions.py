"""Verdicts, one row each, and their hourly sums."""

from django.db import models

from apiauth import identifiers, text


class Decision(models.Model):
    """One verdict of the gateway; plain ids, so that it outlives what it names."""

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
    fingerprint = models.BinaryField(max_length=12, null=True)
    decided_at = models.DateTimeField()

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
        )

    def __str__(self) -> str:
        return f"{self.request_id} {self.code}"

    @property
    def request_id(self) -> str:
        """The id that hosts see."""
        return f"req_{self.id.hex}"


class UsageBucket(models.Model):
    """Verdicts of one app and owner in one hour, summed by code."""

    id = models.UUIDField(primary_key=True, default=identifiers.new, editable=False)
    deployment_id = models.UUIDField()
    app_id = models.UUIDField()
    owner_kind = models.CharField(max_length=12)
    owner_id = models.CharField(max_length=2 * text.EXTERNAL_ID + 1, blank=True)
    starts_at = models.DateTimeField()
    code = models.CharField(max_length=20)
    total = models.PositiveBigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=[
                    "deployment_id",
                    "app_id",
                    "owner_kind",
                    "owner_id",
                    "starts_at",
                    "code",
                ],
                name="usage_bucket_unique",
            ),
        )

    def __str__(self) -> str:
        return f"{self.starts_at} {self.code} {self.total}"
