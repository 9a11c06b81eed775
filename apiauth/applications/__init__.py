"""Apps: provisioned, found, updated, switched on and off, deleted."""

from apiauth.applications.changes import activate, deactivate, delete, update
from apiauth.applications.finding import Page, find, page
from apiauth.applications.provisioning import provision
from apiauth.applications.values import (
    DEFAULT_PREFIX,
    MAX_PAGE,
    MAX_SESSION_SECONDS,
    MIN_SESSION_SECONDS,
    Changes,
    edition,
)

__all__ = [
    "DEFAULT_PREFIX",
    "MAX_PAGE",
    "MAX_SESSION_SECONDS",
    "MIN_SESSION_SECONDS",
    "Changes",
    "Page",
    "activate",
    "deactivate",
    "delete",
    "edition",
    "find",
    "page",
    "provision",
    "update",
]
