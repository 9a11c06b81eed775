"""Verdicts of the gateway: read-only, newest first."""

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from apiauth.admin import filters, shown
from apiauth.admin.desk import Desk
from apiauth.models import ApiAuthApp, Decision, Key


class VerdictFilter(filters.StateFilter):
    title = "verdict"
    parameter_name = "verdict"
    states = {
        "allowed": ("Allowed", lambda _: Q(allowed=True)),
        "blocked": ("Blocked", lambda _: Q(allowed=False)),
    }


@admin.register(Decision)
class DecisionAdmin(Desk[Decision]):
    # No date_hierarchy: finding the first and last day would read the whole table.
    # The id is made of the time and indexed.
    ordering = ("-id",)
    list_display = ("at", "verdict", "call", "key", "app", "client_ip", "id_shown")
    list_filter = (
        VerdictFilter,
        filters.DeploymentFilter,
        filters.AppFilter,
        filters.KeyFilter,
    )
    search_fields = ("id__exact", "key_id__exact", "=client_ip", "=code")
    search_help_text = "Request id without “req_”, key id, address or code."
    fieldsets = (
        (None, {"fields": ("verdict", "at", "id_shown", "app", "key")}),
        ("Call", {"fields": ("call", "client_ip", "user_agent", "required")}),
        ("Rules", {"fields": ("refused_by", "broken", "limits")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Decision]:
        key = Key.objects.filter(pk=OuterRef("key_id"))
        app = ApiAuthApp.objects.filter(pk=OuterRef("app_id"))
        return (
            super()
            .get_queryset(request)
            .defer("fingerprint")
            .annotate(
                key_name=Subquery(key.values("name")),
                app_name=Subquery(app.values("name")),
            )
        )

    @admin.display(description="Time", ordering="id")
    def at(self, row: Decision) -> SafeString | str:
        return shown.moment(row.decided_at)

    @admin.display(description="Verdict")
    def verdict(self, row: Decision) -> SafeString:
        return shown.status(row.code, "good" if row.allowed else "bad")

    @admin.display(description="Call")
    def call(self, row: Decision) -> SafeString | str:
        return shown.code(f"{row.method} {row.path}")

    @admin.display(description="Key")
    def key(self, row: Decision) -> SafeString | str:
        if row.key_id is None:
            return shown.NOTHING
        url = reverse("admin:apiauth_key_change", args=[row.key_id])
        return shown.link(url, getattr(row, "key_name", None) or row.key_id)

    @admin.display(description="App")
    def app(self, row: Decision) -> str:
        return getattr(row, "app_name", None) or shown.NOTHING

    @admin.display(description="Request")
    def id_shown(self, row: Decision) -> SafeString | str:
        return shown.code(row.request_id)

    @admin.display(description="Required permissions")
    def required(self, row: Decision) -> SafeString | str:
        return shown.words(row.required_permissions)

    @admin.display(description="Refused by")
    def refused_by(self, row: Decision) -> SafeString | str:
        return shown.code(row.blocked_rule) if row.blocked_rule else shown.NOTHING

    @admin.display(description="Broken, only reported")
    def broken(self, row: Decision) -> SafeString | str:
        return shown.code(row.violation) if row.violation else shown.NOTHING

    @admin.display(description="Limits")
    def limits(self, row: Decision) -> SafeString | str:
        states = [
            f"{limit['rule']}: {limit['remaining']} of {limit['limit']} left"
            for limit in row.rate_limits
        ]
        return shown.words(states)
