"""What is asked at a door, and what was seen there; no door knows more words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

# Not verdicts, but what stands in their place.
INVALID, ASKER = "invalid", "asker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One question. `asker` is a gateway key; without one, anybody asks."""

    secret: str = field(repr=False)
    method: str = "GET"
    resource: str = "/reports"
    client_ip: str = "192.0.2.1"
    required: Sequence[str] = ()
    environment: str | None = None
    explain: bool = False
    asker: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a door has told, by name; doors may tell less, but never otherwise.

    `code` is the verdict, `INVALID` or `ASKER`. `limits` are `(rule, remaining)`,
    `nearest` is `(limit, remaining)` of the one that is nearest.
    """

    code: str
    told: Mapping[str, object] = field(default_factory=dict)

    def tells(self, **expected: object) -> bool:
        """Prove whatever this door tells at all of what is expected."""
        code = expected.pop("code", self.code)
        known = {n: value for n, value in expected.items() if n in self.told}
        assert (self.code, {n: self.told[n] for n in known}) == (code, known)
        return True


class Door(Protocol):
    """One way to ask the gateway."""

    def ask(self, ask: Ask) -> Seen: ...
    def close(self) -> None: ...


def nearest(limits: Sequence[tuple[bool, int, int]]) -> tuple[int, int] | None:
    """Of `(exceeded, remaining, limit)` the one that a client meets first."""
    if not limits:
        return None
    _, remaining, limit = min(limits, key=lambda one: (not one[0], one[1]))
    return limit, remaining
