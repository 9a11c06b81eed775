"""Portal sessions: read and ended. Their tokens and binders are not here."""

from datetime import datetime

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from apiauth import sessions
from apiauth.actors import Actor
from apiauth.admin import counts, filters, shown, tickets
from apiauth.admin.desk import Desk, Tool
from apiauth.admin.verbs import Verb
from apiauth.errors import Conflict
from apiauth.models import PortalSession


def _end(session: PortalSession, actor: Actor, now: datetime, reason: str) -> None:
    ended = sessions.end(
        session=session,
        reason=PortalSession.EndReason.ADMIN,
        note=reason,
        actor=actor,
        now=now,
    )
    if not ended:
        raise Conflict("It had ended before.")


class StateFilter(filters.StateFilter):
    states = {
        "open": ("Open", lambda now: Q(ended_at__isnull=True, expires_at__gt=now)),
        "ended": (
            "Ended",
            lambda now: Q(ended_at__isnull=False) | Q(expires_at__lte=now),
        ),
        "unbound": ("Without cookies", lambda _: Q(bound_at__isnull=True)),
    }


@admin.register(PortalSession)
class PortalSessionAdmin(Desk[PortalSession]):
    offered = (
        Verb(
            name="end",
            label="End sessions",
            button="End session",
            done="Ended",
            sentence="Their pages stop at the next click. Whoever still has access at "
            "the host can open new ones there.",
            carry_out=_end,
            applies=lambda session: session.ended_at is None,
        ),
    )
    confirmed_by = ("who", "of", "created", "state")
    list_display = ("created", "who", "of", "state", "seen", "expires")
    list_filter = (StateFilter, filters.DeploymentFilter, filters.AppFilter)
    list_select_related = ("app", "deployment", "ticket")
    search_fields = (
        "id__exact",
        "ticket__user_id",
        "ticket__user_label",
        "ticket__organization_id",
        "ticket__organization_label",
    )
    ordering = ("-created_at", "-id")
    date_hierarchy = "created_at"
    fieldsets = (
        (None, {"fields": ("who", "state", "of", "id_shown")}),
        ("May", {"fields": ("capabilities_shown",)}),
        ("Times", {"fields": ("created", "seen", "bound", "expires", "ended")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[PortalSession]:
        return super().get_queryset(request).defer("binder_digest", "ticket__digest")

    def row_tools(self, request: HttpRequest, row: PortalSession) -> list[Tool]:
        page = "admin:apiauth_ticket_change"
        return [("Its ticket", counts.row_url(page, row.ticket_id))]

    def history_url(self, row: PortalSession) -> str:
        return counts.events_url(deployment_id=row.deployment_id, session_id=row.pk)

    @admin.display(description="Opened", ordering="created_at")
    def created(self, row: PortalSession) -> SafeString | str:
        return shown.moment(row.created_at)

    @admin.display(description="For")
    def who(self, row: PortalSession) -> str:
        return tickets.who(row.ticket)

    @admin.display(description="App", ordering="app__name")
    def of(self, row: PortalSession) -> str:
        return f"{row.app.name}, {row.deployment.name}"

    @admin.display(description="State")
    def state(self, row: PortalSession) -> SafeString:
        if row.ended_at is not None:
            return shown.status(row.get_ended_reason_display())
        if row.expires_at <= timezone.now():
            return shown.status("Lapsed")
        return shown.status("Open", "good")

    @admin.display(description="Last seen", ordering="last_seen_at")
    def seen(self, row: PortalSession) -> SafeString | str:
        return shown.moment(row.last_seen_at)

    @admin.display(description="Ends at the latest", ordering="expires_at")
    def expires(self, row: PortalSession) -> SafeString | str:
        return shown.moment(row.expires_at)

    @admin.display(description="Cookie first seen")
    def bound(self, row: PortalSession) -> SafeString | str:
        return shown.moment(row.bound_at, "never")

    @admin.display(description="Ended")
    def ended(self, row: PortalSession) -> SafeString | str:
        return shown.moment(row.ended_at)

    @admin.display(description="Capabilities")
    def capabilities_shown(self, row: PortalSession) -> SafeString | str:
        may = [c for c in row.ticket.capabilities if c in row.app.ceiling]
        return shown.words(may)

    @admin.display(description="Id")
    def id_shown(self, row: PortalSession) -> SafeString | str:
        return shown.code(row.pk)
