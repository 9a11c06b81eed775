"""The history: read, searched, never changed."""

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apiauth.actors import ActorKind, Channel
from apiauth.admin import filters, shown
from apiauth.admin.desk import Desk, Tool
from apiauth.audit import Action
from apiauth.models import ApiAuthApp, AuditEvent, Deployment


class ActionFilter(filters.StateFilter):
    title = "action"
    parameter_name = "action_is"  # "action" is the name of the list's own form
    states = {
        str(action): (str(action.value), filters.equal("action", action))
        for action in Action
    }


class ActorFilter(filters.StateFilter):
    title = "actor"
    parameter_name = "actor_kind"
    states = {
        kind.value: (kind.value, filters.equal("actor_kind", kind))
        for kind in ActorKind
    }


class ChannelFilter(filters.StateFilter):
    title = "door"
    parameter_name = "channel"
    states = {
        channel.value: (channel.value, filters.equal("channel", channel))
        for channel in Channel
    }


@admin.register(AuditEvent)
class AuditEventAdmin(Desk[AuditEvent]):
    list_display = ("at", "action_shown", "who", "about", "reason", "of")
    list_filter = (
        ActionFilter,
        ActorFilter,
        ChannelFilter,
        ("created_at", admin.DateFieldListFilter),
        filters.DeploymentFilter,
        filters.AppFilter,
        filters.KeyFilter,
        filters.SessionFilter,
    )
    search_fields = (
        "key_id__exact",
        "ticket_id__exact",
        "session_id__exact",
        "=request_id",
        "actor_id",
        "actor_label",
        "organization_id",
        "user_id",
        "reason",
        "after__backend_key_id",
        "before__backend_key_id",
        "after__ticket_id",
    )
    ordering = ("-id",)
    date_hierarchy = "created_at"
    fieldsets = (
        (None, {"fields": ("action_shown", "at", "sequence", "of", "reason")}),
        (
            "Who",
            {
                "fields": (
                    "who",
                    "actor_id",
                    "channel",
                    "address",
                    "agent",
                    "request_id",
                    "ticket_id",
                    "session_id",
                )
            },
        ),
        (
            "About",
            {"fields": ("app", "key", "organization_id", "user_id")},
        ),
        ("What", {"fields": ("before_shown", "after_shown")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        deployment = Deployment.objects.filter(pk=OuterRef("deployment_id"))
        app = ApiAuthApp.objects.filter(pk=OuterRef("app_id"))
        return (
            super()
            .get_queryset(request)
            .defer("hash", "previous_hash")
            .annotate(
                deployment_name=Subquery(deployment.values("name")),
                app_name=Subquery(app.values("name")),
            )
        )

    def list_tools(self, request: HttpRequest) -> list[Tool]:
        return [("Verify", reverse("admin:apiauth_deployment_changelist"))]

    @admin.display(description="Time", ordering="id")
    def at(self, row: AuditEvent) -> SafeString | str:
        return shown.moment(row.created_at)

    @admin.display(description="Action", ordering="action")
    def action_shown(self, row: AuditEvent) -> SafeString | str:
        return shown.code(row.action)

    @admin.display(description="Who")
    def who(self, row: AuditEvent) -> SafeString:
        return format_html(
            '{}<br><span class="quiet">{}, {}</span>',
            row.actor_label or row.actor_id or "unknown",
            row.actor_kind,
            row.channel,
        )

    @admin.display(description="About")
    def about(self, row: AuditEvent) -> str:
        told = {**(row.before or {}), **(row.after or {})}
        named = (told.get("name"), getattr(row, "app_name", None), row.organization_id)
        return " · ".join(str(part) for part in named if part) or shown.NOTHING

    @admin.display(description="Deployment")
    def of(self, row: AuditEvent) -> str:
        return getattr(row, "deployment_name", None) or str(row.deployment_id)

    @admin.display(description="App")
    def app(self, row: AuditEvent) -> SafeString | str:
        if row.app_id is None:
            return shown.NOTHING
        url = reverse("admin:apiauth_apiauthapp_change", args=[row.app_id])
        return shown.link(url, getattr(row, "app_name", None) or row.app_id)

    @admin.display(description="Key")
    def key(self, row: AuditEvent) -> SafeString | str:
        if row.key_id is None:
            return shown.NOTHING
        url = reverse("admin:apiauth_key_change", args=[row.key_id])
        return shown.link(url, row.key_id)

    @admin.display(description="Before")
    def before_shown(self, row: AuditEvent) -> SafeString | str:
        return shown.facts(row.before)

    @admin.display(description="After")
    def after_shown(self, row: AuditEvent) -> SafeString | str:
        return shown.facts(row.after)
