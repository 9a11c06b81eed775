"""Backend keys: minted on one page, shown there once, revoked."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.debug import sensitive_variables

from apiauth import backend_keys, identifiers
from apiauth.actors import Actor
from apiauth.admin import counts, fields, filters, pages, shown
from apiauth.admin.desk import Desk, Tool
from apiauth.admin.generic import ModelMultipleChoiceField
from apiauth.admin.verbs import Verb
from apiauth.errors import ApiAuthError, Conflict
from apiauth.http import requests
from apiauth.models import ApiAuthApp, BackendKey, Deployment, Scope


class AppChoice(ModelMultipleChoiceField[ApiAuthApp]):
    def label_from_instance(self, obj: ApiAuthApp) -> str:
        return f"{obj.deployment.name}: {obj.name} ({obj.app_slug})"


class MintForm(forms.Form):
    """What a new backend key may do, where, and until when."""

    deployment = forms.ModelChoiceField(
        queryset=Deployment.objects.order_by("name", "id")
    )
    name = fields.name_field(help_text="Who holds it, such as “Checkout service”.")
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="As few as it needs: a gateway only asks for verdicts.",
    )
    apps = AppChoice(
        queryset=ApiAuthApp.objects.none(),
        required=False,
        help_text="None chosen: every app of the deployment, also later ones.",
    )
    expires_at = forms.DateTimeField(
        required=False,
        label="Expires",
        help_text="UTC. Empty: never.",
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
        ),
    )
    # The new key's: however often this form is sent, no second one can have it.
    key_id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: as Django's
        super().__init__(*args, **kwargs)
        apps = self.fields["apps"]
        assert isinstance(apps, AppChoice)  # noqa: S101 - tells the type
        present = ApiAuthApp.objects.present().select_related("deployment")
        apps.queryset = present.order_by("deployment__name", "name", "id")


def _revoke(key: BackendKey, actor: Actor, now: datetime, reason: str) -> None:
    backend_keys.revoke(backend_key=key, actor=actor, now=now, reason=reason)


class StateFilter(filters.StateFilter):
    states = {
        "live": (
            "Live",
            lambda now: (
                Q(revoked_at__isnull=True)
                & (Q(expires_at__isnull=True) | Q(expires_at__gt=now))
            ),
        ),
        "expired": (
            "Expired",
            lambda now: Q(revoked_at__isnull=True, expires_at__lte=now),
        ),
        "revoked": ("Revoked", lambda _: Q(revoked_at__isnull=False)),
        "unused": ("Never used", lambda _: Q(last_used_at__isnull=True)),
    }


@admin.register(BackendKey)
class BackendKeyAdmin(Desk[BackendKey]):
    offered = (
        Verb(
            name="revoke",
            label="Revoke backend keys",
            button="Revoke backend key",
            done="Revoked",
            sentence="The host's calls with it are refused at once. This cannot be "
            "undone.",
            carry_out=_revoke,
            applies=lambda key: key.revoked_at is None,
        ),
    )
    confirmed_by = ("masked_shown", "of", "used", "state")
    list_display = (
        "name",
        "masked_shown",
        "of",
        "scopes_shown",
        "state",
        "used",
        "created",
    )
    list_filter = (StateFilter, filters.DeploymentFilter)
    list_select_related = ("deployment",)
    search_fields = ("id__exact", "name", "=last_four")
    ordering = ("-created_at", "-id")
    date_hierarchy = "created_at"
    fieldsets = (
        (None, {"fields": ("name", "masked_shown", "state", "of", "id_shown")}),
        ("Reach", {"fields": ("scopes_shown", "apps_shown")}),
        ("Times", {"fields": ("created", "expires", "used", "revoked")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[BackendKey]:
        return super().get_queryset(request).defer("digest", "pepper_id")

    def own_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.mint_view)
        return [path("mint/", view, name=self.url_name("mint"))]

    def list_tools(self, request: HttpRequest) -> list[Tool]:
        if not self.may(request, "add"):
            return []
        return [("New backend key", self.url("mint"))]

    def history_url(self, row: BackendKey) -> str:
        return counts.events_url(deployment_id=row.deployment_id, q=row.pk)

    @sensitive_variables("minted")
    def mint_view(self, request: HttpRequest) -> HttpResponse:
        """Mint a backend key; its secret is in this answer and nowhere else."""
        if not self.may(request, "add"):
            raise PermissionDenied
        chosen = request.GET.get("deployment")
        start = {"deployment": chosen, "key_id": identifiers.new()}
        form = MintForm(request.POST or None, initial=start)
        if request.method == "POST" and form.is_valid():
            try:
                minted = self._mint(request, dict(form.cleaned_data))
            except ApiAuthError as refusal:
                pages.fail(form, refusal)
            else:
                answer = self.page(
                    request,
                    "admin/desk/secret.html",
                    title="Backend key minted",
                    row=minted.backend_key,
                    secret=minted.secret,
                    url=self.url("change", minted.backend_key.pk),
                )
                answer.headers["Cache-Control"] = "no-store, private"
                return answer
        return self.form_page(
            request,
            form,
            title="New backend key",
            submit="Mint backend key",
            lead="Its secret is shown once, on the next page. Have the place ready "
            "where it will be kept.",
        )

    def _mint(
        self, request: HttpRequest, wanted: dict[str, Any]
    ) -> backend_keys.Minted:  # Any: cleaned data, which the operation types
        try:
            return backend_keys.mint(
                **wanted, actor=requests.operator_actor(request), now=timezone.now()
            )
        except Conflict:
            raise Conflict(
                "This form was sent before and its key exists. Its secret cannot be "
                "shown again: revoke that key and start over."
            ) from None

    # ----------------------------------------------------------------- columns

    @admin.display(description="Key")
    def masked_shown(self, row: BackendKey) -> SafeString | str:
        return shown.code(row.masked)

    @admin.display(description="Deployment", ordering="deployment__name")
    def of(self, row: BackendKey) -> str:
        return row.deployment.name

    @admin.display(description="Scopes")
    def scopes_shown(self, row: BackendKey) -> SafeString | str:
        return shown.words(row.scopes)

    @admin.display(description="Apps")
    def apps_shown(self, row: BackendKey) -> SafeString | str:
        slugs = row.apps.order_by("app_slug").values_list("app_slug", flat=True)
        return shown.words(list(slugs), "every app of the deployment")

    @admin.display(description="State")
    def state(self, row: BackendKey) -> SafeString:
        if row.revoked_at is not None:
            return shown.status("Revoked")
        if row.expires_at is not None and row.expires_at <= timezone.now():
            return shown.status("Expired", "bad")
        return shown.status("Live", "good")

    @admin.display(description="Last used", ordering="last_used_at")
    def used(self, row: BackendKey) -> SafeString | str:
        return shown.moment(row.last_used_at, "never")

    @admin.display(description="Created", ordering="created_at")
    def created(self, row: BackendKey) -> SafeString | str:
        return shown.moment(row.created_at)

    @admin.display(description="Expires")
    def expires(self, row: BackendKey) -> SafeString | str:
        return shown.moment(row.expires_at, "never")

    @admin.display(description="Revoked")
    def revoked(self, row: BackendKey) -> SafeString | str:
        return shown.moment(row.revoked_at)

    @admin.display(description="Id")
    def id_shown(self, row: BackendKey) -> SafeString | str:
        return shown.code(row.pk)
