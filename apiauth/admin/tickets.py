"""Tickets: what hosts vouched for. Read-only; their secrets are not here."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from apiauth.admin import counts, filters, shown
from apiauth.admin.desk import Desk
from apiauth.models import Ticket


class StateFilter(filters.StateFilter):
    states = {
        "redeemed": ("Redeemed", lambda _: Q(redeemed_at__isnull=False)),
        "waiting": (
            "Waiting",
            lambda now: Q(redeemed_at__isnull=True, expires_at__gt=now),
        ),
        "lapsed": (
            "Never used",
            lambda now: Q(redeemed_at__isnull=True, expires_at__lte=now),
        ),
    }


@admin.register(Ticket)
class TicketAdmin(Desk[Ticket]):
    list_display = ("created", "who", "of", "issuer", "state", "embed_origin")
    list_filter = (StateFilter, filters.DeploymentFilter, filters.AppFilter)
    list_select_related = ("app", "deployment", "issued_by")
    search_fields = (
        "id__exact",
        "user_id",
        "user_label",
        "organization_id",
        "organization_label",
        "workspace_id",
    )
    ordering = ("-created_at", "-id")
    date_hierarchy = "created_at"
    fieldsets = (
        (None, {"fields": ("who", "state", "of", "issuer", "id_shown")}),
        (
            "Claims",
            {
                "fields": (
                    "user_id",
                    "organization_id",
                    "workspace_id",
                    "capabilities_shown",
                    "grantable",
                    "signed_in",
                )
            },
        ),
        ("Page", {"fields": ("embed_origin", "return_url", "locale", "theme")}),
        ("Times", {"fields": ("created", "expires", "redeemed")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        return super().get_queryset(request).defer("digest")

    def history_url(self, row: Ticket) -> str:
        return counts.events_url(deployment_id=row.deployment_id, q=row.pk)

    @admin.display(description="Issued", ordering="created_at")
    def created(self, row: Ticket) -> SafeString | str:
        return shown.moment(row.created_at)

    @admin.display(description="For")
    def who(self, row: Ticket) -> str:
        return who(row)

    @admin.display(description="App", ordering="app__name")
    def of(self, row: Ticket) -> str:
        return f"{row.app.name}, {row.deployment.name}"

    @admin.display(description="Issued by")
    def issuer(self, row: Ticket) -> str:
        return f"{row.issued_by.name} ({row.issued_by.masked})"

    @admin.display(description="State")
    def state(self, row: Ticket) -> SafeString:
        if row.redeemed_at is not None:
            return shown.status("Redeemed", "good")
        if row.expires_at <= timezone.now():
            return shown.status("Never used")
        return shown.status("Waiting", "warn")

    @admin.display(description="Capabilities")
    def capabilities_shown(self, row: Ticket) -> SafeString | str:
        return shown.words(row.capabilities)

    @admin.display(description="Grantable permissions")
    def grantable(self, row: Ticket) -> SafeString | str:
        if row.grantable_permissions is None:
            return "what the app allows"
        return shown.words(row.grantable_permissions)

    @admin.display(description="Signed in at the host")
    def signed_in(self, row: Ticket) -> SafeString | str:
        return shown.moment(row.auth_time)

    @admin.display(description="Expires")
    def expires(self, row: Ticket) -> SafeString | str:
        return shown.moment(row.expires_at)

    @admin.display(description="Redeemed")
    def redeemed(self, row: Ticket) -> SafeString | str:
        return shown.moment(row.redeemed_at)

    @admin.display(description="Id")
    def id_shown(self, row: Ticket) -> SafeString | str:
        return shown.code(row.pk)


def who(ticket: Ticket) -> str:
    """The person and the tenant that a ticket names."""
    person = ticket.user_label or ticket.user_id
    tenant = ticket.organization_label or ticket.organization_id
    return ", ".join(part for part in (person, tenant) if part) or "the app itself"
