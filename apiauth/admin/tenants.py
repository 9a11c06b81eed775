"""The hosts' organizations and people: suspended, resumed, deleted."""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from apiauth import tenants
from apiauth.actors import Actor
from apiauth.admin import counts, filters, shown
from apiauth.admin.desk import Desk, Tool
from apiauth.admin.verbs import Verb
from apiauth.errors import Conflict
from apiauth.models import EndUser, Key, Organization, TenantStatus

type Tenant = Organization | EndUser


def _set(status: TenantStatus) -> Callable[[Tenant, Actor, datetime, str], None]:
    def carry_out(row: Tenant, actor: Actor, now: datetime, reason: str) -> None:
        if row.status in {status, TenantStatus.DELETED}:
            raise Conflict(f"It is {row.status} already.")
        is_organization = isinstance(row, Organization)
        change = tenants.set_organization if is_organization else tenants.set_user
        change(
            deployment=row.deployment,
            external_id=row.external_id,
            status=status,
            actor=actor,
            now=now,
            reason=reason,
        )

    return carry_out


def _stops(rows: Sequence[Tenant], now: datetime) -> str:
    ids = [row.external_id for row in rows]
    column = "organization_id" if isinstance(rows[0], Organization) else "user_id"
    live = Key.objects.live(now).filter(
        deployment_id=rows[0].deployment_id, **{f"{column}__in": ids}
    )
    number = live.count()
    return f"{number} live {'key is' if number == 1 else 'keys are'} theirs."


def _verbs(plural: str, single: str) -> tuple[Verb, ...]:
    return (
        Verb(
            name="suspend",
            label=f"Suspend {plural}",
            button=f"Suspend {single}",
            done="Suspended",
            sentence="Their tickets, sessions and keys are refused at once. Resuming "
            "undoes it.",
            carry_out=_set(TenantStatus.SUSPENDED),
            applies=lambda row: row.status == TenantStatus.ACTIVE,
            consequence=_stops,
        ),
        Verb(
            name="resume",
            label=f"Resume {plural}",
            button=f"Resume {single}",
            done="Resumed",
            sentence="Their keys that are live work again at once.",
            carry_out=_set(TenantStatus.ACTIVE),
            applies=lambda row: row.status == TenantStatus.SUSPENDED,
            consequence=_stops,
            is_grave=False,
        ),
        Verb(
            name="delete",
            label=f"Delete {plural}",
            button=f"Delete {single}",
            done="Deleted",
            sentence="Their tickets, sessions and keys are refused for good; the rows "
            "stay for the history.",
            carry_out=_set(TenantStatus.DELETED),
            applies=lambda row: row.status != TenantStatus.DELETED,
            consequence=_stops,
        ),
    )


class StatusFilter(filters.StateFilter):
    states = {
        str(status): (str(status.label), filters.equal("status", status))
        for status in TenantStatus
    }


class TenantDesk[T: Tenant](Desk[T]):
    """What organizations and people have in common."""

    owner_column = ""
    confirmed_by = ("external", "of", "keys", "state")
    list_display = ("__str__", "external", "of", "state", "keys", "created")
    list_filter = (StatusFilter, filters.DeploymentFilter)
    list_select_related = ("deployment",)
    search_fields = ("id__exact", "external_id", "name")
    ordering = ("-created_at", "-id")
    date_hierarchy = "created_at"
    fieldsets = (
        (None, {"fields": ("name", "external", "state", "of", "id_shown")}),
        ("Keys", {"fields": ("keys",)}),
        ("Times", {"fields": ("created", "updated")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[T]:
        live = Key.objects.live(timezone.now())
        mine = counts.of_tenant(live, self.owner_column)
        rows: QuerySet[T] = super().get_queryset(request).annotate(key_count=mine)
        return rows

    def row_tools(self, request: HttpRequest, row: T) -> list[Tool]:
        mine = {"deployment_id": row.deployment_id, "q": row.external_id}
        return [("Keys", counts.list_url("key", **mine))]

    def history_url(self, row: T) -> str:
        return counts.events_url(deployment_id=row.deployment_id, q=row.external_id)

    @admin.display(description="The host's id", ordering="external_id")
    def external(self, row: T) -> SafeString | str:
        return shown.code(row.external_id)

    @admin.display(description="Deployment", ordering="deployment__name")
    def of(self, row: T) -> str:
        return row.deployment.name

    @admin.display(description="State", ordering="status")
    def state(self, row: T) -> SafeString:
        tones = {TenantStatus.ACTIVE: "good", TenantStatus.SUSPENDED: "warn"}
        status = TenantStatus(row.status)
        return shown.status(str(status.label), tones.get(status, ""))

    @admin.display(description="Live keys", ordering="key_count")
    def keys(self, row: T) -> int:
        return int(getattr(row, "key_count", 0))

    @admin.display(description="First heard of", ordering="created_at")
    def created(self, row: T) -> SafeString | str:
        return shown.moment(row.created_at)

    @admin.display(description="Updated")
    def updated(self, row: T) -> SafeString | str:
        return shown.moment(row.updated_at)

    @admin.display(description="Id")
    def id_shown(self, row: T) -> SafeString | str:
        return shown.code(row.pk)


@admin.register(Organization)
class OrganizationAdmin(TenantDesk[Organization]):
    offered = _verbs("organizations", "organization")
    owner_column = "organization_id"


@admin.register(EndUser)
class EndUserAdmin(TenantDesk[EndUser]):
    offered = _verbs("people", "person")
    owner_column = "user_id"
