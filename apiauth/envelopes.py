"""Ticket texts: random, signed, and told from forgeries without a database."""

import hashlib
import secrets

from django.conf import settings
from itsdangerous import BadData, URLSafeSerializer

from apiauth import credentials

_SALT = "ticket.v1"
_VERSION = 1
_PREFIX = f"{credentials.TICKET_PREFIX}."
_MAX_LENGTH = 512


def seal(audience: str) -> str:
    """Make the clear text of a ticket for an audience (an app's slug).

    It carries 192 random bits; who redeems it learns nothing from it, all that
    authorises is in the row that its digest leads to.
    """
    payload = [_VERSION, secrets.token_urlsafe(24), audience]
    return _PREFIX + str(_serializer().dumps(payload))


def is_ours(secret: str) -> bool:
    """Tell by its signature whether we made it; age is the database's business."""
    # What is not ASCII may not even be encodable, and is no ticket anyway.
    if len(secret) > _MAX_LENGTH or not secret.isascii():
        return False
    if not secret.startswith(_PREFIX):
        return False
    try:
        _serializer().loads(secret.removeprefix(_PREFIX))
    except BadData:
        return False
    return True


def _serializer() -> URLSafeSerializer:
    # itsdangerous signs with SHA-1 over a plain concatenation unless told better.
    return URLSafeSerializer(
        [key for _, key in settings.KEYPLATE_TICKET_KEYS],
        salt=_SALT,
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )
