"""Keys: created, found, changed, rotated, revoked. Secrets leave here once."""

from apiauth.keys.changes import acknowledge, rename, revoke
from apiauth.keys.creation import create, grantable
from apiauth.keys.editing import Changes, update
from apiauth.keys.ownership import owner_within
from apiauth.keys.reading import (
    ABSENT,
    MAX_PAGE,
    Page,
    Position,
    Search,
    Status,
    find,
    find_reachable,
    search,
)
from apiauth.keys.rotation import end_old_secret, rotate
from apiauth.keys.values import KEEP, REASONS, Draft, Issued, Owner, Revoked

__all__ = [
    "ABSENT",
    "KEEP",
    "MAX_PAGE",
    "REASONS",
    "Changes",
    "Draft",
    "Issued",
    "Owner",
    "Page",
    "Position",
    "Revoked",
    "Search",
    "Status",
    "acknowledge",
    "create",
    "end_old_secret",
    "find",
    "find_reachable",
    "grantable",
    "owner_within",
    "rename",
    "revoke",
    "rotate",
    "search",
    "update",
]
