"""What is said of an app, brought into the form that is stored."""

from collections.abc import Callable, Sequence

from apiauth import (
    audit,
    credentials,
    origins,
    permissions,
    policies,
    resources,
    text,
)
from apiauth.applications.values import (
    MAX_SESSION_SECONDS,
    MIN_SESSION_SECONDS,
    Changes,
    Settings,
)
from apiauth.errors import Invalid
from apiauth.models import Capability

# What may be told of a permission: text of so many characters, or (None) yes or no.
_DETAILS = {
    "label": text.NAME,
    "group": text.NAME,
    "description": text.DESCRIPTION,
    "default": None,
    "dangerous": None,
}


def changes(wanted: Changes | Settings) -> audit.Facts:
    """Clean everything that is said. Raises `Invalid` naming the field."""
    return {name: _CLEAN[name](value) for name, value in wanted.items()}


def name(value: str) -> str:
    return text.clean(value, field="name", max_length=text.NAME)


def description(value: str) -> str:
    return text.clean(
        value, field="description", max_length=text.DESCRIPTION, required=False
    )


def prefix(value: str) -> str:
    cleaned = text.clean(value, field="key_prefix", max_length=31)
    if not credentials.is_prefix(cleaned):
        raise Invalid(
            "A key prefix is 2 to 31 lower-case letters, digits and _, begins with "
            "a letter, does not end in _, and is not one that scanners attribute "
            "to another product.",
            field="key_prefix",
        )
    return cleaned


def external(value: str | None, field: str) -> str | None:
    if value is None:
        return None
    return text.clean(value, field=field, max_length=text.EXTERNAL_ID)


def capabilities(values: Sequence[str] | None) -> list[str] | None:
    if values is None:
        return None
    if set(values) - set(Capability.values):
        raise Invalid(
            f"Choose capabilities among {', '.join(sorted(Capability.values))}.",
            field="capabilities",
        )
    return sorted(set(values))


def details(values: object) -> dict[str, object]:
    """Clean what customers read of permissions, by the name of each."""
    if not isinstance(values, dict):
        raise _odd("The details of permissions are an object, by their names.")
    permissions.grants(list(values), field="permission_details")
    return {slug: _told(slug, detail) for slug, detail in values.items()}


def _told(slug: str, detail: object) -> dict[str, object]:
    if not isinstance(detail, dict):
        raise _odd(f"The details of {slug} must be an object.")
    if unknown := set(detail) - set(_DETAILS):
        odd = text.shorten(min(map(str, unknown)), text.NAME)
        raise _odd(f"{slug} has details {odd}; there are {', '.join(_DETAILS)}.")
    return {name: _detail(slug, name, value) for name, value in detail.items()}


def _detail(slug: str, name: str, value: object) -> object:
    longest = _DETAILS[name]
    if longest is None:
        if not isinstance(value, bool):
            raise _odd(f"The detail {name} of {slug} must be true or false.")
        return value
    try:
        return text.clean(value, field=name, max_length=longest, required=False)
    except Invalid as refusal:
        raise _odd(f"{slug}: {refusal.message}") from None


def _odd(sentence: str) -> Invalid:
    return Invalid(sentence, field="permission_details")


def own_origins(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else origins.parse_list(list(values))


def _seconds(field: str) -> Callable[[int], int]:
    def clean(value: int) -> int:
        if not MIN_SESSION_SECONDS <= value <= MAX_SESSION_SECONDS:
            raise Invalid(
                f"Between {MIN_SESSION_SECONDS} and {MAX_SESSION_SECONDS} seconds.",
                field=field,
            )
        return value

    return clean


_CLEAN: dict[str, Callable[..., object]] = {
    "name": name,
    "description": description,
    "key_prefix": prefix,
    "is_active": bool,
    "user_id": lambda value: external(value, "user_id"),
    "organization_id": lambda value: external(value, "organization_id"),
    "workspace_id": lambda value: external(value, "workspace_id"),
    "permissions": lambda values: permissions.grants(list(values)),
    "permission_details": details,
    "resources": lambda values: resources.clean(list(values)),
    # Whether there is such a scheme is asked where its row is held.
    "rate_limit_scheme_slug": str,
    "capabilities": capabilities,
    "embed_origins": own_origins,
    "policy": policies.written,
    "session_idle_seconds": _seconds("session_idle_seconds"),
    "session_absolute_seconds": _seconds("session_absolute_seconds"),
    "require_bound_session": bool,
}
