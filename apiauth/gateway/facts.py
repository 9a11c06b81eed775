"""What is known of a secret when a verdict is given.

Of a key and of its app there is one JSON text each; the structures read them as arrays,
in the order of their members (statements/columns.py says which column is which). Ids are
kept as they are written: nobody computes with them.
"""

import functools
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec

from apiauth import permissions, policies, ratelimits
from apiauth.policies import AtCheck
from apiauth.ratelimits import Rule


class KeyFacts(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A key, one of its secrets, its owner and the places its permissions come from.

    The members of the roles are None where the person has no such place.
    """

    secret_id: str
    secret_made_at: datetime
    secret_ends_at: datetime | None
    prefix: str
    last_eight: str
    id: str
    name: str
    owner_kind: str
    owner_id: str
    user_id: str | None
    organization_id: str | None
    workspace_id: str | None
    expires_at: datetime | None
    disabled_at: datetime | None
    revoked_at: datetime | None
    granted: tuple[str, ...]
    metadata: dict[str, Any]  # JSON, whatever a host has noted
    owner_is_shut: bool
    org_membership_id: str | None
    org_role_permissions: tuple[str, ...] | None
    workspace_membership_id: str | None
    workspace_role_permissions: tuple[str, ...] | None

    @property
    def shown_metadata(self) -> dict[str, Any]:
        """The key's own object but for one member.

        Clients take the principal's kind from it: a customer must not set it.
        """
        if "principal_type" not in self.metadata:
            return self.metadata
        return {k: v for k, v in self.metadata.items() if k != "principal_type"}


class AppFacts(msgspec.Struct, frozen=True, kw_only=True, array_like=True, dict=True):
    """An app of a deployment; what is worked out of it is kept beside it.

    `policy` and `rules` are as stored, `rules` None without a rate-limit scheme.
    """

    deployment_id: str
    environment: str
    id: str
    slug: str
    is_active: bool
    deleted_at: datetime | None
    ceiling: tuple[str, ...]
    resources: tuple[str, ...]
    policy: dict[str, Any]  # JSON, as many types as there are rules
    rules: list[dict[str, Any]] | None  # the same

    @cached_property
    def is_off(self) -> bool:
        """Whether none of its keys passes."""
        return not self.is_active or self.deleted_at is not None

    @cached_property
    def is_plain(self) -> bool:
        """Whether it is on and binds its keys to no place and no policy."""
        is_bound = self.networks or self.resources or self.at_check is not AtCheck.OFF
        return not self.is_off and not is_bound

    @cached_property
    def at_check(self) -> AtCheck:
        """What becomes of a key that breaks a rule."""
        return AtCheck(self.policy.get("at_check", AtCheck.OFF))

    @cached_property
    def networks(self) -> Sequence[str]:
        """Where its keys may be used; empty: anywhere."""
        listed: Sequence[str] = self.policy.get("networks", ())
        return listed

    @cached_property
    def limits(self) -> tuple[Rule, ...] | None:
        """Its rules as values; None without a scheme."""
        return None if self.rules is None else ratelimits.stored(self.rules)


class Facts(msgspec.Struct, frozen=True):
    """What the store knows of one secret, at one moment of the database's clock."""

    at: datetime
    key: KeyFacts
    app: AppFacts

    @property
    def permissions(self) -> Sequence[str]:
        """The effective ones, sorted: the key's and its roles', within the app's list.

        An app without a list bounds nothing.
        """
        return self._effective[0]

    @property
    def held(self) -> frozenset[str]:
        """The same permissions, to look some of them up."""
        return self._effective[1]

    @property
    def is_plain(self) -> bool:
        """Whether nothing but time, permissions and limits can refuse it.

        Most keys are: nobody ended them, and their app binds them to no place.
        """
        key = self.key
        return (
            key.revoked_at is None
            and key.disabled_at is None
            and not key.owner_is_shut
            and self.app.is_plain
        )

    @property
    def broken_rule(self) -> str:
        """The rule that the key breaks with this secret, if keys are held to rules."""
        if self.app.at_check is AtCheck.OFF:
            return ""
        key, policy = self.key, policies.stored(self.app.policy)
        return policy.broken_by(
            secret_made_at=key.secret_made_at,
            secret_ends_at=key.secret_ends_at,
            expires_at=key.expires_at,
        )

    @property
    def _effective(self) -> tuple[Sequence[str], frozenset[str]]:
        key = self.key
        granted = key.granted
        if key.org_role_permissions:
            granted += key.org_role_permissions
        if key.workspace_role_permissions:
            granted += key.workspace_role_permissions
        return _within(self.app.ceiling, granted)


@functools.lru_cache(maxsize=4096)  # Most keys of an app may do the same.
def _within(
    ceiling: tuple[str, ...], granted: tuple[str, ...]
) -> tuple[Sequence[str], frozenset[str]]:
    effective = permissions.within(ceiling, granted)
    return effective, frozenset(effective)
