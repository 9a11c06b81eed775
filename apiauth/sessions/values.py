"""What comes out of the verbs of sessions, and how long things live."""

import enum
from dataclasses import dataclass, field
from datetime import timedelta

from apiauth.models import PortalSession

TOKEN_GRACE = timedelta(seconds=30)
# A development token travels in addresses; another one takes its place this often.
DEVELOPMENT_TOKEN_LIFE = timedelta(minutes=5)
FOREIGN_ORIGIN = (
    "This page's origin is not among the app's embed origins, or not the ticket's."
)


class Transport(enum.StrEnum):
    """How a host's own front end carries the token of its session."""

    COOKIE = "cookie"
    DEVELOPMENT = "development"
    HEADER = "header"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A session with the clear text of its newest token and of its binder."""

    session: PortalSession
    token: str = field(repr=False)
    binder: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """A session for a host's own front end, with its token and how it shall travel."""

    session: PortalSession
    token: str = field(repr=False)
    transport: Transport
