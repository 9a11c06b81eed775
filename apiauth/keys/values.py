"""What goes into the verbs of keys, and what comes out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from apiauth.models import Key, OwnerKind, Ticket

KEEP = datetime.max.replace(
    tzinfo=UTC
)  # "leave the expiry as it is", where None means "never"
REASONS = ("no_longer_needed", "leaked", "replaced", "owner_left", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose key it is, and the host's ids that go with it."""

    kind: OwnerKind
    id: str = ""
    user_id: str | None = None
    organization_id: str | None = None
    workspace_id: str | None = None

    @classmethod
    def of(cls, claims: Ticket) -> "Owner":
        """The owner a ticket speaks for."""
        return cls(
            kind=claims.owner_kind,
            id=claims.owner_id,
            user_id=claims.user_id,
            organization_id=claims.organization_id,
            workspace_id=claims.workspace_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the future holder of a key chose; `permissions=None` takes all it may.

    `grantable` narrows the app's permissions further, as a ticket may.
    """

    name: str
    description: str = ""
    permissions: Sequence[str] | None = None
    grantable: Sequence[str] | None = None
    metadata: dict[str, object] = field(default_factory=dict)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A key with the clear text of its newest secret, which exists nowhere else."""

    key: Key
    secret: str = field(repr=False)
    version: int = 1
    old_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """A revoked key; `already` when somebody else had done it before."""

    key: Key
    already: bool
