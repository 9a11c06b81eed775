"""What was already done under an idempotency token."""

import uuid

from django.db import models

from apiauth import identifiers
from apiauth.models.deployments import Deployment


class IdempotencyRecord(models.Model):
    """One write that minted something; the constraint makes a repeat impossible."""

    id = models.UUIDField(primary_key=True, default=identifiers.new, editable=False)
    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE)
    scope = models.CharField(max_length=100)
    token = models.CharField(max_length=100)
    # Of the key or the ticket.
    made_id: "models.UUIDField[uuid.UUID, uuid.UUID]" = models.UUIDField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["deployment", "scope", "token"], name="idempotency_token_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.scope} {self.token}"
