"""What comes out of the verbs of sessions, and how long things live."""

from dataclasses import dataclass, field
from datetime import timedelta

from apiauth.models import PortalSession

TOKEN_GRACE = timedelta(seconds=30)
UNBOUND_IDLE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A session with the clear text of its newest token and of its binder."""

    session: PortalSession
    token: str = field(repr=False)
    binder: str = field(repr=False)
