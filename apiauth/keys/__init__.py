"""Keys: created, renamed, rotated, acknowledged, revoked. Secrets leave here once."""

from apiauth.keys.changes import acknowledge, rename, revoke
from apiauth.keys.creation import create, grantable
from apiauth.keys.rotation import end_old_secret, rotate
from apiauth.keys.values import KEEP, REASONS, Draft, Issued, Owner, Revoked

__all__ = [
    "KEEP",
    "REASONS",
    "Draft",
    "Issued",
    "Owner",
    "Revoked",
    "acknowledge",
    "create",
    "end_old_secret",
    "grantable",
    "rename",
    "revoke",
    "rotate",
]
