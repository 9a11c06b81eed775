"""Filters that more than one list needs."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from apiauth.admin.generic import ModelAdmin
from apiauth.models import ApiAuthApp, Deployment

# The filter machinery is not generic; the rows of any list pass through.
type Rows = QuerySet[Any]
type Condition = Callable[[datetime], Q]

_LONGEST_CHOICE = 100


class DeploymentFilter(admin.SimpleListFilter):
    """Rows of one deployment, also where only its plain id is stored."""

    title = "deployment"
    parameter_name = "deployment_id"

    def lookups(
        self, request: HttpRequest, model_admin: ModelAdmin[Model]
    ) -> list[tuple[str, str]]:
        known = Deployment.objects.order_by("name", "id").values_list("id", "name")
        return [(str(key), name) for key, name in known[:_LONGEST_CHOICE]]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        return _of_id(queryset, "deployment_id", self.value())


class AppFilter(admin.SimpleListFilter):
    """Rows of one app, also where only its plain id is stored."""

    title = "app"
    parameter_name = "app_id"

    def lookups(
        self, request: HttpRequest, model_admin: ModelAdmin[Model]
    ) -> list[tuple[str, str]]:
        apps = ApiAuthApp.objects.order_by("name", "app_slug", "id")
        deployment = _as_id(request.GET.get(DeploymentFilter.parameter_name))
        if deployment is not None:
            apps = apps.filter(deployment_id=deployment)
        found = apps.values_list("id", "name", "app_slug")[:_LONGEST_CHOICE]
        return [(str(key), f"{name} ({slug})") for key, name, slug in found]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        return _of_id(queryset, "app_id", self.value())


class GivenFilter(admin.SimpleListFilter):
    """Rows with an id that a link carries; offered only while it is in force."""

    title = "id"
    parameter_name = "id"

    def lookups(
        self, request: HttpRequest, model_admin: ModelAdmin[Model]
    ) -> list[tuple[str, str]]:
        given = request.GET.get(self.parameter_name)
        return [(given, given)] if given else []

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        return _of_id(queryset, self.parameter_name, self.value())


class KeyFilter(GivenFilter):
    title = "key id"
    parameter_name = "key_id"


class SessionFilter(GivenFilter):
    title = "session id"
    parameter_name = "session_id"


class StateFilter(admin.SimpleListFilter):
    """States, each with the condition that defines it at a moment."""

    title = "state"
    parameter_name = "state"
    states: ClassVar[dict[str, tuple[str, Condition]]] = {}

    def lookups(
        self, request: HttpRequest, model_admin: ModelAdmin[Model]
    ) -> list[tuple[str, str]]:
        return [(name, label) for name, (label, _) in self.states.items()]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        chosen = self.states.get(self.value() or "")
        return (
            queryset if chosen is None else queryset.filter(chosen[1](timezone.now()))
        )


def equal(column: str, value: str) -> Condition:
    """The condition of a column that says it by itself."""
    return lambda _: Q(**{column: value})


def _of_id(queryset: Rows, column: str, value: str | None) -> Rows:
    if value is None:
        return queryset
    wanted = _as_id(value)
    # What is no id belongs to no row.
    return queryset.none() if wanted is None else queryset.filter(**{column: wanted})


def _as_id(value: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(value or "")
    except ValueError:
        return None
