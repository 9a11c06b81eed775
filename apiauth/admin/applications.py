"""Apps: provisioned, set up, switched off and on, deleted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from apiauth import applications
from apiauth.actors import Actor
from apiauth.admin import app_forms, counts, filters, pages
from apiauth.admin.app_columns import AppColumns
from apiauth.admin.desk import Tool
from apiauth.admin.editing import EditingDesk, Wanted
from apiauth.admin.verbs import Verb
from apiauth.errors import ApiAuthError
from apiauth.http import requests
from apiauth.models import ApiAuthApp, Key


def _deactivate(app: ApiAuthApp, actor: Actor, now: datetime, reason: str) -> None:
    applications.deactivate(app=app, actor=actor, now=now, reason=reason)


def _activate(app: ApiAuthApp, actor: Actor, now: datetime, reason: str) -> None:
    applications.activate(app=app, actor=actor, now=now, reason=reason)


def _delete(app: ApiAuthApp, actor: Actor, now: datetime, reason: str) -> None:
    applications.delete(app=app, actor=actor, now=now, reason=reason)


def _stops(apps: Sequence[ApiAuthApp], now: datetime) -> str:
    keys = Key.objects.live(now).filter(app__in=apps, app__is_active=True).count()
    return f"{keys} live {'key stops' if keys == 1 else 'keys stop'} working."


def _starts(apps: Sequence[ApiAuthApp], now: datetime) -> str:
    keys = Key.objects.live(now).filter(app__in=apps, app__is_active=False).count()
    return f"{keys} live {'key works' if keys == 1 else 'keys work'} again."


def _slug(app: ApiAuthApp) -> str:
    return app.app_slug


class StateFilter(filters.StateFilter):
    states = {
        "on": ("On", lambda _: Q(is_active=True)),
        "off": ("Off", lambda _: Q(is_active=False, deleted_at__isnull=True)),
        "deleted": ("Deleted", lambda _: Q(deleted_at__isnull=False)),
    }


@admin.register(ApiAuthApp)
class ApiAuthAppAdmin(AppColumns, EditingDesk[ApiAuthApp]):
    settings_form = app_forms.SettingsForm
    offered = (
        Verb(
            name="deactivate",
            label="Deactivate apps",
            button="Deactivate app",
            done="Deactivated",
            sentence="Every check of their keys is refused and their open sessions "
            "close at once. Activating undoes it.",
            carry_out=_deactivate,
            applies=lambda app: app.is_active,
            consequence=_stops,
            typed=_slug,
        ),
        Verb(
            name="activate",
            label="Activate apps",
            button="Activate app",
            done="Activated",
            sentence="Keys that are live work again at once.",
            carry_out=_activate,
            applies=lambda app: not app.is_active and app.deleted_at is None,
            consequence=_starts,
            is_grave=False,
        ),
        Verb(
            name="delete",
            label="Delete apps",
            button="Delete app",
            done="Deleted",
            sentence="Their keys stop for good. The rows stay for the history; this "
            "cannot be undone.",
            carry_out=_delete,
            applies=lambda app: app.deleted_at is None,
            consequence=_stops,
            typed=_slug,
        ),
    )
    confirmed_by = ("slug_shown", "of", "keys", "state")
    list_display = ("name", "slug_shown", "of", "prefix", "state", "keys", "created")
    list_filter = (StateFilter, filters.DeploymentFilter)
    list_select_related = ("deployment", "rate_limit_scheme")
    search_fields = (
        "id__exact",
        "app_slug",
        "name",
        "key_prefix",
        "organization_id",
        "user_id",
        "workspace_id",
    )
    ordering = ("-created_at", "-id")
    date_hierarchy = "created_at"
    fieldsets = (
        (None, {"fields": ("name", "description", "state", "slug_shown", "of")}),
        (
            "Keys",
            {
                "fields": (
                    "sample",
                    "keys",
                    "permissions_shown",
                    "details",
                    "rules",
                    "limits",
                )
            },
        ),
        (
            "Sessions",
            {"fields": ("capabilities_shown", "origins", "idle", "longest", "bound")},
        ),
        (
            "Origin",
            {
                "classes": ("collapse",),
                "fields": (
                    "id_shown",
                    "organization_id",
                    "user_id",
                    "workspace_id",
                    "resources_shown",
                    "created",
                    "updated",
                    "deleted",
                ),
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "add")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiAuthApp]:
        live = Key.objects.live(timezone.now())
        return super().get_queryset(request).annotate(key_count=counts.of(live, "app"))

    def row_tools(self, request: HttpRequest, row: ApiAuthApp) -> list[Tool]:
        tools = [("Keys", counts.list_url("key", app_id=row.pk))]
        if self.has_operate_permission(request) and self.has_settings(row):
            tools.append(("Settings", self.url("settings", row.pk)))
        return tools

    def history_url(self, row: ApiAuthApp) -> str:
        return counts.events_url(app_id=row.pk)

    def has_settings(self, row: ApiAuthApp) -> bool:
        return row.deleted_at is None

    def stored(self, row: ApiAuthApp) -> Wanted:
        return app_forms.stored(row)

    def save(
        self, row: ApiAuthApp, wanted: Wanted, actor: Actor, now: datetime
    ) -> None:
        applications.update(app=row, actor=actor, now=now, **wanted)

    # ------------------------------------------------------------------- pages

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = app_forms.ProvisionForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                app = applications.provision(
                    **form.wanted(),
                    actor=requests.operator_actor(request),
                    now=timezone.now(),
                )
            except ApiAuthError as refusal:
                pages.fail(form, refusal)
            else:
                self.message_user(request, "Provisioned.", messages.SUCCESS)
                return HttpResponseRedirect(self.url("change", app.pk))
        return self.form_page(request, form, title="Add app", submit="Add app")
