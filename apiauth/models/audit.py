"""The history of every change: append-only, chained by hashes."""

import uuid

from django.db import models
from django.db.models import Q

from apiauth import text


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def of(self, deployment_id: uuid.UUID) -> "AuditEventQuerySet":
        return self.filter(deployment_id=deployment_id)

    def before(self, sequence: int) -> "AuditEventQuerySet":
        return self.filter(sequence__lt=sequence)


class AuditEvent(models.Model):
    """One thing that happened, or was refused; triggers forbid to change it.

    It holds plain ids, no foreign keys, so that nothing it tells of can take it
    along when it goes. `hash` covers every other column and the hash before it
    in the deployment's chain.
    """

    id = models.BigAutoField(primary_key=True)
    deployment_id = models.UUIDField()
    sequence = models.PositiveBigIntegerField()
    action = models.CharField(max_length=40)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=text.EXTERNAL_ID, blank=True)
    actor_label = models.CharField(max_length=text.LABEL, blank=True)
    channel = models.CharField(max_length=10)
    address = models.CharField(max_length=64, blank=True)
    agent = models.CharField(max_length=text.AGENT, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    ticket_id = models.UUIDField(null=True)
    session_id = models.UUIDField(null=True)
    app_id = models.UUIDField(null=True)
    key_id = models.UUIDField(null=True)
    organization_id = models.CharField(max_length=text.EXTERNAL_ID, null=True)
    user_id = models.CharField(max_length=text.EXTERNAL_ID, null=True)
    reason = models.CharField(max_length=text.REASON, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    created_at = models.DateTimeField()
    previous_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    # Filled where events are shown.
    app_slug: str | None

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["deployment_id", "key_id"], name="audit_by_key"),
            models.Index(fields=["deployment_id", "-created_at"], name="audit_by_time"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["deployment_id", "sequence"], name="audit_sequence_unique"
            ),
            models.CheckConstraint(
                condition=Q(hash__length=32) & Q(previous_hash__length=32),
                name="audit_hashes_whole",
            ),
        )

    def __str__(self) -> str:
        return f"{self.sequence} {self.action}"


class AuditChain(models.Model):
    """The end of one deployment's chain; its row lock puts events in order."""

    deployment_id = models.UUIDField(primary_key=True)
    sequence = models.PositiveBigIntegerField(default=0)
    head = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"{self.deployment_id} {self.sequence}"
