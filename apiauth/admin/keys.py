"""Customers' keys: found, read, revoked; their secrets are not here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path

from apiauth import keys
from apiauth.actors import Actor
from apiauth.admin import counts, filters, find
from apiauth.admin.desk import Desk, Tool
from apiauth.admin.key_columns import KeyColumns
from apiauth.admin.verbs import Verb
from apiauth.errors import KeyRevoked
from apiauth.models import Key, KeySecret, KeyUse, OwnerKind
from apiauth.models.keys import KeyQuerySet


def _revoke(key: Key, actor: Actor, now: datetime, reason: str) -> None:
    revoked = keys.revoke(key=key, reason=reason, actor=actor, now=now)
    if revoked.already:
        raise KeyRevoked("It was revoked before.")


def _stops(rows: Sequence[Key], now: datetime) -> str:
    live = Key.objects.live(now).filter(pk__in=[row.pk for row in rows]).count()
    return f"{live} of {len(rows)} {'is' if live == 1 else 'are'} live now."


def _rotating(now: datetime) -> Q:
    old = KeySecret.objects.filter(key=OuterRef("pk"), ends_at__gt=now)
    return Q(Exists(old))


class StateFilter(filters.StateFilter):
    states = {
        "live": (
            "Live",
            lambda now: (
                Q(revoked_at__isnull=True, disabled_at__isnull=True)
                & (Q(expires_at__isnull=True) | Q(expires_at__gt=now))
            ),
        ),
        "rotating": ("Old secret still works", _rotating),
        "unconfirmed": (
            "Unconfirmed",
            lambda _: Q(
                acknowledged_at__isnull=True,
                revoked_at__isnull=True,
                created_via="portal",
            ),
        ),
        "unused": (
            "Never used",
            lambda _: (
                ~Q(Exists(KeyUse.objects.filter(key=OuterRef("pk"))))
                # What is not summed up yet.
                & Q(last_used_at__isnull=True)
            ),
        ),
        "endless": (
            "Never expires",
            lambda _: Q(expires_at__isnull=True, revoked_at__isnull=True),
        ),
        "paused": (
            "Paused",
            lambda _: Q(disabled_at__isnull=False, revoked_at__isnull=True),
        ),
        "expired": (
            "Expired",
            lambda now: Q(expires_at__lte=now, revoked_at__isnull=True),
        ),
        "revoked": ("Revoked", lambda _: Q(revoked_at__isnull=False)),
    }


class OwnerKindFilter(filters.StateFilter):
    title = "owner"
    parameter_name = "owner_kind"
    states = {
        str(kind): (str(kind.label), filters.equal("owner_kind", kind))
        for kind in OwnerKind
    }


@admin.register(Key)
class KeyAdmin(KeyColumns, Desk[Key]):
    # No date_hierarchy: finding the first and last day would read the whole table.
    offered = (
        Verb(
            name="revoke",
            label="Revoke keys",
            button="Revoke key",
            done="Revoked",
            sentence="A revoked key stops at the next check, old secrets included. "
            "This cannot be undone. Its owner reads the reason, too.",
            carry_out=_revoke,
            applies=lambda key: key.revoked_at is None,
            consequence=_stops,
        ),
    )
    confirmed_by = ("masked_shown", "owner", "of", "used", "state")
    list_display = (
        "name",
        "masked_shown",
        "owner",
        "of",
        "state",
        "used",
        "expires",
        "created",
    )
    list_filter = (
        StateFilter,
        OwnerKindFilter,
        ("created_at", admin.DateFieldListFilter),
        filters.DeploymentFilter,
        filters.AppFilter,
    )
    list_select_related = ("app", "deployment")
    search_fields = (
        "id__exact",
        "name",
        "owner_id",
        "user_id",
        "organization_id",
        "workspace_id",
        "secrets__last_eight__endswith",
    )
    search_help_text = (
        "Name, id, last four, or an owner's id. Never paste a whole key here: "
        "use “Find by key”."
    )
    ordering = ("-created_at", "-id")
    fieldsets = (
        (None, {"fields": ("name", "description", "masked_shown", "state", "of")}),
        ("Whose", {"fields": ("owner", "ids", "made_by")}),
        ("What it may", {"fields": ("permissions_shown", "metadata_shown")}),
        (
            "Times",
            {"fields": ("created", "expires", "acknowledged", "paused", "updated")},
        ),
        ("Use", {"fields": ("used", "address", "agent", "total")}),
        ("Secrets", {"fields": ("secrets_shown", "id_shown")}),
    )
    revocation = ("Revocation", {"fields": ("revoked", "revoked_by", "revoked_why")})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Key]:
        rows = super().get_queryset(request)
        assert isinstance(rows, KeyQuerySet)  # noqa: S101 - tells the type
        return rows.with_masks().with_use()

    def get_fieldsets(self, request: HttpRequest, obj: Key | None = None) -> Any:
        # Any: what the stubs call a fieldset is theirs alone.
        if obj is None or obj.revoked_at is None:
            return self.fieldsets
        return (self.fieldsets[0], self.revocation, *self.fieldsets[1:])

    def own_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(find.view(self))
        return [path("find/", view, name=self.url_name("find"))]

    def list_tools(self, request: HttpRequest) -> list[Tool]:
        return [("Find by key", self.url("find"))]

    def row_tools(self, request: HttpRequest, row: Key) -> list[Tool]:
        app = counts.list_url("key", app_id=row.app_id)
        verdicts = counts.list_url("decision", key_id=row.pk)
        return [("Keys of its app", app), ("Verdicts", verdicts)]

    def history_url(self, row: Key) -> str:
        return counts.events_url(deployment_id=row.deployment_id, key_id=row.pk)
