"""Editions of settings: what a form was made from, and whether that still stands."""

import hashlib
import json
from collections.abc import Mapping

from apiauth.errors import ChangedMeanwhile


def of(settings: Mapping[str, object]) -> str:
    """Name settings by what they are: the same ones have the same edition again."""
    body = json.dumps(settings, sort_keys=True, default=str)
    return hashlib.sha256(body.encode()).hexdigest()


def hold(settings: Mapping[str, object], edition: str | None) -> None:
    """Prove that these settings are still the edition that somebody saw.

    None: the caller saw none and changes only what it names. The row must be locked.
    Raises `ChangedMeanwhile`.
    """
    if edition is not None and edition != of(settings):
        raise ChangedMeanwhile
