"""Deployments: provisioned, set up, their history verified."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from apiauth import audit, deployments, text
from apiauth.actors import Actor
from apiauth.admin import counts, editing, fields, filters, pages, shown, verbs
from apiauth.admin.desk import Tool
from apiauth.admin.editing import EditingDesk, Wanted
from apiauth.errors import ApiAuthError
from apiauth.http import requests
from apiauth.models import ApiAuthApp, AuditChain, Deployment, Key


class SettingsForm(editing.SettingsForm):
    """What may be changed of a deployment."""

    name = fields.name_field()
    product_name = fields.name_field(
        "Product name", required=False, help_text="As its customers know it."
    )
    embed_origins = fields.LinesField(
        label="Origins that may embed the desk",
        help_text="One a line, such as https://app.example.com. None: no page may.",
    )
    support_url = fields.text_field("Support address", text.URL, required=False)
    docs_url = fields.text_field("Documentation address", text.URL, required=False)
    return_url = fields.text_field("Way back", text.URL, required=False)
    api_base_url = fields.text_field("Address of the API", text.URL, required=False)
    reason = fields.ReasonField(help_text="Goes into the history.")


# What the form shows as the row has it.
_COLUMNS = tuple(
    SettingsForm.base_fields.keys() - {"edition", "product_name", "reason"}
)


class ProvisionForm(SettingsForm):
    """A new deployment; nobody needs a reason to begin."""

    slug = fields.text_field("Slug", text.SLUG, help_text="For ever, and for machines.")
    mode = forms.ChoiceField(
        choices=Deployment.Mode.choices,
        help_text="For ever: it is part of the publishable key.",
    )
    # How Django drops inherited fields.
    edition = None  # type: ignore[assignment]
    reason = None  # type: ignore[assignment]
    field_order = ("name", "slug", "mode")


class ModeFilter(filters.StateFilter):
    title = "mode"
    parameter_name = "mode"
    states = {
        str(mode): (str(mode.label), filters.equal("mode", mode))
        for mode in Deployment.Mode
    }


@admin.register(Deployment)
class DeploymentAdmin(EditingDesk[Deployment]):
    settings_form = SettingsForm
    list_display = ("name", "slug_shown", "mode", "apps", "keys", "events", "created")
    actions = ("verify_chosen",)
    list_filter = (ModeFilter,)
    search_fields = ("id__exact", "slug", "name")
    ordering = ("name", "id")
    date_hierarchy = "created_at"
    fieldsets = (
        (None, {"fields": ("name", "slug", "mode", "created", "id_shown")}),
        ("Front ends", {"fields": ("publishable_key", "origins", "branding_shown")}),
        (
            "Addresses",
            {"fields": ("support_url", "docs_url", "return_url", "api_base_url")},
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "add")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Deployment]:
        chain = AuditChain.objects.filter(deployment_id=OuterRef("pk"))
        return (
            super()
            .get_queryset(request)
            .annotate(
                app_count=counts.of(ApiAuthApp.objects.present(), "deployment"),
                key_count=counts.of(Key.objects.live(timezone.now()), "deployment"),
                event_count=Subquery(chain.values("sequence")),
            )
        )

    def own_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("verify/", view(require_POST(self.verify)), name="apiauth_verify"),
            *super().own_urls(),
        ]

    def row_tools(self, request: HttpRequest, row: Deployment) -> list[Tool]:
        tools = []
        if self.has_operate_permission(request):
            tools.append(("Settings", self.url("settings", row.pk)))
        if request.user.has_perm("apiauth.add_backendkey"):
            mint = reverse("admin:apiauth_backendkey_mint")
            tools.append(("New backend key", f"{mint}?deployment={row.pk}"))
        return tools

    def history_url(self, row: Deployment) -> str:
        return counts.events_url(deployment_id=row.pk)

    def stored(self, row: Deployment) -> Wanted:
        columns = {n: getattr(row, n) for n in _COLUMNS}
        branded = row.branding.get("product_name", "")
        edition = deployments.edition(row)
        return {**columns, "product_name": branded, "edition": edition}

    def save(
        self, row: Deployment, wanted: Wanted, actor: Actor, now: datetime
    ) -> None:
        deployments.update(deployment=row, actor=actor, now=now, **wanted)

    # ------------------------------------------------------------------- pages

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        shown_too = {"verify_url": reverse("admin:apiauth_verify")}
        return super().change_view(request, object_id, form_url, shown_too)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ProvisionForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                deployment = deployments.provision(
                    **form.cleaned_data,
                    actor=requests.operator_actor(request),
                    now=timezone.now(),
                )
            except ApiAuthError as refusal:
                pages.fail(form, refusal)
            else:
                self.message_user(request, "Provisioned.", messages.SUCCESS)
                return HttpResponseRedirect(self.url("change", deployment.pk))
        return self.form_page(
            request, form, title="Add deployment", submit="Add deployment"
        )

    def verify(self, request: HttpRequest) -> HttpResponse:
        """Recompute the chains of the chosen deployments and say what was found."""
        if not request.user.has_perm("apiauth.view_auditevent"):
            raise PermissionDenied
        chosen = verbs.ids(request.POST.getlist(helpers.ACTION_CHECKBOX_NAME))
        rows = self.get_queryset(request).filter(pk__in=chosen[: verbs.MAX_ROWS])
        found = [(row, audit.verify_chain(row.pk)) for row in rows.order_by("name")]
        return self.page(
            request,
            "admin/desk/verified.html",
            title="Verify the history",
            found=found,
        )

    @admin.action(permissions=["view"], description="Verify the history")
    def verify_chosen(
        self, request: HttpRequest, queryset: QuerySet[Deployment]
    ) -> HttpResponse:
        return self.verify(request)

    # ----------------------------------------------------------------- columns

    @admin.display(description="Slug", ordering="slug")
    def slug_shown(self, row: Deployment) -> SafeString | str:
        return shown.code(row.slug)

    @admin.display(description="Apps", ordering="app_count")
    def apps(self, row: Deployment) -> int:
        return int(getattr(row, "app_count", 0))

    @admin.display(description="Live keys", ordering="key_count")
    def keys(self, row: Deployment) -> int:
        return int(getattr(row, "key_count", 0))

    @admin.display(description="Events", ordering="event_count")
    def events(self, row: Deployment) -> int:
        return int(getattr(row, "event_count", 0) or 0)

    @admin.display(description="Since", ordering="created_at")
    def created(self, row: Deployment) -> SafeString | str:
        return shown.moment(row.created_at)

    @admin.display(description="Id")
    def id_shown(self, row: Deployment) -> SafeString | str:
        return shown.code(row.pk)

    @admin.display(description="Publishable key")
    def publishable_key(self, row: Deployment) -> SafeString | str:
        return shown.code(deployments.publishable_key(row))

    @admin.display(description="May embed the desk")
    def origins(self, row: Deployment) -> SafeString | str:
        return shown.words(row.embed_origins, "no page")

    @admin.display(description="Branding")
    def branding_shown(self, row: Deployment) -> SafeString | str:
        return shown.facts(row.branding)
