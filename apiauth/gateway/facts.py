"""What is known of a secret when a verdict is given."""

import functools
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Self

from apiauth import permissions, policies
from apiauth.policies import AtCheck

_NEVER = datetime.min.replace(tzinfo=UTC)


# Without slots: what is worked out of the facts is kept beside them.
@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the store knows of one secret, at one moment of the database's clock.

    `policy` and `rules` are as stored, `rules` None without a rate-limit scheme; the
    members of the roles are None where the person has no such place.
    """

    at: datetime
    secret_id: uuid.UUID
    secret_ends_at: datetime | None
    prefix: str
    last_eight: str
    key_id: uuid.UUID
    name: str
    owner_kind: str
    owner_id: str
    user_id: str | None
    organization_id: str | None
    workspace_id: str | None
    org_membership_id: uuid.UUID | None
    org_role_permissions: list[str] | None
    workspace_membership_id: uuid.UUID | None
    workspace_role_permissions: list[str] | None
    granted: list[str]
    metadata: dict[str, object]
    created_at: datetime
    expires_at: datetime | None
    disabled_at: datetime | None
    revoked_at: datetime | None
    deployment_id: uuid.UUID
    environment: str
    app_id: uuid.UUID
    app_slug: str
    app_is_active: bool
    app_deleted_at: datetime | None
    ceiling: list[str]
    resources: list[str]
    policy: Mapping[str, Any]  # JSON, as many types as there are rules
    rules: Sequence[Mapping[str, Any]] | None  # the same
    owner_is_shut: bool
    # What was worked out of the facts; the same at every moment they hold.
    worked_out: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, members: Mapping[str, Any]) -> Self:
        """Make facts of all members but the moment, which copies will have."""
        facts = object.__new__(cls)
        facts.__dict__.update(members, at=_NEVER, worked_out={})
        return facts

    def as_of(self, at: datetime) -> Self:
        """The same facts at another moment, with what was worked out of them."""
        same = object.__new__(type(self))
        same.__dict__.update(self.__dict__, at=at)
        return same

    def thought_over(self) -> Self:
        """Work out now what every verdict asks for, for all the copies to come."""
        self.worked_out["asked"] = (self.is_plain, self.held)
        return self

    @cached_property
    def permissions(self) -> Sequence[str]:
        """The effective ones, sorted: the key's and its roles', within the app's list.

        An app without a list bounds nothing.
        """
        of_roles = (self.org_role_permissions, self.workspace_role_permissions)
        granted = [*self.granted, *(of_roles[0] or ()), *(of_roles[1] or ())]
        return _within(tuple(self.ceiling), tuple(granted))

    @cached_property
    def held(self) -> frozenset[str]:
        """The same permissions, to look some of them up."""
        return _held(tuple(self.permissions))

    @property
    def shown_metadata(self) -> dict[str, object]:
        """The key's own object but for one member.

        Clients take the principal's kind from it: a customer must not set it.
        """
        return {k: v for k, v in self.metadata.items() if k != "principal_type"}

    @cached_property
    def is_plain(self) -> bool:
        """Whether nothing but time, permissions and limits can refuse it.

        Most keys are: nobody ended them, and their app binds them to no place.
        """
        return (
            self.app_is_active
            and self.app_deleted_at is None
            and not self.owner_is_shut
            and self.revoked_at is None
            and self.disabled_at is None
            and not self.policy.get("networks")
            and not self.resources
            and self.at_check is AtCheck.OFF
        )

    @cached_property
    def broken_rule(self) -> str:
        """The rule of the policy that the key breaks by now, if keys are held to it."""
        if self.at_check is AtCheck.OFF:
            return ""
        policy = policies.stored(self.policy)
        return policy.broken_by(created_at=self.created_at, expires_at=self.expires_at)

    @cached_property
    def at_check(self) -> AtCheck:
        """What becomes of a key that breaks a rule."""
        return AtCheck(self.policy.get("at_check", AtCheck.OFF))

    @property
    def networks(self) -> Sequence[str]:
        """Where the key may be used; empty: anywhere."""
        listed: Sequence[str] = self.policy.get("networks", ())
        return listed


@functools.lru_cache(maxsize=4096)  # Most keys of an app may do the same.
def _within(ceiling: tuple[str, ...], granted: tuple[str, ...]) -> list[str]:
    return permissions.within(ceiling, granted)


@functools.lru_cache(maxsize=4096)
def _held(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(names)
