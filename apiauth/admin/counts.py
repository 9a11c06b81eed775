"""Counts beside rows, by subquery, and the addresses that lists have."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse


# Any: rows of whatever model is counted.
def of(rows: QuerySet[Any], relation: str, to: str = "pk") -> Coalesce:
    """How many of `rows` point here by `relation`; a join would multiply them."""
    mine = rows.filter(**{relation: OuterRef(to)}).order_by().values(relation)
    counted = mine.annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def of_tenant(rows: QuerySet[Any], column: str) -> Coalesce:
    """How many of `rows` name this tenant, by the host's id and our deployment."""
    mine = rows.filter(
        deployment_id=OuterRef("deployment_id"), **{column: OuterRef("external_id")}
    )
    counted = mine.order_by().values("deployment_id").annotate(n=Count("pk"))
    return Coalesce(Subquery(counted.values("n"), output_field=IntegerField()), 0)


def list_url(model: str, **filters: object) -> str:
    """A list, narrowed."""
    return f"{reverse(f'admin:apiauth_{model}_changelist')}?{urlencode(filters)}"


def events_url(**filters: object) -> str:
    """The history, narrowed."""
    return list_url("auditevent", **filters)


def row_url(page: str, key: object) -> str:
    """A row's own page."""
    return reverse(page, args=[key])
