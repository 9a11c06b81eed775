"""Sessions in somebody else's page, and the tokens of their documents."""

from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from django.db import models
from django.db.models import Q

from apiauth import identifiers
from apiauth.models.applications import ApiAuthApp
from apiauth.models.deployments import Deployment
from apiauth.models.tickets import Ticket

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class PortalSession(models.Model):
    """One redeemed ticket; its id is the locator in the page's address.

    Who and what it stands for is read from its ticket. The binder digest says
    in which browser the ticket was redeemed; `bound_at`, that this browser keeps
    cookies, from when on no token counts without the cookie. A session that a host's
    own front end carries in a cookie has what is in there as its binder.
    """

    class EndReason(models.TextChoices):
        ABSOLUTE = "absolute", "Reached its longest life"
        ADMIN = "admin", "Ended by an operator"
        HOST = "host", "Ended by the host product"
        IDLE = "idle", "Not used for too long"
        SIGNED_OUT = "signed_out", "Signed out"

    id = models.UUIDField(primary_key=True, default=identifiers.locator, editable=False)
    deployment = models.ForeignKey(Deployment, on_delete=models.PROTECT)
    app = models.ForeignKey(ApiAuthApp, on_delete=models.PROTECT)
    ticket = models.OneToOneField(
        Ticket, on_delete=models.PROTECT, related_name="session"
    )
    binder_digest = models.BinaryField(max_length=32, editable=False)
    bound_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.CharField(max_length=12, choices=EndReason, blank=True)

    class Meta:
        indexes = (
            models.Index(fields=["deployment", "-created_at"], name="session_log"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(binder_digest__length=32), name="session_binder_whole"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_reason="")
                | (Q(ended_at__isnull=False) & ~Q(ended_reason="")),
                name="session_end_explained",
            ),
        )

    def __str__(self) -> str:
        return str(self.id)

    def may(self, capability: str) -> bool:
        """Tell whether the ticket, within the app's present ceiling, allows it."""
        return capability in self.ticket.capabilities and capability in self.app.ceiling


class SessionToken(models.Model):
    """The token one document of a session holds in memory."""

    id = models.UUIDField(primary_key=True, default=identifiers.new, editable=False)
    deployment = models.ForeignKey(Deployment, on_delete=models.PROTECT)
    session = models.ForeignKey(
        PortalSession, on_delete=models.CASCADE, related_name="tokens"
    )
    digest = models.BinaryField(max_length=32, editable=False)
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["digest"], name="session_token_digest_unique"
            ),
            models.CheckConstraint(
                condition=Q(digest__length=32), name="session_token_digest_whole"
            ),
        )

    def __str__(self) -> str:
        return str(self.id)


class _OwnerState(TypedDict):
    owner_is_shut: bool


class _OwnerStateAndMoment(_OwnerState):
    at: datetime


# Rows with what is judged beside them, in the statement that fetched them.
type ClaimedTicket = WithAnnotations[Ticket, _OwnerState]
type JudgedSession = WithAnnotations[PortalSession, _OwnerStateAndMoment]
