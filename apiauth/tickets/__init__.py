"""Tickets: issued to hosts, looked at without effect; sessions redeem them."""

from apiauth.tickets.claims import Claims
from apiauth.tickets.issuing import (
    DEFAULT_LIFE,
    MAX_LIFE,
    MIN_LIFE,
    Issued,
    inspect,
    issue,
)

__all__ = [
    "DEFAULT_LIFE",
    "MAX_LIFE",
    "MIN_LIFE",
    "Claims",
    "Issued",
    "inspect",
    "issue",
]
