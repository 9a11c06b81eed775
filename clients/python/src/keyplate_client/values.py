"""What Keyplate answers, as frozen values. Clear secrets stay out of every repr."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from keyplate_client._wire import Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """Opens the desk once; for one person's browser, and kept nowhere."""

    ticket: str = field(repr=False)
    url: str = field(repr=False)
    expires_at: datetime

    def for_browser(self) -> dict[str, str | int]:
        """Give the JSON that a ticket endpoint answers with."""
        moment = int(self.expires_at.timestamp())
        return {"ticket": self.ticket, "url": self.url, "expires_at": moment}

    @classmethod
    def from_wire(cls, wire: Wire) -> Ticket:
        return cls(
            ticket=wire.text("ticket"),
            url=wire.text("url"),
            expires_at=datetime.fromtimestamp(wire.number("expires_at"), timezone.utc),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """One family of keys and what they may be granted."""

    app_slug: str
    name: str
    key_prefix: str
    is_active: bool
    description: str | None = None
    permissions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    user_id: str | None = None
    organization_id: str | None = None
    workspace_id: str | None = None
    rate_limit_scheme_slug: str | None = None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def from_wire(cls, wire: Wire) -> App:
        return cls(
            app_slug=wire.text("app_slug"),
            name=wire.text("name"),
            key_prefix=wire.text("key_prefix"),
            is_active=wire.flag("is_active"),
            description=wire.maybe_text("description"),
            permissions=wire.texts("permissions"),
            resources=wire.texts("resources"),
            user_id=wire.maybe_text("user_id"),
            organization_id=wire.maybe_text("organization_id"),
            workspace_id=wire.maybe_text("workspace_id"),
            rate_limit_scheme_slug=wire.maybe_text("rate_limit_scheme_slug"),
            created_at=wire.moment("created_at"),
            updated_at=wire.moment("updated_at"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A customer's key, without its secret."""

    id: str
    app_slug: str
    name: str
    key_prefix: str
    key_suffix: str
    is_active: bool
    description: str | None = None
    permissions: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)  # JSON of the host
    owner_user_id: str | None = None
    organization_id: str | None = None
    workspace_id: str | None = None
    rate_limit_scheme_slug: str | None = None
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_reason: str | None = None
    old_secret_ends_at: datetime | None = None

    @classmethod
    def from_wire(cls, wire: Wire) -> Key:
        return cls(
            id=wire.text("id"),
            app_slug=wire.text("app_slug"),
            name=wire.text("name"),
            key_prefix=wire.text("key_prefix"),
            key_suffix=wire.text("key_suffix"),
            is_active=wire.flag("is_active"),
            description=wire.maybe_text("description"),
            permissions=wire.texts("permissions"),
            metadata=wire.members("metadata"),
            owner_user_id=wire.maybe_text("owner_user_id"),
            organization_id=wire.maybe_text("organization_id"),
            workspace_id=wire.maybe_text("workspace_id"),
            rate_limit_scheme_slug=wire.maybe_text("rate_limit_scheme_slug"),
            created_at=wire.moment("created_at"),
            updated_at=wire.moment("updated_at"),
            expires_at=wire.maybe_moment("expires_at"),
            last_used_at=wire.maybe_moment("last_used_at"),
            revoked_at=wire.maybe_moment("revoked_at"),
            revoked_reason=wire.maybe_text("revoked_reason"),
            old_secret_ends_at=wire.maybe_moment("old_secret_ends_at"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedKey:
    """A key that was just made or rotated, with its secret: shown this once."""

    key: Key
    secret: str = field(repr=False)

    @classmethod
    def from_wire(cls, wire: Wire) -> IssuedKey:
        key = wire.maybe_object("key") or wire
        return cls(key=Key.from_wire(key), secret=wire.text("secret"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whose key it is."""

    key_id: str
    key_name: str
    app_slug: str
    deployment_id: str
    owner_user_id: str | None = None
    organization_id: str | None = None
    workspace_id: str | None = None

    @classmethod
    def from_wire(cls, wire: Wire) -> Identity:
        return cls(
            key_id=wire.text("key_id"),
            key_name=wire.text("key_name"),
            app_slug=wire.text("app_slug"),
            deployment_id=wire.text("deployment_id"),
            owner_user_id=wire.maybe_text("owner_user_id"),
            organization_id=wire.maybe_text("organization_id"),
            workspace_id=wire.maybe_text("workspace_id"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedKey:
    """The key a verdict is about."""

    id: str
    name: str
    prefix: str
    last_four: str
    expires_at: datetime | None = None
    secret_ends_at: datetime | None = None

    @classmethod
    def from_wire(cls, wire: Wire) -> CheckedKey:
        return cls(
            id=wire.text("id"),
            name=wire.text("name"),
            prefix=wire.text("prefix"),
            last_four=wire.text("last_four"),
            expires_at=wire.maybe_moment("expires_at"),
            secret_ends_at=wire.maybe_moment("secret_ends_at"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """How much of one limit is left."""

    rule: str
    limit: int
    remaining: int

    @classmethod
    def from_wire(cls, wire: Wire) -> RateLimit:
        return cls(
            rule=wire.text("rule"),
            limit=wire.number("limit"),
            remaining=wire.number("remaining"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a key may make a request. It is true only when it may.

    `required` is what was asked for; `permissions` is what the key has.
    """

    allowed: bool
    code: str
    message: str = ""
    request_id: str = ""
    identity: Identity | None = None
    key: CheckedKey | None = None
    permissions: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)  # JSON of the host
    rate_limits: tuple[RateLimit, ...] = ()
    retry_after: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.allowed

    @property
    def limit_headers(self) -> Mapping[str, str]:
        """What may be passed on to the caller: how much of each limit is left."""
        return {
            name: value
            for name, value in self.headers.items()
            if name.lower().startswith("x-ratelimit-")
        }

    @classmethod
    def from_wire(cls, wire: Wire, *, required: tuple[str, ...] = ()) -> Verdict:
        identity, key = wire.maybe_object("identity"), wire.maybe_object("key")
        headers = wire.members("headers")
        return cls(
            allowed=wire.flag("allowed"),
            code=wire.maybe_text("code") or wire.maybe_text("reason") or "",
            message=wire.maybe_text("message") or "",
            request_id=wire.maybe_text("request_id") or "",
            identity=Identity.from_wire(identity) if identity else None,
            key=CheckedKey.from_wire(key) if key else None,
            permissions=wire.texts("permissions"),
            required=required,
            metadata=wire.members("metadata"),
            rate_limits=tuple(map(RateLimit.from_wire, wire.objects("rate_limits"))),
            retry_after=wire.maybe_number("retry_after"),
            headers={name: str(value) for name, value in headers.items()},
        )
