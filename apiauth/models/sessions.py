"""Sessions in somebody else's page, and the tokens of their documents."""

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypedDict, cast

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from apiauth import identifiers
from apiauth.models.applications import ApiAuthApp
from apiauth.models.deployments import BackendKey, Deployment
from apiauth.models.tenants import shut_owner
from apiauth.models.tickets import Ticket

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


# Without the cookie that says "same browser", a session lives on for less.
UNBOUND_IDLE = timedelta(minutes=10)


class PortalSessionQuerySet(models.QuerySet["PortalSession"]):
    def of_app(self, app: ApiAuthApp) -> "PortalSessionQuerySet":
        return self.filter(app=app)

    def reachable_by(self, backend_key: BackendKey) -> "PortalSessionQuerySet":
        """Of the apps that a backend key may act on."""
        apps = ApiAuthApp.objects.present().reachable_by(backend_key)
        return self.filter(deployment_id=backend_key.deployment_id, app__in=apps)

    def claimed_by(
        self,
        deployment_id: uuid.UUID,
        *,
        user_id: str | None = None,
        organization_id: str | None = None,
    ) -> "PortalSessionQuerySet":
        """Of this person, in this organization; None means whichever."""
        said = {"user_id": user_id, "organization_id": organization_id}
        claims = {name: value for name, value in said.items() if value is not None}
        mine = self.filter(deployment_id=deployment_id)
        if not claims:
            return mine
        tickets = Ticket.objects.filter(deployment_id=deployment_id, **claims)
        return mine.filter(ticket__in=tickets)

    def judged(self) -> "models.QuerySet[JudgedSession]":
        """With all a page needs, the moment, and whether its owner is shut."""
        rows = self.select_related("app__deployment", "deployment", "ticket").annotate(
            at=Now(), owner_is_shut=shut_owner("ticket__")
        )
        # The stubs lose sight of what a queryset of our own is annotated with.
        return cast("models.QuerySet[JudgedSession]", rows)

    def unended(self, moment: datetime) -> "PortalSessionQuerySet":
        """Neither ended nor past their longest life; perhaps idle for too long."""
        return self.filter(ended_at__isnull=True, expires_at__gt=moment)

    def live_in(self, app: ApiAuthApp, moment: datetime) -> "PortalSessionQuerySet":
        """Of this app, and neither ended nor lapsed in any way."""
        return self.of_app(app).filter(_is_live(app, moment))

    def seen_by_host(
        self, app: ApiAuthApp, moment: datetime
    ) -> "models.QuerySet[SeenSession]":
        """With all that a host may know, and whether they are live."""
        is_live = models.Case(
            models.When(_is_live(app, moment), then=True), default=False
        )
        rows = self.select_related("app", "ticket").annotate(is_live=is_live)
        bare = rows.defer("binder_digest", "ticket__digest")
        # As in `judged`.
        return cast("models.QuerySet[SeenSession]", bare)


def _is_live(app: ApiAuthApp, moment: datetime) -> Q:
    idle = timedelta(seconds=app.session_idle_seconds)
    is_in_use = Q(last_seen_at__gt=moment - min(idle, UNBOUND_IDLE)) | Q(
        bound_at__isnull=False, last_seen_at__gt=moment - idle
    )
    return is_in_use & Q(ended_at__isnull=True, expires_at__gt=moment)


class PortalSession(models.Model):
    """One redeemed ticket; its id is the locator in the page's address.

    Who and what it stands for is read from its ticket. The binder digest says
    in which browser the ticket was redeemed; `bound_at`, that this browser keeps
    cookies, from when on no token counts without the cookie. A session that a host's
    own front end carries in a cookie has what is in there as its binder.
    """

    class EndReason(models.TextChoices):
        """Why a session ended."""

        ABSOLUTE = "absolute", "Reached its longest life"
        ADMIN = "admin", "Ended by an operator"
        HOST = "host", "Ended by the host product"
        IDLE = "idle", "Not used for too long"
        SIGNED_OUT = "signed_out", "Signed out"
        SUSPENDED = "suspended", "The organization or person was stopped"

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

    objects = PortalSessionQuerySet.as_manager()

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


class _OwnerStateAndMoment(TypedDict):
    owner_is_shut: bool
    at: datetime


class _Liveness(TypedDict):
    is_live: bool


# A row with what is judged beside it, in the statement that fetched it.
type JudgedSession = WithAnnotations[PortalSession, _OwnerStateAndMoment]
type SeenSession = WithAnnotations[PortalSession, _Liveness]
