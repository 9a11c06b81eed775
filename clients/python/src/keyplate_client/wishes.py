"""What may be asked for, besides what each call needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypedDict


class TicketWish(TypedDict, total=False):
    """For whom a ticket is, and what it may do; see the API's page on tickets."""

    expires_in: int
    user_id: str | None
    user_label: str | None
    organization_id: str | None
    organization_label: str | None
    workspace_id: str | None
    capabilities: Sequence[str] | None
    grantable_permissions: Sequence[str] | None
    embed_origin: str | None
    return_url: str | None
    locale: str | None
    theme: Literal["light", "dark", "auto"] | None
    auth_time: int | None


class AppWish(TypedDict, total=False):
    """What an app is made with."""

    key_prefix: str
    description: str
    user_id: str
    organization_id: str
    workspace_id: str
    rate_limit_scheme_slug: str
    permissions: Sequence[str]
    resources: Sequence[str]


class AppChanges(TypedDict, total=False):
    """What may be changed of an app; what is left out stays as it is."""

    name: str
    key_prefix: str
    description: str
    is_active: bool
    rate_limit_scheme_slug: str
    permissions: Sequence[str]
    resources: Sequence[str]
    organization_id: str
    workspace_id: str


class KeyWish(TypedDict, total=False):
    """What a key is made with. Its owner is the narrowest that is named."""

    description: str
    permissions: Sequence[str]
    metadata: Mapping[str, Any]  # JSON of the host
    expires_at: datetime | None
    owner_user_id: str
    organization_id: str
    workspace_id: str


class KeySearch(TypedDict, total=False):
    """Which keys to list: without anything all active ones."""

    include_inactive: bool
    status: Literal["active", "revoked", "all"]
    user_id: str
    organization_id: str
    workspace_id: str


class KeyChanges(TypedDict, total=False):
    """What may be changed of a key; what is left out stays as it is."""

    name: str
    description: str
    permissions: Sequence[str]
    metadata: Mapping[str, Any]  # JSON of the host
    expires_at: datetime | None


class Rotation(TypedDict, total=False):
    """How to rotate: without anything the old secret ends at once."""

    overlap_seconds: int
    expires_at: datetime | None
