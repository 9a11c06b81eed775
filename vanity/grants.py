"""Permissions as a customer picks and reads them: labelled, grouped, explained."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from apiauth import permissions
from apiauth.models import ApiAuthApp, Ticket

# From here on the picker offers a search field.
MANY = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One permission and what the operator said about it."""

    slug: str
    label: str
    description: str = ""
    group: str = ""
    is_default: bool = False
    is_dangerous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Permissions that belong together, under the operator's heading."""

    name: str
    grants: tuple[Grant, ...]


def grantable(app: ApiAuthApp, ticket: Ticket) -> list[Grant]:
    """List what this session may put on a key: the app's list within the ticket's."""
    offered = [str(slug) for slug in app.permissions]
    ceiling = ticket.grantable_permissions
    if ceiling is not None:
        refused = set(permissions.beyond(ceiling, offered))
        offered = [slug for slug in offered if slug not in refused]
    return described(app, offered)


def described(app: ApiAuthApp, slugs: Iterable[str]) -> list[Grant]:
    """Put the operator's words to permissions, in the order of their groups."""
    named = [_grant(slug, app.permission_details.get(slug) or {}) for slug in slugs]
    return sorted(named, key=lambda g: (g.group != "", g.group, g.is_dangerous))


def grouped(granted: Iterable[Grant]) -> list[Group]:
    """Gather permissions that are sorted by group under their headings."""
    return [
        Group(name=name, grants=tuple(members))
        for name, members in groupby(granted, key=lambda grant: grant.group)
    ]


def _grant(slug: str, details: dict[str, object]) -> Grant:
    return Grant(
        slug=slug,
        label=str(details.get("label") or slug),
        description=str(details.get("description") or ""),
        group=str(details.get("group") or ""),
        is_default=details.get("default") is True,
        is_dangerous=details.get("dangerous") is True,
    )
