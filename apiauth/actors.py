"""Who acts, through which door, and from where."""

import enum
import uuid
from dataclasses import dataclass


class ActorKind(enum.StrEnum):
    """The four kinds of party that can change something."""

    HOST = "host"
    CUSTOMER = "customer"
    OPERATOR = "operator"
    SYSTEM = "system"


class Channel(enum.StrEnum):
    """The door through which an actor came."""

    ADMIN = "admin"
    API = "api"
    COMMAND = "command"
    PORTAL = "portal"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One acting party, as the audit trail remembers it.

    `id` is the backend key's id for hosts, the host product's user id for
    customers, the user name for operators.
    """

    kind: ActorKind
    channel: Channel
    id: str = ""
    label: str = ""
    address: str = ""
    agent: str = ""
    request_id: str = ""
    ticket_id: uuid.UUID | None = None
    session_id: uuid.UUID | None = None


SYSTEM = Actor(kind=ActorKind.SYSTEM, channel=Channel.SYSTEM, label="Keyplate")
