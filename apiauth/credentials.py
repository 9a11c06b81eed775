"""Secrets in the clear: made, recognised, digested and masked; never stored.

A secret reads `<prefix>_<34 base62><6 base62 of CRC-32>`: 202 random bits and a
checksum over everything before it, so that most typing errors and every made-up
string are told apart without a look into the database. What is stored is
HMAC-SHA-256 under a pepper that the database never sees; a fast hash is right
because nobody can guess 202 random bits (OWASP ASVS 5.0, 6.5.2 asks for a slow
one below 112).
"""

import enum
import hmac
import re
import secrets
import string
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
# Every two digits in base 62, by their value: a checksum is three of them.
_PAIRS = tuple(first + second for first in _BASE62 for second in _BASE62)
_RANDOM_LENGTH = 34
_CHECKSUM_LENGTH = 6
TAIL_LENGTH = _RANDOM_LENGTH + _CHECKSUM_LENGTH
_SHAPE = re.compile(r"[a-z][a-z0-9_]{1,30}_[0-9A-Za-z]{40}", re.ASCII)
_PREFIX = re.compile(r"[a-z][a-z0-9_]{1,30}(?<!_)", re.ASCII)

# Scanners attribute these to other products, or we use them ourselves.
RESERVED_PREFIXES = frozenset(
    [
        "akia",
        "apb",
        "apc",
        "aps",
        "apt",
        "ghp",
        "gho",
        "ghu",
        "ghs",
        "ghr",
        "github_pat",
        "glpat",
        "npm",
        "pypi",
        "sk",
        "sk_live",
        "sk_test",
        "pk_live",
        "pk_test",
        "rk_live",
        "whsec",
        "xoxb",
        "xoxp",
        "xox",
    ]
)
BACKEND_PREFIX = "apb"
BINDER_PREFIX = "apc"
SESSION_PREFIX = "aps"
TICKET_PREFIX = "apt"
MASK = "····"


class Purpose(enum.StrEnum):
    """What a secret is for; mixed into its digest so that kinds cannot be swapped."""

    BACKEND = "backend"
    BINDER = "binder"
    KEY = "key"
    SESSION = "session"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True)
class Digest:
    """What is stored of a secret: 32 bytes, and the id of the pepper behind them."""

    value: bytes
    pepper_id: str


def is_prefix(prefix: str) -> bool:
    """Tell whether keys may start with this; the reserved ones may not."""
    return bool(_PREFIX.fullmatch(prefix)) and prefix not in RESERVED_PREFIXES


def make_secret(prefix: str) -> str:
    """Make a new random secret in the clear."""
    random = "".join(secrets.choice(_BASE62) for _ in range(_RANDOM_LENGTH))
    body = f"{prefix}_{random}"
    return body + _checksum(body)


def looks_right(secret: str) -> bool:
    """Tell by shape and checksum whether this could be a secret of ours."""
    if not _SHAPE.fullmatch(secret):
        return False
    return secret[-_CHECKSUM_LENGTH:] == _checksum(secret[:-_CHECKSUM_LENGTH])


def digest(purpose: Purpose, secret: str) -> Digest:
    """Digest a secret for storing, under the newest pepper."""
    pepper_id, pepper = settings.KEYPLATE_PEPPERS[-1]
    return Digest(_hmac(pepper, purpose, secret), pepper_id)


def digests(purpose: Purpose, secret: str) -> list[bytes]:
    """Digest a secret for looking it up: once under every pepper in use."""
    return digests_of(purpose, [secret])[0]


def digests_of(purpose: Purpose, clear: Iterable[str]) -> list[list[bytes]]:
    """Digest many secrets for looking them up, each under every pepper in use."""
    peppers = [pepper for _, pepper in settings.KEYPLATE_PEPPERS]
    return [[_hmac(p, purpose, secret) for p in peppers] for secret in clear]


def matches(purpose: Purpose, secret: str, stored: bytes | None) -> bool:
    """Compare a secret with one stored digest in constant time."""
    if stored is None:
        return False
    return any(hmac.compare_digest(d, bytes(stored)) for d in digests(purpose, secret))


def masked(prefix: str, last_four: str) -> str:
    """Show which secret is meant without showing it."""
    return f"{prefix}_{MASK}{last_four}"


def fingerprint(secret: str) -> bytes:
    """Name an unknown credential in the log without keeping it."""
    return digest(Purpose.KEY, f"fingerprint:{secret}").value[:12]


def _hmac(pepper: str, purpose: Purpose, secret: str) -> bytes:
    message = f"{purpose}:{secret}".encode()
    return hmac.digest(pepper.encode(), message, "sha256")


def _checksum(body: str) -> str:
    number, last = divmod(zlib.crc32(body.encode()), len(_PAIRS))
    first, middle = divmod(number, len(_PAIRS))
    return _PAIRS[first] + _PAIRS[middle] + _PAIRS[last]
