"""Addresses that people will follow: only http(s), nothing that runs."""

from urllib.parse import urlsplit

from apiauth import text
from apiauth.errors import Invalid


def parse(value: object, *, field: str) -> str:
    """Read an absolute http(s) address; empty stays empty.

    Raises `Invalid` for other schemes (`javascript:` above all), for user names
    in the address and for what is no address.
    """
    cleaned = text.clean(value, field=field, max_length=text.URL, required=False)
    if not cleaned:
        return ""
    problem = Invalid(
        "Give a full web address, one that begins with http or https.", field=field
    )
    try:
        parts = urlsplit(cleaned)
        parts.port  # noqa: B018 - reading it raises for a port that is none
    except ValueError:
        raise problem from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise problem
    if "@" in parts.netloc or any(c in cleaned for c in " \\\"'<>"):
        raise problem
    return cleaned
